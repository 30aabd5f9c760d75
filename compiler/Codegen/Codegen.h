// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a planned model to LLVM IR, for one target.

#ifndef TFC_COMPILER_CODEGEN_CODEGEN_H
#define TFC_COMPILER_CODEGEN_CODEGEN_H

#include "compiler/Plan/KernelTable.h"
#include "dialects/Transformer/Transformer.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/Module.h"

#include <memory>
#include <string>
#include <vector>

namespace tfc {

/// The kernels of one target, as MLIR (scf, arith, vector and llvm ops), and what the runtime must
/// know about them.
struct VariantCode {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<std::string> entries; ///< the symbols of the entry points, in the model's order
  int64_t scratchBytes = 0, scratchBytesPerToken = 0;
  uint32_t needs = 0; ///< tfc_variant.needs
};

/// Whether everything that codegen needs for target number `target` has been decided, which a text
/// may lack. Fails with a diagnostic.
mlir::LogicalResult checkPlanned(transformer::ModelOp model, unsigned target);

class Kernels;

/// Emits the functions of a planned model, with what `kernels` makes of their ops. Gives the
/// symbols of the entry points, in the model's order; fails with a diagnostic.
mlir::FailureOr<std::vector<std::string>> emitFunctions(transformer::ModelOp model,
                                                        Kernels &kernels);

/// Emits the kernels of a planned model for its target number `target`. Fails with a diagnostic.
mlir::FailureOr<VariantCode> emitVariant(transformer::ModelOp model, unsigned target);

/// Replaces exp, erf and tanh by arithmetic; `fused` where the target multiplies and adds in one
/// rounding.
mlir::LogicalResult expandMath(mlir::ModuleOp module, bool fused);

/// Lowers a variant to the LLVM dialect.
mlir::LogicalResult lowerToLLVM(mlir::ModuleOp module);

/// Translates a lowered variant.
std::unique_ptr<llvm::Module> translateToLLVM(mlir::ModuleOp module, llvm::LLVMContext &context);

} // namespace tfc

#endif
