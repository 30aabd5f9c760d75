// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the member model of tokenizer.json, with those models that are little more than a
// vocabulary.

#include "Kinds.h"

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace tfc::tokenizer {

Error readTokenIds(json::Value vocabulary, Description &description) {
  Expected<json::Members> members = vocabulary.members();
  if (!members)
    return members.takeError();
  for (auto [text, value] : *members) {
    Expected<int64_t> id = value.getInteger();
    if (!id)
      return id.takeError();
    if (std::string wrong = description.vocabulary.add(text, *id); !wrong.empty())
      return value.error(wrong);
    description.modelIds.push_back(*id);
  }
  return Error::success();
}

Error readVocabulary(json::Value model, Description &description) {
  Expected<json::Value> vocabulary = model.get("vocab");
  return vocabulary ? readTokenIds(*vocabulary, description) : vocabulary.takeError();
}

namespace {

/// The member unk_token, which must be in the vocabulary.
Error readUnknown(json::Value model, Description &description) {
  StringRef unknown;
  if (Error error = getField(model, "unk_token", unknown))
    return error;
  description.unknown = description.vocabulary.find(unknown);
  if (description.unknown >= 0)
    return Error::success();
  return model.get("unk_token")
      ->error(fmt::format("the unknown token {} is not in model.vocab, which has {} tokens",
                          json::quoted(unknown), description.modelIds.size()));
}

Error readWordPiece(json::Value model, Description &description) {
  StringRef prefix;
  int64_t longest;
  if (Error error = getField(model, "continuing_subword_prefix", prefix))
    return error;
  if (Error error = getField(model, "max_input_chars_per_word", longest, 0, INT64_MAX))
    return error;
  description.model = modelWordPiece;
  description.prefix = prefix.str();
  description.longestWord = static_cast<uint32_t>(std::min<int64_t>(longest, UINT32_MAX));
  if (Error error = readVocabulary(model, description))
    return error;
  return readUnknown(model, description);
}

Error readWordLevel(json::Value model, Description &description) {
  description.model = modelWordLevel;
  if (Error error = readVocabulary(model, description))
    return error;
  return readUnknown(model, description);
}

constexpr KindReader readers[] = {{"WordPiece", readWordPiece},
                                  {"BPE", readBpe},
                                  {"WordLevel", readWordLevel},
                                  {"Unigram", readUnigram}};
constexpr Kinds models = {"model", readers, {}};

} // namespace

Error readModel(json::Value model, Description &description) {
  if (model.find("type"))
    return models.read(model, description);
  // Older files have no type, but only one model has such members.
  for (auto [member, type] :
       {std::pair("merges", "BPE"), {"continuing_subword_prefix", "WordPiece"}})
    if (model.find(member))
      return models.read(model, type, description);
  return models.read(model, description);
}

} // namespace tfc::tokenizer
