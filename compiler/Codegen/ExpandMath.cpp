// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// exp, erf and tanh of f32 scalars and vectors, in arithmetic. Those of f64 are left to libm: f64
// is the measure of the others, for which a well-kept library is better than a fast one.
//
// Besides, bf16 and f16 are widened by operations on their bits, unless the target has an
// instruction for that: LLVM would call a library's function.
//
// Polynomials are minimax fits made for this file (Remez); the errors given are theirs, before
// rounding. Everything is branch-free and the same on scalars and vectors, so a value does not
// depend on the lane it is computed in.

#include "compiler/Codegen/Codegen.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <limits>
#include <numbers>

using namespace mlir;

namespace {

/// Arithmetic on values of one type, scalar or vector.
struct Arithmetic {
  Arithmetic(PatternRewriter &b, Location loc, Type type, bool fused)
      : b(b), loc(loc), type(type), fused(fused) {}

  Value constant(double value) {
    auto attribute = b.getF32FloatAttr(value);
    if (auto vector = dyn_cast<VectorType>(type))
      return arith::ConstantOp::create(b, loc,
                                       DenseElementsAttr::get(vector, Attribute(attribute)));
    return arith::ConstantOp::create(b, loc, attribute);
  }
  Type integers() {
    Type i32 = b.getI32Type();
    if (auto vector = dyn_cast<VectorType>(type))
      return vector.clone(i32);
    return i32;
  }
  Value integer(int32_t value) {
    auto attribute = b.getI32IntegerAttr(value);
    if (auto vector = dyn_cast<VectorType>(integers()))
      return arith::ConstantOp::create(b, loc,
                                       DenseElementsAttr::get(vector, Attribute(attribute)));
    return arith::ConstantOp::create(b, loc, attribute);
  }
  Value add(Value a, Value c) { return arith::AddFOp::create(b, loc, a, c); }
  Value sub(Value a, Value c) { return arith::SubFOp::create(b, loc, a, c); }
  Value mul(Value a, Value c) { return arith::MulFOp::create(b, loc, a, c); }
  Value div(Value a, Value c) { return arith::DivFOp::create(b, loc, a, c); }
  Value min(Value a, Value c) { return arith::MinNumFOp::create(b, loc, a, c); }
  Value max(Value a, Value c) { return arith::MaxNumFOp::create(b, loc, a, c); }
  Value abs(Value a) { return math::AbsFOp::create(b, loc, a); }
  Value fma(Value a, Value c, Value d) {
    return fused ? Value(math::FmaOp::create(b, loc, a, c, d)) : add(mul(a, c), d);
  }
  Value less(Value a, Value c) {
    return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, a, c);
  }
  Value select(Value condition, Value a, Value c) {
    return arith::SelectOp::create(b, loc, condition, a, c);
  }
  Value copySign(Value magnitude, Value sign) {
    return math::CopySignOp::create(b, loc, magnitude, sign);
  }
  Value bits(Value a) { return arith::BitcastOp::create(b, loc, integers(), a); }
  Value number(Value a) { return arith::BitcastOp::create(b, loc, type, a); }

  /// Σ coefficients[i] · x^i by Horner's rule.
  Value polynomial(Value x, ArrayRef<double> coefficients) {
    Value sum = constant(coefficients.back());
    for (double coefficient : llvm::reverse(coefficients.drop_back()))
      sum = fma(sum, x, constant(coefficient));
    return sum;
  }

  /// exp(x) = 2^n · exp(r), |r| ≤ ln 2 / 2, for −87.3 ≤ x ≤ 88.72; error 3.4e-9.
  Value expWithin(Value x) {
    Value n = math::RoundEvenOp::create(b, loc, mul(x, constant(std::numbers::log2e)));
    Value r = fma(n, constant(-0.693359375), x); // ln 2 in two parts, the first exact in few bits
    r = fma(n, constant(2.12194440054690583e-4), r);
    Value p = polynomial(
        r, {0.500000010076, 0.166665129693, 0.0416661877996, 0.00836959113857, 0.00139516898664});
    p = add(fma(p, mul(r, r), r), constant(1));
    Value shift =
        arith::ShLIOp::create(b, loc, arith::FPToSIOp::create(b, loc, integers(), n), integer(23));
    return number(arith::AddIOp::create(b, loc, bits(p), shift));
  }

