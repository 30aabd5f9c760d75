// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Emulator.h"
#include "Execution.h"

#include "compiler/Codegen/Codegen.h"
#include "compiler/Compiler.h"
#include "compiler/Import/ModelFile.h"
#include "compiler/Link/Describe.h"
#include "compiler/Link/PackedWeights.h"
#include "compiler/Target/NVPTX/NVPTX.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Support/TargetSelect.h"

#include <cstring>

using namespace mlir;

namespace tfc::test {

namespace {

/// What stands for a GPU's registers and instructions.
struct Substitute {
  llvm::StringLiteral intrinsic, name;
  void *function;
};
const Substitute substitutes[] = {
    {"llvm.nvvm.read.ptx.sreg.tid.x", "tfcThread", reinterpret_cast<void *>(tfcThread)},
    {"llvm.nvvm.read.ptx.sreg.ctaid.x", "tfcBlock", reinterpret_cast<void *>(tfcBlock)},
    {"llvm.nvvm.read.ptx.sreg.nctaid.x", "tfcBlocks", reinterpret_cast<void *>(tfcBlocks)},
    {"llvm.nvvm.barrier.cta.sync.aligned.all", "tfcBarrier", reinterpret_cast<void *>(tfcBarrier)},
    {"llvm.nvvm.shfl.sync.bfly.f32", "tfcShuffleButterfly",
     reinterpret_cast<void *>(tfcShuffleButterfly)},
};

constexpr llvm::StringLiteral thunkPrefix = "thunk.";

class Memory : public WeightSink {
public:
  llvm::Error write(llvm::ArrayRef<char> piece) override {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    return llvm::Error::success();
  }
  uint64_t size() const override { return bytes.size(); }
  std::vector<char> bytes;
};

/// Makes kernels for a GPU fit for this machine. Gives the shared memory's symbols and sizes.
llvm::Expected<std::vector<std::pair<std::string, size_t>>> adapt(llvm::Module &module) {
  for (llvm::Function &function : module) {
    if (!function.isDeclaration())
      continue;
    function.setAttributes({});
    if (!function.getName().starts_with("llvm.nvvm."))
      continue;
    const Substitute *found = llvm::find_if(
        substitutes, [&](const Substitute &s) { return s.intrinsic == function.getName(); });
    if (found == std::end(substitutes))
      return llvm::createStringError("nothing stands for " + function.getName());
    function.setName(found->name);
  }
  // A kernel is called with an array of its arguments' addresses, as by CUDA's driver.
  auto *pointer = llvm::PointerType::get(module.getContext(), 0);
  auto *nothing = llvm::Type::getVoidTy(module.getContext());
  llvm::SmallVector<llvm::Function *> kernels;
  for (llvm::Function &function : module)
    if (!function.isDeclaration())
      kernels.push_back(&function);
  for (llvm::Function *kernel : kernels) {
    auto *thunk = llvm::Function::Create(llvm::FunctionType::get(nothing, {pointer}, false),
                                         llvm::Function::ExternalLinkage,
                                         thunkPrefix + kernel->getName(), module);
    llvm::IRBuilder<> builder(llvm::BasicBlock::Create(module.getContext(), "", thunk));
    llvm::SmallVector<llvm::Value *> arguments;
    for (llvm::Argument &argument : kernel->args()) {
      llvm::Value *place = builder.CreateLoad(
          pointer, builder.CreateConstGEP1_64(pointer, thunk->getArg(0), argument.getArgNo()));
      if (llvm::Type *type = argument.getParamByValType()) {
        llvm::Value *copy = builder.CreateAlloca(type);
        builder.CreateStore(builder.CreateLoad(type, place), copy);
        arguments.push_back(copy);
      } else {
        arguments.push_back(builder.CreateLoad(argument.getType(), place));
      }
    }
    kernel->setAttributes({});
    kernel->setCallingConv(llvm::CallingConv::C);
    builder.CreateCall(kernel, arguments);
    builder.CreateRetVoid();
  }
  std::vector<std::pair<std::string, size_t>> shared;
  for (llvm::GlobalVariable &global : module.globals())
    if (global.getAddressSpace() == 3) {
      global.setLinkage(llvm::GlobalValue::ExternalLinkage);
      shared.emplace_back(global.getName(),
                          module.getDataLayout().getTypeAllocSize(global.getValueType()));
    }
  return shared;
}

/// Turns launches into calls of `tfcLaunch`.
void lowerLaunches(ModuleOp module) {
  auto pointer = LLVM::LLVMPointerType::get(module.getContext());
  auto builder = OpBuilder::atBlockBegin(module.getBody());
  Location loc = module.getLoc();
  auto i64 = builder.getI64Type();
  auto nothing = LLVM::LLVMVoidType::get(module.getContext());
  auto declare = [&](const Twine &name, ArrayRef<Type> arguments) {
    if (auto known = module.lookupSymbol<LLVM::LLVMFuncOp>(name.str()))
      return known;
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(module.getBody());
    return LLVM::LLVMFuncOp::create(builder, loc, name.str(),
                                    LLVM::LLVMFunctionType::get(nothing, arguments));
  };
  auto launcher = declare("tfcLaunch", {pointer, i64, i64, pointer});
  module.walk([&](gpu::LaunchFuncOp op) {
    builder.setInsertionPoint(op);
    auto kernel = declare(thunkPrefix + op.getKernelName().getValue(), {pointer});
    auto allocate = [&](Type type, int64_t count) -> Value {
      Value size = LLVM::ConstantOp::create(builder, loc, i64, count);
      return LLVM::AllocaOp::create(builder, loc, pointer, type, size);
    };
    Value arguments = allocate(pointer, op.getNumKernelOperands());
    for (auto [i, operand] : llvm::enumerate(op.getKernelOperands())) {
      Value place = LLVM::GEPOp::create(builder, loc, pointer, pointer, arguments,
                                        ArrayRef<LLVM::GEPArg>{int32_t(i)});
      Value copy = allocate(operand.getType(), 1);
      LLVM::StoreOp::create(builder, loc, operand, copy);
      LLVM::StoreOp::create(builder, loc, copy, place);
    }
    Value address = LLVM::AddressOfOp::create(builder, loc, kernel);
    LLVM::CallOp::create(builder, loc, launcher,
                         ValueRange{address, op.getGridSizeX(), op.getBlockSizeX(), arguments});
    op.erase();
  });
  for (auto kernels : llvm::make_early_inc_range(module.getOps<gpu::GPUModuleOp>()))
    kernels.erase();
}

Emulator emulator;
void tfcLaunch(Kernel kernel, int64_t blocks, int64_t threads, void **arguments) {
  launch(emulator, kernel, blocks, threads, arguments);
}

/// Memory whose first byte lies as the ABI asks, filled with NaNs.
std::vector<char> area(size_t bytes, char *&start) {
  std::vector<char> memory(bytes + 4096 + 64, char(0xff));
  start = memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64);
  return memory;
}

/// A planned model, opened for one GPU.
class Device : public Execution {
public:
  explicit Device(const Settings &settings) : blocks(settings.threads) {
    if (llvm::Error failed = open(settings.path, settings.variant))
      error = llvm::toString(std::move(failed));
  }
  Outputs run(const Rows &rows) override;

private:
  llvm::Error open(const std::string &path, const std::string &device);

