// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values that are known when the model is compiled.

#ifndef TFC_COMPILER_FUSE_CONSTANTS_H
#define TFC_COMPILER_FUSE_CONSTANTS_H

#include "mlir/IR/Block.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace tfc {

/// The ops of a block that make numbers out of nothing (`weight`, `sinusoids`), or only move such
/// numbers (`concat`, `reshape`, `slice`, `transpose` of them), or `quantize` them.
class Constants {
public:
  explicit Constants(mlir::Block &block);

  bool contains(mlir::Operation *op) const { return ops.contains(op); }
  bool contains(mlir::Value value) const { return ops.contains(value.getDefiningOp()); }

  /// Moves the constants that make `constant` up to `op`, which was in the block from the start,
  /// where they stand after it.
  void hoist(mlir::Value constant, mlir::Operation *op);

private:
  llvm::DenseSet<mlir::Operation *> ops;
  /// Where each op stood in the block, and behind which of these places it stands now. Asking the
  /// block would number all its ops again after each move.
  llvm::DenseMap<mlir::Operation *, int64_t> places, placesNow;
};

} // namespace tfc

#endif
