// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The files of a tokenizer: whatever they say, an error, or tables that the runtime opens and that
// turn any text into ids of the vocabulary.

#include "Fuzz.h"

#include "Tables.h"

using namespace tfc::fuzz;

static constexpr llvm::StringLiteral names[] = {
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
};

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static Folder folder;
  folder.fill(textOf(data, size), names);
  auto compiled = tfc::compileTokenizer(folder.path(), size % 2 ? 0 : 64);
  if (!accepted(compiled) || compiled->empty())
    return 0;
  Tables tables(*compiled);
  for (llvm::StringRef text :
       {"", "the player [MASK] abc", "É e\u0301 中文 \u00a0.\t##b", "\xff\xfe[UNK]\xc3"}) {
    tables.check(text, std::nullopt, {});
    tables.check(text, "a pair", {});
    tables.check(text, std::nullopt, {.truncateTo = 5});
  }
  return 0;
}
