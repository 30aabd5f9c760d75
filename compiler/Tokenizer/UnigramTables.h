// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tables of Unigram that runtime/Tokenizer/Format.h describes.

#ifndef TFC_COMPILER_TOKENIZER_UNIGRAMTABLES_H
#define TFC_COMPILER_TOKENIZER_UNIGRAMTABLES_H

#include "Description.h"

namespace tfc::tokenizer {

struct UnigramTables {
  std::vector<uint32_t> parameters;
  std::vector<uint64_t> trie;
  std::vector<double> scores;
  std::vector<int32_t> byteIds;
};

UnigramTables unigramTables(const Description &description);

} // namespace tfc::tokenizer

#endif
