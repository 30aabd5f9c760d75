// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// SentencePiece's models: a protocol buffer `ModelProto`, of which this is what decides about text.
// Kudo and Richardson 2018.

#ifndef TFC_COMPILER_TOKENIZER_SENTENCEPIECE_H
#define TFC_COMPILER_TOKENIZER_SENTENCEPIECE_H

#include "Description.h"

namespace tfc::tokenizer {

/// ModelProto.SentencePiece.Type.
enum class PieceType { normal = 1, unknown, control, userDefined, unused, byte };

struct SentencePiece {
  std::string text;
  float score = 0;
  PieceType type = PieceType::normal;
};

/// The fields of ModelProto and its specs, with their defaults.
struct SentencePieceModel {
  std::vector<SentencePiece> pieces;
  uint64_t modelType = 1; ///< 1: Unigram, 2: BPE, 3: words, 4: characters
  bool spaceAsSuffix = false, byteFallback = false;
  std::string map;
  bool addsPrefix = true, removesSpaces = true, escapesSpaces = true;
};

/// Reads a file of a folder. Exit code 1 where it is no such model.
llvm::Expected<SentencePieceModel> readSentencePiece(llvm::StringRef folder, llvm::StringRef name);

/// Fills in the pieces with their ids, which are not those of the model, and how text is
/// normalized. `idOf` says the id of a piece's text. Exit code 3 for models that are neither
/// Unigram nor BPE, and other things that are not supported.
llvm::Error describeSentencePiece(const SentencePieceModel &model, llvm::StringRef path,
                                  llvm::function_ref<int64_t(llvm::StringRef)> idOf,
                                  Description &description);

} // namespace tfc::tokenizer

#endif
