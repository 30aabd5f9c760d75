// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the parts of tfc-run say that something went wrong.

#ifndef TFC_TOOLS_RUN_FAILURE_H
#define TFC_TOOLS_RUN_FAILURE_H

#include "tfc/tfc.h"

#include <string>
#include <utility>

namespace tfc::run {

/// The exit codes of all tools.
enum Exit { exitDone = 0, exitInput = 1, exitUsage = 2, exitUnsupported = 3, exitEnvironment = 4 };

/// The exit code of a tool whose call of the runtime failed.
inline int exitCodeOf(tfc_status status) {
  switch (status) {
  case TFC_OK:
    return exitDone;
  case TFC_UNSUPPORTED:
    return exitUnsupported;
  case TFC_OUT_OF_MEMORY:
  case TFC_UNAVAILABLE:
    return exitEnvironment;
  default:
    return exitInput;
  }
}

/// What a tool says when memory has run out, whole, as there is none left to put it together.
inline constexpr char outOfMemory[] = "error: out of memory\n";

/// Nothing, or an exit code and one line for stderr.
struct [[nodiscard]] Failure {
  int code = exitDone;
  std::string text;

  Failure() = default;
  Failure(int code, std::string text) : code(code), text(std::move(text)) {}
  explicit operator bool() const { return code != exitDone; }
};

} // namespace tfc::run

#endif
