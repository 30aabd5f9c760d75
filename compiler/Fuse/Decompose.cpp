// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Spells composite ops out in plain ops.

#include "compiler/Fuse/Functions.h"
#include "compiler/Passes.h"

#include "llvm/ADT/StringSet.h"

namespace tfc {
#define GEN_PASS_DEF_DECOMPOSE
#include "compiler/Passes.h.inc"
} // namespace tfc

using namespace mlir;
using namespace tfc::transformer;

namespace {

struct Decompose : tfc::impl::DecomposeBase<Decompose> {
  using Base::Base;

  void runOnOperation() override {
    llvm::StringSet<> chosen;
    for (StringRef name : ops) {
      auto known = RegisteredOperationName::lookup(("transformer." + name).str(), &getContext());
      if (!known || !known->hasInterface<CompositeOpInterface>()) {
        getOperation().emitError()
            << "expects the name of a composite op to decompose, found \"" << name << '"';
        return signalPassFailure();
      }
      chosen.insert(known->getStringRef());
    }
    tfc::decompose(getOperation(), [&](Operation *op) {
      return chosen.empty() || chosen.contains(op->getName().getStringRef());
    });
  }
};

} // namespace
