// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads tokenizer.json, the file of the tokenizers library. Its decoder and its padding are of no
// use here.

#include "Fields.h"

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace tfc::tokenizer {
namespace {

constexpr StringRef otherModels[] = {"BPE", "Unigram", "WordLevel"};
constexpr Kinds models = {"model", "WordPiece", otherModels};
constexpr StringRef otherNormalizers[] = {"Strip",       "StripAccents", "NFC",       "NFD",
                                          "NFKC",        "NFKD",         "Lowercase", "Nmt",
                                          "Precompiled", "Replace",      "Prepend",   "ByteLevel"};
constexpr Kinds normalizers = {"normalizer", "BertNormalizer, Sequence", otherNormalizers};
constexpr StringRef otherPreTokenizers[] = {
    "ByteLevel",   "CharDelimiterSplit", "Metaspace", "Whitespace",     "Split",
    "Punctuation", "WhitespaceSplit",    "Digits",    "UnicodeScripts", "FixedLength"};
constexpr Kinds preTokenizers = {"pre-tokenizer", "BertPreTokenizer, Sequence", otherPreTokenizers};

class Reader {
public:
  explicit Reader(Description &description) : description(description) {}

  Error read(json::Value root) {
    if (!root.isObject())
      return root.expected("an object");
    if (auto version = root.find("version")) {
      Expected<StringRef> text = version->getString();
      if (!text)
        return text.takeError();
      if (*text != "1.0")
        return version->unsupported(
            fmt::format("version {} is not known, only \"1.0\"", json::quoted(*text)));
    }
    Expected<json::Value> model = root.get("model");
    if (!model)
      return model.takeError();
    if (Error error = readModel(*model))
      return error;
    if (auto normalizer = root.findNonNull("normalizer"))
      if (Error error = readNormalizer(*normalizer))
        return error;
    if (auto preTokenizer = root.findNonNull("pre_tokenizer"))
      if (Error error = readPreTokenizer(*preTokenizer))
        return error;
    if (auto added = root.findNonNull("added_tokens"))
      if (Error error = readAdded(*added))
        return error;
    if (auto post = root.findNonNull("post_processor")) {
      if (Error error = readPostProcessor(*post, description))
        return error;
    } else {
      description.templates[0] = {{partFirst, 0, -1}};
      description.templates[1] = {{partFirst, 0, -1}, {partSecond, 1, -1}};
    }
    if (auto truncation = root.findNonNull("truncation"))
      return readTruncation(*truncation, description);
    return Error::success();
  }

private:
  /// Calls `read` for the value itself or, where it is a Sequence, for each member of its list
  /// `key`; `read` says whether it knows the type.
  template <typename Read>
  static Error readSteps(json::Value value, StringRef key, const Kinds &kinds, Read read) {
    StringRef type;
    if (Error error = getField(value, "type", type))
      return error;
    if (type != "Sequence") {
      Expected<bool> isKnown = read(value, type);
      if (!isKnown)
        return isKnown.takeError();
      return *isKnown ? Error::success() : unknownType(value, kinds, type);
    }
    Expected<json::Value> list = value.get(key);
    Expected<json::Elements> steps = list ? list->elements() : list.takeError();
    if (!steps)
      return steps.takeError();
    for (json::Value step : *steps)
      if (Error error = readSteps(step, key, kinds, read))
        return error;
    return Error::success();
  }

  // ---- model ----

  Error readModel(json::Value model) {
    StringRef type = "WordPiece"; // older files have no type, but only this model has such a prefix
    if (model.find("type") || !model.find("continuing_subword_prefix"))
      if (Error error = getField(model, "type", type))
        return error;
    if (type != "WordPiece")
      return unknownType(model, models, type);
    StringRef unknown, prefix;
    int64_t longest;
    if (Error error = getField(model, "unk_token", unknown))
      return error;
    if (Error error = getField(model, "continuing_subword_prefix", prefix))
      return error;
    if (Error error = getField(model, "max_input_chars_per_word", longest, 0, INT64_MAX))
      return error;
    description.prefix = prefix.str();
    description.longestWord = static_cast<uint32_t>(std::min<int64_t>(longest, UINT32_MAX));
    Expected<json::Value> list = model.get("vocab");
    Expected<json::Members> vocabulary = list ? list->members() : list.takeError();
    if (!vocabulary)
      return vocabulary.takeError();
    for (auto [text, value] : *vocabulary) {
      Expected<int64_t> id = value.getInteger();
      if (!id)
        return id.takeError();
      if (std::string wrong = description.vocabulary.add(text, *id); !wrong.empty())
        return value.error(wrong);
      description.modelIds.push_back(*id);
    }
    description.unknown = description.vocabulary.find(unknown);
    if (description.unknown < 0)
      return model.get("unk_token")
          ->error(fmt::format("the unknown token {} is not in model.vocab, which has {} tokens",
                              json::quoted(unknown), description.modelIds.size()));
    return Error::success();
  }

  Error readAdded(json::Value list) {
    Expected<json::Elements> tokens = list.elements();
    if (!tokens)
      return tokens.takeError();
    for (json::Value value : *tokens) {
      AddedToken token;
      StringRef text;
      uint32_t normalized = 0;
      for (auto [key, flag] : {std::pair("single_word", addedSingleWord),
                               {"lstrip", addedStripLeft},
                               {"rstrip", addedStripRight},
                               {"special", addedSpecial}})
        if (Error error = getFlag(value, key, flag, token.flags))
          return error;
      if (Error error = getFlag(value, "normalized", 1, normalized))
        return error;
      int64_t given;
      if (Error error = getField(value, "content", text))
        return error;
      if (Error error = getField(value, "id", given, INT64_MIN, INT64_MAX))
        return error;
      token.text = text.str();
      token.normalized = normalized;
      if (Error error = addToken(value, std::move(token), given))
        return error;
    }
    return Error::success();
  }

  /// The tokenizers library numbers added tokens itself and only warns where the file says
  /// something else.
  Error addToken(json::Value value, AddedToken token, int64_t given) {
    if (token.text.empty())
      return Error::success();
    auto [seen, isNew] = addedByText.try_emplace(token.text, description.added.size());
    if (!isNew) {
      const AddedToken &other = description.added[seen->second];
      return other == token && other.id == given
                 ? Error::success()
                 : value.error(json::quoted(token.text) + " is added twice");
    }
    json::Value place = *value.get("id");
    int64_t id = description.idToAdd(token.text);
    if (id != given) {
      // An id of another token, or of none that the model can have, is the worse mistake.
      if (std::string wrong = description.vocabulary.refusal(token.text, given); !wrong.empty())
        return place.error(wrong);
      return place.error(fmt::format("expected {}, found {}: model.vocab has {} tokens, and {}", id,
                                     given, description.modelIds.size(),
                                     id < static_cast<int64_t>(description.modelIds.size())
                                         ? "this is one of them"
                                         : "new ones are numbered on from there"));
    }
    if (std::string wrong = description.addToken(std::move(token)); !wrong.empty())
      return place.error(wrong);
    return Error::success();
  }

  // ---- steps ----

  Error readNormalizer(json::Value value) {
    return readSteps(value, "normalizers", normalizers,
                     [&](json::Value step, StringRef type) -> Expected<bool> {
                       if (type != "BertNormalizer")
                         return false;
                       if (Error error = readBertNormalizer(step))
                         return error;
                       return true;
                     });
  }

  Error readBertNormalizer(json::Value value) {
    uint32_t options = 0;
    for (auto [key, flag] : {std::pair("clean_text", bertClean),
                             {"handle_chinese_chars", bertIdeographs},
                             {"lowercase", bertLower}})
      if (Error error = getFlag(value, key, flag, options))
        return error;
    // Without a word about accents they go where upper case goes.
    if (value.findNonNull("strip_accents")) {
      if (Error error = getFlag(value, "strip_accents", bertStrip, options))
        return error;
    } else if (options & bertLower) {
      options |= bertStrip;
    }
    description.normalizers.push_back(normalizerBert | options << 8);
    return Error::success();
  }

  Error readPreTokenizer(json::Value value) {
    return readSteps(value, "pretokenizers", preTokenizers,
                     [&](json::Value, StringRef type) -> Expected<bool> {
                       if (type == "BertPreTokenizer")
                         description.preTokenizers.push_back(preTokenizerBert);
                       return type == "BertPreTokenizer";
                     });
  }

  Description &description;
  llvm::StringMap<size_t> addedByText; // index into description.added
};

} // namespace

Error readTokenizerJson(StringRef text, StringRef path, Description &description) {
  Expected<json::Document> document = json::Document::parse(text, path);
  if (!document)
    return document.takeError();
  return Reader(description).read(document->root());
}

} // namespace tfc::tokenizer
