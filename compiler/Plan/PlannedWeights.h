// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is known of a model when it is compiled: its weights, and the layouts their users want.

#ifndef TFC_COMPILER_PLAN_PLANNEDWEIGHTS_H
#define TFC_COMPILER_PLAN_PLANNEDWEIGHTS_H

#include "dialects/Kernel/Kernel.h"
#include "dialects/Transformer/Transformer.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringSet.h"

namespace tfc {

/// A weight, or weights joined along dimension 0, as they are stored or all of them transposed, or
/// the codes or scales of one: known when the model is compiled, and in any layout.
bool isWeight(mlir::Value value);

/// A weight or a table of sines, which has but one layout.
bool isConstant(mlir::Value value);

/// Pages that tokens leave something in: no numbers that are known, but one place like a constant.
bool isCache(mlir::Value value);

/// The layouts that the users of a constant, or of pages, want; those of codes are wanted by the
/// users of what they stand for.
llvm::SmallVector<kernel::Layout> layoutsFor(mlir::Value value);

/// The weights of a model by what they hold, so that equal ones are stored once.
class PlannedWeights {
public:
  explicit PlannedWeights(transformer::ModelOp model);

  kernel::WeightOp get(mlir::Value value, kernel::Layout layout);
  static mlir::MemRefType typeFor(mlir::RankedTensorType type, kernel::Layout layout);

private:
  transformer::ModelOp model;
  llvm::StringSet<> names;
  llvm::DenseMap<std::pair<mlir::Attribute, mlir::Type>, kernel::WeightOp> known;
};

} // namespace tfc

#endif
