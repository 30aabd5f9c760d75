// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the member pre_tokenizer of tokenizer.json into steps.

#include "Kinds.h"

using llvm::Error;
using llvm::StringRef;

namespace tfc::tokenizer {
namespace {

constexpr StringRef gpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
#define TFC_GPT4_PATTERN(digits)                                                                   \
  R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)" digits                               \
  R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"

/// The regular expressions that runtime/Tokenizer/Splitter.cpp has a splitter for.
struct Splitter {
  StringRef pattern;
  uint32_t options; ///< SplitterOptions
};
constexpr Splitter splitters[] = {
    {gpt2Pattern, 0},
    {TFC_GPT4_PATTERN(R"(\p{N}{1,3})"), splitGpt4 | 3 << splitDigitsShift},
    {TFC_GPT4_PATTERN(R"(\p{N})"), splitGpt4 | 1 << splitDigitsShift},
    {TFC_GPT4_PATTERN(R"(\p{N}+)"), splitGpt4},
};
#undef TFC_GPT4_PATTERN

constexpr llvm::StringLiteral behaviors[] = {"Isolated", "Removed", "MergedWithPrevious",
                                             "MergedWithNext", "Contiguous"}; // by CutBehavior

constexpr uint32_t mostCutOption = (1 << 20) - 1;

/// The step `code` with CutBehavior | cutInverted and others.
void addCut(uint32_t code, uint32_t options, size_t others, Description &description) {
  description.preTokenizers.push_back(code | options << 8 | static_cast<uint32_t>(others) << 12);
}

/// The place of a text that a step names; it is not empty.
llvm::Expected<uint32_t> placeOf(json::Value value, StringRef text, Description &description) {
  if (text.size() > 255)
    return value.unsupported(
        fmt::format("a text of {} bytes is not supported, only up to 255", text.size()));
  uint32_t place = description.addStepTexts(text);
  if (place > mostCutOption)
    return value.unsupported("so many steps with texts are not supported");
  return place;
}

/// What puts a text before words, a step of NORM that each goes through.
void addPrefix(uint32_t place, uint32_t options, Description &description) {
  description.preTokenizers.push_back(normalizerPrefix | rewritesWord |
                                      (options | place << 2) << 8);
}

Error readBert(json::Value, Description &description) {
  description.preTokenizers.push_back(preTokenizerBert);
  return Error::success();
}

Error readByteLevel(json::Value value, Description &description) {
  uint32_t prefix = 0;
  bool useRegex = true;
  if (description.model != modelBpe)
    return value.unsupported("ByteLevel is supported for the model BPE only");
  if (Error error = getFlag(value, "add_prefix_space", 1, prefix))
    return error;
  if (Error error = getOptionalFlag(value, "use_regex", useRegex))
    return error;
  addByteLevel(prefix, useRegex, description);
  return Error::success();
}

/// Spaces become a visible character, which also stands before the text, or before each piece.
Error readMetaspace(json::Value value, Description &description) {
  StringRef replacement, scheme = "always";
  bool prefix = true, split = true;
  if (Error error = getCharacter(value, "replacement", replacement))
    return error;
  if (Error error = getOptionalField(value, "prepend_scheme", scheme))
    return error;
  if (Error error = getOptionalFlag(value, "add_prefix_space", prefix))
    return error;
  if (Error error = getOptionalFlag(value, "split", split))
    return error;
  if (scheme != "always" && scheme != "first" && scheme != "never")
    return value.get("prepend_scheme")->expected("\"always\", \"first\" or \"never\"");
  // Older files say it with a flag; the reference wants both to agree.
  if (!prefix && scheme != "never" && value.findNonNull("prepend_scheme"))
    return value.get("add_prefix_space")
        ->error(fmt::format("expected true beside the prepend_scheme {}, found false",
                            json::quoted(scheme)));
  auto place = placeOf(value, replacement, description);
  if (!place)
    return place.takeError();
  uint32_t texts = description.addStepTexts({" ", replacement});
  description.preTokenizers.push_back(normalizerReplace | rewritesWord | texts << 8);
  if (prefix && scheme != "never")
    addPrefix(*place, prefixUnlessThere | (scheme == "first" ? prefixOnlyFirst : 0u), description);
  if (split)
    addCut(cutText, cutMergedWithNext, *place, description);
  return Error::success();
}

Error readWhitespace(json::Value, Description &description) {
  addCut(cutWords, cutRemoved | cutInverted, 0, description);
  return Error::success();
}

Error readWhitespaceSplit(json::Value, Description &description) {
  addCut(cutWhite, cutRemoved, 0, description);
  return Error::success();
}

Error readPunctuation(json::Value value, Description &description) {
  size_t behavior = cutIsolated;
  if (value.findNonNull("behavior"))
    if (Error error = getChoice(value, "behavior", behaviors, behavior))
      return error;
  addCut(cutPunctuation, static_cast<uint32_t>(behavior), 0, description);
  return Error::success();
}

Error readDigits(json::Value value, Description &description) {
  uint32_t alone = 0;
  if (Error error = getFlag(value, "individual_digits", 1, alone))
    return error;
  addCut(cutNumeric, cutIsolated, alone, description);
  return Error::success();
}

Error readCharDelimiterSplit(json::Value value, Description &description) {
  StringRef delimiter;
  if (Error error = getCharacter(value, "delimiter", delimiter))
    return error;
  auto place = placeOf(value, delimiter, description);
  if (!place)
    return place.takeError();
  addCut(cutText, cutRemoved, *place, description);
  return Error::success();
}

Error readFixedLength(json::Value value, Description &description) {
  int64_t length;
  if (Error error = getField(value, "length", length, 1, INT64_MAX))
    return error;
  if (length > mostCutOption)
    return value.get("length")->unsupported(
        fmt::format("a length of {} is not supported, only up to {}", length, mostCutOption));
  addCut(cutLength, cutIsolated, static_cast<size_t>(length), description);
  return Error::success();
}

/// A regular expression that is known by its text, and matches all of any text.
Error readSplitter(json::Value value, StringRef pattern, uint32_t options,
                   Description &description) {
  for (const Splitter &splitter : splitters) {
    if (splitter.pattern != pattern)
      continue;
    if (options != cutIsolated && options != (cutRemoved | cutInverted))
      return value.get("behavior")
          ->unsupported("with this regular expression only \"Isolated\" is supported");
    addCut(cutSplitter, cutIsolated, splitter.options, description);
    return Error::success();
  }
  return value.get("pattern")->unsupported(
      fmt::format("the regular expression {} is not supported; supported: a text, and those of "
                  "GPT-2, GPT-4, Llama 3 and Qwen 2",
                  json::quoted(pattern)));
}

Error readSplit(json::Value value, Description &description) {
  StringRef pattern;
  bool isRegex, invert = false;
  size_t behavior;
  if (Error error = getPattern(value, pattern, isRegex))
    return error;
  if (Error error = getChoice(value, "behavior", behaviors, behavior))
    return error;
  if (Error error = getOptionalFlag(value, "invert", invert))
    return error;
  uint32_t options = static_cast<uint32_t>(behavior) | (invert ? cutInverted : 0u);
  if (isRegex)
    return readSplitter(value, pattern, options, description);
  if (pattern.empty()) {
    // An empty text stands between any two characters.
    if (options != cutIsolated && options != cutRemoved)
      return value.get("behavior")
          ->unsupported("with an empty pattern only \"Isolated\" and \"Removed\" are supported");
    addCut(cutLength, cutIsolated, 1, description);
    return Error::success();
  }
  auto place = placeOf(value, pattern, description);
  if (!place)
    return place.takeError();
  addCut(cutText, options, *place, description);
  return Error::success();
}

Error readSequence(json::Value value, Description &description);

constexpr KindReader readers[] = {
    {"BertPreTokenizer", readBert},
    {"ByteLevel", readByteLevel},
    {"CharDelimiterSplit", readCharDelimiterSplit},
    {"Digits", readDigits},
    {"FixedLength", readFixedLength},
    {"Metaspace", readMetaspace},
    {"Punctuation", readPunctuation},
    {"Sequence", readSequence},
    {"Split", readSplit},
    {"Whitespace", readWhitespace},
    {"WhitespaceSplit", readWhitespaceSplit},
};
constexpr StringRef others[] = {"UnicodeScripts"};
constexpr Kinds preTokenizers = {"pre-tokenizer", readers, others};

Error readSequence(json::Value value, Description &description) {
  llvm::Expected<json::Value> list = value.get("pretokenizers");
  llvm::Expected<json::Elements> steps = list ? list->elements() : list.takeError();
  if (!steps)
    return steps.takeError();
  for (json::Value step : *steps) {
    if (description.bpeOptions & bpeByteLevel)
      return step.unsupported("nothing is supported behind ByteLevel, which leaves bytes");
    if (Error error = preTokenizers.read(step, description))
      return error;
  }
  return Error::success();
}

} // namespace

void addByteLevel(bool prefix, bool split, Description &description) {
  if (prefix)
    addPrefix(description.addStepTexts({" "}), prefixUnlessThere, description);
  if (split)
    addCut(cutSplitter, cutIsolated, 0, description);
  description.bpeOptions |= bpeByteLevel;
}

Error readPreTokenizer(json::Value value, Description &description) {
  return preTokenizers.read(value, description);
}

} // namespace tfc::tokenizer
