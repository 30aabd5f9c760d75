// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Read this first: the stages of the compiler in their order, each a short function.
// Long because what users can do wrong with a stage is said where it runs.

#include "compiler/Pipeline.h"

#include "compiler/Chat/Template.h"
#include "compiler/CheckOptions.h"
#include "compiler/Codegen/Codegen.h"
#include "compiler/Codegen/CompileVariants.h"
#include "compiler/Compiler.h"
#include "compiler/Import/Diagnostics.h"
#include "compiler/Import/HuggingFace.h"
#include "compiler/Import/ModelFile.h"
#include "compiler/Link/About.h"
#include "compiler/Link/Api.h"
#include "compiler/Link/Describe.h"
#include "compiler/Link/Library.h"
#include "compiler/Link/OutputFile.h"
#include "compiler/Link/PackedWeights.h"
#include "compiler/Passes.h"
#include "compiler/Plan/Steps.h"
#include "compiler/Report/Report.h"
#include "compiler/Support/Reproducer.h"
#include "compiler/Target/NVPTX/NVPTX.h"
#include "compiler/Target/Registry.h"
#include "compiler/Tokenizer/Tokenizer.h"
#include "dialects/Kernel/Kernel.h"
#include "dialects/Transformer/Transformer.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

#include <chrono>

using namespace tfc;
using llvm::Error;
using llvm::StringRef;

namespace {

/// One run of the compiler.
class Compilation {
public:
  explicit Compilation(const CompileOptions &options)
      : options(options), context(registry(), mlir::MLIRContext::Threading::DISABLED) {
    context.printOpOnDiagnostic(false); // the place says enough
  }

  Error run();

private:
  Error prepare();
  Error checkRuntime();
  Error import();
  Error tokenizer();
  Error chat();
  Error fuse();
  Error quantize();
  Error plan();
  Error useTargets();
  Error codegen();
  Error link();

  Error runPasses(llvm::function_ref<void(mlir::OpPassManager &)> addPasses);
  Error writeText();
  void printTimes();
  Error printReport();
  std::string text();

  llvm::SmallVector<StringRef> targets() {
    return llvm::map_to_vector(variants, [](const Variant *variant) { return variant->name; });
  }
  static mlir::DialectRegistry registry() {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    return registry;
  }
  static void warn(StringRef text) { llvm::errs() << "warning: " << printable(text) << '\n'; }

  const CompileOptions &options;
  const std::string cpu = options.cpu.value_or("all");
  mlir::MLIRContext context;
  llvm::SmallVector<const Variant *> variants;
  const Variant *device = nullptr; ///< the GPU of --target, then also the only one of `variants`
  ImportedModel imported;
  transformer::ModelOp model;
  LibraryDescription library;
  std::vector<std::pair<StringRef, double>> seconds;
};

} // namespace

Error Compilation::run() {
  if (Error error = prepare())
    return error;
  constexpr std::tuple<Stage, StringRef, Error (Compilation::*)()> stages[] = {
      {Stage::import, "import", &Compilation::import},
      {Stage::fuse, "fuse", &Compilation::fuse},
      {Stage::plan, "plan", &Compilation::plan},
      {Stage::object, "codegen", &Compilation::codegen},
      {Stage::library, "link", &Compilation::link},
  };
  for (auto [stage, name, run] : stages) {
    setReproducer(name, imported.module ? text() : "");
    auto start = std::chrono::steady_clock::now();
    if (Error error = (this->*run)())
      return error;
    std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    seconds.emplace_back(name, time.count());
    if (options.stage <= stage)
      break;
  }
  if (options.stage <= Stage::plan)
    if (Error error = writeText())
      return error;
  if (options.time)
    printTimes();
  return options.report ? printReport() : Error::success();
}

/// Everything that can be found wrong before the work begins.
Error Compilation::prepare() {
  auto found = resolveVariants(cpu);
  if (!found)
    return found.takeError();
  variants = std::move(*found);
  auto target = resolveTarget(options.target);
  if (!target)
    return target.takeError();
  if ((device = *target))
    variants = {device};
  if (Error error = checkOptions(options, device))
    return error;
  return checkRuntime();
}

Error Compilation::checkRuntime() {
  return options.stage == Stage::library
             ? checkLinkable(variants.front()->architecture, options.output)
             : Error::success();
}

// ---- The stages ----

