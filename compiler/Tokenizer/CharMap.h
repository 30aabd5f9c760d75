// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where maps of characters come from.

#ifndef TFC_COMPILER_TOKENIZER_CHARMAP_H
#define TFC_COMPILER_TOKENIZER_CHARMAP_H

#include "Description.h"

namespace tfc::tokenizer {

/// The normalizer Nmt of the tokenizers library.
CharMap nmtMap();

/// Compatibility decompositions, where Unicode has others than the canonical ones.
CharMap compatibilityMap();

/// Reads SentencePiece's precompiled map: the length of a double array of darts-clone in bytes, the
/// array, and the texts that its values are places in, each up to a zero. What is wrong with it
/// goes through `error`, what is not supported through `unsupported`.
using MessageToError = llvm::function_ref<llvm::Error(const std::string &)>;
llvm::Expected<CharMap> readPrecompiledMap(llvm::StringRef blob, MessageToError error,
                                           MessageToError unsupported);

} // namespace tfc::tokenizer

#endif
