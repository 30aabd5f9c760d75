// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What all importers take and give.

#ifndef TFC_COMPILER_IMPORT_IMPORT_H
#define TFC_COMPILER_IMPORT_IMPORT_H

#include "compiler/Import/Checkpoint.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <functional>

namespace tfc {

struct ImportOptions {
  /// The longest row in tokens; 0: the model's own limit.
  int64_t maxSequence = 0;
  /// Weights that are not finite are an error.
  bool strict = false;
  /// Takes the text of a warning; may be empty.
  std::function<void(llvm::StringRef)> warn;
};

/// A model and its weights, which have been compared with each other.
struct ImportedModel {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  Checkpoint weights;
};

} // namespace tfc

#endif