/// From a file or folder to the transformer dialect; weights stay in their files.
Error Compilation::import() {
  ImportOptions how{options.maxSequence, options.strict, warn};
  bool isFolder = llvm::sys::fs::is_directory(options.input);
  if (!isFolder && llvm::sys::fs::exists(options.input) &&
      !StringRef(options.input).ends_with(".mlir"))
    return unsupportedError("{}: inputs of this kind are not supported; supported: a Hugging Face "
                            "folder, and MLIR text "
                            "in a file that ends in .mlir",
                            options.input);
  auto result = isFolder ? importFolder(context, options.input, how)
                         : importModelFile(context, options.input, how);
  if (!result)
    return result.takeError();
  imported = std::move(*result);
  model = *imported.module->getOps<transformer::ModelOp>().begin();
  if (options.dtype && !isPlanned(model))
    if (Error error = runPasses([&](mlir::OpPassManager &passes) {
          passes.addPass(createSetElementType({*options.dtype}));
        }))
      return error;
  if (options.stage > Stage::plan && options.output != "-")
    model.setSymName(identifierFor(options.output));
  return options.stage > Stage::plan ? tokenizer() : Error::success();
}

/// The tokenizer's tables, early, since they are soon made and what is wrong with their files is
/// soon found. A model whose kind of tokenizer is not supported still runs on ids.
Error Compilation::tokenizer() {
  if (!model.getTokenizer())
    return Error::success();
  auto tables = compileTokenizer(*model.getTokenizer(), vocabularySize(model));
  if (tables) {
    library.tokenizer = std::move(*tables);
    return model.getTask() == "generate" ? chat() : Error::success();
  }
  return llvm::handleErrors(tables.takeError(), [](std::unique_ptr<ExitError> error) -> Error {
    if (error->code() != ExitCode::unsupported)
      return Error(std::move(error));
    warn(error->message() + "; the library takes ids, not text");
    return Error::success();
  });
}

/// How messages become a text. A model whose template is not supported still takes texts; its
/// library knows why it takes no messages.
Error Compilation::chat() {
  auto compiled = compileChat(*model.getTokenizer());
  if (!compiled)
    return compiled.takeError();
  library.chat = std::move(compiled->tables);
  if (!compiled->refusal.empty())
    warn(compiled->refusal + "; the library takes texts, not messages");
  return Error::success();
}

/// Ops that belong together become one. A second time changes nothing.
Error Compilation::fuse() {
  if (!isPlanned(model)) {
    auto addPasses = [&](mlir::OpPassManager &passes) { addFusePasses(passes, options.explain); };
    if (Error error = runPasses(addPasses))
      return error;
    return quantize();
  }
  if (options.explain && llvm::none_of(model.getOps<mlir::func::FuncOp>(), isExplained))
    return inputError("--explain: {} has been planned without it", options.input);
  return Error::success();
}

/// Weights become what the options ask for. What a text already stores in fewer bits cannot be
/// stored in another way.
Error Compilation::quantize() {
  auto isOther = [&](const Scheme *scheme) { return !llvm::is_contained(options.schemes, scheme); };
  auto stored = schemesOf(model);
  const auto *other = llvm::find_if(stored, isOther);
  for (const Scheme *scheme : options.schemes) {
    if (other != stored.end())
      return inputError("{}: {} has been quantised to {} before", optionFor(*scheme), options.input,
                        (*other)->name.str());
    if (Error error = runPasses([&](mlir::OpPassManager &passes) {
          passes.addPass(createQuantize({scheme->name.str()}));
        }))
      return error;
  }
  return Error::success();
}

/// From tensors of one row to kernels on buffers of a batch. A text that has been planned says for
/// which instruction sets, of any architecture; --cpu may choose among them.
Error Compilation::plan() {
  if (!isPlanned(model)) {
    auto targets = llvm::map_to_vector(variants, [](const Variant *v) { return v->name.str(); });
    auto addPasses = [&](mlir::OpPassManager &passes) {
      addPlanPasses(passes, targets, options.gemm, options.cache);
    };
    if (Error error = runPasses(addPasses))
      return error;
    if (!device)
      if (Error error = useTargets())
        return error;
    return checkCache(model, options.cache);
  }
  if (Error error = checkCache(model, options.cache))
    return error;
  auto targets = model->getAttrOfType<mlir::ArrayAttr>("kernel.targets");
  if (!targets)
    return inputError(
        "{}: the planned model does not say for which targets: kernel.targets is missing",
        options.input);
  auto names = llvm::to_vector(targets.getAsValueRange<mlir::StringAttr>());
  if (cpu == "all" && !device)
    if (Error error = useTargets())
      return error;
  if (variants.empty()) {
    for (const Variant &gpu : devices())
      if (llvm::is_contained(names, gpu.name))
        return inputError("{} has been planned for {}: use --target={}:{}", options.input,
                          gpu.name.str(), gpu.architecture.name.str(), gpu.name.str());
    return inputError("{}: kernel.targets names no known target", options.input);
  }
  auto isOther = [&](const KernelRow &row) { return row.element != options.dtype; };
  if (const KernelRow *row = options.dtype ? findRowOf(model, isOther) : nullptr)
    return inputError("--dtype={}: {} has been planned for {}", nameOf(*options.dtype),
                      options.input, nameOf(row->element));
  for (const Scheme *scheme : options.schemes)
    if (!llvm::is_contained(schemesOf(model), scheme))
      return inputError("{}: {} has been planned without it", optionFor(*scheme), options.input);
  if (options.gemm == KernelLibrary::onednn &&
      !findRowOf(model, [&](const KernelRow &row) { return row.library == options.gemm; }))
    return inputError("--gemm=onednn: {} has been planned without it", options.input);
  if (Error error = checkRuntime()) // for the architecture that the text may have chosen
    return error;
  Diagnostics diagnostics(context, warn);
  for (const Variant *variant : variants) {
    const unsigned number = targetNumber(model, variant->name);
    if (number == names.size())
      return inputError("--{}: {} has been planned without {}",
                        device ? "target=" + options.target : "cpu=" + cpu, options.input,
                        variant->name.str());
    if (failed(checkPlanned(model, number)))
      return diagnostics.error(ExitCode::input);
  }
  return Error::success();
}

