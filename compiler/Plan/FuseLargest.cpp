// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lets the product that computes a step's logits give the largest of each panel.
//
// Whoever chooses a token then reads a number in 32, and the panels in which it may be.

#include "compiler/Passes.h"
#include "dialects/Transformer/Transformer.h"

using namespace mlir;
namespace kn = tfc::kernel;

namespace tfc {
#define GEN_PASS_DEF_FUSELARGEST
#include "compiler/Passes.h.inc"
} // namespace tfc

namespace {

/// The product that computes `output`, if nothing else is done with its buffer.
kn::GemmOp producerOf(kn::OutputOp output) {
  if (!llvm::hasNItems(output.getBuffer().getUsers(), 2))
    return nullptr;
  for (Operation *user : output.getBuffer().getUsers())
    if (auto gemm = dyn_cast<kn::GemmOp>(user); gemm && gemm.getOutput() == output.getBuffer())
      return gemm;
  return nullptr;
}

struct FuseLargest : tfc::impl::FuseLargestBase<FuseLargest> {
  using Base::Base;

  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      if (!func->hasAttr(tfc::transformer::stepAttr))
        continue;
      for (auto output : func.getOps<kn::OutputOp>()) {
        kn::GemmOp gemm = producerOf(output);
        MemRefType type = output.getBuffer().getType();
        if (!gemm || output.getLargest() || !type.getElementType().isF32() ||
            kn::areaOf(type) != kn::Area::row || type.getRank() != 1)
          continue;
        OpBuilder builder(gemm);
        MemRefType panels = MemRefType::Builder(type).setShape(
            SmallVector<int64_t>{gemm.getWeight().getType().getDimSize(0)});
        Value largest = kn::ArenaOp::create(builder, gemm.getLoc(), panels, IntegerAttr());
        gemm.getLargestMutable().assign(largest);
        output.getLargestMutable().assign(largest);
      }
    }
  }
};

} // namespace
