// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From the path of a shared library to the tfc_library inside it.

#ifndef TFC_RUNTIME_LOADER_H
#define TFC_RUNTIME_LOADER_H

#include "runtime/Status.h"
#include "tfc/abi.h"

namespace tfc {

/// Checks that `path` is a shared library for this machine with tfc's note and our ABI version, and
/// gives the address of its tfc_library as the linker placed it. Nothing of the file is run.
tfc_status findLibrary(const char *path, uint64_t *address, Message &message);

/// Loads a library that findLibrary accepts, and finds its model. The caller closes *handle with
/// dlclose.
tfc_status loadLibrary(const char *path, void **handle, const tfc_library **library,
                       Message &message);

} // namespace tfc

#endif
