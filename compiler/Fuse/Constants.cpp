// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values that are known when the model is compiled.

#include "compiler/Fuse/Constants.h"

#include "dialects/Transformer/Transformer.h"

using namespace mlir;
using namespace tfc;
using namespace tfc::transformer;

Constants::Constants(Block &block) {
  // A block is in topological order: one walk sees operands before their users.
  for (Operation &op : block) {
    places.try_emplace(&op, places.size());
    if (op.getNumRegions() != 0 || op.getNumResults() == 0 || !isMemoryEffectFree(&op))
      continue;
    if (op.getNumOperands() != 0 && !isa<ConcatOp, QuantizeOp, ReshapeOp, SliceOp, TransposeOp>(op))
      continue;
    if (llvm::all_of(op.getOperands(), [&](Value operand) { return contains(operand); }))
      ops.insert(&op);
  }
  placesNow = places;
}

void Constants::hoist(Value constant, Operation *op) {
  int64_t place = places[op];
  SmallVector<Operation *> behind;
  auto visit = [&](Value value) {
    Operation *def = value.getDefiningOp();
    if (placesNow[def] <= place)
      return;
    placesNow[def] = place;
    behind.push_back(def);
  };
  visit(constant);
  for (size_t next = 0; next < behind.size(); ++next)
    llvm::for_each(behind[next]->getOperands(), visit);
  llvm::sort(behind, [&](Operation *a, Operation *b) { return places[a] < places[b]; });
  for (Operation *def : behind)
    def->moveBefore(op);
}
