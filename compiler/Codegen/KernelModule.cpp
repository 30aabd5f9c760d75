// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Codegen/KernelModule.h"

#include "compiler/Plan/Steps.h"

#include "mlir/Dialect/LLVMIR/LLVMAttrs.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

#include "tfc/abi.h"

#include <cstddef>

using namespace mlir;

namespace tfc {

SmallVector<Value> Kernels::buffersOf(Operation *op) {
  llvm::SmallSetVector<Value, 8> buffers(op->operand_begin(), op->operand_end());
  // A map also reads the buffers that its body names.
  if (isa<kernel::MapOp>(op))
    op->walk([&](kernel::LoadOp load) { buffers.insert(load.getBuffer()); });
  return buffers.takeVector();
}

std::string Kernels::keyOf(Operation *op, ArrayRef<Value> buffers) {
  std::string key;
  llvm::raw_string_ostream os(key);
  DenseMap<Value, unsigned> numbers;
  for (Value buffer : buffers) {
    numbers.try_emplace(buffer, numbers.size());
    os << buffer.getType() << ',';
  }
  op->walk<WalkOrder::PreOrder>([&](Operation *inner) {
    os << inner->getName() << inner->getAttrDictionary() << '(';
    for (Value operand : inner->getOperands())
      os << numbers.lookup(operand) << ',';
    for (Region &region : inner->getRegions())
      for (Block &block : region)
        for (BlockArgument argument : block.getArguments())
          numbers.try_emplace(argument, numbers.size());
    for (Value result : inner->getResults()) {
      numbers.try_emplace(result, numbers.size());
      os << result.getType();
    }
    os << ')';
  });
  return key;
}

func::FuncOp KernelModule::function(StringRef key, StringRef name, TypeRange arguments,
                                    Location loc,
                                    llvm::function_ref<void(OpBuilder &, ValueRange)> emit) {
  if (func::FuncOp known = functions.lookup(key))
    return known;
  auto builder = OpBuilder::atBlockEnd(module.getBody());
  auto func = func::FuncOp::create(builder, loc, (name + "_" + llvm::Twine(functions.size())).str(),
                                   builder.getFunctionType(arguments, {}));
  func.setPrivate();
  func->setAttr("llvm.linkage",
                LLVM::LinkageAttr::get(builder.getContext(), LLVM::Linkage::Internal));
  // A kernel stays a function of its own: profilers then name it, and its code is shared.
  func->setAttr("passthrough", builder.getStrArrayAttr({"noinline"}));
  functions[key] = func;
  builder.setInsertionPointToStart(func.addEntryBlock());
  emit(builder, func.getArguments());
  func::ReturnOp::create(builder, loc);
  return func;
}

Value KernelModule::constants(Emitter &e, ArrayRef<double> numbers) {
  SmallVector<Attribute> elements;
  for (double number : numbers)
    elements.push_back(e.b.getFloatAttr(e.elementType(), number));
  auto value = DenseElementsAttr::get(
      RankedTensorType::get({int64_t(elements.size())}, e.elementType()), elements);
  auto globals = module.getOps<LLVM::GlobalOp>();
  auto known = llvm::find_if(
      globals, [&](LLVM::GlobalOp global) { return global.getValueOrNull() == value; });
  LLVM::GlobalOp global;
  if (known != globals.end()) {
    global = *known;
  } else {
    auto builder = OpBuilder::atBlockBegin(module.getBody());
    global = LLVM::GlobalOp::create(
        builder, e.loc, LLVM::LLVMArrayType::get(e.elementType(), elements.size()),
        /*isConstant=*/true, LLVM::Linkage::Internal,
        ("constants_" + llvm::Twine(llvm::range_size(globals))).str(), value);
  }
  return LLVM::AddressOfOp::create(e.b, e.loc, global);
}

func::FuncOp KernelModule::kernelFor(Operation *op) {
  SmallVector<Value> buffers = buffersOf(op);
  auto pointer = LLVM::LLVMPointerType::get(op->getContext());
  SmallVector<Type> arguments(buffers.size() + 2, pointer);
  const KernelRow *row = rowOf(op, target);
  if (!row)
    row = &kernelRow(KernelKind::rows, ElementType::f32, "x86-64");
  StringRef name = op->getName().stripDialect();
  return function(
      keyOf(op, buffers), name, arguments, op->getLoc(),
      [&](OpBuilder &builder, ValueRange values) {
        Emitter e(builder, op->getLoc(), *row);
        Value call = values[0], scratch = values[1];
        Addresses inner;
        for (auto [buffer, address] : llvm::zip_equal(buffers, values.drop_front(2)))
          inner[buffer] = address;
        llvm::TypeSwitch<Operation *>(op)
            .Case([&](kernel::GemmOp gemm) { emitGemm(*this, e, gemm, call, scratch, inner); })
            .Case([&](kernel::AttentionOp attention) {
              emitAttention(*this, e, attention, call, scratch, inner);
            })
            .Case([&](kernel::AppendOp append) { emitAppend(e, append, call, inner); })
            .Default([&](Operation *other) { emitVectorKernel(e, other, call, inner); });
      });
}

void emitVectorKernel(Emitter &e, Operation *op, Value call, const Addresses &address) {
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](kernel::LayerNormOp norm) { emitLayerNorm(e, norm, call, address); })
      .Case([&](kernel::RmsNormOp norm) { emitRmsNorm(e, norm, call, address); })
      .Case([&](kernel::QuantizeOp codes) { emitQuantize(e, codes, call, address); })
      .Case([&](kernel::ReduceOp reduce) { emitReduce(e, reduce, call, address); })
      .Case([&](kernel::PoolOp pool) { emitPool(e, pool, call, address); })
      .Case([&](kernel::MapOp map) { emitMap(e, map, call, address); })
      .Default([](Operation *) { llvm_unreachable("checkPlanned lets no other op pass"); });
}

