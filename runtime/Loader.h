// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From the path of a shared library to the tfc_library inside it.

#ifndef TFC_RUNTIME_LOADER_H
#define TFC_RUNTIME_LOADER_H

#include "runtime/Status.h"
#include "tfc/abi.h"

namespace tfc {

/// Checks that `path` is a shared library with tfc's note and our ABI version, and gives the
/// address of its tfc_library as the linker placed it, and which machine it is for (EM_…). Nothing
/// of the file is run.
tfc_status findLibrary(const char *path, uint64_t *address, uint16_t *machine, Message &message);

/// Loads a library that findLibrary accepts and that is for this machine, and finds its model. The
/// caller closes *handle with dlclose.
tfc_status loadLibrary(const char *path, void **handle, const tfc_library **library,
                       Message &message);

} // namespace tfc

#endif