  /// Below −87.3 exp is 0, above 88.72 ∞; NaN stays NaN.
  Value exp(Value x) {
    Value result = expWithin(max(min(x, constant(88.7228317)), constant(-87.3365447505531)));
    result = select(less(x, constant(-87.3365447505531)), constant(0), result);
    Value isWithin =
        arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLE, x, constant(88.7228317));
    return select(isWithin, result, add(x, constant(std::numeric_limits<double>::infinity())));
  }

  /// Up to 1, x · P(x²), error 1.2e-9; beyond, 1 − exp(−P(|x|)), error 1.2e-9, and 1 from 4 on.
  Value erf(Value x) {
    Value magnitude = abs(x), square = mul(x, x);
    Value small =
        mul(x, polynomial(square, {1.12837916591, -0.37612627136, 0.112836001758, -0.0268544445625,
                                   0.00518953527781, -0.000802084071355, 7.88911757925e-5}));
    Value p = polynomial(min(magnitude, constant(4)),
                         {0.000293056248628, 1.12727934904, 0.637840064546, 0.103361960916,
                          -0.0219557487504, 0.0029759779495, -0.000189156248046});
    Value large = copySign(sub(constant(1), expWithin(sub(constant(0), p))), x);
    return choose(magnitude, 1, large, small);
  }

  /// Up to 0.63, x · P(x²), error 4.2e-9; beyond, 1 − 2 / (exp(2|x|) + 1).
  Value tanh(Value x) {
    Value magnitude = abs(x), square = mul(x, x);
    Value small =
        mul(x, polynomial(square, {0.999999995784, -0.333332554499, 0.133309968506,
                                   -0.0537098369847, 0.0205528180158, -0.00561560143026}));
    Value power = expWithin(mul(min(magnitude, constant(10)), constant(2)));
    Value large = copySign(sub(constant(1), div(constant(2), add(power, constant(1)))), x);
    return choose(magnitude, 0.63, large, small);
  }

  /// The upper half of an f32 is a bf16.
  Value fromBF16(Value bits) { return number(shifted(bits, 16)); }

  /// An f16's exponent counts from 15, an f32's from 127. Subnormals are read as numbers of the
  /// lowest exponent, from which its power of two is subtracted.
  Value fromF16(Value bits) {
    Value magnitude = shifted(arith::AndIOp::create(b, loc, widened(bits), integer(0x7FFF)), 13);
    Value exponent = arith::AndIOp::create(b, loc, magnitude, integer(0x7C00 << 13));
    auto plus = [&](int32_t more) -> Value {
      return arith::AddIOp::create(b, loc, magnitude, integer(more));
    };
    auto equals = [&](int32_t value) -> Value {
      return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, exponent, integer(value));
    };
    constexpr int32_t rebias = (127 - 15) << 23;
    Value small = sub(number(plus(rebias + (1 << 23))), constant(0x1p-14));
    Value result = select(equals(0), this->bits(small), plus(rebias));
    result = select(equals(0x7C00 << 13), plus(2 * rebias), result);
    Value sign = shifted(arith::AndIOp::create(b, loc, widened(bits), integer(0x8000)), 16);
    return number(arith::OrIOp::create(b, loc, result, sign));
  }

  Value widened(Value bits) { return arith::ExtUIOp::create(b, loc, integers(), bits); }
  Value shifted(Value bits, int32_t by) {
    if (bits.getType() != integers())
      bits = widened(bits);
    return arith::ShLIOp::create(b, loc, bits, integer(by));
  }

  /// `large` from `bound` on, else `small`, which keeps NaN.
  Value choose(Value magnitude, double bound, Value large, Value small) {
    return select(
        arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGE, magnitude, constant(bound)), large,
        small);
  }

  PatternRewriter &b;
  Location loc;
  Type type;
  bool fused;
};

template <typename Op, Value (Arithmetic::*expansion)(Value)> struct Expand : OpRewritePattern<Op> {
  Expand(MLIRContext *context, bool fused) : OpRewritePattern<Op>(context), fused(fused) {}
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32())
      return rewriter.notifyMatchFailure(op, "not f32");
    Arithmetic arithmetic(rewriter, op.getLoc(), op.getType(), fused);
    rewriter.replaceOp(op, (arithmetic.*expansion)(op.getOperand()));
    return success();
  }
  bool fused;
};

struct Widen : OpRewritePattern<arith::ExtFOp> {
  Widen(MLIRContext *context, bool fused) : OpRewritePattern(context), fused(fused) {}
  LogicalResult matchAndRewrite(arith::ExtFOp op, PatternRewriter &rewriter) const override {
    Type from = getElementTypeOrSelf(op.getIn().getType()), to = getElementTypeOrSelf(op.getType());
    auto withElement = [&](Type element) -> Type {
      auto vector = dyn_cast<VectorType>(op.getType());
      return vector ? vector.clone(element) : element;
    };
    if (from.getIntOrFloatBitWidth() != 16)
      return rewriter.notifyMatchFailure(op, "not from 16 bits");
    Type single = withElement(rewriter.getF32Type());
    if (to.isF64()) {
      Value narrow = arith::ExtFOp::create(rewriter, op.getLoc(), single, op.getIn());
      rewriter.replaceOpWithNewOp<arith::ExtFOp>(op, op.getType(), narrow);
      return success();
    }
    // What multiplies and adds in one rounding also has the conversion.
    if (from.isF16() && fused)
      return rewriter.notifyMatchFailure(op, "the target has an instruction");
    Arithmetic arithmetic(rewriter, op.getLoc(), single, fused);
    Value bits = arith::BitcastOp::create(rewriter, op.getLoc(), withElement(rewriter.getI16Type()),
                                          op.getIn());
    rewriter.replaceOp(op, from.isF16() ? arithmetic.fromF16(bits) : arithmetic.fromBF16(bits));
    return success();
  }
  bool fused;
};

} // namespace

LogicalResult tfc::expandMath(ModuleOp module, bool fused) {
  RewritePatternSet patterns(module.getContext());
  patterns.add<Expand<math::ExpOp, &Arithmetic::exp>, Expand<math::ErfOp, &Arithmetic::erf>,
               Expand<math::TanhOp, &Arithmetic::tanh>, Widen>(module.getContext(), fused);
  return applyPatternsGreedily(module, std::move(patterns));
}