void KernelModule::compute(OpBuilder &builder, Operation *op, Value call, Value scratch,
                           ValueRange buffers) {
  SmallVector<Value> operands{call, scratch};
  llvm::append_range(operands, buffers);
  func::CallOp::create(builder, op->getLoc(), kernelFor(op), operands);
}

void KernelModule::barrier(OpBuilder &builder, kernel::BarrierOp op, Value call, Value soon) {
  Location loc = op.getLoc();
  Emitter e(builder, loc, kernelRow(KernelKind::rows, ElementType::f32, "x86-64"));
  Value barrier = e.loadPointer(call, offsetof(tfc_call, barrier));
  Value sync = e.loadPointer(call, offsetof(tfc_call, sync)), bytes = e.i64(0);
  if (soon) {
    // The panels of the thread's part where the product has few rows (one more or less where shares
    // have two), as far as half of the second-level cache holds them.
    MemRefType type = op.getSoon().getType();
    const int64_t perPanel = kernel::bytesOf(type, type.getNumElements() / type.getDimSize(0));
    auto [begin, end] =
        e.partOf(e.i64(type.getDimSize(0)), e.loadI64(call, offsetof(tfc_call, thread)),
                 e.loadI64(call, offsetof(tfc_call, threads)));
    soon = e.bytes(soon, e.mul(begin, perPanel));
    bytes = e.min(e.mul(e.sub(end, begin), perPanel),
                  e.div(e.loadI64(call, offsetof(tfc_call, cache_bytes)), 2));
  } else {
    soon = LLVM::ZeroOp::create(builder, loc, sync.getType());
  }
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(loc.getContext()),
                                          {sync.getType(), soon.getType(), bytes.getType()});
  LLVM::CallOp::create(builder, loc, type, ValueRange{barrier, sync, soon, bytes});
}

} // namespace tfc
