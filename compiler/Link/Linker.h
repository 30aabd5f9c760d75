// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// LLD, run inside this process on bytes in memory.

#ifndef TFC_COMPILER_LINK_LINKER_H
#define TFC_COMPILER_LINK_LINKER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace tfc {

/// An object or a shared object in memory.
struct LinkInput {
  std::string name; ///< what error messages call it
  llvm::ArrayRef<char> bytes;
};

struct LinkJob {
  llvm::SmallVector<LinkInput> objects;
  llvm::SmallVector<LinkInput> libraries; ///< named in DT_NEEDED where something of them is used
  std::string versionScript;              ///< which symbols are exported
};

/// Links a shared library and returns its bytes. Nothing of the user's system takes part: no
/// compiler, no linker, no PATH, no library, no folder for temporary files. A symbol that neither
/// an object nor a library defines is an error. Errors have LLD's text and are internal, since all
/// inputs are the compiler's own, but for files that the system does not open or write
/// (environment).
llvm::Expected<llvm::SmallVector<char, 0>> linkSharedLibrary(const LinkJob &job);

/// Links objects into one, by the same rules, with what `roots` (names of functions) need and
/// nothing else. Symbols that nobody defines stay undefined.
llvm::Expected<llvm::SmallVector<char, 0>> linkRelocatable(llvm::ArrayRef<LinkInput> objects,
                                                           llvm::ArrayRef<std::string> roots);

} // namespace tfc

#endif
