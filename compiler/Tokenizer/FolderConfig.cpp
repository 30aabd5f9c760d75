// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FolderConfig.h"
#include "Fields.h"

#include "compiler/Import/File.h"

#include "llvm/ADT/STLExtras.h"

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace tfc::tokenizer {
namespace {

/// A token is a string, or an object with its text and how it is looked for.
Error readToken(json::Value value, AddedToken &token) {
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

Error readFlags(json::Value root, std::vector<FolderFlag> &flags) {
  for (FolderFlag &flag : flags) {
    auto value = root.findNonNull(flag.key);
    if (!value)
      continue;
    Expected<bool> on = value->getBool();
    if (!on)
      return on.takeError();
    flag.isOn = *on;
    flag.isGiven = true;
  }
  return Error::success();
}

/// Tokens without a role or, of `extra_special_tokens`, with one of which nothing else is known.
Error readMore(json::Value root, StringRef key, FolderConfig &config) {
  auto list = root.findNonNull(key);
  if (!list)
    return Error::success();
  if (list->isObject() && key == "extra_special_tokens") {
    for (auto [role, value] : *list->members())
      if (Error error = readToken(value, config.more.emplace_back()))
        return error;
    return Error::success();
  }
  Expected<json::Elements> tokens = list->elements();
  if (!tokens)
    return tokens.takeError();
  for (json::Value value : *tokens)
    if (Error error = readToken(value, config.more.emplace_back()))
      return error;
  return Error::success();
}

Error readTokens(json::Value root, FolderConfig &config) {
  for (SpecialToken &special : config.specials)
    if (auto value = root.findNonNull(special.key))
      if (Error error = readToken(*value, special.token))
        return error;
  if (Error error = readMore(root, "additional_special_tokens", config))
    return error;
  if (Error error = readMore(root, "extra_special_tokens", config))
    return error;
  if (auto list = root.findNonNull("added_tokens_decoder")) {
    Expected<json::Members> tokens = list->members();
    if (!tokens)
      return tokens.takeError();
    for (auto [id, value] : *tokens) {
      AddedToken &token = config.decoded.emplace_back();
      if (Error error = readToken(value, token))
        return error;
      bool isSpecial = true;
      if (Error error = getOptionalFlag(value, "special", isSpecial))
        return error;
      // What has a role is special whatever is said of it.
      if (!isSpecial && llvm::none_of(config.specials, [&](const SpecialToken &special) {
            return special.token.text == token.text;
          }))
        token.flags &= ~uint32_t(addedSpecial);
    }
  }
  return Error::success();
}

} // namespace

Expected<json::Document> readJson(StringRef folder, StringRef name, uint64_t mostBytes) {
  Expected<std::string> text = readInside(folder, name, mostBytes);
  return text ? json::Document::parse(*text, pathInside(folder, name)) : text.takeError();
}

Error FolderConfig::read(StringRef folder) {
  for (const char *name : {"special_tokens_map.json", "tokenizer_config.json"}) {
    if (!existsInside(folder, name))
      continue;
    Expected<json::Document> document = readJson(folder, name);
    if (!document)
      return document.takeError();
    json::Value root = document->root();
    if (!root.isObject())
      return root.expected("an object");
    if (Error error = readFlags(root, flags))
      return error;
    if (Error error = readTokens(root, *this))
      return error;
  }
  return Error::success();
}

const AddedToken &FolderConfig::special(StringRef key) const {
  return llvm::find_if(specials, [&](const SpecialToken &special) { return special.key == key; })
      ->token;
}

bool FolderConfig::flag(StringRef key) const {
  return llvm::find_if(flags, [&](const FolderFlag &flag) { return flag.key == key; })->isOn;
}

Error FolderConfig::addTokens(Description &description, StringRef path,
                              llvm::ArrayRef<StringRef> optionalRoles) const {
  std::vector<AddedToken> tokens = decoded;
  for (const SpecialToken &special : specials)
    tokens.push_back(special.token);
  tokens.insert(tokens.end(), more.begin(), more.end());
  llvm::StringMap<bool> seen;
  for (const AddedToken &token : tokens) {
    bool isOptional = llvm::any_of(
        optionalRoles, [&](StringRef role) { return special(role).text == token.text; });
    if (token.text.empty() || !seen.try_emplace(token.text, true).second ||
        (isOptional && description.vocabulary.find(token.text) < 0))
      continue;
    if (std::string wrong = description.addToken(token); !wrong.empty())
      return inputError("{}: the special token {}: {}", path.str(), json::quoted(token.text),
                        wrong);
  }
  return Error::success();
}

Expected<int64_t> FolderConfig::idOf(StringRef key, const Description &description,
                                     StringRef path) const {
  const std::string &text = special(key).text;
  if (int64_t id = description.vocabulary.find(text); id >= 0)
    return id;
  return inputError("{}: the special token {} is not among the {} tokens", path.str(),
                    json::quoted(text), description.vocabulary.size());
}

} // namespace tfc::tokenizer
