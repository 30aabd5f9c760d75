// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lets a model that generates compute rows piece by piece: a prompt in pieces, then token by token.
//
// What an op computes for a token may depend on others of its row in one way only, causal
// attention; then a piece of a row needs no more of what came before than its keys and values.

#include "compiler/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/BitVector.h"

namespace tfc {
#define GEN_PASS_DEF_ADDSTEP
#include "compiler/Passes.h.inc"
} // namespace tfc

using namespace mlir;
using namespace tfc::transformer;

namespace {

RankedTensorType tensor(Value value) { return cast<RankedTensorType>(value.getType()); }

/// Whether `op` computes each token by itself, its tensors being [tokens, …] or the same for all.
bool isTokenWise(Operation *op) {
  auto byToken = [](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    return type && (type.getNumDynamicDims() == 0 ||
                    (type.getNumDynamicDims() == 1 && type.isDynamicDim(0)));
  };
  if (!llvm::all_of(op->getOperands(), byToken) || !llvm::all_of(op->getResults(), byToken))
    return false;
  if (isa<MatmulOp, PoolOp, AttentionOp, TransposeOp>(op)) // sums over tokens, or moves them
    return op->getNumResults() == 1 && tensor(op->getResult(0)).hasStaticShape() &&
           llvm::all_of(op->getOperands(), [](Value v) { return tensor(v).hasStaticShape(); });
  if (isa<SoftmaxOp, LogSumExpOp, CausalMaskOp>(op))
    return tensor(op->getOperand(0)).getRank() > 1;
  return op->getDialect()->getNamespace() == TransformerDialect::getDialectNamespace();
}

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
    auto *entry = llvm::find_if(functions, [](func::FuncOp func) { return func.isPublic(); });
    if (entry != functions.end() && failed(addStep(*entry)))
      signalPassFailure();
  }

  LogicalResult addStep(func::FuncOp entry) {
    std::optional<unsigned> logits;
    for (unsigned number = 0; number < entry.getNumResults(); ++number)
      if (auto name = entry.getResultAttrOfType<StringAttr>(number, nameAttr);
          name && name.getValue() == "logits")
        logits = number;
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
        FailureOr<Type> type = cacheType(attention);
        if (failed(type))
          return failure();
        addCache(attention, layer++, *type);
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

  /// Each layer keeps keys and values of its own.
  static void inlineCalls(func::FuncOp func, const SymbolTable &symbols) {
    SmallVector<func::CallOp> calls(func.getOps<func::CallOp>());
    while (!calls.empty()) {
      func::CallOp call = calls.pop_back_val();
      auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
      OpBuilder builder(call);
      IRMapping mapping;
      mapping.map(callee.getArguments(), call.getOperands());
      for (Operation &op : callee.getBody().front().without_terminator())
        if (auto inner = dyn_cast<func::CallOp>(builder.clone(op, mapping)))
          calls.push_back(inner);
      for (auto [result, value] : llvm::zip_equal(
               call.getResults(), callee.getBody().front().getTerminator()->getOperands()))
        result.replaceAllUsesWith(mapping.lookupOrDefault(value));
      call.erase();
    }
  }

  static void eraseUnused(func::FuncOp func) {
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(func.getBody().front())))
      if (isOpTriviallyDead(&op))
        op.erase();
  }

  /// Of what the keys and values are kept as.
  FailureOr<Type> cacheType(AttentionOp op) {
    Type computed = tensor(op.getKey()).getElementType();
    if (cache.empty())
      return computed;
    if (cache != "f32" && cache != "bf16" && cache != "int8")
      return op.emitOpError("can be kept as f32, bf16 or int8, found ") << cache;
    if (!computed.isF32())
      return op.emitOpError("computes in ")
             << computed << ", which is kept as it is, found a cache of " << cache
             << "; supported: f32";
    Builder builder(&getContext());
    return cache == "bf16"   ? Type(builder.getBF16Type())
           : cache == "int8" ? Type(builder.getI8Type())
                             : computed;
  }

  static void addCache(AttentionOp op, unsigned layer, Type element) {
    OpBuilder builder(op);
    auto page = [&](StringRef what, int64_t dim) -> Value {
      auto type = RankedTensorType::get({pageTokens, op.getKeyHeads(), dim}, element);
      return CacheOp::create(builder, op.getLoc(), type, (what + Twine(layer)).str());
    };
    auto scales = [&](StringRef what) -> Value {
      auto type = RankedTensorType::get({pageTokens, op.getKeyHeads()},
                                        tensor(op.getKey()).getElementType());
      std::string name = (what + Twine(layer) + ".scales").str();
      return element.isInteger(8) ? CacheOp::create(builder, op.getLoc(), type, name).getResult()
                                  : Value();
    };
    Value keys = page("keys.", op.getHeadDim()), values = page("values.", op.getValueDim());
    Value keyScales = scales("keys."), valueScales = scales("values.");
    auto cached = CachedAttentionOp::create(
        builder, op.getLoc(), op.getResult().getType(), op.getQuery(), op.getKey(), op.getValue(),
        keys, values, keyScales, valueScales, op.getHeadsAttr(), op.getScaleAttr(),
        op.getWindowAttr(), op.getSoftcapAttr(), op.getSlopesAttr());
    op.getResult().replaceAllUsesWith(cached.getResult());
    op.erase();
  }
};

} // namespace
