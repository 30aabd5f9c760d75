// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tfc: from a model to a library. Reads the command line; the work is done by
// compiler/Pipeline.cpp.

#include "compiler/Pipeline.h"
#include "compiler/Support/Error.h"
#include "compiler/Support/OutOfMemory.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <unistd.h>

using namespace tfc;
using llvm::StringRef;

namespace {

/// What is wrong with the command line: exit 2.
template <typename... Args>
llvm::Error usageError(fmt::format_string<Args...> format, Args &&...args) {
  return llvm::make_error<ExitError>(ExitCode::usage,
                                     fmt::format(format, std::forward<Args>(args)...));
}

/// An option that takes one of some names. What is planned but not there yet is told from what
/// makes no sense.
struct Choice {
  StringRef option, help;
  std::vector<StringRef> supported, planned;
  std::string value;

  llvm::Error check(StringRef given) const {
    if (llvm::is_contained(supported, given))
      return llvm::Error::success();
    std::string all = llvm::join(supported, ", ");
    if (llvm::is_contained(planned, given))
      return unsupportedError("{}={} is not supported yet{}", option.str(), given.str(),
                              all.empty() ? "" : "; supported: " + all);
    if (!planned.empty())
      all += (all.empty() ? "" : ", ") + llvm::join(planned, ", ");
    return usageError("{}: expected one of {}; found '{}'", option.str(), all, given.str());
  }
};

/// The command line as it was given.
struct Arguments {
  CompileOptions options;
  std::string output, emit, train;
  std::vector<std::string> targets;
  Choice dtype{
      "--dtype",
      "type of the arithmetic, otherwise the model's own; of bf16 and f16 only matrices of "
      "weights, the arithmetic is f32",
      {"f32", "f64", "bf16", "f16"},
      {},
      ""};
  Choice quantize{"--quantize", "how matrices of weights are stored", {}, {}, ""};
  Choice gemm{"--gemm", "where large products go", {"native", "onednn"}, {}, "native"};
  Choice cache{"--cache",
               "how a model that generates keeps keys and values, otherwise as computed",
               {"f32", "bf16", "int8"},
               {},
               ""};
  Choice weights{"--weights", "where weights are kept", {"embed"}, {"file"}, "embed"};

  void describe(CLI::App &app);
  llvm::Error check();
  llvm::Error chooseStage();
};

} // namespace

void Arguments::describe(CLI::App &app) {
  app.add_option("IN", options.input, "a Hugging Face folder, or a model.mlir")->required();
  app.add_option("-o", output, "the file to write: .so, .a, .o, .s, .ptx, .ll or .mlir")
      ->type_name("OUT");
  app.add_option("--emit", emit, "stop after a stage: import, fuse, plan, codegen, llvm, asm, obj")
      ->type_name("STAGE");
  app.add_option("--target", targets, "cpu, or cuda:sm_80, cuda:sm_90a for a GPU (cuda: sm_80)")
      ->type_name("TARGET");
  app.add_option("--cpu", options.cpu,
                 "native, all, or names with commas between: x86-64, x86-64-v3, x86-64-v4, "
                 "x86-64-v4-vnni; aarch64")
      ->type_name("CPU")
      ->default_str("all");
  for (const Scheme &scheme : schemes())
    if (scheme.group)
      quantize.supported.push_back(scheme.name);
  for (Choice *choice : {&dtype, &quantize, &gemm, &cache, &weights})
    app.add_option(choice->option.str(), choice->value,
                   choice->help.str() + ": " + llvm::join(choice->supported, ", "))
        ->type_name("NAME")
        ->capture_default_str();
  app.add_option("--train", train, "a library that can be trained (not supported yet)")
      ->type_name("OPTIMIZER")
      ->expected(0, 1)
      ->default_str("adamw");
  app.add_option("--max-seq", options.maxSequence,
                 "the longest row in tokens; otherwise the model's own limit")
      ->type_name("TOKENS")
      ->check(CLI::Range(int64_t(1), int64_t(1) << 31));
  app.add_option("--max-batch", options.maxBatch, "the most rows in a batch; otherwise any number")
      ->type_name("ROWS")
      ->check(CLI::Range(int64_t(1), int64_t(1) << 31));
  app.add_flag("--strict", options.strict, "weights that are not finite are an error");
  app.add_flag("--explain", options.explain,
               "also keep what every step computes, for tfc-run --explain: for small models");
  app.add_flag("--time", options.time, "say on stderr where the time went");
  app.add_flag("--report", options.report,
               "say on stdout what the model costs: memory, operations, bytes, kernels");
  app.set_version_flag("--version", "tfc " TFC_VERSION " (LLVM " TFC_LLVM_VERSION ")");
  app.footer("tfc run, tfc inspect, tfc bench and tfc train are tfc-run, tfc-inspect, tfc-bench "
             "and tfc-train.\n"
             "Exit codes: 0 done, 1 bad input, 2 usage, 3 not supported, 4 environment, 70 "
             "internal error.");
}

