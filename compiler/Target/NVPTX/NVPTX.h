// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A planned model for an NVIDIA GPU: kernels as NVVM, LLVM IR and PTX.

#ifndef TFC_COMPILER_TARGET_NVPTX_NVPTX_H
#define TFC_COMPILER_TARGET_NVPTX_NVPTX_H

#include "compiler/Codegen/CompileVariants.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/Module.h"

#include <memory>

namespace tfc {

/// Whether a GPU can compute all of a planned model. Fails with a diagnostic that names the op.
mlir::LogicalResult checkDevice(transformer::ModelOp model, const Variant &device);

/// The functions of a planned model as MLIR: each launches kernels, which lie in a `gpu.module`.
/// They take a tfc_call whose addresses are the GPU's, and whose `threads` is the number of blocks
/// of a launch: kernels are right for every number.
struct DeviceCode {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<std::string> entries; ///< the symbols of the entry points, in the model's order
};
mlir::FailureOr<DeviceCode> emitDevice(transformer::ModelOp model, const Variant &device);

/// The kernels of `module` in optimised LLVM IR.
llvm::Expected<std::unique_ptr<llvm::Module>>
lowerKernels(mlir::ModuleOp module, const Variant &device, llvm::LLVMContext &context);

/// The model as text: MLIR with launches and kernels, or the kernels as LLVM IR or PTX.
llvm::Expected<std::string> deviceText(transformer::ModelOp model, const Variant &device,
                                       CodeText kind);

} // namespace tfc

#endif
