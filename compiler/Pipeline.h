// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The whole compiler as one call.

#ifndef TFC_COMPILER_PIPELINE_H
#define TFC_COMPILER_PIPELINE_H

#include "compiler/Plan/KernelTable.h"
#include "compiler/Quantize/Schemes.h"

#include "llvm/Support/Error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tfc {

/// What can be written, in the order in which it comes to be. Up to `plan` it is text that is taken
/// back as input.
enum class Stage { import, fuse, plan, codegen, llvm, assembly, object, library };

/// The stage that `--emit=` calls so; nothing for other names, and for the library, which is the
/// default.
std::optional<Stage> stageByName(llvm::StringRef name);
/// What `--emit=` calls a stage; empty for the library.
std::string nameOf(Stage stage);
/// The stage that a file of that suffix holds, such as `.ll`.
std::optional<Stage> stageBySuffix(llvm::StringRef suffix);
/// The suffix of a stage's file; the text stages share one, and assembly for a GPU has its own.
llvm::StringRef suffixOf(Stage stage, bool device = false);

struct CompileOptions {
  std::string input;        ///< a Hugging Face folder, or a .mlir file
  std::string output = "-"; ///< "-": standard output
  Stage stage = Stage::library;
  std::string target = "cpu";
  std::optional<std::string> cpu;             ///< instruction sets of a CPU; none: all
  std::optional<ElementType> dtype;           ///< to compute in; none: the model's own
  std::string cache;                          ///< how keys and values are kept; "": as computed
  std::vector<const Scheme *> schemes;        ///< how weights are stored, the first that applies
  KernelLibrary gemm = KernelLibrary::native; ///< who computes products
  int64_t maxSequence = 0;                    ///< 0: the model's own limit
  int64_t maxBatch = 0;                       ///< 0: no limit
  bool strict = false;                        ///< weights that are not finite are an error
  bool explain = false;                       ///< keep what every step computes
  bool time = false;                          ///< a table of the stages' times on stderr
  bool report = false; ///< what the model costs, on the standard output; from the plan on
};

/// Compiles `input` up to `stage` and writes the result whole or not at all. Warnings go to stderr.
/// A crash of the compiler itself ends the process with exit code 70 after a reproducer has been
/// written.
llvm::Error compile(const CompileOptions &options);

} // namespace tfc

#endif
