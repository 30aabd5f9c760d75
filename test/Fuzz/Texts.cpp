// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Texts through compiled tokenizers: whatever the bytes, ids of the vocabulary. The first byte of
// an input chooses one of the tokenizers in $TFC_FUZZ_FILES, the second how it is asked.

#include "Tables.h"

#include "llvm/Support/ConvertUTF.h"

#include <algorithm>
#include <memory>

using namespace tfc;
using namespace tfc::fuzz;
using llvm::StringRef;

/// The tokenizers, in the order of their names.
static std::vector<std::unique_ptr<Tables>> &tokenizers() {
  static std::vector<std::unique_ptr<Tables>> all;
  return all;
}

extern "C" int LLVMFuzzerInitialize(int *, char ***);
extern "C" int LLVMFuzzerInitialize(int *, char ***) {
  Folder folder;
  std::vector<std::string> files;
  for (const auto &entry : std::filesystem::directory_iterator(folder.path()))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const std::string &file : files)
    tokenizers().push_back(std::make_unique<Tables>(llvm::cantFail(compileTokenizer(file, 0))));
  require(!tokenizers().empty(), "$TFC_FUZZ_FILES holds tokenizers");
  return 0;
}

/// The text with U+FFFD for what is not UTF-8, by another hand than the runtime's.
static std::string valid(StringRef text) {
  const auto *from = reinterpret_cast<const llvm::UTF8 *>(text.data()), *end = from + text.size();
  std::vector<llvm::UTF32> scalars(text.size());
  llvm::UTF32 *to = scalars.data();
  llvm::ConvertUTF8toUTF32(&from, end, &to, to + scalars.size(), llvm::lenientConversion);
  std::string result;
  for (const llvm::UTF32 *scalar = scalars.data(); scalar != to; ++scalar) {
    char bytes[4], *at = bytes;
    llvm::ConvertCodePointToUTF8(*scalar, at);
    result.append(bytes, at);
  }
  return result;
}

/// A text that is cut has the first ids of the whole, or the last.
static void checkCut(Tables &tables, StringRef text, size_t limit) {
  auto whole = tables.check(text, std::nullopt, {.addSpecialTokens = false, .neverTruncate = true});
  auto cut = tables.check(text, std::nullopt, {.addSpecialTokens = false, .truncateTo = limit});
  require(whole && cut, "without special tokens any text can be cut");
  require(cut->size() == std::min(limit, whole->size()), "a text is cut to the limit");
  require(std::equal(cut->begin(), cut->end(), whole->begin()) ||
              std::equal(cut->rbegin(), cut->rend(), whole->rbegin()),
          "a cut text has the first ids of the whole, or the last");
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2)
    return 0;
  Tables &tables = *tokenizers()[data[0] % tokenizers().size()];
  StringRef text = textOf(data + 2, size - 2);
  bool special = data[1] & 1, isPair = data[1] & 2;
  size_t limit = data[1] >> 2;
  if (isPair) {
    size_t middle = text.size() / 2;
    tables.check(text.take_front(middle), text.drop_front(middle),
                 {.addSpecialTokens = special, .truncateTo = limit});
    return 0;
  }
  tokenizer::EncodeOptions options{.addSpecialTokens = special, .neverTruncate = true};
  auto ids = tables.check(text, std::nullopt, options);
  require(ids.has_value(), "a text has ids where nothing is cut");
  require(tables.check(valid(text), std::nullopt, options) == ids, "what is not UTF-8 is U+FFFD");
  if (limit)
    checkCut(tables, text, limit);
  return 0;
}
