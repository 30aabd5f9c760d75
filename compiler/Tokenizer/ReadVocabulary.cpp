// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads folders from before tokenizer.json: BERT's vocab.txt with one token a line, and what
// tokenizer_config.json and special_tokens_map.json say about it. The defaults are those that
// transformers has for such folders.

#include "Description.h"

#include "compiler/Import/File.h"
#include "compiler/Import/Json.h"
#include "runtime/Tokenizer/AddedTokens.h"
#include "runtime/Tokenizer/Unicode.h"

#include "llvm/ADT/STLExtras.h"

#include <array>

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace tfc::tokenizer {
namespace {

constexpr uint64_t mostVocabularyBytes = 1 << 30, mostConfigBytes = 64 << 20;

enum Special { cls, sep, unk, pad, mask, specialCount };
constexpr const char *specialTexts[] = {"[CLS]", "[SEP]", "[UNK]", "[PAD]", "[MASK]"};
constexpr const char *specialKeys[] = {"cls_token", "sep_token", "unk_token", "pad_token",
                                       "mask_token"};

class Reader {
public:
  Reader(StringRef folder, Description &description) : folder(folder), description(description) {}

  Error read() {
    for (int i = 0; i < specialCount; ++i) {
      specials[i].text = specialTexts[i];
      specials[i].flags = addedSpecial;
    }
    if (Error error = readLines())
      return error;
    // What tokenizer_config.json says comes last and wins.
    for (const char *name : {"special_tokens_map.json", "tokenizer_config.json"}) {
      if (!existsInside(folder, name))
        continue;
      Expected<std::string> text = readInside(folder, name, mostConfigBytes);
      if (!text)
        return text.takeError();
      Expected<json::Document> document = json::Document::parse(*text, pathInside(folder, name));
      if (!document)
        return document.takeError();
      if (Error error = readConfig(document->root()))
        return error;
    }
    if (!stripGiven && (options & bertLower))
      options |= bertStrip;
    description.normalizers = {normalizerBert | options << 8};
    description.preTokenizers = {preTokenizerBert};
    return addSpecials();
  }

private:
  Error readLines() {
    path = pathInside(folder, "vocab.txt");
    Expected<std::string> text = readInside(folder, "vocab.txt", mostVocabularyBytes);
    if (!text)
      return text.takeError();
    size_t bad, valid = validPrefix(text->data(), text->size(), &bad);
    if (bad)
      return inputError("{}: byte {}: not UTF-8", path, valid);
    // A token that stands twice has its last number, and the other one has no token; so an id is a
    // line's number.
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

  Error readConfig(json::Value root) {
    if (!root.isObject())
      return root.expected("an object");
    for (auto [key, flag] : {std::pair("do_lower_case", bertLower),
                             {"tokenize_chinese_chars", bertIdeographs},
                             {"strip_accents", bertStrip}}) {
      auto value = root.findNonNull(key);
      if (!value)
        continue;
      Expected<bool> on = value->getBool();
      if (!on)
        return on.takeError();
      options = *on ? options | flag : options & ~static_cast<uint32_t>(flag);
      stripGiven |= flag == bertStrip;
    }
    for (int i = 0; i < specialCount; ++i)
      if (auto value = root.findNonNull(specialKeys[i]))
        if (Error error = readToken(*value, specials[i]))
          return error;
    if (auto list = root.findNonNull("additional_special_tokens")) {
      Expected<json::Elements> tokens = list->elements();
      if (!tokens)
        return tokens.takeError();
      for (json::Value value : *tokens)
        if (Error error = readToken(value, more.emplace_back()))
          return error;
    }
    if (auto list = root.findNonNull("added_tokens_decoder")) {
      Expected<json::Members> tokens = list->members();
      if (!tokens)
        return tokens.takeError();
      for (auto [id, value] : *tokens)
        if (Error error = readToken(value, decoded.emplace_back()))
          return error;
    }
    return Error::success();
  }

  /// A token is a string, or an object with its text and how it is looked for.
  static Error readToken(json::Value value, AddedToken &token) {
    token = AddedToken();
    token.flags = addedSpecial;
    Expected<json::Value> content =
        value.isString() ? Expected<json::Value>(value) : value.get("content");
    Expected<StringRef> text = content ? content->getString() : content.takeError();
    if (!text)
      return text.takeError();
    token.text = text->str();
    for (auto [key, flag] : {std::pair("single_word", 0u + addedSingleWord),
                             {"lstrip", 0u + addedStripLeft},
                             {"rstrip", 0u + addedStripRight},
                             {"normalized", 0u}}) {
      auto member = value.find(key);
      if (!member)
        continue;
      Expected<bool> on = member->getBool();
      if (!on)
        return on.takeError();
      token.flags |= *on ? flag : 0;
      if (!flag)
        token.normalized = *on;
    }
    return Error::success();
  }

  Error addSpecials() {
    if (int64_t id = description.vocabulary.find(specials[unk].text); id >= 0)
      description.unknown = id;
    else
      return inputError("{}: the unknown token {} is not among the {} tokens", path,
                        json::quoted(specials[unk].text), description.modelIds.size());
    // The list with the details first; then those it does not name.
    decoded.insert(decoded.end(),
                   {specials[unk], specials[sep], specials[pad], specials[cls], specials[mask]});
    decoded.insert(decoded.end(), more.begin(), more.end());
    llvm::StringMap<bool> seen;
    for (AddedToken &token : decoded) {
      // A mask token is the model's business only where the vocabulary has it.
      if (token.text.empty() || !seen.try_emplace(token.text, true).second ||
          (description.vocabulary.find(token.text) < 0 &&
           (token.text == specials[mask].text || token.text == specials[pad].text)))
        continue;
      if (std::string wrong = description.addToken(token); !wrong.empty())
        return inputError("{}: the special token {}: {}", path, json::quoted(token.text), wrong);
    }
    int64_t around[] = {description.vocabulary.find(specials[cls].text),
                        description.vocabulary.find(specials[sep].text)};
    for (int i : {cls, sep})
      if (around[i] < 0)
        return inputError("{}: the special token {} is not among the {} tokens", path,
                          json::quoted(specials[i].text), description.vocabulary.size());
    setBertTemplate(description, around[cls], around[sep]);
    return Error::success();
  }

  StringRef folder;
  Description &description;
  std::string path; // of vocab.txt
  uint32_t options = bertClean | bertIdeographs | bertLower;
  bool stripGiven = false;
  std::array<AddedToken, specialCount> specials;
  std::vector<AddedToken> more, decoded;
};

} // namespace

Error readVocabularyFolder(StringRef folder, Description &description) {
  return Reader(folder, description).read();
}

} // namespace tfc::tokenizer
