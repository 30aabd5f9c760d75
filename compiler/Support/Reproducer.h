// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What happens when the compiler itself is wrong: exit code 70, and a file that shows the mistake
// again.

#ifndef TFC_COMPILER_SUPPORT_REPRODUCER_H
#define TFC_COMPILER_SUPPORT_REPRODUCER_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

#include <string>

namespace tfc {

/// What the stage that begins now works on, kept until the next call; an empty text where that is
/// the user's own file.
void setReproducer(llvm::StringRef stage, std::string text);

/// Runs `body` on a stack of its own, large enough for deep recursion in LLVM. If it crashes, or
/// returns an error that has no exit code (Support/Error.h), the text of the last setReproducer()
/// is written to `tfc-crash-<pid>.mlir` in the current folder, or else in /tmp; a crash ends the
/// process with exit code 70, an error is returned with a text that names the file. A crash for
/// want of memory ends the process with exit code 4.
llvm::Error runWithReproducer(llvm::function_ref<llvm::Error()> body);

/// Runs a part of that body on a thread of its own, with the same end if it crashes.
void endOnCrash(llvm::function_ref<void()> body);

} // namespace tfc

#endif
