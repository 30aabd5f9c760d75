// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the tokenizer of Marian's folders: source.spm cuts text into pieces, vocab.json has their
// ids and those of the target. What is done to ids that become text is what transformers does.

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
/// text begins. Special tokens have a space behind them, and a new text begins there. What
/// SentencePiece keeps for itself is no text.
DecoderSteps decoderOf(const SentencePieceModel &model, const Description &description) {
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
      return (token + " ").str();
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
  if (Error error = readVocabularyJson(folder, description))
    return error;
  const std::string path = pathInside(folder, "vocab.json");
  Expected<int64_t> unknown = config.idOf("unk_token", description, path);
  if (!unknown)
    return unknown.takeError();
  description.unknown = *unknown;
  Expected<SentencePieceModel> model = readSentencePiece(folder, "source.spm");
  if (!model)
    return model.takeError();
  auto idOf = [&](StringRef piece) {
    const int64_t id = description.vocabulary.find(piece);
    return id < 0 ? description.unknown : id;
  };
  if (Error error =
          describeSentencePiece(*model, pathInside(folder, "source.spm"), idOf, description))
    return error;
  description.code = {description.addStepTexts({">>"}), description.addStepTexts({"<<"})};
  for (AddedToken &token : config.decoded) // is cut out of texts as they are
    token.normalized = false;
  if (Error error = config.addTokens(description, path, {}))
    return error;
  Expected<int64_t> end = config.idOf("eos_token", description, path);
  if (!end)
    return end.takeError();
  description.templates[0] = {{partFirst, 0, -1}, {partToken, 0, *end}};
  description.templates[1] = {{partFirst, 0, -1}, {partSecond, 0, -1}, {partToken, 0, *end}};
  description.decoder = std::nullopt;
  if (!config.flag("clean_up_tokenization_spaces"))
    description.decoder = decoderOf(*model, description);
  return Error::success();
}

} // namespace tfc::tokenizer
