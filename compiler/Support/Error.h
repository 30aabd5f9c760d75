// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Errors that know with which code the tool shall exit.

#ifndef TFC_COMPILER_SUPPORT_ERROR_H
#define TFC_COMPILER_SUPPORT_ERROR_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <fmt/format.h>

#include <string>

namespace tfc {

/// The exit codes of all tools.
enum class ExitCode {
  success = 0,
  input = 1,
  usage = 2,
  unsupported = 3,
  environment = 4,
  internal = 70
};

/// An error with its exit code. The text is lower case, without a full stop, and says where, what
/// was expected and what was found.
class ExitError : public llvm::ErrorInfo<ExitError> {
public:
  static char ID;
  ExitError(ExitCode code, std::string text) : exitCode(code), text(std::move(text)) {}
  ExitCode code() const { return exitCode; }
  void log(llvm::raw_ostream &os) const override { os << text; }
  std::error_code convertToErrorCode() const override { return llvm::inconvertibleErrorCode(); }

private:
  ExitCode exitCode;
  std::string text;
};

/// The input is bad: exit 1.
template <typename... Args>
llvm::Error inputError(fmt::format_string<Args...> format, Args &&...args) {
  return llvm::make_error<ExitError>(ExitCode::input,
                                     fmt::format(format, std::forward<Args>(args)...));
}

/// The input asks for something that tfc does not have: exit 3.
template <typename... Args>
llvm::Error unsupportedError(fmt::format_string<Args...> format, Args &&...args) {
  return llvm::make_error<ExitError>(ExitCode::unsupported,
                                     fmt::format(format, std::forward<Args>(args)...));
}

/// The machine refuses (disk full, no permission, no driver): exit 4.
template <typename... Args>
llvm::Error environmentError(fmt::format_string<Args...> format, Args &&...args) {
  return llvm::make_error<ExitError>(ExitCode::environment,
                                     fmt::format(format, std::forward<Args>(args)...));
}

/// Bytes from outside as they can be shown: U+FFFD for what is not UTF-8, and `\x1b` for control
/// characters other than line ends and tabs, which a terminal would obey.
std::string printable(llvm::StringRef bytes);

/// Prints `error: …` to stderr and returns the code to exit with. An error without a code is
/// internal.
ExitCode reportError(llvm::Error error);

} // namespace tfc

#endif
