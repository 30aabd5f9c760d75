// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Plan/Kept.h"

using namespace mlir;
using namespace tfc;
using namespace tfc::transformer;

static RankedTensorType tensor(Value value) { return cast<RankedTensorType>(value.getType()); }

FailureOr<KeptPages> tfc::keepAs(StringRef type, AttentionOp attention, unsigned layer,
                                 bool source) {
  OpBuilder builder(attention);
  Type computed = tensor(attention.getKey()).getElementType(), element = computed;
  if (!type.empty() && type != "f32" && type != "bf16" && type != "int8")
    return attention.emitOpError("can be kept as f32, bf16 or int8, found ") << type;
  if (!type.empty() && !computed.isF32())
    return attention.emitOpError("computes in ")
           << computed << ", which is kept as it is, found a cache of " << type
           << "; supported: f32";
  if (type == "bf16")
    element = builder.getBF16Type();
  else if (type == "int8")
    element = builder.getI8Type();
  auto cache = [&](const Twine &name, ArrayRef<int64_t> shape, Type element) -> Value {
    return CacheOp::create(builder, attention.getLoc(), RankedTensorType::get(shape, element),
                           builder.getStringAttr(name),
                           source ? builder.getUnitAttr() : UnitAttr());
  };
  const int64_t heads = attention.getKeyHeads();
  Twine number(layer);
  KeptPages pages;
  pages.keys = cache("keys." + number, {pageTokens, heads, attention.getHeadDim()}, element);
  pages.values = cache("values." + number, {pageTokens, heads, attention.getValueDim()}, element);
  if (element.isInteger(8)) {
    pages.keyScales = cache("keys." + number + ".scales", {pageTokens, heads}, computed);
    pages.valueScales = cache("values." + number + ".scales", {pageTokens, heads}, computed);
  }
  return pages;
}

KeptPages tfc::cloneOf(const KeptPages &pages, OpBuilder &builder) {
  auto clone = [&](Value cache) {
    return cache ? builder.clone(*cache.getDefiningOp())->getResult(0) : Value();
  };
  return {clone(pages.keys), clone(pages.values), clone(pages.keyScales), clone(pages.valueScales)};
}

bool tfc::isTokenWise(Operation *op) {
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
