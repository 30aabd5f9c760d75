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

/// Whether the system refuses 64 MiB. After a crash that is a sign of why, not a proof: a mistake
/// of ours may meet a machine that is nearly full, and other threads may have given memory back.
bool isMemoryOut();

} // namespace tfc

#endif
