// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lets attention keep the keys and values of this run's tokens.
//
// A head needs no other head's keys and values, and whoever attends to them has them at hand: two
// steps less are two barriers less. Heads that share keys and values are of several shares.

#include "compiler/Passes.h"

using namespace mlir;
namespace kn = tfc::kernel;

namespace tfc {
#define GEN_PASS_DEF_FUSEAPPEND
#include "compiler/Passes.h.inc"
} // namespace tfc

namespace {

/// The append to `pages` and `scales` before `op`, with nothing but other appends in between, or
/// null.
kn::AppendOp appendTo(Value pages, Value scales, Operation *op) {
  while ((op = op->getPrevNode())) {
    auto append = dyn_cast<kn::AppendOp>(op);
    if (append && append.getOutput() == pages)
      return append.getScales() == scales ? append : nullptr;
    if (!append && (isa<kn::StepOpInterface>(op) || isa<func::CallOp>(op)))
      return nullptr;
  }
  return nullptr;
}

struct FuseAppend : tfc::impl::FuseAppendBase<FuseAppend> {
  using Base::Base;

  void runOnOperation() override {
    getOperation().walk([](kn::AttentionOp op) {
      if (!op.isCached() || op.seesSource() || op.appends() ||
          op.getKeyHeads() != int64_t(op.getHeads()))
        return;
      kn::AppendOp keys = appendTo(op.getKey(), op.getKeyScales(), op),
                   values = appendTo(op.getValue(), op.getValueScales(), op);
      if (!keys || !values)
        return;
      op.getNewKeyMutable().assign(keys.getInput());
      op.getNewValueMutable().assign(values.getInput());
      keys.erase();
      values.erase();
    });
  }
};

} // namespace
