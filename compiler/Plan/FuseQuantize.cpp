// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lets whoever computes numbers make codes of them.
//
// A share has the numbers at hand, and a step less is a barrier less.

#include "compiler/Passes.h"

using namespace mlir;
namespace kn = tfc::kernel;

namespace tfc {
#define GEN_PASS_DEF_FUSEQUANTIZE
#include "compiler/Passes.h.inc"
} // namespace tfc

namespace {

/// What a buffer is a view of.
Value wholeOf(Value buffer) {
  while (auto slice = buffer.getDefiningOp<kn::SliceOp>())
    buffer = slice.getSource();
  return buffer;
}

/// The step that computes what `op` reads, if it stands in the same function.
kn::StepOpInterface producerOf(kn::QuantizeOp op) {
  const Value whole = wholeOf(op.getInput());
  for (Operation *before = op->getPrevNode(); before; before = before->getPrevNode()) {
    if (auto step = dyn_cast<kn::StepOpInterface>(before);
        step && wholeOf(step.getOutput()) == whole)
      return step.getOutput() == op.getInput() ? step : nullptr;
    if (isa<func::CallOp>(before) &&
        llvm::any_of(before->getOperands(), [&](Value buffer) { return wholeOf(buffer) == whole; }))
      return nullptr;
  }
  return nullptr;
}

/// Whether nobody sees the buffer before `op` writes it, so that it may be written earlier.
bool isNew(Value buffer, Operation *op) {
  return buffer.getDefiningOp<kn::ArenaOp>() &&
         llvm::all_of(buffer.getUsers(), [&](Operation *user) {
           user = op->getBlock()->findAncestorOpInBlock(*user);
           return user == op || (user && op->isBeforeInBlock(user));
         });
}

struct FuseQuantize : tfc::impl::FuseQuantizeBase<FuseQuantize> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<kn::QuantizeOp> all;
    getOperation().walk([&](kn::QuantizeOp op) { all.push_back(op); });
    for (kn::QuantizeOp op : all) {
      kn::StepOpInterface step = producerOf(op);
      auto producer = dyn_cast_if_present<kn::QuantizingOpInterface>(step.getOperation());
      if (!producer || !producer.getCodesMutable().empty() ||
          !producer.hasWholeGroups(
              kn::groupOf(op.getOutput().getType(), op.getScales().getType())) ||
          kn::areaOf(step.getOutput().getType()) == kn::Area::pair)
        continue;
      const Value codes[] = {op.getOutput(), op.getScales(), op.getSums()};
      if (!llvm::all_of(codes, [&](Value buffer) { return isNew(buffer, op); }))
        continue;
      for (Value buffer : codes)
        buffer.getDefiningOp()->moveBefore(step);
      producer.getCodesMutable().assign(codes);
      op.erase();
    }
  }
};

} // namespace
