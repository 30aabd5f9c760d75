// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The linked library before its weights are in it, and the room that is made for them.

#ifndef TFC_COMPILER_LINK_IMAGE_H
#define TFC_COMPILER_LINK_IMAGE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>

namespace tfc {

/// The section that stands for the weights. In the objects and for the linker it has a size and no
/// bytes (NOBITS).
inline constexpr llvm::StringLiteral weightsSection = ".tfc.weights";

/// Weights begin at a multiple of this, in the file and in memory.
inline constexpr uint64_t weightsAlignment = 64 << 10;

/// Their addresses and file offsets are equal modulo this, so that the kernel may map them by huge
/// pages.
inline constexpr uint64_t hugePage = 2 << 20;

/// How much of the address space has to be reserved for `bytes` of weights: room to move them to
/// where both hold.
inline constexpr uint64_t reservedForWeights(uint64_t bytes) { return bytes + 2 * hugePage; }

/// Gives the weights their place behind `image`: the section and its segment become file-backed and
/// exactly `bytes` long, and whatever points to them (relocations, symbols) follows. Returns the
/// file offset of their first byte. `image` must hold the section in a read-only segment of its own
/// at the end.
llvm::Expected<uint64_t> placeWeights(llvm::MutableArrayRef<char> image, uint64_t bytes);

/// The bytes of the tfc_library that the note in `image` points to.
llvm::Expected<llvm::MutableArrayRef<char>> findLibrary(llvm::MutableArrayRef<char> image);

/// Fills the build id in with a hash of `image`, in which the library's weights_hash stands for the
/// weights.
llvm::Error setBuildId(llvm::MutableArrayRef<char> image);

} // namespace tfc

#endif
