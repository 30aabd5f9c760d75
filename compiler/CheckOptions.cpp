// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/CheckOptions.h"

#include "compiler/Link/OutputFile.h"
#include "compiler/Plan/Steps.h"
#include "compiler/Support/Error.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using llvm::Error;

namespace tfc {

/// What there is for a GPU so far: kernels to be looked at, and no library that launches them.
static Error checkDeviceOptions(const CompileOptions &options) {
  if (options.cpu)
    return llvm::make_error<ExitError>(
        ExitCode::usage, fmt::format("--cpu={}: it chooses instruction sets of --target=cpu, found "
                                     "--target={}",
                                     *options.cpu, options.target));
  if (options.stage >= Stage::object)
    return unsupportedError("-o {}: --target={} cannot write files of this kind yet; supported: "
                            ".ptx, .ll, .mlir",
                            options.output, options.target);
  if (options.gemm == KernelLibrary::onednn)
    return unsupportedError("--gemm=onednn: oneDNN computes on the CPU; with --target={} only "
                            "native is supported",
                            options.target);
  for (const Scheme *scheme : options.schemes)
    return unsupportedError("{}: with --target={} only weights of f32 are supported",
                            optionFor(*scheme), options.target);
  if (options.report)
    return unsupportedError("--report: what a model costs with --target={} is not known yet; "
                            "supported: cpu",
                            options.target);
  return Error::success();
}

Error checkOptions(const CompileOptions &options, const Variant *device) {
  if (options.gemm == KernelLibrary::onednn && options.dtype == ElementType::f64)
    return unsupportedError("--gemm=onednn: oneDNN computes in f32, found --dtype=f64");
  for (const Scheme *scheme : options.schemes)
    if (options.gemm == KernelLibrary::onednn)
      return unsupportedError("--gemm=onednn: oneDNN multiplies with weights of f32, found {}",
                              optionFor(*scheme));
  if (Error error = device ? checkDeviceOptions(options) : Error::success())
    return error;
  llvm::StringRef suffix = llvm::sys::path::extension(options.output),
                  expected = suffixOf(options.stage, device);
  if (options.stage != Stage::library && stageBySuffix(suffix) && suffix != expected)
    return llvm::make_error<ExitError>(
        ExitCode::usage, fmt::format("-o {}: --emit={} writes {} for --target={}", options.output,
                                     nameOf(options.stage), expected.str(), options.target));
  llvm::sys::fs::file_status status;
  (void)llvm::sys::fs::status(options.output, status);
  if (options.output == "-" || llvm::sys::fs::is_other(status))
    return Error::success(); // a pipe would take an attempt for the real thing
  auto attempt = OutputFile::create(options.output);
  return attempt ? Error::success() : attempt.takeError();
}

Error checkCache(transformer::ModelOp model, llvm::StringRef cache) {
  if (cache.empty())
    return Error::success();
  std::string found = keptAs(model);
  if (found.empty())
    return unsupportedError("--cache={}: {} keeps nothing of tokens; a model that generates does",
                            cache.str(), model.getSymName().str());
  if (found != cache)
    return unsupportedError("--cache={}: {} has been planned already, with a cache of {}",
                            cache.str(), model.getSymName().str(), found);
  return Error::success();
}

} // namespace tfc
