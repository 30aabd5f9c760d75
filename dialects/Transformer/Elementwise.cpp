// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules and meaning of arithmetic on each element.

#include "dialects/Transformer/Infer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"

#include <cmath>
#include <numbers>

using namespace mlir;
using namespace tfc::transformer;

/// The right side has the left side's trailing dimensions.
static LogicalResult inferBinary(std::optional<Location> loc, Value lhs, Value rhs,
                                 SmallVectorImpl<Type> &types) {
  auto left = tensor(lhs).getShape(), right = tensor(rhs).getShape();
  if (right.size() > left.size() || left.take_back(right.size()) != right)
    return emitOptionalError(loc, "expects the right side to have the trailing dimensions of ",
                             lhs.getType(), ", found ", rhs.getType());
  types.push_back(lhs.getType());
  return success();
}

LogicalResult AddOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  return inferBinary(loc, adaptor.getLhs(), adaptor.getRhs(), types);
}

LogicalResult MulOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  return inferBinary(loc, adaptor.getLhs(), adaptor.getRhs(), types);
}

template <typename Arith, typename Op>
static Value emitBinary(Op op, ElementContext &context, ValueRange index) {
  Value left = context.load(0, index);
  Value right = context.load(1, index.take_back(tensor(op.getRhs()).getRank()));
  return Arith::create(context.builder, context.loc, left, right);
}

Value AddOp::emitElement(ElementContext &context, ValueRange index) {
  return emitBinary<arith::AddFOp>(*this, context, index);
}

Value MulOp::emitElement(ElementContext &context, ValueRange index) {
  return emitBinary<arith::MulFOp>(*this, context, index);
}

LogicalResult ScaleOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getInput().getType());
  return success();
}

Value ScaleOp::emitElement(ElementContext &context, ValueRange index) {
  Value x = context.load(0, index);
  Value factor = context.number(getFactor().convertToDouble(), x.getType());
  return arith::MulFOp::create(context.builder, context.loc, x, factor);
}

OpFoldResult ScaleOp::fold(FoldAdaptor) {
  return getFactor().isExactlyValue(1.0) ? getInput() : Value();
}

LogicalResult ActivationOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                             Adaptor adaptor, SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getInput().getType());
  return success();
}

Value tfc::transformer::emitActivation(OpBuilder &builder, Location loc, ActivationKind kind,
                                       Value x) {
  auto number = [&](double value) -> Value {
    return arith::ConstantOp::create(builder, loc, builder.getFloatAttr(x.getType(), value));
  };
  auto mul = [&](Value a, Value b) -> Value { return arith::MulFOp::create(builder, loc, a, b); };
  auto add = [&](Value a, Value b) -> Value { return arith::AddFOp::create(builder, loc, a, b); };
  auto gate = [&](Value power) -> Value { // x / (1 + exp(power))
    Value exp = math::ExpOp::create(builder, loc, power);
    return arith::DivFOp::create(builder, loc, x, add(exp, number(1)));
  };
  switch (kind) {
  case ActivationKind::relu:
    return arith::MaximumFOp::create(builder, loc, x, number(0));
  case ActivationKind::gelu: {
    Value erf = math::ErfOp::create(builder, loc, mul(x, number(std::numbers::sqrt2 / 2)));
    return mul(mul(x, number(0.5)), add(erf, number(1)));
  }
  case ActivationKind::gelu_tanh: {
    Value cube = mul(mul(x, x), x);
    Value inner = add(x, mul(cube, number(0.044715)));
    // (1 + tanh u) / 2 = 1 / (1 + exp(−2u)), which is cheaper and does not cancel where u < 0.
    return gate(mul(inner, number(-2 * std::sqrt(2 / std::numbers::pi))));
  }
  case ActivationKind::silu:
    return gate(arith::NegFOp::create(builder, loc, x));
  case ActivationKind::tanh:
    return math::TanhOp::create(builder, loc, x);
  }
  llvm_unreachable("all activations are above");
}

StringRef ActivationOp::getFormula() {
  switch (getKind()) {
  case ActivationKind::relu:
    return "relu = max({0}, 0)";
  case ActivationKind::gelu:
    return "gelu = x / 2 · (1 + erf(x / √2)), x = {0}";
  case ActivationKind::gelu_tanh:
    return "gelu = x / 2 · (1 + tanh(√(2 / π) · (x + 0.044715 x³))), x = {0}";
  case ActivationKind::silu:
    return "silu = x / (1 + exp(−x)), x = {0}";
  case ActivationKind::tanh:
    return "tanh = tanh({0})";
  }
  llvm_unreachable("every kind has a formula");
}

Value ActivationOp::emitElement(ElementContext &context, ValueRange index) {
  return emitActivation(context.builder, context.loc, getKind(), context.load(0, index));
}

// What the rules of Canonicalization.td call.
static bool isPowerOfTwo(FloatAttr factor) {
  double magnitude = std::abs(factor.getValueAsDouble());
  int exponent;
  return std::isnormal(magnitude) && std::frexp(magnitude, &exponent) == 0.5;
}

/// In single precision, the narrowest that a factor is rounded to.
static bool isNormalProduct(FloatAttr a, FloatAttr b) {
  return std::isnormal(float(a.getValueAsDouble() * b.getValueAsDouble()));
}

static DenseI64ArrayAttr composed(Builder &builder, DenseI64ArrayAttr first,
                                  DenseI64ArrayAttr second) {
  SmallVector<int64_t> permutation;
  for (int64_t dim : second.asArrayRef())
    permutation.push_back(first[dim]);
  return builder.getDenseI64ArrayAttr(permutation);
}

namespace {
#include "dialects/Transformer/TransformerCanonicalization.inc"
} // namespace

void ScaleOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<ScaleOfScaleLeft, ScaleOfScaleRight>(context);
}

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<TransposeOfTranspose>(context);
}
