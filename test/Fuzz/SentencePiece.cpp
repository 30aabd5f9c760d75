// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// SentencePiece's models, beside a vocabulary: whatever the bytes, an error, or tables that turn
// any text into ids of it.

#include "Fuzz.h"
#include "Tables.h"

using namespace tfc::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const Folder folder;
  static const std::string vocabulary = folder.write(
      "vocab.json", R"({"</s>": 0, "<unk>": 1, "▁a": 2, "b": 3, "▁": 4, "ab": 5, "<pad>": 6})");
  folder.write("source.spm", textOf(data, size));
  auto compiled = tfc::compileTokenizer(folder.path(), 7);
  if (!accepted(compiled))
    return 0;
  Tables tables(*compiled);
  for (llvm::StringRef text :
       {"", " a  ab</s>b ", ">>ab<<ba É e\u0301 中文 \u00a0\t", "\xff\xfe▁\xc3"}) {
    tables.check(text, std::nullopt, {});
    tables.check(text, "a pair", {.truncateTo = 5});
  }
  return 0;
}
