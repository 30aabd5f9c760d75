// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the model Unigram of tokenizer.json: pieces with their scores, whose ids are their places.

#include "Kinds.h"

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace tfc::tokenizer {

static Error readPiece(json::Value value, Description &description) {
  if (!value.isArray() || value.size() != 2)
    return value.expected("a piece and its score");
  Expected<StringRef> text = value[0].getString();
  if (!text)
    return text.takeError();
  Expected<double> score = value[1].getNumber();
  if (!score)
    return score.takeError();
  const auto id = static_cast<int64_t>(description.pieces.size());
  if (std::string wrong = description.vocabulary.add(*text, id); !wrong.empty())
    return value[0].error(wrong);
  description.modelIds.push_back(id);
  description.pieces.push_back({text->str(), *score, id});
  return Error::success();
}

Error readUnigram(json::Value model, Description &description) {
  description.model = modelUnigram;
  description.unigramOptions = unigramSpells;
  bool fallback = false;
  if (Error error = getOptionalFlag(model, "byte_fallback", fallback))
    return error;
  if (fallback)
    description.unigramOptions |= unigramByteFallback;
  Expected<json::Value> vocabulary = model.get("vocab");
  Expected<json::Elements> pieces = vocabulary ? vocabulary->elements() : vocabulary.takeError();
  if (!pieces)
    return pieces.takeError();
  double least = std::numeric_limits<double>::infinity();
  for (json::Value piece : *pieces) {
    if (Error error = readPiece(piece, description))
      return error;
    least = std::min(least, description.pieces.back().score);
  }
  if (description.pieces.empty())
    return vocabulary->expected("at least one piece");
  description.unknownScore = least - unknownPenalty;
  if (!model.findNonNull("unk_id"))
    return model.unsupported("a Unigram without unk_id is not supported");
  return getField(model, "unk_id", description.unknown, 0,
                  static_cast<int64_t>(description.pieces.size()) - 1);
}

} // namespace tfc::tokenizer
