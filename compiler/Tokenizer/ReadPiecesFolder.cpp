// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads folders in which a SentencePiece model cuts text into pieces and vocab.json has their ids:
// those of Marian and of M2M-100. What is done to ids that become text is what transformers does.

#include "FolderConfig.h"
#include "Kinds.h"
#include "SentencePiece.h"

#include "compiler/Import/File.h"

#include "llvm/ADT/StringSet.h"

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace tfc::tokenizer {
namespace {

/// Pieces become spaces and letters; those that the model knows lose the mark of a space where a
/// text begins. Special tokens have `behind` behind them, and a new text begins there. What
/// SentencePiece keeps for itself is no text.
DecoderSteps decoderOf(const SentencePieceModel &model, const Description &description,
                       StringRef behind) {
  llvm::StringSet<> special, known, control;
  for (const AddedToken &token : description.added)
    if (token.flags & addedSpecial)
      special.insert(token.text);
  for (const SentencePiece &piece : model.pieces)
    (piece.type == PieceType::control ? control : known).insert(piece.text);
  DecoderSteps decoder;
  decoder.steps.push_back([=](StringRef token, bool isFirst) {
    constexpr StringRef mark = "\u2581";
    if (special.contains(token))
      return (token + behind).str();
    if (control.contains(token))
      return std::string();
    if (isFirst && known.contains(token))
      token.consume_front(mark);
    std::string text;
    for (size_t at; (at = token.find(mark)) != StringRef::npos; token = token.substr(at + 3))
      text += token.take_front(at).str() + " ";
    return text + token.str();
  });
  decoder.byteFallback = decoder.partly = model.byteFallback;
  decoder.trimmed = decoder.restarts = true;
  return decoder;
}

/// What the readers of both begin with: the vocabulary, and the pieces of `file`.
Expected<SentencePieceModel> readPieces(StringRef folder, StringRef file,
                                        const FolderConfig &config, Description &description) {
  if (Error error = readVocabularyJson(folder, description))
    return error;
  Expected<int64_t> unknown =
      config.idOf("unk_token", description, pathInside(folder, "vocab.json"));
  if (!unknown)
    return unknown.takeError();
  description.unknown = *unknown;
  Expected<SentencePieceModel> model = readSentencePiece(folder, file);
  if (!model)
    return model;
  auto idOf = [&](StringRef piece) {
    const int64_t id = description.vocabulary.find(piece);
    return id < 0 ? description.unknown : id;
  };
  if (Error error = describeSentencePiece(*model, pathInside(folder, file), idOf, description))
    return error;
  return model;
}

/// What they end with: added tokens, and those that stand around a text; `language` in front, if
/// there is one.
Error addTokens(FolderConfig &config, StringRef path, StringRef language,
                Description &description) {
  for (AddedToken &token : config.decoded) // is cut out of texts as they are
    token.normalized = false;
  if (Error error = config.addTokens(description, path, {}))
    return error;
  Expected<int64_t> end = config.idOf("eos_token", description, path);
  if (!end)
    return end.takeError();
  const int64_t source = description.vocabulary.find(language);
  if (!language.empty() && source < 0)
    return inputError("{}: the special token {} is not among the {} tokens", path.str(),
                      json::quoted(language), description.vocabulary.size());
  for (bool isPair : {false, true}) {
    std::vector<Part> &parts = description.templates[isPair];
    parts.clear();
    if (!language.empty())
      parts.push_back({partToken, 0, source});
    parts.push_back({partFirst, 0, -1});
    if (isPair)
      parts.push_back({partSecond, 0, -1});
    parts.push_back({partToken, 0, *end});
  }
  return Error::success();
}

/// The languages of M2M-100 (Fan et al. 2020), in the order of their tokens, __af__ and so on.
constexpr StringRef languages[] = {
    "af", "am", "ar", "ast", "az", "ba", "be", "bg", "bn", "br",  "bs", "ca", "ceb", "cs", "cy",
    "da", "de", "el", "en",  "es", "et", "fa", "ff", "fi", "fr",  "fy", "ga", "gd",  "gl", "gu",
    "ha", "he", "hi", "hr",  "ht", "hu", "hy", "id", "ig", "ilo", "is", "it", "ja",  "jv", "ka",
    "kk", "km", "kn", "ko",  "lb", "lg", "ln", "lo", "lt", "lv",  "mg", "mk", "ml",  "mn", "mr",
    "ms", "my", "ne", "nl",  "no", "ns", "oc", "or", "pa", "pl",  "ps", "pt", "ro",  "ru", "sd",
    "si", "sk", "sl", "so",  "sq", "sr", "ss", "su", "sv", "sw",  "ta", "th", "tl",  "tn", "tr",
    "uk", "ur", "uz", "vi",  "wo", "xh", "yi", "yo", "zh", "zu"};

std::string tokenOf(StringRef language) { return ("__" + language + "__").str(); }

} // namespace

Error readMarianFolder(StringRef folder, Description &description) {
  FolderConfig config;
  config.specials = {{"eos_token", "</s>"}, {"unk_token", "<unk>"}, {"pad_token", "<pad>"}};
  config.flags = {{"separate_vocabs", false}, {"clean_up_tokenization_spaces", false}};
  if (Error error = config.read(folder))
    return error;
  if (config.flag("separate_vocabs"))
    return unsupportedError("{}: separate_vocabs is not supported, only one vocab.json",
                            pathInside(folder, "tokenizer_config.json"));
  Expected<SentencePieceModel> model = readPieces(folder, "source.spm", config, description);
  if (!model)
    return model.takeError();
  description.code = {description.addStepTexts({">>"}), description.addStepTexts({"<<"})};
  if (Error error = addTokens(config, pathInside(folder, "vocab.json"), "", description))
    return error;
  description.decoder = std::nullopt;
  if (!config.flag("clean_up_tokenization_spaces"))
    description.decoder = decoderOf(*model, description, " ");
  return Error::success();
}

/// The tokens of the languages have the ids behind the vocabulary.
Error readM2M100Folder(StringRef folder, FolderConfig &config, StringRef language,
                       Description &description) {
  Expected<SentencePieceModel> model =
      readPieces(folder, "sentencepiece.bpe.model", config, description);
  if (!model)
    return model.takeError();
  std::vector<AddedToken> tokens;
  for (StringRef each : languages) {
    AddedToken token;
    token.text = tokenOf(each);
    token.flags = addedSpecial;
    tokens.push_back(token);
  }
  // First of all: others, and fewer of them, may be listed.
  config.decoded.insert(config.decoded.begin(), tokens.begin(), tokens.end());
  if (Error error =
          addTokens(config, pathInside(folder, "vocab.json"), tokenOf(language), description))
    return error;
  description.decoder = std::nullopt;
  if (!config.flag("clean_up_tokenization_spaces"))
    description.decoder = decoderOf(*model, description, "");
  return Error::success();
}

} // namespace tfc::tokenizer
