// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From the path of a shared library to the tfc_library inside it.

#ifndef TFC_RUNTIME_LOADER_H
#define TFC_RUNTIME_LOADER_H

#include "runtime/Status.h"
#include "tfc/abi.h"

namespace tfc {

/// The types of tfc's notes; abi.h says what they hold.
constexpr uint32_t noteLibrary = 1, noteAbout = 2;

/// What comes before the description in a note of tfc's.
constexpr size_t noteHeaderBytes = 16;

/// The most bytes of notes that are looked at; ours have less than a thousand.
constexpr uint64_t largestNotes = 1 << 20;

/// The first of tfc's notes of that type in a segment of notes, or null, and the bytes of its
/// description. All of it lies in the segment.
const char *findNote(const char *notes, size_t size, size_t alignment, uint32_t type,
                     uint32_t *bytes);

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
