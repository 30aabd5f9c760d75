// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the member normalizer of tokenizer.json into steps.

#include "CharMap.h"
#include "Kinds.h"

#include "llvm/Support/Base64.h"

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

Error readNmt(json::Value, Description &description) {
  addMap(nmtMap(), 0, description);
  return Error::success();
}

// The compatibility forms are the canonical ones once compatible characters are decomposed.
Error readNfkc(json::Value value, Description &description) {
  addMap(compatibilityMap(), 0, description);
  return readNfc(value, description);
}

Error readNfkd(json::Value value, Description &description) {
  addMap(compatibilityMap(), 0, description);
  return readNfd(value, description);
}

Error readPrecompiled(json::Value value, Description &description) {
  StringRef text;
  if (Error error = getField(value, "precompiled_charsmap", text))
    return error;
  json::Value member = *value.get("precompiled_charsmap");
  std::vector<char> blob;
  if (Error error = llvm::decodeBase64(text, blob))
    return member.error("no base64: " + llvm::toString(std::move(error)));
  auto map = readPrecompiledMap(
      {blob.data(), blob.size()}, [&](const std::string &what) { return member.error(what); },
      [&](const std::string &what) { return member.unsupported(what); });
  if (!map)
    return map.takeError();
  addMap(std::move(*map), mapsClusters, description);
  return Error::success();
}

Error readStrip(json::Value value, Description &description) {
  uint32_t ends = 0;
  for (auto [key, flag] : {std::pair("strip_left", trimsLeft), {"strip_right", trimsRight}})
    if (Error error = getFlag(value, key, flag, ends))
      return error;
  description.normalizers.push_back(normalizerStrip | ends << 8);
  return Error::success();
}

Error readPrepend(json::Value value, Description &description) {
  StringRef text;
  if (Error error = getField(value, "prepend", text))
    return error;
  return addTexts(value, text, normalizerPrefix, description);
}

/// The shortest match of an expression for a character that stands so many times or more; empty
/// where it is another one.
std::string shortestRun(StringRef pattern) {
  unsigned count = 1;
  if (!pattern.consume_back("+")) {
    if (!pattern.consume_back(",}"))
      return {};
    auto [character, number] = pattern.rsplit('{');
    if (number.getAsInteger(10, count) || !count || count > longestStepText)
      return {};
    pattern = character;
  }
  const bool isCharacter =
      llvm::count_if(pattern, [](char c) { return (c & 0xC0) != 0x80; }) == 1 &&
      pattern.find_first_of("\\^$.|?*+()[]{}") == StringRef::npos;
  std::string run;
  for (unsigned i = 0; isCharacter && i < count; ++i)
    run += pattern;
  return run;
}

Error readReplace(json::Value value, Description &description) {
  StringRef pattern, content;
  bool isRegex;
  if (Error error = getPattern(value, pattern, isRegex))
    return error;
  if (Error error = getField(value, "content", content))
    return error;
  if (!isRegex)
    return addTexts(value, {pattern, content}, normalizerReplace, description);
  if (std::string repeated = shortestRun(pattern); !repeated.empty())
    return addTexts(value, {repeated, content}, normalizerRuns, description);
  return value.get("pattern")->unsupported(
      fmt::format("the regular expression {} is not supported, only a text, or a character that "
                  "is repeated",
                  json::quoted(pattern)));
}

Error readSequence(json::Value value, Description &description);

constexpr KindReader readers[] = {
    {"BertNormalizer", readBertNormalizer},
    {"Lowercase", readLowercase},
    {"NFC", readNfc},
    {"NFD", readNfd},
    {"NFKC", readNfkc},
    {"NFKD", readNfkd},
    {"Nmt", readNmt},
    {"Precompiled", readPrecompiled},
    {"Prepend", readPrepend},
    {"Replace", readReplace},
    {"Sequence", readSequence},
    {"Strip", readStrip},
};
constexpr StringRef others[] = {"StripAccents", "ByteLevel"};
constexpr Kinds normalizers = {"normalizer", readers, others};

Error readSequence(json::Value value, Description &description) {
  return normalizers.readList(value, "normalizers", description);
}

} // namespace

Error readNormalizer(json::Value value, Description &description) {
  return normalizers.read(value, description);
}

} // namespace tfc::tokenizer
