// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads what tokenizer.json does after the model: truncation, and the special tokens around the
// texts.

#include "Kinds.h"

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace tfc::tokenizer {
namespace {

constexpr int64_t mostType = (1 << 24) - 1;
/// A small file can repeat a long list of ids often.
constexpr size_t mostParts = 65536;

/// A special token's text and id, which must belong together.
Error readSpecial(json::Value token, json::Value id, const Description &description,
                  int64_t &result) {
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

/// Appends the ids that stand for `name` in special_tokens.
Error addSpecial(json::Value post, json::Value body, StringRef name, uint32_t type,
                 const Description &description, std::vector<Part> &parts) {
  auto list = post.find("special_tokens");
  auto entry = list ? list->find(name) : std::nullopt;
  if (!entry)
    return body.get("id")->error(fmt::format("{} is not among special_tokens", json::quoted(name)));
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
    if (Error error = readSpecial((*tokens)[i], (*ids)[i], description, id))
      return error;
    if (parts.size() >= mostParts)
      return post.error(fmt::format("a template of more than {} tokens", mostParts));
    parts.push_back({partToken, type, id});
  }
  return Error::success();
}

Error readTemplate(json::Value post, bool pair, Description &description) {
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
      if (Error error =
              addSpecial(post, body, id, typeId, description, description.templates[pair]))
        return error;
    } else if (id == "A" || (id == "B" && pair)) {
      description.templates[pair].push_back({id == "A" ? partFirst : partSecond, typeId, -1});
    } else {
      return body.get("id")->expected(pair ? "\"A\" or \"B\"" : "\"A\"");
    }
  }
  return Error::success();
}

/// Special tokens around the texts can be given once.
Error beginTemplates(json::Value post, Description &description) {
  if (description.specialCount(false) || description.specialCount(true))
    return post.unsupported("a second post-processor with special tokens is not supported");
  return Error::success();
}

Error readTemplates(json::Value post, Description &description) {
  if (Error error = beginTemplates(post, description))
    return error;
  for (bool pair : {false, true}) {
    description.templates[pair].clear();
    if (Error error = readTemplate(post, pair, description))
      return error;
  }
  return Error::success();
}

/// The members cls and sep, each a token and its id.
Error readClsAndSep(json::Value post, const Description &description, int64_t ids[2]) {
  for (int i = 0; i < 2; ++i) {
    Expected<json::Value> token = post.get(i ? "sep" : "cls");
    if (!token)
      return token.takeError();
    if (!token->isArray() || token->size() != 2)
      return token->expected("a token and its id");
    if (Error error = readSpecial((*token)[0], (*token)[1], description, ids[i]))
      return error;
  }
  return Error::success();
}

Error readBert(json::Value post, Description &description) {
  int64_t ids[2];
  if (Error error = beginTemplates(post, description))
    return error;
  if (Error error = readClsAndSep(post, description, ids))
    return error;
  setBertTemplate(description, ids[0], ids[1]);
  return Error::success();
}

/// Where tokens come from, without white space.
Error readTrim(json::Value post, Description &description) {
  bool trim = true, prefix = true;
  if (Error error = getOptionalFlag(post, "trim_offsets", trim))
    return error;
  if (Error error = getOptionalFlag(post, "add_prefix_space", prefix))
    return error;
  if (!trim)
    return Error::success();
  if (description.trim)
    return post.unsupported("a second post-processor that trims offsets is not supported");
  description.trim = trimWhite | (prefix ? trimKeepsPrefix : 0u);
  return Error::success();
}

Error readRoberta(json::Value post, Description &description) {
  int64_t ids[2];
  if (Error error = beginTemplates(post, description))
    return error;
  if (Error error = readClsAndSep(post, description, ids))
    return error;
  setRobertaTemplate(description, ids[0], ids[1]);
  return readTrim(post, description);
}

Error readSequence(json::Value post, Description &description);

constexpr KindReader readers[] = {
    {"TemplateProcessing", readTemplates},
    {"BertProcessing", readBert},
    {"RobertaProcessing", readRoberta},
    {"ByteLevel", readTrim},
    {"Sequence", readSequence},
};
constexpr Kinds postProcessors = {"post-processor", readers, {}};

Error readSequence(json::Value post, Description &description) {
  return postProcessors.readList(post, "processors", description);
}

} // namespace

Error readPostProcessor(json::Value value, Description &description) {
  return postProcessors.read(value, description);
}

Error readTruncation(json::Value value, Description &description) {
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

} // namespace tfc::tokenizer
