// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Target/NVPTX/NVPTX.h"

#include "compiler/Codegen/Codegen.h"
#include "compiler/Plan/Steps.h"
#include "compiler/Support/Error.h"
#include "compiler/Target/NVPTX/DeviceKernels.h"
#include "compiler/Target/Object.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tfc {

/// What PTX computes exactly, or expandMath writes out; for other functions a CPU has libm.
static constexpr StringLiteral mathOps[] = {
    "math.absf", "math.ceil",  "math.copysign",  "math.erf",  "math.exp",  "math.floor",
    "math.fma",  "math.rsqrt", "math.roundeven", "math.sqrt", "math.tanh", "math.trunc"};

/// Whether there is code for an op in the body of a map or a product.
static bool hasCode(Operation *op) {
  bool fits = llvm::all_of(op->getResultTypes(), [](Type type) {
    return type.isIndex() || type.isF32() ||
           (type.isInteger() && type.getIntOrFloatBitWidth() <= 64);
  });
  if (isa<math::MathDialect>(op->getDialect()))
    return fits && llvm::is_contained(mathOps, op->getName().getStringRef());
  return fits && !isa<arith::RemFOp, func::CallOp>(op); // the rest of arith and scf
}

LogicalResult checkDevice(transformer::ModelOp model, const Variant &device) {
  auto isF64 = [](Type type) {
    auto memref = dyn_cast<MemRefType>(type);
    return memref && memref.getElementType().isF64();
  };
  WalkResult result = model.walk<WalkOrder::PreOrder>([&](Operation *op) -> WalkResult {
    if (isa<kernel::MapOp>(op) && isF64(op->getOperand(0).getType()))
      return op->emitOpError() << "has no kernel for 'f64' on " << device.name
                               << "; there are kernels for 'f32'",
             WalkResult::interrupt();
    if (isa<kernel::AppendOp>(op))
      return op->emitOpError() << "has no kernel on " << device.name
                               << "; models that generate are for CPUs",
             WalkResult::interrupt();
    auto reduce = dyn_cast<kernel::ReduceOp>(op);
    if (reduce && reduce.getKind() == kernel::Reduction::log_sum_exp)
      return op->emitOpError() << "of log_sum_exp has no kernel on " << device.name
                               << "; there are softmax and normalize",
             WalkResult::interrupt();
    bool inBody = op->getParentOfType<kernel::MapOp>() || op->getParentOfType<kernel::GemmOp>();
    if (inBody && !hasCode(op))
      return op->emitOpError() << "has no code on " << device.name
                               << "; there is code for arith (not remf), scf, "
                               << llvm::join(ArrayRef(mathOps), ", ")
                               << " of f32, index and integers up to 64 bits",
             WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

FailureOr<DeviceCode> emitDevice(transformer::ModelOp model, const Variant &device) {
  DeviceCode code;
  code.module = ModuleOp::create(model.getLoc());
  DeviceKernels kernels(*code.module, targetNumber(model, device.name), device);
  auto entries = emitFunctions(model, kernels);
  if (failed(entries))
    return failure();
  code.entries = std::move(*entries);
  return code;
}

llvm::Expected<std::unique_ptr<llvm::Module>> lowerKernels(ModuleOp module, const Variant &device,
                                                           llvm::LLVMContext &context) {
  // On their own they are lowered by the same passes as a CPU's.
  OwningOpRef<ModuleOp> kernels = ModuleOp::create(module.getLoc());
  auto builder = OpBuilder::atBlockEnd(kernels->getBody());
  for (auto inner : module.getOps<gpu::GPUModuleOp>())
    for (Operation &op : *inner.getBody())
      builder.clone(op)->removeAttr(gpu::GPUDialect::getKernelFuncAttrName());
  if (failed(lowerToLLVM(*kernels)))
    return llvm::createStringError("kernels could not be lowered to LLVM");
  registerNVVMDialectTranslation(*module.getContext());
  std::unique_ptr<llvm::Module> result = translateToLLVM(*kernels, context);
  if (!result)
    return llvm::createStringError("kernels could not be translated to LLVM IR");
  if (llvm::Error error = optimize(*result, device))
    return std::move(error);
  // There is nobody to link them: what is not here is nowhere.
  for (const llvm::Function &function : *result)
    if (function.isDeclaration() && !function.isIntrinsic())
      return unsupportedError("kernels call {}, which is not there on {}", function.getName().str(),
                              device.name.str());
  return result;
}

llvm::Expected<std::string> deviceText(transformer::ModelOp model, const Variant &device,
                                       CodeText kind) {
  auto code = emitDevice(model, device);
  if (failed(code))
    return llvm::createStringError("kernels could not be emitted");
  std::string text;
  llvm::raw_string_ostream os(text);
  if (kind == CodeText::kernels) {
    os << *code->module << '\n';
    return text;
  }
  llvm::LLVMContext context;
  auto module = lowerKernels(*code->module, device, context);
  if (!module)
    return module.takeError();
  if (kind == CodeText::llvm) {
    (*module)->print(os, nullptr);
    return text;
  }
  auto bytes = emitAssembly(**module, device);
  if (!bytes)
    return bytes.takeError();
  return std::string(bytes->begin(), bytes->end());
}

} // namespace tfc
