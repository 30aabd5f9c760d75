// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads folders from before tokenizer.json: BERT's vocab.txt with one token a line, and what
// tokenizer_config.json and special_tokens_map.json say about it. The defaults are those that
// transformers has for such folders.

#include "FolderConfig.h"

#include "compiler/Import/File.h"
#include "compiler/Import/Json.h"
#include "runtime/Tokenizer/AddedTokens.h"
#include "runtime/Tokenizer/Unicode.h"

#include "llvm/ADT/STLExtras.h"

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace tfc::tokenizer {
namespace {

constexpr uint64_t mostVocabularyBytes = 1 << 30;

/// The lines of vocab.txt. A token that stands twice has its last number, and the other one has no
/// token; so an id is a line's number.
Error readLines(StringRef folder, const std::string &path, Description &description) {
  Expected<std::string> text = readInside(folder, "vocab.txt", mostVocabularyBytes);
  if (!text)
    return text.takeError();
  size_t bad, valid = validPrefix(text->data(), text->size(), &bad);
  if (bad)
    return inputError("{}: byte {}: not UTF-8", path, valid);
  std::vector<StringRef> lines;
  llvm::StringMap<size_t> last;
  for (StringRef rest = *text; !rest.empty();) {
    StringRef line;
    std::tie(line, rest) = rest.split('\n');
    line = line.take_front(spaceBefore(line.data(), line.size(), 0));
    last[line] = lines.size();
    lines.push_back(line);
  }
  for (auto [number, line] : llvm::enumerate(lines)) {
    if (last[line] != number)
      continue;
    if (std::string wrong = description.vocabulary.add(line, static_cast<int64_t>(number));
        !wrong.empty())
      return inputError("{}: line {}: {}", path, number + 1, wrong);
    description.modelIds.push_back(static_cast<int64_t>(number));
  }
  return Error::success();
}

uint32_t normalizerOptions(const FolderConfig &config) {
  uint32_t options = bertClean;
  for (auto [key, option] : {std::pair("do_lower_case", bertLower),
                             {"tokenize_chinese_chars", bertIdeographs},
                             {"strip_accents", bertStrip}})
    options |= config.flag(key) ? option : 0;
  // Without a word about accents they go where upper case goes.
  const bool isStripGiven = llvm::any_of(config.flags, [](const FolderFlag &flag) {
    return flag.key == "strip_accents" && flag.isGiven;
  });
  return !isStripGiven && (options & bertLower) ? options | bertStrip : options;
}

} // namespace

Error readVocabularyFolder(StringRef folder, Description &description) {
  const std::string path = pathInside(folder, "vocab.txt");
  if (Error error = readLines(folder, path, description))
    return error;
  FolderConfig config;
  config.specials = {{"unk_token", "[UNK]"},
                     {"sep_token", "[SEP]"},
                     {"pad_token", "[PAD]"},
                     {"cls_token", "[CLS]"},
                     {"mask_token", "[MASK]"}};
  config.flags = {
      {"do_lower_case", true}, {"tokenize_chinese_chars", true}, {"strip_accents", false}};
  if (Error error = config.read(folder))
    return error;
  description.normalizers = {normalizerBert | normalizerOptions(config) << 8};
  description.preTokenizers = {preTokenizerBert};
  const std::string &unknown = config.special("unk_token").text;
  description.unknown = description.vocabulary.find(unknown);
  if (description.unknown < 0)
    return inputError("{}: the unknown token {} is not among the {} tokens", path,
                      json::quoted(unknown), description.modelIds.size());
  if (Error error = config.addTokens(description, path, {"mask_token", "pad_token"}))
    return error;
  Expected<int64_t> cls = config.idOf("cls_token", description, path);
  if (!cls)
    return cls.takeError();
  Expected<int64_t> sep = config.idOf("sep_token", description, path);
  if (!sep)
    return sep.takeError();
  setBertTemplate(description, *cls, *sep);
  DecoderSteps decoder;
  decoder.steps.push_back(DecoderSteps::wordPiece(description.prefix, /*cleans=*/true));
  description.decoder = decoder;
  return Error::success();
}

} // namespace tfc::tokenizer
