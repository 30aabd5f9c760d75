// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tables of BPE that runtime/Tokenizer/Format.h describes.

#ifndef TFC_COMPILER_TOKENIZER_BPETABLES_H
#define TFC_COMPILER_TOKENIZER_BPETABLES_H

#include "Description.h"

namespace tfc::tokenizer {

struct BpeTables {
  std::vector<uint32_t> parameters;
  std::vector<MergeSlot> merges;
  std::vector<int32_t> byteIds;
  std::vector<uint64_t> trie;
};

/// Exit code 3 where the kinds of BPE cannot be combined.
llvm::Expected<BpeTables> bpeTables(const Description &description, llvm::StringRef path);

} // namespace tfc::tokenizer

#endif
