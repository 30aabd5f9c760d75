// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lets a model that generates compute rows piece by piece: a prompt in pieces, then token by token.
//
// What an op computes for a token may depend on others of its row in one way only, causal
// attention; then a piece of a row needs no more of what came before than its keys and values.

#include "compiler/Fuse/Functions.h"
#include "compiler/Passes.h"
#include "compiler/Plan/Kept.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/BitVector.h"

namespace tfc {
#define GEN_PASS_DEF_ADDSTEP
#include "compiler/Passes.h.inc"
} // namespace tfc

using namespace mlir;
using namespace tfc;
using namespace tfc::transformer;

namespace {

RankedTensorType tensor(Value value) { return cast<RankedTensorType>(value.getType()); }

Value lastOf(Value value, OpBuilder &builder);

/// A copy of an op on [tokens, …] for the last token. `mapping` gets what it needs and what it
/// makes.
Operation *copyForLast(Operation *op, IRMapping &mapping, OpBuilder &builder) {
  for (Value operand : op->getOperands()) {
    if (tensor(operand).hasStaticShape() || mapping.contains(operand))
      continue;
    if (auto codes = operand.getDefiningOp<QuantizeOp>())
      copyForLast(codes, mapping, builder);
    else
      mapping.map(operand, lastOf(operand, builder));
  }
  Operation *copy = builder.clone(*op, mapping);
  for (Value result : copy->getResults())
    result.setType(tensor(result).clone(tensor(result).getShape().drop_front()));
  return copy;
}

/// The value of the last token of `value`, [tokens, …], moved before the ops that compute it where
/// these work on a vector as on a matrix.
Value lastOf(Value value, OpBuilder &builder) {
  Operation *op = value.getDefiningOp();
  bool moves = value.hasOneUse() && isa_and_nonnull<LinearOp, LayerNormOp, RmsNormOp, AddNormOp,
                                                    ScaleOp, ActivationOp, DequantizeOp>(op);
  if (!moves)
    return PoolOp::create(builder, value.getLoc(), PoolKind::last, value);
  IRMapping mapping;
  return copyForLast(op, mapping, builder)->getResult(0);
}

struct AddStep : tfc::impl::AddStepBase<AddStep> {
  using Base::Base;

  void runOnOperation() override {
    ModelOp model = getOperation();
    auto functions = llvm::to_vector(model.getOps<func::FuncOp>());
    auto isStep = [](func::FuncOp func) { return func->hasAttr(stepAttr); };
    if (model.getTask() != "generate" || llvm::any_of(functions, isStep))
      return;
    auto *entry = llvm::find_if(
        functions, [](func::FuncOp func) { return func.isPublic() && !func->hasAttr(sourceAttr); });
    auto hasSource = [](func::FuncOp func) { return func->hasAttr(sourceAttr); };
    if (llvm::any_of(functions, hasSource) &&
        !(model.getGenerationAttr() && model.getGenerationAttr().get("decoder_start_token_id"))) {
      model.emitOpError("generates from a source and expects decoder_start_token_id in generation, "
                        "the token that rows begin with");
      return signalPassFailure();
    }
    if (entry != functions.end() && failed(addStep(*entry)))
      signalPassFailure();
  }

  LogicalResult addStep(func::FuncOp entry) {
    std::optional<unsigned> logits = resultCalled(entry, "logits");
    if (!logits)
      return entry.emitOpError("of a model that generates expects a result called logits");
    func::FuncOp step = entry.clone();
    step.setName((entry.getName() + "_step").str());
    step->setAttr(stepAttr, UnitAttr::get(&getContext()));
    SymbolTable symbols(getOperation());
    symbols.insert(step, std::next(Block::iterator(entry)));
    inlineCalls(step, symbols);
    llvm::BitVector others(step.getNumResults(), true);
    others.reset(*logits);
    auto ret = cast<func::ReturnOp>(step.getBody().front().getTerminator());
    ret->eraseOperands(others);
    if (failed(step.eraseResults(others)))
      return failure();
    eraseUnused(step);

    unsigned layer = 0;
    for (Operation &op : llvm::make_early_inc_range(step.getBody().front().without_terminator())) {
      if (auto attention = dyn_cast<AttentionOp>(op); attention && attention.getCausal()) {
        if (failed(addCache(attention, layer++)))
          return failure();
      } else if (!isTokenWise(&op))
        return op.emitOpError("lets a token see others of its row, so that the model cannot "
                              "generate token by token; supported: causal attention that was "
                              "recognised");
    }
    Value result = ret.getOperand(0);
    if (tensor(result).getRank() != 2)
      return ret.emitOpError() << "expects logits of [tokens, vocabulary], found "
                               << result.getType();
    OpBuilder builder(ret);
    Value last = lastOf(result, builder);
    ret.setOperand(0, last);
    eraseUnused(step);
    step.setFunctionType(
        builder.getFunctionType(step.getArgumentTypes(), TypeRange{last.getType()}));
    return success();
  }

  LogicalResult addCache(AttentionOp op, unsigned layer) {
    FailureOr<KeptPages> pages = keepAs(cache, op, layer, /*source=*/false);
    if (failed(pages))
      return failure();
    for (Value maps : op->getResults().drop_front())
      if (!maps.use_empty())
        return maps.user_begin()->emitOpError(
            "reads probabilities or scores of a model that generates; supported: returning them");
    OpBuilder builder(op);
    auto cached = CachedAttentionOp::create(
        builder, op.getLoc(), op.getResult().getType(), /*probabilities=*/Type(),
        /*scores=*/Type(), op.getQuery(), op.getKey(), op.getValue(), pages->keys, pages->values,
        pages->keyScales, pages->valueScales, op.getDistances(), op.getHeadsAttr(),
        op.getScaleAttr(), op.getWindowAttr(), op.getSoftcapAttr(), op.getSlopesAttr());
    op.getResult().replaceAllUsesWith(cached.getResult());
    op.erase();
    return success();
  }
};

} // namespace