llvm::Error Arguments::check() {
  for (const Choice *choice : {&gemm, &weights})
    if (auto error = choice->check(choice->value))
      return error;
  if (!dtype.value.empty()) {
    if (auto error = dtype.check(dtype.value))
      return error;
    options.dtype = dtype.value == "f64" ? ElementType::f64 : ElementType::f32;
  }
  if (!cache.value.empty())
    if (auto error = cache.check(cache.value))
      return error;
  options.cache = cache.value;
  if (!quantize.value.empty())
    if (auto error = quantize.check(quantize.value))
      return error;
  for (const std::string &name : {quantize.value, dtype.value})
    if (const Scheme *scheme = findScheme(name))
      options.schemes.push_back(scheme);
  options.gemm = gemm.value == "onednn" ? KernelLibrary::onednn : KernelLibrary::native;
  const Choice optimizer{"--train", "", {}, {"adamw", "sgd"}, ""};
  for (const std::string &name : targets) {
    if (name != targets.front())
      return unsupportedError("--target: code for {} and {} in one library is not supported yet",
                              targets.front(), name);
    options.target = name;
  }
  if (!train.empty())
    if (auto error = optimizer.check(train))
      return error;
  return chooseStage();
}

/// The stage is what --emit says, and otherwise what the suffix stands for. Whether the two fit
/// depends on the target, which compile() knows.
llvm::Error Arguments::chooseStage() {
  StringRef suffix = llvm::sys::path::extension(output);
  std::optional<Stage> bySuffix = stageBySuffix(suffix), byName = stageByName(emit);
  if (!emit.empty() && !byName)
    return usageError(
        "--emit: expected one of import, fuse, plan, codegen, llvm, asm, obj; found '{}'", emit);
  if (output.empty() && !byName)
    return usageError("-o OUT is missing: it says what to write");
  if (output.empty() && (*byName == Stage::object))
    return usageError("-o OUT is missing: --emit=obj does not write to the standard output");
  if (!byName && !bySuffix)
    return usageError("-o {}: expected a name that ends in .so, .a, .o, .s, .ptx, .ll or .mlir",
                      output);
  options.stage = byName ? *byName : *bySuffix;
  options.output = output.empty() ? "-" : output;
  if (options.report && options.stage < Stage::plan)
    return usageError("--report: it needs the plan; {} stops before that",
                      byName ? "--emit=" + emit : "-o " + output);
  if (options.explain && options.stage < Stage::fuse)
    return usageError("--explain: the fuse stage obeys it; --emit={} stops before that", emit);
  if (options.report && options.output == "-")
    return usageError("-o OUT is missing: --report writes to the standard output");
  return llvm::Error::success();
}

/// `tfc run …` is the program tfc-run beside this one, as `git x` is git-x.
static llvm::Error becomeTool(const char *self, char **argv) {
  llvm::SmallString<256> path(
      llvm::sys::fs::getMainExecutable(self, reinterpret_cast<void *>(&becomeTool)));
  llvm::sys::path::remove_filename(path);
  llvm::sys::path::append(path, "tfc-" + StringRef(argv[1]));
  argv[1] = const_cast<char *>(path.c_str());
  execv(path.c_str(), argv + 1);
  return environmentError("{}: {}", path.c_str(), std::strerror(errno));
}

int main(int argc, char **argv) {
  // Limits and closed pipes shall be errors of the call that meets them.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  exitWhenOutOfMemory();
  if (argc > 1 && llvm::is_contained({"run", "inspect", "bench", "train"}, StringRef(argv[1])))
    return int(reportError(becomeTool(argv[0], argv)));

  CLI::App app("Compiles a Transformer into one native library.", "tfc");
  Arguments arguments;
  arguments.describe(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    if (error.get_exit_code() == int(CLI::ExitCodes::Success))
      return app.exit(error);
    llvm::errs() << "error: " << error.what()
                 << "\nusage: tfc IN -o OUT [options]; tfc --help lists them\n";
    return int(ExitCode::usage);
  }
  if (auto error = arguments.check())
    return int(reportError(std::move(error)));
  return int(reportError(compile(arguments.options)));
}
