// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The alphabet of byte-level tokens: a letter for every byte.

#ifndef TFC_COMPILER_TOKENIZER_BYTELEVEL_H
#define TFC_COMPILER_TOKENIZER_BYTELEVEL_H

#include "Description.h"

namespace tfc::tokenizer {

/// The letter that stands for a byte, as UTF-8.
std::string letterOf(uint8_t byte);

/// The bytes that a token stands for; nothing where it has a character that is no such letter.
std::optional<std::string> bytesOf(llvm::StringRef token);

/// Whether every byte's letter is a token.
bool hasAllBytes(const Vocabulary &vocabulary);

} // namespace tfc::tokenizer

#endif
