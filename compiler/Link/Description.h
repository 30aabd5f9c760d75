// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The object that says what a library holds: tfc_library and all it points to, the note by which it
// is found, and the functions of the model's own header.

#ifndef TFC_COMPILER_LINK_DESCRIPTION_H
#define TFC_COMPILER_LINK_DESCRIPTION_H

#include "compiler/Link/Library.h"

namespace tfc {

/// The bytes of that object. It refers to the entries' functions, to the runtime's tfc_* functions,
/// and reserves the address space of the weights.
llvm::Expected<llvm::SmallVector<char, 0>> emitDescription(const LibraryDescription &library);

} // namespace tfc

#endif
