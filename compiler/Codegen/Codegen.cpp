// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions of the plan become functions of addresses that call kernels.

#include "compiler/Codegen/Codegen.h"
#include "compiler/Codegen/KernelModule.h"
#include "compiler/Plan/Steps.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/TypeSwitch.h"

#include "tfc/abi.h"

#include <cstddef>

using namespace mlir;
namespace kn = tfc::kernel;

namespace tfc {

namespace {

/// Emits the functions of a model for one target.
class FunctionEmitter {
public:
  FunctionEmitter(transformer::ModelOp model, Kernels &kernels) : model(model), kernels(kernels) {}

  std::string emit(func::FuncOp func);

private:
  std::string symbolFor(func::FuncOp func) {
    return (model.getSymName() + "_" + func.getSymName()).str();
  }
  void emitOp(Operation &op, OpBuilder &builder);

  transformer::ModelOp model;
  Kernels &kernels;
  Value call, scratch;
  DenseMap<Value, Value> addresses;
};

std::string FunctionEmitter::emit(func::FuncOp func) {
  MLIRContext *context = model.getContext();
  auto builder = OpBuilder::atBlockEnd(kernels.module.getBody());
  SmallVector<Type> arguments(func.getNumArguments() + 2, LLVM::LLVMPointerType::get(context));
  auto out = func::FuncOp::create(builder, func.getLoc(), symbolFor(func),
                                  builder.getFunctionType(arguments, {}));
  if (func.isPrivate()) {
    out.setPrivate();
    out->setAttr("llvm.linkage", LLVM::LinkageAttr::get(context, LLVM::Linkage::Internal));
  }
  Block *block = out.addEntryBlock();
  call = block->getArgument(0);
  scratch = block->getArgument(1);
  addresses.clear();
  for (auto [from, to] : llvm::zip_equal(func.getArguments(), block->getArguments().drop_front(2)))
    addresses[from] = to;
  builder.setInsertionPointToStart(block);
  for (Operation &op : func.getBody().front())
    emitOp(op, builder);
  return symbolFor(func);
}

void FunctionEmitter::emitOp(Operation &op, OpBuilder &builder) {
  Location loc = op.getLoc();
  Emitter e(builder, loc, kernelRow(KernelKind::rows, ElementType::f32, "x86-64"));
  auto inArena = [&](Value buffer, uint64_t at) {
    int64_t area = int64_t(kn::areaOf(cast<MemRefType>(buffer.getType())));
    Value base = e.loadPointer(call, offsetof(tfc_call, area) + area * sizeof(char *));
    Value stride = e.loadI64(call, offsetof(tfc_call, stride) + area * sizeof(int64_t));
    addresses[buffer] = e.bytes(base, e.mul(stride, at));
  };
  llvm::TypeSwitch<Operation *>(&op)
      .Case([&](kn::ArenaOp arena) { inArena(arena.getResult(), *arena.getAt()); })
      .Case([&](kn::InputOp input) { inArena(input.getResult(), *input.getAt()); })
      .Case([&](kn::CacheOp cache) {
        Value base = e.loadPointer(call, offsetof(tfc_call, cache));
        Value pages = e.loadI64(call, offsetof(tfc_call, cache_pages));
        addresses[cache.getResult()] = e.bytes(base, e.mul(pages, int64_t(*cache.getAt())));
      })
      .Case([&](kn::OutputOp) {}) // the runtime reads it where it is
      .Case([&](kn::GetWeightOp get) {
        auto weight = SymbolTable::lookupNearestSymbolFrom<kn::WeightOp>(get, get.getWeightAttr());
        Value base = e.loadPointer(call, offsetof(tfc_call, weights));
        addresses[get.getResult()] = e.bytes(base, e.i64(*weight.getAt()));
      })
      .Case([&](kn::SliceOp slice) {
        int64_t first = kn::stridesOf(slice.getType()).offset -
                        kn::stridesOf(slice.getSource().getType()).offset;
        addresses[slice.getResult()] = e.at(addresses.lookup(slice.getSource()), e.i64(first),
                                            slice.getType().getElementType());
      })
      .Case([&](kn::BarrierOp barrier) {
        kernels.barrier(builder, barrier, call, addresses.lookup(barrier.getSoon()));
      })
      .Case([&](func::CallOp inner) {
        auto callee =
            SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(inner, inner.getCalleeAttr());
        SmallVector<Value> operands{call, scratch};
        for (Value buffer : inner.getOperands())
          operands.push_back(addresses.lookup(buffer));
        func::CallOp::create(builder, loc, symbolFor(callee), TypeRange(), operands);
      })
      .Case([&](func::ReturnOp) { func::ReturnOp::create(builder, loc); })
      .Default([&](Operation *kernel) {
        auto buffers = llvm::map_to_vector(Kernels::buffersOf(kernel),
                                           [&](Value buffer) { return addresses.lookup(buffer); });
        kernels.compute(builder, kernel, call, scratch, buffers);
      });
}

} // namespace

/// Whether an op may stand in a function of a plan.
static bool isPartOfPlan(Operation *op) {
  return isa<kn::StepOpInterface, kn::ArenaOp, kn::BarrierOp, kn::CacheOp, kn::GetWeightOp,
             kn::InputOp, kn::OutputOp, kn::SliceOp, func::CallOp, func::ReturnOp>(op);
}

LogicalResult checkPlanned(transformer::ModelOp model, unsigned target) {
  auto targets = model->getAttrOfType<ArrayAttr>("kernel.targets");
  if (!targets || targets.size() <= target)
    return model.emitOpError() << "expects kernel.targets to name target number " << target;
  StringRef name = cast<StringAttr>(targets[target]).getValue();
  const KernelRow *own = findKernelRow(KernelKind::rows, ElementType::f32, name);
  const bool isDevice = own && own->threads;
  WalkResult result = model.walk([&](Operation *op) -> WalkResult {
    if (isa<kn::ArenaOp, kn::InputOp, kn::WeightOp, kn::CacheOp>(op) && !op->hasAttr("at"))
      return op->emitOpError("has no place: run the plan passes first"), WalkResult::interrupt();
    if (std::optional<KernelKind> kind = kindOf(op)) {
      auto rows = op->getAttrOfType<ArrayAttr>("rows");
      if (!rows || rows.size() <= target)
        return op->emitOpError() << "expects a row for target number " << target,
               WalkResult::interrupt();
      const KernelRow *row = findKernelRow(cast<StringAttr>(rows[target]).getValue());
      if (!row)
        return op->emitOpError() << "names the row " << rows[target] << ", which is in no table",
               WalkResult::interrupt();
      auto gemm = dyn_cast<kn::GemmOp>(op);
      Value computed = gemm ? Value(gemm.getOutput()) : op->getOperand(0);
      Type element = cast<MemRefType>(computed.getType()).getElementType();
      // Rows of one kind of machine may stand in for each other; a GPU's and a CPU's may not.
      if (row->kind != *kind || (row->element == ElementType::f64) != element.isF64() ||
          (own && isDevice != bool(row->threads)))
        return op->emitOpError() << "names the row " << rows[target]
                                 << ", which is not for this op and " << element << " on " << name,
               WalkResult::interrupt();
      if (gemm && gemm.getWeight().getType().getElementType() != element &&
          (row->threads || row->library != KernelLibrary::native))
        return op->emitOpError() << "names the row " << rows[target]
                                 << ", which multiplies with weights of " << element << ", found "
                                 << gemm.getWeight().getType().getElementType(),
               WalkResult::interrupt();
      auto quantizing = dyn_cast<kn::QuantizingOpInterface>(op);
      if (quantizing && row->threads && !quantizing.getCodesMutable().empty())
        return op->emitOpError() << "names the row " << rows[target] << ", which gives no codes",
               WalkResult::interrupt();
    } else if (op->getDialect()->getNamespace() == "transformer" && op != model) {
      return op->emitOpError("has no kernel yet: run the plan passes first"),
             WalkResult::interrupt();
    } else if (isa<func::FuncOp>(op->getParentOp()) && !isPartOfPlan(op)) {
      return op->emitOpError("is no step of a plan"), WalkResult::interrupt();
    }
    // On a GPU, steps are launches, which follow each other.
    if (!isDevice && isa<kn::StepOpInterface>(op) &&
        !isa_and_nonnull<kn::BarrierOp>(op->getNextNode()))
      return op->emitOpError("has no barrier behind it: run the plan passes first"),
             WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

FailureOr<std::vector<std::string>> emitFunctions(transformer::ModelOp model, Kernels &kernels) {
  if (failed(checkPlanned(model, kernels.target)))
    return failure();
  model.getContext()
      ->loadDialect<arith::ArithDialect, LLVM::LLVMDialect, math::MathDialect, scf::SCFDialect,
                    vector::VectorDialect>();
  std::vector<std::string> entries;
  FunctionEmitter emitter(model, kernels);
  for (auto func : model.getOps<func::FuncOp>()) {
    std::string symbol = emitter.emit(func);
    if (func.isPublic())
      entries.push_back(symbol);
  }
  auto name = cast<StringAttr>(model->getAttrOfType<ArrayAttr>("kernel.targets")[kernels.target]);
  bool fused = kernelRow(KernelKind::rows, ElementType::f32, name.getValue()).fma;
  if (failed(expandMath(kernels.module, fused)))
    return failure();
  return entries;
}

FailureOr<VariantCode> emitVariant(transformer::ModelOp model, unsigned target) {
  VariantCode code;
  code.module = ModuleOp::create(model.getLoc());
  KernelModule kernels(*code.module, target);
  auto entries = emitFunctions(model, kernels);
  if (failed(entries))
    return failure();
  code.entries = std::move(*entries);
  code.scratchBytes = kernels.scratchBytes;
  code.scratchBytesPerToken = kernels.scratchBytesPerToken;
  code.needs = kernels.needs;
  return code;
}

LogicalResult lowerToLLVM(ModuleOp module) {
  PassManager passes(module.getContext());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  passes.addPass(createLoopInvariantCodeMotionPass());
  passes.addPass(createSCFToControlFlowPass());
  passes.addPass(createConvertMathToLLVMPass());
  passes.addPass(createConvertMathToLibmPass()); // what LLVM has no intrinsic for
  passes.addPass(createConvertVectorToLLVMPass());
  passes.addPass(createArithToLLVMConversionPass());
  passes.addPass(createConvertControlFlowToLLVMPass());
  passes.addPass(createConvertIndexToLLVMPass());
  passes.addPass(createConvertFuncToLLVMPass());
  passes.addPass(createReconcileUnrealizedCastsPass());
  passes.addPass(createCSEPass());
  return passes.run(module);
}

std::unique_ptr<llvm::Module> translateToLLVM(ModuleOp module, llvm::LLVMContext &context) {
  registerBuiltinDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());
  return translateModuleToLLVMIR(module, context);
}

} // namespace tfc