/// Compiles for what the plan says.
Error Compilation::useTargets() {
  auto targets = model->getAttrOfType<mlir::ArrayAttr>("kernel.targets");
  auto planned = variantsAmong(llvm::to_vector(targets.getAsValueRange<mlir::StringAttr>()));
  if (planned)
    variants = std::move(*planned);
  return planned.takeError();
}

/// From kernels to objects, one for each instruction set; what is only to be looked at is the first
/// of --cpu.
Error Compilation::codegen() {
  Diagnostics diagnostics(context, warn);
  if (device && failed(checkDevice(model, *device)))
    return diagnostics.error(ExitCode::unsupported);
  if (options.stage < Stage::library) {
    auto writer = device ? deviceText : variantText;
    auto text =
        writer(model, *variants.front(), CodeText(int(options.stage) - int(Stage::codegen)));
    return text ? writeTextFile(options.output, *text) : text.takeError();
  }
  auto objects = compileVariants(model, variants);
  if (!objects)
    return llvm::joinErrors(objects.takeError(), llvm::createStringError(diagnostics.takeErrors()));
  library.variants = std::move(*objects);
  return Error::success();
}

/// From objects, weights and tokenizer to the library and its header.
Error Compilation::link() {
  describeModel(model, library);
  library.name = model.getSymName().str();
  library.maxBatch = options.maxBatch;
  library.about = aboutModel(model, targets(), options.maxBatch);
  auto writeWeights = [&](WeightSink &sink) {
    return writePackedWeights(model, imported.weights, library.weightsBytes, sink);
  };
  return writeLibrary(library, writeWeights, options.output);
}

// ---- What they share ----

/// Runs passes over the model. Where one fails and the model is still valid, it has refused what it
/// was given (exit 3); a model that is not is a bug of ours.
Error Compilation::runPasses(llvm::function_ref<void(mlir::OpPassManager &)> addPasses) {
  mlir::PassManager passes(&context);
  addPasses(passes.nest<transformer::ModelOp>());
  Diagnostics diagnostics(context, warn);
  if (succeeded(passes.run(*imported.module)))
    return Error::success();
  std::string errors = diagnostics.takeErrors();
  if (succeeded(mlir::verify(*imported.module)))
    return unsupportedError("{}", errors);
  return llvm::createStringError(errors);
}

std::string Compilation::text() {
  std::string text;
  llvm::raw_string_ostream(text) << *imported.module << '\n';
  return text;
}

/// Writes the module, its files named relative to the folder it goes to.
Error Compilation::writeText() {
  if (options.output != "-")
    nameFilesRelativeTo(options.output, model);
  return writeTextFile(options.output, text());
}

void Compilation::printTimes() {
  double total = 0;
  for (auto [name, time] : seconds)
    total += time;
  for (auto [name, time] : seconds)
    llvm::errs() << fmt::format("{:<8} {:8.3f} s  {:3.0f} %\n", name.str(), time,
                                100 * time / std::max(total, 1e-9));
  llvm::errs() << fmt::format("{:<8} {:8.3f} s\n", "total", total);
}

Error Compilation::printReport() {
  Diagnostics diagnostics(context, warn);
  auto report = reportOn(model, targets(), options.maxBatch);
  return report ? writeTextFile("-", tableOf(*report)) : report.takeError();
}

Error tfc::compile(const CompileOptions &options) {
  return runWithReproducer([&] { return Compilation(options).run(); });
}
