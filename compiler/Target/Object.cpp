// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Target/Object.h"

#include "compiler/Support/Error.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Operator.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

#include <mutex>
#include <optional>

namespace tfc {
namespace {

void initializeBackends() {
  static std::once_flag once;
  std::call_once(once, [] {
    for (const Architecture &architecture : architectures())
      architecture.initializeBackend();
    for (const Variant &device : devices())
      device.architecture.initializeBackend();
  });
}

llvm::Expected<std::unique_ptr<llvm::TargetMachine>> makeMachine(const Variant &variant) {
  initializeBackends();
  const llvm::Triple triple(variant.architecture.triple);
  std::string why;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, why);
  if (!target)
    return llvm::createStringError("no code generator for " + variant.architecture.triple + ": " +
                                   why);
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  options.FunctionSections = true; // the linker drops what is not reached
  options.DataSections = true;
  std::unique_ptr<llvm::TargetMachine> machine(
      target->createTargetMachine(triple, variant.cpu, variant.features, options, llvm::Reloc::PIC_,
                                  llvm::CodeModel::Small, llvm::CodeGenOptLevel::Default));
  if (!machine)
    return llvm::createStringError("no target machine for " + variant.name);
  return machine;
}

/// What may be called without being asked for: moving and filling memory. With anything more, a
/// loop or an idiom could turn into a call of libm, whose results differ from one machine's libc to
/// another's.
llvm::TargetLibraryInfoImpl knownFunctions(const llvm::Module &module) {
  llvm::TargetLibraryInfoImpl known(module.getTargetTriple());
  known.disableAllFunctions();
  for (llvm::LibFunc function : {llvm::LibFunc_memcpy, llvm::LibFunc_memmove, llvm::LibFunc_memset})
    known.setAvailable(function);
  return known;
}

void setAttributes(llvm::Function &function, const Variant &variant) {
  function.addFnAttr("target-cpu", variant.cpu);
  if (!variant.features.empty())
    function.addFnAttr("target-features", variant.features);
  function.addFnAttr("prefer-vector-width", llvm::utostr(variant.preferVectorWidth));
  function.addFnAttr("frame-pointer", "none");
  function.setDoesNotThrow();
  function.setUWTableKind(
      llvm::UWTableKind::Async); // debuggers and profilers see through the kernels
}

/// Takes back the permissions that would let one expression give different bits in different
/// places. Those about NaNs, infinities and the sign of zero stay: they choose instructions, not
/// the order of the arithmetic.
void dropUnsafeMath(llvm::Function &function) {
  for (llvm::Instruction &instruction : llvm::instructions(function)) {
    if (!llvm::isa<llvm::FPMathOperator>(instruction))
      continue;
    llvm::FastMathFlags flags = instruction.getFastMathFlags();
    flags.setAllowReassoc(false);
    flags.setAllowReciprocal(false);
    flags.setAllowContract(false);
    flags.setApproxFunc(false);
    instruction.copyFastMathFlags(flags);
  }
}

llvm::Expected<llvm::SmallVector<char, 0>> emit(llvm::Module &module, const Variant &variant,
                                                llvm::CodeGenFileType type) {
  auto machine = makeMachine(variant);
  if (!machine)
    return machine.takeError();
  module.setTargetTriple((*machine)->getTargetTriple());
  module.setDataLayout((*machine)->createDataLayout());
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  passes.add(new llvm::TargetLibraryInfoWrapperPass(knownFunctions(module)));
  if ((*machine)->addPassesToEmitFile(passes, stream, /*DwoOut=*/nullptr, type))
    return llvm::createStringError(variant.name + " cannot emit this kind of file");
  passes.run(module);
  return bytes;
}

} // namespace

llvm::Expected<std::vector<std::string>>
isolateEntries(llvm::Module &module, const Variant &variant, llvm::ArrayRef<std::string> entries) {
  std::vector<llvm::Function *> functions;
  for (const std::string &entry : entries) {
    llvm::Function *function = module.getFunction(entry);
    if (!function || function->isDeclaration())
      return llvm::createStringError("the module does not define its entry '" + llvm::Twine(entry) +
                                     "'");
    functions.push_back(function);
  }
  for (llvm::GlobalValue &value : module.global_values())
    if (!value.isDeclaration() && !value.hasLocalLinkage())
      value.setLinkage(llvm::GlobalValue::InternalLinkage);
  std::vector<std::string> symbols;
  for (llvm::Function *function : functions) {
    function->setLinkage(llvm::GlobalValue::ExternalLinkage);
    function->setVisibility(llvm::GlobalValue::HiddenVisibility);
    function->setName(function->getName() + "." + variant.name);
    symbols.push_back(function->getName().str());
  }
  return symbols;
}

llvm::Error optimize(llvm::Module &module, const Variant &variant) {
  auto machine = makeMachine(variant);
  if (!machine)
    return machine.takeError();
  module.setTargetTriple((*machine)->getTargetTriple());
  module.setDataLayout((*machine)->createDataLayout());
  std::string why;
  llvm::raw_string_ostream stream(why);
  if (llvm::verifyModule(module, &stream))
    return llvm::createStringError("the generated LLVM module is wrong: " + llvm::Twine(why));
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    setAttributes(function, variant);
    dropUnsafeMath(function);
  }

  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  functions.registerPass([&] { return llvm::TargetLibraryAnalysis(knownFunctions(module)); });

  // The kernels come unrolled and vectorised; what is left are plain scalar loops, for the loop
  // vectoriser. Unrolling once more made MiniLM no faster, and its code a third larger.
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = true;
  tuning.LoopInterleaving = true;
  tuning.SLPVectorization = false;
  tuning.LoopUnrolling = false;
  llvm::PassBuilder builder(machine->get(), tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  // All levels gave a BERT layer the same speed and took the same time (0.7 s); O3 left the
  // smallest code.
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(module, modules);
  return llvm::Error::success();
}

llvm::Expected<llvm::SmallVector<char, 0>> emitObject(llvm::Module &module,
                                                      const Variant &variant) {
  return emit(module, variant, llvm::CodeGenFileType::ObjectFile);
}

llvm::Expected<llvm::SmallVector<char, 0>> emitAssembly(llvm::Module &module,
                                                        const Variant &variant) {
  return emit(module, variant, llvm::CodeGenFileType::AssemblyFile);
}

} // namespace tfc
