// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// MLIR's diagnostics as texts of our own errors.

#ifndef TFC_COMPILER_IMPORT_DIAGNOSTICS_H
#define TFC_COMPILER_IMPORT_DIAGNOSTICS_H

#include "compiler/Support/Error.h"

#include "mlir/IR/Diagnostics.h"

#include <functional>

namespace tfc {

/// While it lives, it gathers what MLIR has to say in this context instead of printing it.
class Diagnostics {
public:
  /// `warn` takes warnings and remarks, and may be empty.
  Diagnostics(mlir::MLIRContext &context, std::function<void(llvm::StringRef)> warn);

  bool hasErrors() const { return !errors.empty(); }
  /// The errors so far, one a line and each with its notes below it, as `file:line:col: error: …`
  /// where the place is known.
  std::string takeErrors();
  /// Those as an error with this exit code.
  llvm::Error error(ExitCode code) { return llvm::make_error<ExitError>(code, takeErrors()); }

private:
  static std::string textOf(const mlir::Diagnostic &diagnostic);
  std::function<void(llvm::StringRef)> warn;
  std::string errors;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace tfc

#endif
