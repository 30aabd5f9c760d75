// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whether a model's weights are what its ops say: there, of that shape, of a type that can be
// computed with, finite.

#ifndef TFC_COMPILER_IMPORT_WEIGHTCHECK_H
#define TFC_COMPILER_IMPORT_WEIGHTCHECK_H

#include "compiler/Import/Import.h"

namespace tfc {

/// Compares the `transformer.weight` and `kernel.weight` ops of a module with the checkpoint.
/// Errors name the tensor, what was expected and what was found; a missing one the names that are
/// nearest to it.
llvm::Error checkWeights(mlir::ModuleOp module, const Checkpoint &checkpoint,
                         const ImportOptions &options);

/// Every tensor of the checkpoint is used by the module or matches one of `known`, where a trailing
/// `*` stands for any ending: an error names those that are and do neither, since a model that has
/// more weights computes something else.
llvm::Error refuseUnused(mlir::ModuleOp module, const Checkpoint &checkpoint,
                         llvm::ArrayRef<std::string> known);

} // namespace tfc

#endif
