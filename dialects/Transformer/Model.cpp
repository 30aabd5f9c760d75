// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of the model and its weights.

#include "dialects/Transformer/Generation.h"
#include "dialects/Transformer/Transformer.h"

#include "mlir/Analysis/CallGraph.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SCCIterator.h"

#include <cmath>

using namespace mlir;
using namespace tfc::transformer;

/// Sizes are fixed, positive, and their product fits: nothing behind this check needs to look
/// again.
static LogicalResult verifyFixedShape(Operation *op, RankedTensorType type) {
  int64_t elements = 1;
  for (int64_t size : type.getShape()) {
    if (ShapedType::isDynamic(size) || size <= 0)
      return op->emitOpError() << "expects fixed positive sizes, found " << type;
    if (__builtin_mul_overflow(elements, size, &elements) || elements > (int64_t(1) << 56))
      return op->emitOpError() << "has more elements than can be addressed: " << type;
  }
  return success();
}

LogicalResult ModelOp::verify() {
  if (auto generation = getGenerationAttr())
    return verifyGeneration(generation, [&] { return emitOpError(); });
  return success();
}

/// A buffer of a function lies in one place, and none is there twice.
LogicalResult ModelOp::verifyRegions() {
  for (auto func : getOps<func::FuncOp>())
    if (!func.getBody().hasOneBlock())
      return func.emitOpError("expects a body of one block");
  WalkResult calls = walk([&](func::CallOp call) {
    auto callee = lookupSymbol<func::FuncOp>(call.getCallee());
    if (!callee || callee.isPrivate())
      return WalkResult::advance();
    call.emitOpError("expects a private function, found the entry point ") << call.getCallee();
    return WalkResult::interrupt();
  });
  if (calls.wasInterrupted())
    return failure();
  const CallGraph graph(*this);
  for (auto scc = llvm::scc_begin(&graph); !scc.isAtEnd(); ++scc)
    if (scc.hasCycle())
      return (*scc).front()->getCallableRegion()->getParentOp()->emitOpError("calls itself");
  return success();
}

LogicalResult WeightOp::verify() {
  if (getName().empty())
    return emitOpError("expects the name of a tensor, found an empty string");
  return verifyFixedShape(*this, cast<RankedTensorType>(getType()));
}

LogicalResult SinusoidsOp::verify() {
  auto type = cast<RankedTensorType>(getType());
  if (type.getDimSize(1) % 2)
    return emitOpError() << "expects an even number of columns, found " << type.getDimSize(1);
  if (getClosed() && (!getHalves() || type.getDimSize(1) < 4))
    return emitOpError() << "expects closed only with halves, and 4 columns at least, found "
                         << type;
  return verifyFixedShape(*this, type);
}

LogicalResult RotaryTableOp::verify() {
  auto type = cast<RankedTensorType>(getType());
  if (type.getDimSize(1) != 2 * int64_t(getFrequencies().size()))
    return emitOpError() << "expects two columns for each of the " << getFrequencies().size()
                         << " frequencies, found " << type;
  for (double frequency : getFrequencies())
    if (!std::isfinite(frequency))
      return emitOpError() << "expects finite frequencies, found " << frequency;
  return verifyFixedShape(*this, type);
}

LogicalResult DistanceTableOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                                Adaptor adaptor, SmallVectorImpl<Type> &types) {
  constexpr int64_t most = int64_t(1) << 24;
  auto buckets = cast<RankedTensorType>(adaptor.getBuckets().getType());
  if (buckets.getRank() != 2)
    return emitOptionalError(loc, "expects buckets of [buckets, heads], found ", buckets);
  int64_t reach = adaptor.getReach(), max = adaptor.getMax(),
          perSide = buckets.getDimSize(0) / (adaptor.getBidirectional() ? 2 : 1);
  if (!buckets.hasStaticShape() || perSide < 2 || buckets.getDimSize(0) > most)
    return emitOptionalError(loc, "expects two buckets on each side at least, found ", buckets);
  if (max <= perSide / 2 || max > most || reach < max + 32 || reach > 2 * most)
    return emitOptionalError(loc, "expects a largest distance above ", perSide / 2,
                             " and a reach of 32 more at least, found ", max, " and ", reach);
  types.push_back(buckets.clone({buckets.getDimSize(1), 2 * reach + 1}));
  return success();
}

LogicalResult CacheOp::verify() {
  auto type = cast<RankedTensorType>(getType());
  if ((type.getRank() != 3 && type.getRank() != 2) || type.getDimSize(0) != pageTokens)
    return emitOpError() << "expects a page of [" << pageTokens << ", heads, dim], or ["
                         << pageTokens << ", heads] of scales, found " << type;
  return verifyFixedShape(*this, type);
}
