// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Support/Error.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace tfc {

char ExitError::ID = 0;

std::string printable(llvm::StringRef bytes) {
  std::string text;
  for (char c : llvm::json::fixUTF8(bytes)) {
    if (c != '\n' && c != '\t' && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f))
      text += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    else
      text += c;
  }
  return text;
}

ExitCode reportError(llvm::Error error) {
  ExitCode code = ExitCode::success;
  llvm::handleAllErrors(
      std::move(error),
      [&](const ExitError &exit) {
        code = exit.code();
        std::string text = exit.message();
        // What MLIR says of a text begins with its place: `file:line:col: error: …`.
        bool hasPlace = llvm::StringRef(text).split('\n').first.contains(": error: ");
        llvm::errs() << (hasPlace ? "" : "error: ") << printable(text) << '\n';
      },
      [&](const llvm::ErrorInfoBase &other) {
        code = ExitCode::internal;
        llvm::errs() << "internal error: " << printable(other.message()) << '\n';
      });
  return code;
}

} // namespace tfc
