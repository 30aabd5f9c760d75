// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stores matrices of weights in fewer bits.
//
// A matrix of a private function's argument is known where every call passes weights: then codes
// and scales are passed in its place, and the function makes its numbers from them.
//
// Where the scheme says so, what such a matrix is multiplied with is quantised, too, as it is
// computed: a feed-forward part then becomes its products, for it has a vector inside.

#include "compiler/Passes.h"
#include "compiler/Plan/PlannedWeights.h"
#include "compiler/Quantize/Schemes.h"

#include "llvm/Support/MathExtras.h"

namespace tfc {
#define GEN_PASS_DEF_QUANTIZE
#include "compiler/Passes.h.inc"
} // namespace tfc

using namespace mlir;
using namespace tfc;
using namespace tfc::transformer;

namespace {

/// Codes of a matrix, and scales where the scheme has them.
struct Quantized {
  Value codes, scales;
};

struct Quantize : tfc::impl::QuantizeBase<Quantize> {
  using Base::Base;

  /// Whether an op multiplies with the operand as a matrix, or looks its rows up. Of tables of
  /// positions only a few rows are ever read: they have no groups.
  bool isMatrix(OpOperand &use) {
    unsigned number = use.getOperandNumber();
    if (auto linear = dyn_cast<LinearOp>(use.getOwner()))
      return number == 1;
    if (isa<FeedForwardOp>(use.getOwner()))
      return number != 0 && cast<RankedTensorType>(use.get().getType()).getRank() == 2;
    if (isa<EmbeddingOp>(use.getOwner()))
      return number == 1;
    return isa<PositionsOp>(use.getOwner()) && number == 1 && !chosen->group;
  }

  bool isWanted(Value value) {
    return !value.getDefiningOp<DequantizeOp>() &&
           llvm::any_of(value.getUses(), [&](OpOperand &use) { return isMatrix(use); });
  }

  RankedTensorType codesOf(RankedTensorType matrix) {
    return matrix.clone(typeOf(chosen->codes, &getContext()));
  }
  /// Null where there are none.
  RankedTensorType scalesOf(RankedTensorType matrix) {
    if (!chosen->group)
      return {};
    return RankedTensorType::get(
        {matrix.getDimSize(0),
         int64_t(llvm::divideCeil(matrix.getDimSize(1), uint64_t(chosen->group)))},
        typeOf(chosen->scales, &getContext()));
  }
  IntegerAttr group(OpBuilder &builder) {
    return chosen->group ? builder.getI64IntegerAttr(chosen->group) : IntegerAttr();
  }

  /// The codes of a constant, made behind it, once.
  Quantized quantize(Value matrix) {
    Quantized &made = known[matrix];
    if (!made.codes) {
      OpBuilder builder(&getContext());
      builder.setInsertionPointAfterValue(matrix);
      auto type = cast<RankedTensorType>(matrix.getType());
      auto op =
          QuantizeOp::create(builder, matrix.getLoc(), codesOf(type), scalesOf(type), matrix,
                             group(builder), chosen->search ? builder.getUnitAttr() : nullptr);
      made = {op.getCodes(), op.getScales()};
    }
    return made;
  }

  /// Lets those who use `matrix` as one use what the codes stand for.
  void replaceUses(Value matrix, OpBuilder &builder, const Quantized &quantized) {
    Value numbers =
        DequantizeOp::create(builder, matrix.getLoc(), matrix.getType(), quantized.codes,
                             quantized.scales, quantized.scales ? group(builder) : IntegerAttr());
    matrix.replaceUsesWithIf(numbers, [&](OpOperand &use) { return isMatrix(use); });
  }

  /// The arguments of a private function that are matrices of weights become codes and scales.
  void rewriteArguments(func::FuncOp func, ArrayRef<func::CallOp> calls) {
    Block &body = func.getBody().front();
    for (unsigned number = func.getNumArguments(); number-- > 0;) {
      BlockArgument argument = body.getArgument(number);
      auto isOfWeights = [&](func::CallOp call) { return isWeight(call.getOperand(number)); };
      if (calls.empty() || !isWanted(argument) || !llvm::all_of(calls, isOfWeights) ||
          !llvm::all_of(argument.getUses(), [&](OpOperand &use) { return isMatrix(use); }))
        continue;
      auto type = cast<RankedTensorType>(argument.getType());
      Quantized inside{body.insertArgument(number + 1, codesOf(type), argument.getLoc()), Value()};
      if (RankedTensorType scales = scalesOf(type))
        inside.scales = body.insertArgument(number + 2, scales, argument.getLoc());
      auto builder = OpBuilder::atBlockBegin(&body);
      replaceUses(argument, builder, inside);
      body.eraseArgument(number);
      for (func::CallOp call : calls) {
        Quantized passed = quantize(call.getOperand(number));
        SmallVector<Value> values{passed.codes};
        if (passed.scales)
          values.push_back(passed.scales);
        call->setOperands(number, 1, values);
      }
    }
    func.setFunctionType(
        FunctionType::get(&getContext(), body.getArgumentTypes(), func.getResultTypes()));
  }

  void rewriteWeights(func::FuncOp func) {
    SmallVector<Value> matrices;
    func.walk([&](Operation *op) {
      if (op->getNumResults() == 1 && isWeight(op->getResult(0)) && isWanted(op->getResult(0)))
        matrices.push_back(op->getResult(0));
    });
    for (Value matrix : matrices) {
      Quantized quantized = quantize(matrix);
      OpBuilder builder(&getContext());
      builder.setInsertionPointAfterValue(quantized.codes);
      replaceUses(matrix, builder, quantized);
    }
  }

  /// The same for all that multiply one value.
  Value decodedOf(Value input) {
    Value &numbers = decoded[input];
    if (!numbers) {
      OpBuilder builder(&getContext());
      builder.setInsertionPointAfterValue(input);
      numbers = throughCodes(builder, input, chosen->inputGroup);
    }
    return numbers;
  }

  void rewriteActivations(func::FuncOp func) {
    auto isQuantized = [](Value matrix) {
      auto numbers = matrix.getDefiningOp<DequantizeOp>();
      return numbers && numbers.getScales();
    };
    func.walk([&](FeedForwardOp ffn) {
      if (!isQuantized(ffn.getUpWeight()) || ffn.getInput().getType().getRank() > 2)
        return;
      OpBuilder builder(ffn);
      ffn->replaceAllUsesWith(ffn.decompose(builder));
      ffn->erase();
    });
    func.walk([&](LinearOp linear) {
      if (isQuantized(linear.getWeight()) && !isQuantized(linear.getInput()) &&
          linear.getInput().getType().getRank() <= 2)
        linear.getInputMutable().assign(decodedOf(linear.getInput()));
    });
  }

  void runOnOperation() override {
    known.clear();
    decoded.clear();
    chosen = findScheme(scheme);
    if (!chosen) {
      auto error = getOperation().emitError() << "no such scheme: " << scheme << "; there are";
      for (const Scheme &other : schemes())
        error << ' ' << other.name;
      return signalPassFailure();
    }
    DenseMap<StringAttr, SmallVector<func::CallOp>> calls;
    getOperation().walk(
        [&](func::CallOp call) { calls[call.getCalleeAttr().getAttr()].push_back(call); });
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      if (func.isPrivate())
        rewriteArguments(func, calls[func.getSymNameAttr()]);
      rewriteWeights(func);
      if (chosen->inputGroup)
        rewriteActivations(func);
    }
  }

  const Scheme *chosen = nullptr;
  DenseMap<Value, Quantized> known;
  DenseMap<Value, Value> decoded;
};

} // namespace
