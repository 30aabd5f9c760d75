// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Target/NVPTX/DeviceKernels.h"

#include "compiler/Plan/Steps.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

#include "tfc/abi.h"

#include <cstddef>

using namespace mlir;

namespace tfc {

DeviceKernels::DeviceKernels(ModuleOp module, unsigned target, const Variant &device)
    : Kernels(module, target), device(device) {
  MLIRContext *context = module.getContext();
  context->loadDialect<gpu::GPUDialect, LLVM::LLVMDialect, NVVM::NVVMDialect>();
  module->setAttr(gpu::GPUDialect::getContainerModuleAttrName(), UnitAttr::get(context));
  auto builder = OpBuilder::atBlockEnd(module.getBody());
  Attribute chip =
      NVVM::NVVMTargetAttr::get(context, /*optLevel=*/3, device.architecture.triple, device.cpu);
  kernels = gpu::GPUModuleOp::create(builder, module.getLoc(), "kernels", ArrayRef(chip));
}

/// The call as kernels take it: by value, for a GPU does not see the host's memory.
static Type callType(OpBuilder &builder) {
  static_assert(sizeof(tfc_call) % sizeof(int64_t) == 0 && alignof(tfc_call) == alignof(int64_t));
  return LLVM::LLVMArrayType::get(builder.getI64Type(), sizeof(tfc_call) / sizeof(int64_t));
}

/// A kernel takes the call by value and the address of each buffer.
LLVM::LLVMFuncOp DeviceKernels::kernelFor(Operation *op, const KernelRow &row) {
  SmallVector<Value> buffers = buffersOf(op);
  LLVM::LLVMFuncOp &function = functions[keyOf(op, buffers)];
  if (function)
    return function;
  Location loc = op->getLoc();
  auto builder = OpBuilder::atBlockEnd(kernels.getBody());
  SmallVector<Type> arguments(buffers.size() + 1, LLVM::LLVMPointerType::get(builder.getContext()));
  std::string name = (op->getName().stripDialect() + "_" + Twine(functions.size() - 1)).str();
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(builder.getContext()), arguments);
  function = LLVM::LLVMFuncOp::create(builder, loc, name, type);
  function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), builder.getUnitAttr());
  function->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(), builder.getUnitAttr());
  function->setAttr(NVVM::NVVMDialect::getReqntidAttrName(),
                    builder.getDenseI32ArrayAttr({int32_t(row.threads)}));
  // So many that a thread has 128 registers: left alone, ptxas takes few and spills, or takes all.
  function->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(),
                    builder.getI32IntegerAttr(512 / row.threads));
  function.setArgAttr(0, LLVM::LLVMDialect::getByValAttrName(), TypeAttr::get(callType(builder)));
  function.setArgAttr(0, LLVM::LLVMDialect::getAlignAttrName(),
                      builder.getI64IntegerAttr(alignof(tfc_call)));
  builder.setInsertionPointToStart(function.addEntryBlock(builder));

  WarpEmitter e(builder, loc, row);
  Value call = function.getArgument(0);
  Addresses inner;
  for (auto [buffer, address] : llvm::zip_equal(buffers, function.getArguments().drop_front()))
    inner[buffer] = address;
  if (auto gemm = dyn_cast<kernel::GemmOp>(op))
    emitDeviceGemm(e, gemm, call, inner, kernels);
  else
    emitVectorKernel(e, op, call, inner);
  LLVM::ReturnOp::create(builder, loc, ValueRange());
  return function;
}

void DeviceKernels::compute(OpBuilder &builder, Operation *op, Value call, Value,
                            ValueRange buffers) {
  const KernelRow *row = rowOf(op, target);
  if (!row)
    row = &kernelRow(KernelKind::rows, ElementType::f32, device.name);
  LLVM::LLVMFuncOp kernel = kernelFor(op, *row);
  Emitter e(builder, op->getLoc(), *row);
  auto symbol = SymbolRefAttr::get(kernels.getSymNameAttr(),
                                   {FlatSymbolRefAttr::get(kernel.getSymNameAttr())});
  Value blocks = e.loadI64(call, offsetof(tfc_call, threads)), one = e.i64(1);
  Value copy = LLVM::LoadOp::create(builder, op->getLoc(), callType(builder), call);
  SmallVector<Value> operands{copy};
  llvm::append_range(operands, buffers);
  gpu::LaunchFuncOp::create(builder, op->getLoc(), symbol, {blocks, one, one},
                            {e.i64(row->threads), one, one}, Value(), operands);
}

} // namespace tfc
