// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gives each weight its place in the library's packed weights.

#include "compiler/Passes.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tfc {
#define GEN_PASS_DEF_PACKWEIGHTS
#include "compiler/Passes.h.inc"
} // namespace tfc

namespace {

struct PackWeights : tfc::impl::PackWeightsBase<PackWeights> {
  using Base::Base;

  void runOnOperation() override {
    Builder builder(&getContext());
    int64_t at = 0;
    for (auto weight : getOperation().getOps<tfc::kernel::WeightOp>()) {
      weight.setAtAttr(builder.getI64IntegerAttr(at));
      auto type = cast<MemRefType>(weight.getType());
      at += llvm::alignTo(tfc::kernel::bytesOf(type, type.getNumElements()), 64);
    }
  }
};

} // namespace
