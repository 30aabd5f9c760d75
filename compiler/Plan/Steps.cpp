// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Plan/Steps.h"

using namespace mlir;
namespace kn = tfc::kernel;

namespace tfc {

unsigned targetNumber(transformer::ModelOp model, StringRef name) {
  auto targets = model->getAttrOfType<ArrayAttr>("kernel.targets").getAsValueRange<StringAttr>();
  return std::distance(targets.begin(), llvm::find(targets, name));
}

static func::FuncOp calleeOf(func::CallOp call) {
  return SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
}

/// Adds `func` behind all that it calls, the last call first.
static void visit(func::FuncOp func, llvm::DenseSet<Operation *> &seen,
                  SmallVector<func::FuncOp> &order) {
  if (!seen.insert(func).second)
    return;
  SmallVector<func::CallOp> calls(func.getOps<func::CallOp>());
  for (func::CallOp call : llvm::reverse(calls))
    visit(calleeOf(call), seen, order);
  order.push_back(func);
}

llvm::MapVector<func::FuncOp, int64_t> callsOf(func::FuncOp entry) {
  llvm::DenseSet<Operation *> seen;
  SmallVector<func::FuncOp> order;
  visit(entry, seen, order);
  llvm::MapVector<func::FuncOp, int64_t> times;
  times[entry] = 1;
  for (func::FuncOp func : llvm::reverse(order)) {
    int64_t count = times[func];
    for (auto call : func.getOps<func::CallOp>())
      times[calleeOf(call)] += count;
  }
  return times;
}

StringRef rowOf(kn::StepOpInterface step, unsigned target) {
  auto rows = step->getAttrOfType<ArrayAttr>("rows");
  return rows ? cast<StringAttr>(rows[target]).getValue() : StringRef();
}

std::map<std::string, int64_t> kernelsOf(transformer::ModelOp model, unsigned target) {
  std::map<std::string, int64_t> most;
  for (auto entry : model.getOps<func::FuncOp>()) {
    if (entry.isPrivate())
      continue;
    std::map<std::string, int64_t> counts;
    for (auto [func, times] : callsOf(entry))
      for (auto step : func.getOps<kn::StepOpInterface>())
        if (StringRef row = rowOf(step, target); !row.empty())
          counts[row.str()] += times;
    for (auto &[row, count] : counts)
      most[row] = std::max(most[row], count);
  }
  return most;
}

Type elementOf(transformer::ModelOp model) {
  Type found;
  model.walk([&](kn::StepOpInterface step) {
    Type element = step.getOutput().getType().getElementType();
    if (!isa<FloatType>(element))
      return WalkResult::advance();
    found = element;
    return WalkResult::interrupt();
  });
  return found ? found : Float32Type::get(model.getContext());
}

} // namespace tfc
