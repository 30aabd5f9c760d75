// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the compiler carries inside itself to put into libraries or to link them against.

#ifndef TFC_COMPILER_LINK_EMBEDDED_H
#define TFC_COMPILER_LINK_EMBEDDED_H

#include "compiler/Target/Registry.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace tfc {

/// The runtime, prelinked into one object (runtime/CMakeLists.txt); empty for an architecture that
/// tfc was built without.
llvm::ArrayRef<char> runtimeObject(const Architecture &architecture);

/// A shared object without code that stands for one of the system's: it gives the linker the names
/// and versions that Stubs/*.map list.
struct SystemLibrary {
  llvm::StringRef name; ///< DT_NEEDED
  llvm::ArrayRef<char> bytes;
};
llvm::ArrayRef<SystemLibrary> systemLibraries(const Architecture &architecture);

} // namespace tfc

#endif
