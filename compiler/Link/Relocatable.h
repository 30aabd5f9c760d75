// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model as one object for the user's own linker, and the archive around it.

#ifndef TFC_COMPILER_LINK_RELOCATABLE_H
#define TFC_COMPILER_LINK_RELOCATABLE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>

namespace tfc {

/// The section of the weights in an object. By this name the linkers' own scripts put it where it
/// pushes nothing apart: GNU ld behind everything else, LLD in front.
inline constexpr llvm::StringLiteral objectWeightsSection = ".lrodata.tfc";

/// The most that the header of an archive's member can say: ten decimal digits.
inline constexpr uint64_t largestMember = 9'999'999'999;

/// Makes all symbols that the object defines local, except for `functions`, so that other models,
/// which hold the same runtime, fit into the same program; and gives the weights' section its name.
/// An undefined symbol that is hidden, hence ours to define, is an error.
llvm::Expected<llvm::SmallVector<char, 0>> localizeSymbols(llvm::ArrayRef<char> object,
                                                           llvm::ArrayRef<std::string> functions);

/// Gives the weights their place behind the object, exactly `bytes` long, and returns its offset.
llvm::Expected<uint64_t> placeObjectWeights(llvm::MutableArrayRef<char> object, uint64_t bytes);

/// The bytes of the tfc_library of the model `name`.
llvm::Expected<llvm::MutableArrayRef<char>> findObjectLibrary(llvm::MutableArrayRef<char> object,
                                                              llvm::StringRef name);

/// All that stands in an archive before its only member: the object, `bytes` long with its weights.
/// More than an archive can hold is not supported (exit 3).
llvm::Expected<llvm::SmallVector<char, 0>> archiveHead(llvm::ArrayRef<char> object, uint64_t bytes,
                                                       llvm::StringRef member);

} // namespace tfc

#endif
