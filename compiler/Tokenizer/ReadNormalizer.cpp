// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the member normalizer of tokenizer.json into steps.

#include "Kinds.h"

using llvm::Error;
using llvm::StringRef;

namespace tfc::tokenizer {
namespace {

constexpr size_t longestStepText = 255;

/// Texts of a step, which must not be too long, and the first not empty.
Error addTexts(json::Value value, llvm::ArrayRef<StringRef> texts, uint32_t code,
               Description &description) {
  for (StringRef text : texts)
    if (text.size() > longestStepText)
      return value.unsupported(fmt::format("a text of {} bytes is not supported, only up to {}",
                                           text.size(), longestStepText));
  if (texts.front().empty())
    return value.unsupported("an empty text is not supported");
  uint32_t options = description.addStepTexts(texts);
  if (code == normalizerPrefix)
    options <<= 2;
  description.normalizers.push_back(code | options << 8);
  return Error::success();
}

Error readBertNormalizer(json::Value value, Description &description) {
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

Error readLowercase(json::Value, Description &description) {
  description.normalizers.push_back(normalizerBert | bertLower << 8);
  return Error::success();
}

Error readNfc(json::Value, Description &description) {
  description.normalizers.push_back(normalizerCanonical | 1 << 8);
  return Error::success();
}

Error readNfd(json::Value, Description &description) {
  description.normalizers.push_back(normalizerCanonical);
  return Error::success();
}

Error readPrepend(json::Value value, Description &description) {
  StringRef text;
  if (Error error = getField(value, "prepend", text))
    return error;
  return addTexts(value, text, normalizerPrefix, description);
}

Error readReplace(json::Value value, Description &description) {
  StringRef pattern, content;
  bool isRegex;
  if (Error error = getPattern(value, pattern, isRegex))
    return error;
  if (Error error = getField(value, "content", content))
    return error;
  if (isRegex)
    return value.get("pattern")->unsupported(fmt::format(
        "the regular expression {} is not supported, only a text", json::quoted(pattern)));
  return addTexts(value, {pattern, content}, normalizerReplace, description);
}

Error readSequence(json::Value value, Description &description);

constexpr KindReader readers[] = {
    {"BertNormalizer", readBertNormalizer},
    {"Lowercase", readLowercase},
    {"NFC", readNfc},
    {"NFD", readNfd},
    {"Prepend", readPrepend},
    {"Replace", readReplace},
    {"Sequence", readSequence},
};
constexpr StringRef others[] = {"Strip", "StripAccents", "NFKC",     "NFKD",
                                "Nmt",   "Precompiled",  "ByteLevel"};
constexpr Kinds normalizers = {"normalizer", readers, others};

Error readSequence(json::Value value, Description &description) {
  return normalizers.readList(value, "normalizers", description);
}

} // namespace

Error readNormalizer(json::Value value, Description &description) {
  return normalizers.read(value, description);
}

} // namespace tfc::tokenizer
