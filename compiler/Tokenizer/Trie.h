// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Builds the tries that runtime/Tokenizer/Format.h describes.

#ifndef TFC_COMPILER_TOKENIZER_TRIE_H
#define TFC_COMPILER_TOKENIZER_TRIE_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace tfc::tokenizer {

/// The trie of the keys with their values (0 … Unit::maxValue). Keys are sorted here, and must not
/// be empty or given twice. No keys make an empty vector.
std::vector<uint64_t> buildTrie(std::vector<std::pair<llvm::StringRef, int32_t>> keys);

/// The unit behind `prefix`, or noNode.
uint32_t findNode(const std::vector<uint64_t> &units, llvm::StringRef prefix);

} // namespace tfc::tokenizer

#endif
