// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What happens when memory runs out: exit code 4, and no unfinished file.

#ifndef TFC_COMPILER_SUPPORT_OUTOFMEMORY_H
#define TFC_COMPILER_SUPPORT_OUTOFMEMORY_H

namespace tfc {

/// From now on an allocation that fails, of ours or of LLVM's, ends the process as below.
void exitWhenOutOfMemory();

/// Says on stderr that memory has run out, removes what llvm::sys::RemoveFileOnSignal was told of,
/// and exits with code 4. Allocates nothing.
[[noreturn]] void exitOutOfMemory();

/// Whether the system refuses a moderate amount of memory.
bool isMemoryOut();

} // namespace tfc

#endif
