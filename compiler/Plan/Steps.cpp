// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Plan/Steps.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

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

std::optional<KernelKind> kindOf(Operation *op) {
  return llvm::TypeSwitch<Operation *, std::optional<KernelKind>>(op)
      .Case([](kn::GemmOp gemm) {
        return gemm.getInputScales() ? KernelKind::codes : KernelKind::gemm;
      })
      .Case([](kn::QuantizeOp) { return KernelKind::codes; })
      .Case([](kn::AttentionOp) { return KernelKind::attention; })
      .Case<kn::AppendOp, kn::LayerNormOp, kn::RmsNormOp, kn::ReduceOp, kn::PoolOp>(
          [](auto) { return KernelKind::rows; })
      .Default([](Operation *) { return std::nullopt; });
}

const KernelRow *rowOf(Operation *op, unsigned target) {
  if (!kindOf(op))
    return nullptr;
  auto rows = op->getAttrOfType<ArrayAttr>("rows");
  return rows ? findKernelRow(cast<StringAttr>(rows[target]).getValue()) : nullptr;
}

const KernelRow *findRowOf(transformer::ModelOp model,
                           llvm::function_ref<bool(const KernelRow &)> which) {
  const KernelRow *found = nullptr;
  model.walk([&](Operation *op) {
    if (auto rows = op->getAttrOfType<ArrayAttr>("rows"); rows && kindOf(op))
      for (StringRef name : rows.getAsValueRange<StringAttr>())
        if (const KernelRow *row = findKernelRow(name); row && which(*row))
          found = row;
  });
  return found;
}

kn::Cost costOf(func::FuncOp entry) {
  kn::Cost sum;
  for (auto [func, times] : callsOf(entry))
    for (auto step : func.getOps<kn::StepOpInterface>())
      sum += step.cost() * double(times);
  return sum;
}

StringRef gemmOf(transformer::ModelOp model) {
  auto isForeign = [](const KernelRow &row) { return row.library == KernelLibrary::onednn; };
  return findRowOf(model, isForeign) ? "onednn" : "native";
}

std::map<std::string, int64_t> kernelsOf(transformer::ModelOp model, unsigned target) {
  std::map<std::string, int64_t> most;
  for (auto entry : model.getOps<func::FuncOp>()) {
    if (entry.isPrivate() || isExplained(entry))
      continue;
    std::map<std::string, int64_t> counts;
    for (auto [func, times] : callsOf(entry))
      for (auto step : func.getOps<kn::StepOpInterface>())
        if (const KernelRow *row = rowOf(step, target))
          counts[row->name.str()] += times;
    for (auto &[row, count] : counts)
      most[row] = std::max(most[row], count);
  }
  return most;
}

bool isExplained(func::FuncOp entry) {
  return llvm::any_of(entry.getOps<kn::OutputOp>(),
                      [](kn::OutputOp output) { return output.getFormula().has_value(); });
}

std::string keptAs(transformer::ModelOp model) {
  std::string name;
  model->walk([&](Operation *op) {
    if (!isa<transformer::CacheOp, kn::CacheOp>(op))
      return WalkResult::advance();
    auto type = cast<ShapedType>(op->getResult(0).getType());
    if (type.getRank() < 3) // scales
      return WalkResult::advance();
    if (type.getElementType().isInteger(8))
      name = "int8";
    else
      llvm::raw_string_ostream(name) << type.getElementType();
    return WalkResult::interrupt();
  });
  return name;
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

ElementType elementTypeOf(Type type) {
  return getElementTypeOrSelf(type).isF64() ? ElementType::f64 : ElementType::f32;
}

} // namespace tfc