  const unsigned blocks;
  std::unique_ptr<llvm::orc::LLJIT> jit;
  LibraryDescription library;
  Memory weights;
  decltype(Emulator::shared) shared;
  tfc_function function = nullptr;
};

llvm::Error Device::open(const std::string &path, const std::string &device) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext mlir(registry, MLIRContext::Threading::DISABLED);
  auto imported = importModelFile(mlir, path, ImportOptions());
  if (!imported)
    return imported.takeError();
  transformer::ModelOp model = *imported->module->getOps<transformer::ModelOp>().begin();
  describeModel(model, library);
  if (llvm::Error error =
          writePackedWeights(model, imported->weights, library.weightsBytes, weights))
    return error;

  auto target = resolveTarget("cuda:" + device);
  if (!target)
    return target.takeError();
  auto code = emitDevice(model, **target);
  if (failed(code))
    return llvm::createStringError("nothing was emitted");
  auto context = std::make_unique<llvm::LLVMContext>();
  auto kernels = lowerKernels(*code->module, **target, *context);
  if (!kernels)
    return kernels.takeError();
  auto symbols = adapt(**kernels);
  if (!symbols)
    return symbols.takeError();
  lowerLaunches(*code->module);
  if (failed(lowerToLLVM(*code->module)))
    return llvm::createStringError("launches could not be lowered");
  auto launches = translateToLLVM(*code->module, *context);

