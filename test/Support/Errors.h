// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Errors as tests look at them.

#ifndef TFC_TEST_SUPPORT_ERRORS_H
#define TFC_TEST_SUPPORT_ERRORS_H

#include "compiler/Support/Error.h"

#include <string>

namespace tfc::test {

/// The text of an error, or "" for success.
inline std::string text(llvm::Error error) { return error ? llvm::toString(std::move(error)) : ""; }

/// The exit code of an error, 0 for success.
inline int code(llvm::Error error) {
  int result = 0;
  llvm::handleAllErrors(
      std::move(error), [&](const ExitError &exit) { result = static_cast<int>(exit.code()); },
      [&](const llvm::ErrorInfoBase &) { result = static_cast<int>(ExitCode::internal); });
  return result;
}

} // namespace tfc::test

#endif
