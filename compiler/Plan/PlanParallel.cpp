// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Puts barriers between steps.
//
// Threads claim the shares of one step at a time, counted from the barrier before it; so a barrier
// stands between any two kernels, within a function and across calls. It names the weight of the
// function's next product, which waiting threads fetch.

#include "compiler/Passes.h"

using namespace mlir;
namespace kn = tfc::kernel;

namespace tfc {
#define GEN_PASS_DEF_PLANPARALLEL
#include "compiler/Passes.h.inc"
} // namespace tfc

namespace {

struct PlanParallel : tfc::impl::PlanParallelBase<PlanParallel> {
  using Base::Base;

  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      Block &block = func.getBody().front();
      // Upwards: below each barrier, the next product is known.
      Value soon;
      for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block))) {
        if (isa<func::CallOp>(op))
          soon = Value();
        if (!isa<kn::StepOpInterface>(op))
          continue;
        if (!isa_and_nonnull<kn::BarrierOp>(op.getNextNode())) {
          OpBuilder builder(op.getContext());
          builder.setInsertionPointAfter(&op);
          kn::BarrierOp::create(builder, op.getLoc(), soon);
        }
        if (auto gemm = dyn_cast<kn::GemmOp>(op))
          soon = gemm.getWeight();
      }
      for (auto barrier : block.getOps<kn::BarrierOp>())
        if (Value named = barrier.getSoon())
          if (auto get = named.getDefiningOp<kn::GetWeightOp>())
            get->moveBefore(&block, block.begin());
    }
  }
};

} // namespace