  auto made = llvm::orc::LLJITBuilder().create();
  if (!made)
    return made.takeError();
  jit = std::move(*made);
  llvm::orc::SymbolMap known;
  auto add = [&](llvm::StringRef name, void *address) {
    known[jit->mangleAndIntern(name)] = {llvm::orc::ExecutorAddr::fromPtr(address),
                                         llvm::JITSymbolFlags::Exported};
  };
  add("tfcLaunch", reinterpret_cast<void *>(tfcLaunch));
  for (const Substitute &substitute : substitutes)
    add(substitute.name, substitute.function);
  if (llvm::Error error = jit->getMainJITDylib().define(llvm::orc::absoluteSymbols(known)))
    return error;
  llvm::orc::ThreadSafeContext safe(std::move(context));
  for (auto *module : {&*kernels, &launches}) {
    (*module)->setDataLayout(jit->getDataLayout());
    (*module)->setTargetTriple(jit->getTargetTriple());
    if (llvm::Error error = jit->addIRModule(llvm::orc::ThreadSafeModule(std::move(*module), safe)))
      return error;
  }
  for (const auto &[name, size] : *symbols) {
    auto address = jit->lookup(name);
    if (!address)
      return address.takeError();
    shared.emplace_back(address->toPtr<void *>(), size);
  }
  auto entry = jit->lookup(code->entries.front());
  if (!entry)
    return entry.takeError();
  function = entry->toPtr<tfc_function>();
  return llvm::Error::success();
}

Outputs Device::run(const Rows &rows) {
  const EntryDescription &entry = library.entries.front();
  tfc_call call = {};
  std::vector<int32_t> offsets{0};
  for (const auto &row : rows) {
    offsets.push_back(offsets.back() + row.size());
    call.longest = std::max<int64_t>(call.longest, row.size());
  }
  call.rows = rows.size();
  call.tokens = offsets.back();
  call.offsets = offsets.data();
  const std::vector<int32_t> past(rows.size());
  call.past = past.data();
  call.threads = blocks;
  char *packed;
  std::vector<char> memory[TFC_AREAS], constants = area(weights.size(), packed);
  std::memcpy(packed, weights.bytes.data(), weights.size());
  call.weights = packed;
  const int64_t units[] = {call.rows, call.tokens, call.tokens * call.longest};
  for (int i = 0; i < TFC_AREAS; ++i) {
    call.stride[i] = (units[i] + 15) / 16 * 16;
    memory[i] = area(entry.areaBytes[i] * call.stride[i], call.area[i]);
  }
  auto placeOf = [&](const ValueDescription &value) {
    return call.area[value.area] + value.offset * call.stride[value.area];
  };
  for (const ValueDescription &input : entry.inputs)
    for (size_t row = 0; row < rows.size(); ++row)
      std::memcpy(placeOf(input) + offsets[row] * sizeof(int32_t), rows[row].data(),
                  rows[row].size() * sizeof(int32_t));

  emulator = {shared, ""};
  function(&call, nullptr);
  error = emulator.error;
  if (!error.empty())
    return {};

  Outputs outputs;
  for (const ValueDescription &output : entry.outputs) {
    auto &pieces = outputs.emplace_back();
    for (size_t row = 0; row < rows.size(); ++row) {
      int64_t length = rows[row].size();
      const int64_t first[] = {int64_t(row), offsets[row], offsets[row] * call.longest},
                    count[] = {1, length, length * length};
      const float *from =
          reinterpret_cast<const float *>(placeOf(output)) + first[output.area] * output.width;
      pieces.emplace_back(from, from + count[output.area] * output.width);
    }
  }
  return outputs;
}

} // namespace

std::unique_ptr<Execution> executeDevice(const Settings &settings) {
  return std::make_unique<Device>(settings);
}

} // namespace tfc::test
