// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads tokenizer.json, the file of the tokenizers library. Its decoder and its padding are of no
// use here.

#include "Description.h"

#include "compiler/Import/Json.h"

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace tfc::tokenizer {
namespace {

constexpr int64_t mostType = (1 << 24) - 1;

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
      if (Error error = readPostProcessor(*post))
        return error;
    } else {
      description.templates[0] = {{partFirst, 0, -1}};
      description.templates[1] = {{partFirst, 0, -1}, {partSecond, 1, -1}};
    }
    if (auto truncation = root.findNonNull("truncation"))
      return readTruncation(*truncation);
    return Error::success();
  }

private:
  // ---- fields ----

  /// Assigns the member `key` of `object`, which must be there.
  static Error getField(json::Value object, StringRef key, StringRef &text) {
    Expected<json::Value> member = object.get(key);
    Expected<StringRef> value = member ? member->getString() : member.takeError();
    if (!value)
      return value.takeError();
    text = *value;
    return Error::success();
  }
  static Error getField(json::Value object, StringRef key, int64_t &number, int64_t min,
                        int64_t max) {
    Expected<json::Value> member = object.get(key);
    Expected<int64_t> value = member ? member->getInteger(min, max) : member.takeError();
    if (!value)
      return value.takeError();
    number = *value;
    return Error::success();
  }
  static Error getFlag(json::Value object, StringRef key, uint32_t flag, uint32_t &flags) {
    Expected<json::Value> member = object.get(key);
    Expected<bool> value = member ? member->getBool() : member.takeError();
    if (!value)
      return value.takeError();
    flags |= *value ? flag : 0;
    return Error::success();
  }

  static Error unknownType(json::Value object, StringRef what, StringRef type, StringRef known) {
    return object.unsupported(fmt::format("the {} {} is not supported; supported: {}", what.str(),
                                          json::quoted(type), known.str()));
  }

  /// Calls `read` for the value itself or, where it is a Sequence, for each member of its list
  /// `key`; `read` says whether it knows the type.
  template <typename Read>
  static Error readSteps(json::Value value, StringRef key, StringRef what, StringRef known,
                         Read read) {
    StringRef type;
    if (Error error = getField(value, "type", type))
      return error;
    if (type != "Sequence") {
      Expected<bool> isKnown = read(value, type);
      if (!isKnown)
        return isKnown.takeError();
      return *isKnown ? Error::success() : unknownType(value, what, type, known);
    }
    Expected<json::Value> list = value.get(key);
    Expected<json::Elements> steps = list ? list->elements() : list.takeError();
    if (!steps)
      return steps.takeError();
    for (json::Value step : *steps)
      if (Error error = readSteps(step, key, what, known, read))
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
      return unknownType(model, "model", type, "WordPiece");
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
      if (std::string wrong = description.vocabulary.add(token.text + '\0', given); !wrong.empty())
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
    return readSteps(value, "normalizers", "normalizer", "BertNormalizer, Sequence",
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
    return readSteps(value, "pretokenizers", "pre-tokenizer", "BertPreTokenizer, Sequence",
                     [&](json::Value, StringRef type) -> Expected<bool> {
                       if (type == "BertPreTokenizer")
                         description.preTokenizers.push_back(preTokenizerBert);
                       return type == "BertPreTokenizer";
                     });
  }

  // ---- template ----

  Error readPostProcessor(json::Value value) {
    StringRef type;
    if (Error error = getField(value, "type", type))
      return error;
    if (type == "TemplateProcessing") {
      for (bool pair : {false, true})
        if (Error error = readTemplate(value, pair))
          return error;
      return Error::success();
    }
    if (type != "BertProcessing")
      return unknownType(value, "post-processor", type, "TemplateProcessing, BertProcessing");
    int64_t ids[2];
    for (int i = 0; i < 2; ++i) {
      Expected<json::Value> token = value.get(i ? "sep" : "cls");
      if (!token)
        return token.takeError();
      if (!token->isArray() || token->size() != 2)
        return token->expected("a token and its id");
      if (Error error = readSpecial((*token)[0], (*token)[1], ids[i]))
        return error;
    }
    setBertTemplate(description, ids[0], ids[1]);
    return Error::success();
  }

  /// A special token's text and id, which must belong together.
  Error readSpecial(json::Value token, json::Value id, int64_t &result) {
    Expected<StringRef> text = token.getString();
    if (!text)
      return text.takeError();
    Expected<int64_t> given = id.getInteger();
    if (!given)
      return given.takeError();
    result = description.vocabulary.find(*text);
    if (result < 0)
      return token.error(fmt::format("the special token {} is not in the vocabulary of {} tokens",
                                     json::quoted(*text), description.vocabulary.size()));
    if (result != *given)
      return id.error(fmt::format("expected {}, the id of {} in the vocabulary, found {}", result,
                                  json::quoted(*text), *given));
    return Error::success();
  }

  Error readTemplate(json::Value post, bool pair) {
    Expected<json::Value> list = post.get(pair ? "pair" : "single");
    Expected<json::Elements> parts = list ? list->elements() : list.takeError();
    if (!parts)
      return parts.takeError();
    for (json::Value part : *parts) {
      auto sequence = part.find("Sequence"), special = part.find("SpecialToken");
      if (!sequence && !special)
        return part.expected("a Sequence or a SpecialToken");
      json::Value body = sequence ? *sequence : *special;
      StringRef id;
      int64_t type;
      if (Error error = getField(body, "id", id))
        return error;
      if (Error error = getField(body, "type_id", type, 0, mostType))
        return error;
      auto typeId = static_cast<uint32_t>(type);
      if (special) {
        if (Error error = addSpecial(post, body, id, typeId, description.templates[pair]))
          return error;
      } else if (id == "A" || (id == "B" && pair)) {
        description.templates[pair].push_back({id == "A" ? partFirst : partSecond, typeId, -1});
      } else {
        return body.get("id")->expected(pair ? "\"A\" or \"B\"" : "\"A\"");
      }
    }
    return Error::success();
  }

  /// Appends the ids that stand for `name` in special_tokens.
  Error addSpecial(json::Value post, json::Value body, StringRef name, uint32_t type,
                   std::vector<Part> &parts) {
    auto list = post.find("special_tokens");
    auto entry = list ? list->find(name) : std::nullopt;
    if (!entry)
      return body.get("id")->error(
          fmt::format("{} is not among special_tokens", json::quoted(name)));
    Expected<json::Value> ids = entry->get("ids");
    if (!ids)
      return ids.takeError();
    Expected<json::Value> tokens = entry->get("tokens");
    if (!tokens)
      return tokens.takeError();
    if (!ids->isArray() || !tokens->isArray() || ids->size() != tokens->size())
      return entry->error("expected as many ids as tokens");
    for (size_t i = 0; i < ids->size(); ++i) {
      int64_t id;
      if (Error error = readSpecial((*tokens)[i], (*ids)[i], id))
        return error;
      parts.push_back({partToken, type, id});
    }
    return Error::success();
  }

  // ---- truncation ----

  Error readTruncation(json::Value value) {
    int64_t limit, stride;
    StringRef strategy, direction = "Right";
    if (Error error = getField(value, "max_length", limit, 0, INT64_MAX))
      return error;
    if (Error error = getField(value, "stride", stride, 0, INT64_MAX))
      return error;
    if (Error error = getField(value, "strategy", strategy))
      return error;
    if (value.find("direction"))
      if (Error error = getField(value, "direction", direction))
        return error;
    if (direction != "Left" && direction != "Right")
      return value.get("direction")->expected("\"Left\" or \"Right\"");
    Truncation how = {static_cast<uint32_t>(std::min<int64_t>(limit, UINT32_MAX)), longestFirst,
                      direction == "Left"};
    if (strategy == "OnlyFirst")
      how.strategy = onlyFirst;
    else if (strategy == "OnlySecond")
      how.strategy = onlySecond;
    else if (strategy != "LongestFirst")
      return value.get("strategy")->expected("\"LongestFirst\", \"OnlyFirst\" or \"OnlySecond\"");
    auto special = static_cast<int64_t>(description.specialCount(false));
    if (limit < special)
      return value.get("max_length")
          ->error(fmt::format(
              "expected at least {}, the number of special tokens around a text, found {}", special,
              limit));
    if (stride && stride >= limit - special)
      return value.get("stride")->error(
          fmt::format("expected less than the {} tokens that are kept of a text, found {}",
                      limit - special, stride));
    description.truncation = how;
    return Error::success();
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
