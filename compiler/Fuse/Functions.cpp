// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Fuse/Functions.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace tfc;
using namespace tfc::transformer;

void tfc::inlineCalls(func::FuncOp func, const SymbolTable &symbols) {
  SmallVector<func::CallOp> calls(func.getOps<func::CallOp>());
  while (!calls.empty()) {
    func::CallOp call = calls.pop_back_val();
    auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
    OpBuilder builder(call);
    IRMapping mapping;
    mapping.map(callee.getArguments(), call.getOperands());
    for (Operation &op : callee.getBody().front().without_terminator())
      if (auto inner = dyn_cast<func::CallOp>(builder.clone(op, mapping)))
        calls.push_back(inner);
    for (auto [result, value] : llvm::zip_equal(
             call.getResults(), callee.getBody().front().getTerminator()->getOperands()))
      result.replaceAllUsesWith(mapping.lookupOrDefault(value));
    call.erase();
  }
}

void tfc::eraseUnused(func::FuncOp func) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(func.getBody().front())))
    if (isOpTriviallyDead(&op))
      op.erase();
}

std::optional<unsigned> tfc::resultCalled(func::FuncOp func, StringRef name) {
  for (unsigned number = 0; number < func.getNumResults(); ++number)
    if (auto called = func.getResultAttrOfType<StringAttr>(number, nameAttr);
        called && called.getValue() == name)
      return number;
  return std::nullopt;
}

void tfc::decompose(Operation *root, llvm::function_ref<bool(Operation *)> isChosen) {
  root->walk([&](CompositeOpInterface op) {
    if (!isChosen(op))
      return;
    OpBuilder builder(op);
    op->replaceAllUsesWith(op.decompose(builder));
    op->erase();
  });
}
