// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Support/Error.h"

#include "llvm/Support/raw_ostream.h"

namespace tfc {

char ExitError::ID = 0;

ExitCode reportError(llvm::Error error) {
  ExitCode code = ExitCode::success;
  llvm::handleAllErrors(
      std::move(error),
      [&](const ExitError &exit) {
        code = exit.code();
        std::string text = exit.message();
        // What MLIR says of a text begins with its place: `file:line:col: error: …`.
        bool hasPlace = llvm::StringRef(text).split('\n').first.contains(": error: ");
        llvm::errs() << (hasPlace ? "" : "error: ") << text << '\n';
      },
      [&](const llvm::ErrorInfoBase &other) {
        code = ExitCode::internal;
        llvm::errs() << "internal error: " << other.message() << '\n';
      });
  return code;
}

} // namespace tfc
