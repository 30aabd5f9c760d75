// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gives an entry point with optional results a twin without them.

#include "compiler/Fuse/Functions.h"
#include "compiler/Passes.h"

#include "llvm/ADT/BitVector.h"

namespace tfc {
#define GEN_PASS_DEF_SPLITOUTPUTS
#include "compiler/Passes.h.inc"
} // namespace tfc

using namespace mlir;
using namespace tfc;
using namespace tfc::transformer;

namespace {

struct SplitOutputs : tfc::impl::SplitOutputsBase<SplitOutputs> {
  using Base::Base;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (auto func : llvm::to_vector(getOperation().getOps<func::FuncOp>()))
      if (func.isPublic() && failed(split(func, symbols)))
        return signalPassFailure();
  }

  static LogicalResult split(func::FuncOp func, SymbolTable &symbols) {
    llvm::BitVector optional(func.getNumResults());
    for (unsigned number = 0; number < func.getNumResults(); ++number)
      optional[number] = func.getResultAttr(number, optionalAttr) != nullptr;
    if (optional.none())
      return success();
    if (optional.all())
      return func.emitOpError("expects a result that is not optional");
    func::FuncOp all = func.clone();
    all.setName((func.getName() + "_all").str());
    for (unsigned number : optional.set_bits())
      all.removeResultAttr(number, StringAttr::get(func.getContext(), optionalAttr));
    symbols.insert(all, std::next(Block::iterator(func)));
    inlineCalls(func, symbols); // a layer's function gives what may not be wanted
    func.getBody().front().getTerminator()->eraseOperands(optional);
    if (failed(func.eraseResults(optional)))
      return failure();
    eraseUnused(func);
    return success();
  }
};

} // namespace
