// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Quantize/Schemes.h"

#include "compiler/Plan/PlannedWeights.h"
#include "dialects/Kernel/Kernel.h"

#include "mlir/IR/TypeUtilities.h"

#include "llvm/ADT/SmallSet.h"

namespace tfc {

// clang-format off
static constexpr Scheme table[] = {
    // name          codes          group scales         search inputGroup
    {"bf16",         Storage::bf16},
    {"f16",          Storage::f16},
    {"int8",         Storage::i8,   128,  Storage::f32,  true,  64},
    {"int8-weights", Storage::i8,   128,  Storage::f32,  true},
    {"int8-nearest", Storage::i8,   128,  Storage::f32,  false},
    {"int8-g32",     Storage::i8,   32,   Storage::f32,  true},
    {"int4",         Storage::i4,   32,   Storage::bf16, true,  32},
    {"int4-weights", Storage::i4,   32,   Storage::bf16, true},
    {"int4-nearest", Storage::i4,   32,   Storage::bf16, false},
    {"int4-g64",     Storage::i4,   64,   Storage::bf16, true},
    {"int4-g128",    Storage::i4,   128,  Storage::bf16, true},
};
// clang-format on

llvm::ArrayRef<Scheme> schemes() { return table; }

std::string optionFor(const Scheme &scheme) {
  return (scheme.group ? "--quantize=" : "--dtype=") + scheme.name.str();
}

const Scheme *findScheme(llvm::StringRef name) {
  for (const Scheme &scheme : table)
    if (scheme.name == name)
      return &scheme;
  return nullptr;
}

llvm::SmallVector<const Scheme *> schemesOf(transformer::ModelOp model) {
  llvm::SmallPtrSet<const Scheme *, 4> found;
  llvm::SmallSet<int64_t, 2> inputGroups;
  model->walk([&](transformer::QuantizeOp op) {
    if (!isWeight(op.getCodes()))
      inputGroups.insert(op.getGroup().value_or(0));
  });
  model->walk([&](kernel::GemmOp op) {
    if (op.getInputScales())
      inputGroups.insert(kernel::groupOf(op.getInput().getType(), op.getInputScales().getType()));
  });
  auto suits = [&](int64_t inputGroup) {
    return inputGroups.empty() ? !inputGroup : inputGroups.contains(inputGroup);
  };
  auto add = [&](mlir::Type codes, int64_t group, mlir::Type scales, bool search) {
    for (const Scheme &scheme : table)
      if (typeOf(scheme.codes, model.getContext()) == codes && scheme.group == group &&
          scheme.search == search && (group ? suits(scheme.inputGroup) : !scheme.inputGroup) &&
          (!group || typeOf(scheme.scales, model.getContext()) == scales))
        found.insert(&scheme);
  };
  model->walk([&](transformer::QuantizeOp op) {
    mlir::Type scales = op.getScales() ? getElementTypeOrSelf(op.getScales()) : mlir::Type();
    add(getElementTypeOrSelf(op.getCodes()), op.getGroup().value_or(0), scales, op.getSearch());
  });
  model->walk([&](kernel::WeightOp op) {
    if (op.getGroup())
      add(*op.getCodes(), *op.getGroup(), *op.getScales(), op.getSearch());
    else
      add(getElementTypeOrSelf(op.getType()), 0, mlir::Type(), false);
  });
  llvm::SmallVector<const Scheme *> ordered;
  for (const Scheme &scheme : table)
    if (found.contains(&scheme))
      ordered.push_back(&scheme);
  return ordered;
}

mlir::Type typeOf(Storage storage, mlir::MLIRContext *context) {
  switch (storage) {
  case Storage::bf16:
    return mlir::BFloat16Type::get(context);
  case Storage::f16:
    return mlir::Float16Type::get(context);
  case Storage::f32:
    return mlir::Float32Type::get(context);
  case Storage::i8:
    return mlir::IntegerType::get(context, 8);
  case Storage::i4:
    return mlir::IntegerType::get(context, 4);
  }
  llvm_unreachable("all kinds are above");
}

} // namespace tfc
