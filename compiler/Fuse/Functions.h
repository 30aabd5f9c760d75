// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What passes share that change whole functions.

#ifndef TFC_COMPILER_FUSE_FUNCTIONS_H
#define TFC_COMPILER_FUSE_FUNCTIONS_H

#include "dialects/Transformer/Transformer.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <optional>

namespace tfc {

/// Puts what private functions do in place of their calls: then each layer is an op of its own.
void inlineCalls(mlir::func::FuncOp func, const mlir::SymbolTable &symbols);

void eraseUnused(mlir::func::FuncOp func);

/// The number of an entry point's result by its name.
std::optional<unsigned> resultCalled(mlir::func::FuncOp func, llvm::StringRef name);

/// Spells the composite ops that are chosen out in plain ops.
void decompose(mlir::Operation *root, llvm::function_ref<bool(mlir::Operation *)> isChosen);

} // namespace tfc

#endif
