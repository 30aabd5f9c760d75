// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the model BPE of tokenizer.json.

#include "ByteLevel.h"
#include "Kinds.h"

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace tfc::tokenizer {

Error addMerge(StringRef left, StringRef right, Description &description,
               llvm::function_ref<Error(const std::string &)> wrong) {
  if (left.empty() || right.empty())
    return wrong("expected two tokens to merge, found an empty one");
  const Vocabulary &vocabulary = description.vocabulary;
  std::string whole = (left + right).str();
  const StringRef texts[] = {left, right, whole};
  int64_t ids[3];
  for (auto [i, text] : llvm::enumerate(texts)) {
    ids[i] = vocabulary.find(text);
    if (ids[i] < 0)
      return wrong(fmt::format("{} is not in the vocabulary of {} tokens", json::quoted(text),
                               vocabulary.size()));
  }
  const auto rank = static_cast<uint32_t>(description.merges.size());
  description.merges.push_back({ids[0], ids[1], ids[2], rank});
  return Error::success();
}

namespace {

/// A merge is an array of two tokens or, in older files, a string with a space between.
Error readMerge(json::Value merge, Description &description) {
  auto wrong = [&](const std::string &text) { return merge.error(text); };
  if (merge.isArray()) {
    if (merge.size() != 2)
      return merge.expected("two tokens");
    Expected<StringRef> left = merge[0].getString();
    if (!left)
      return left.takeError();
    Expected<StringRef> right = merge[1].getString();
    if (!right)
      return right.takeError();
    return addMerge(*left, *right, description, wrong);
  }
  Expected<StringRef> text = merge.getString();
  if (!text)
    return text.takeError();
  if (text->starts_with("#version"))
    return Error::success();
  if (text->count(' ') != 1)
    return merge.expected("two tokens with a space between");
  auto [left, right] = text->split(' ');
  return addMerge(left, right, description, wrong);
}

/// What changes the tokens of a text, and what tfc does not have.
Error refuseOthers(json::Value model) {
  if (auto dropout = model.findNonNull("dropout")) {
    Expected<double> value = dropout->getNumber();
    if (!value)
      return value.takeError();
    if (*value != 0)
      return dropout->unsupported("merges that are dropped at random are not supported");
  }
  for (const char *key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    StringRef text;
    if (Error error = getOptionalField(model, key, text))
      return error;
    if (!text.empty())
      return model.get(key)->unsupported(
          fmt::format("the {} {} is not supported, only none", key, json::quoted(text)));
  }
  return Error::success();
}

} // namespace

Error readBpe(json::Value model, Description &description) {
  description.model = modelBpe;
  if (Error error = refuseOthers(model))
    return error;
  if (Error error = readVocabulary(model, description))
    return error;
  bool fallback = false, fuse = false;
  for (auto [key, flag] : {std::pair("byte_fallback", &fallback),
                           {"fuse_unk", &fuse},
                           {"ignore_merges", &description.ignoreMerges}})
    if (Error error = getOptionalFlag(model, key, *flag))
      return error;
  description.bpeOptions = (fallback ? bpeByteFallback : 0u) | (fuse ? bpeFuseUnknown : 0u);
  Expected<json::Value> merges = model.get("merges");
  Expected<json::Elements> list = merges ? merges->elements() : merges.takeError();
  if (!list)
    return list.takeError();
  for (json::Value merge : *list)
    if (Error error = readMerge(merge, description))
      return error;
  StringRef unknown;
  if (!model.findNonNull("unk_token"))
    return Error::success();
  if (Error error = getField(model, "unk_token", unknown))
    return error;
  description.unknown = description.vocabulary.find(unknown);
  // With a token for every byte nothing is unknown.
  if (description.unknown < 0 && !hasAllBytes(description.vocabulary))
    return model.get("unk_token")
        ->error(fmt::format("the unknown token {} is not in model.vocab, which has {} tokens",
                            json::quoted(unknown), description.modelIds.size()));
  return Error::success();
}

} // namespace tfc::tokenizer
