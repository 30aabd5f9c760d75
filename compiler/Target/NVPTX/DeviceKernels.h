// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels of a GPU: each op of a plan becomes a kernel in a `gpu.module`, and a launch in the
// function that needs it. A barrier is the border of two launches.

#ifndef TFC_COMPILER_TARGET_NVPTX_DEVICEKERNELS_H
#define TFC_COMPILER_TARGET_NVPTX_DEVICEKERNELS_H

#include "compiler/Codegen/KernelModule.h"
#include "compiler/Target/NVPTX/WarpEmitter.h"
#include "compiler/Target/Registry.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace tfc {

class DeviceKernels : public Kernels {
public:
  /// `module` gets the functions that launch, and inside of it the kernels.
  DeviceKernels(mlir::ModuleOp module, unsigned target, const Variant &device);

  void compute(mlir::OpBuilder &builder, mlir::Operation *op, Value call, Value scratch,
               ValueRange buffers) override;
  /// Launches of one stream run one after another.
  void barrier(mlir::OpBuilder &, kernel::BarrierOp, Value, Value) override {}

private:
  mlir::LLVM::LLVMFuncOp kernelFor(mlir::Operation *op, const KernelRow &row);

  const Variant &device;
  mlir::gpu::GPUModuleOp kernels;
  llvm::StringMap<mlir::LLVM::LLVMFuncOp> functions;
};

/// Fills the kernel of a product.
void emitDeviceGemm(WarpEmitter &e, kernel::GemmOp op, Value call, const Addresses &address,
                    mlir::gpu::GPUModuleOp kernels);

} // namespace tfc

#endif
