// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the member decoder of tokenizer.json: steps that tokens go through one by one, up to a step
// that joins them.

#include "ByteLevel.h"
#include "Kinds.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"

using llvm::Error;
using llvm::StringRef;

namespace tfc::tokenizer {
namespace {

std::string replaceAll(StringRef text, StringRef what, StringRef by) {
  std::string result;
  for (size_t at; (at = text.find(what)) != StringRef::npos;) {
    result += (text.take_front(at) + by).str();
    text = text.drop_front(at + what.size());
  }
  return result + text.str();
}

/// Adds a step for single tokens, which must not have been joined.
Error addStep(json::Value value, Description &description, DecoderSteps::Step step) {
  DecoderSteps &decoder = *description.decoder;
  if (decoder.joined || decoder.byteFallback)
    return value.unsupported("this decoder is not supported behind one that joins tokens");
  decoder.steps.push_back(std::move(step));
  return Error::success();
}

Error readReplace(json::Value value, Description &description) {
  StringRef pattern, content;
  bool isRegex;
  if (Error error = getPattern(value, pattern, isRegex))
    return error;
  if (Error error = getField(value, "content", content))
    return error;
  if (isRegex || pattern.empty())
    return value.get("pattern")->unsupported("only a text is supported");
  return addStep(value, description,
                 [what = pattern.str(), by = content.str()](StringRef token, bool) {
                   return replaceAll(token, what, by);
                 });
}

Error readMetaspace(json::Value value, Description &description) {
  StringRef replacement, scheme = "always";
  bool prefix = true;
  if (Error error = getCharacter(value, "replacement", replacement))
    return error;
  if (Error error = getOptionalField(value, "prepend_scheme", scheme))
    return error;
  if (Error error = getOptionalFlag(value, "add_prefix_space", prefix))
    return error;
  bool drops = prefix && scheme != "never";
  return addStep(value, description,
                 [what = replacement.str(), drops](StringRef token, bool isFirst) {
                   return replaceAll(token, what, isFirst && drops ? "" : " ");
                 });
}

/// What English writes without a space before it.
std::string cleanUp(std::string text) {
  constexpr std::pair<const char *, const char *> pairs[] = {
      {" .", "."},   {" ?", "?"},     {" !", "!"},     {" ,", ","},
      {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},   {" do not", " don't"},
      {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
  };
  for (auto [what, by] : pairs)
    text = replaceAll(text, what, by);
  return text;
}

Error readWordPiece(json::Value value, Description &description) {
  StringRef prefix;
  uint32_t cleans = 0;
  if (Error error = getField(value, "prefix", prefix))
    return error;
  if (Error error = getFlag(value, "cleanup", 1, cleans))
    return error;
  return addStep(value, description, DecoderSteps::wordPiece(prefix.str(), cleans));
}

/// Up to `start` of a character at the front of a text, and `stop` at its end, are left out.
Error readStrip(json::Value value, Description &description) {
  StringRef character;
  int64_t start, stop;
  if (Error error = getCharacter(value, "content", character))
    return error;
  if (Error error = getField(value, "start", start, 0, INT32_MAX))
    return error;
  if (Error error = getField(value, "stop", stop, 0, INT32_MAX))
    return error;
  DecoderSteps &decoder = *description.decoder;
  if (!decoder.joined || stop || decoder.strips)
    return value.unsupported("Strip is supported once, behind Fuse, and for the start of a text");
  decoder.strips = static_cast<uint32_t>(start);
  const auto *at = reinterpret_cast<const llvm::UTF8 *>(character.data());
  llvm::convertUTF8Sequence(&at, at + character.size(), &decoder.stripped, llvm::strictConversion);
  return Error::success();
}

Error readByteFallback(json::Value value, Description &description) {
  DecoderSteps &decoder = *description.decoder;
  if (decoder.joined || decoder.byteFallback)
    return value.unsupported("ByteFallback is supported once, before tokens are joined");
  decoder.byteFallback = true;
  return Error::success();
}

Error readByteLevel(json::Value value, Description &description) {
  DecoderSteps &decoder = *description.decoder;
  if (decoder.joined || decoder.byteFallback)
    return value.unsupported("ByteLevel is not supported behind ByteFallback or Fuse");
  decoder.byteLevel = decoder.joined = true;
  return Error::success();
}

Error readFuse(json::Value, Description &description) {
  description.decoder->joined = true;
  return Error::success();
}

Error readSequence(json::Value value, Description &description);

constexpr KindReader readers[] = {
    {"ByteFallback", readByteFallback},
    {"ByteLevel", readByteLevel},
    {"Fuse", readFuse},
    {"Metaspace", readMetaspace},
    {"Replace", readReplace},
    {"Sequence", readSequence},
    {"Strip", readStrip},
    {"WordPiece", readWordPiece},
};
constexpr StringRef others[] = {"BPEDecoder", "CTC"};
constexpr Kinds decoders = {"decoder", readers, others};

Error readSequence(json::Value value, Description &description) {
  return decoders.readList(value, "decoders", description);
}

} // namespace

DecoderSteps::Step DecoderSteps::wordPiece(std::string prefix, bool cleans) {
  return [prefix = std::move(prefix), cleans](StringRef token, bool isFirst) {
    std::string text = isFirst                       ? token.str()
                       : token.consume_front(prefix) ? token.str()
                                                     : " " + token.str();
    return cleans ? cleanUp(text) : text;
  };
}

// Most models never write text, so a decoder that tfc does not have only means that there is none.
Error readDecoder(json::Value value, Description &description) {
  description.decoder = DecoderSteps();
  Error error = decoders.read(value, description);
  return llvm::handleErrors(std::move(error), [&](std::unique_ptr<ExitError> failed) -> Error {
    if (failed->code() != ExitCode::unsupported)
      return Error(std::move(failed));
    description.decoder = std::nullopt;
    return Error::success();
  });
}

} // namespace tfc::tokenizer
