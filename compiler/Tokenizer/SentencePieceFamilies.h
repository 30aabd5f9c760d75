// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tokenizers that transformers makes of a SentencePiece model and what it knows itself.

#ifndef TFC_COMPILER_TOKENIZER_SENTENCEPIECEFAMILIES_H
#define TFC_COMPILER_TOKENIZER_SENTENCEPIECEFAMILIES_H

#include "FolderConfig.h"

namespace tfc::tokenizer {

/// What transformers knows of a model type beyond its files.
struct SentencePieceFamily {
  std::vector<llvm::StringRef> modelTypes; // of several families, the class says which
  llvm::StringRef file, tokenizerClass;
  std::vector<SpecialToken> specials; // in the order in which they are added
  /// The roles of tokens that stand in place of the model's own first three pieces, if any do.
  std::vector<llvm::StringRef> front;
  std::vector<llvm::StringRef> languages; // behind the pieces
  llvm::StringRef language = "en_XX";     // of the source, where no file says so
  llvm::StringRef languageCodes;          // the only ones that are supported, if there are several
  bool hasMask = false;                   // behind all others
  bool hasExtraIds = false;               // <extra_id_99> to <extra_id_0> behind the pieces
  bool isMapped = false;                  // characters, as the model says
  bool keepsSpaces = false;               // of white space only runs of spaces are one
  bool hasVocabulary = false;             // vocab.json has the ids, see ReadPiecesFolder.cpp
  bool isAlwaysMarked = true; // words begin with a mark, even where add_prefix_space says no
  /// BPE for whole texts. Pieces are merged in their order, not by their scores.
  bool isBpe = false;
  int64_t unknown = 3;
  /// $A, $B, and roles.
  std::vector<llvm::StringRef> single, pair;
};

/// config.json says whose tokenizer it is; of several families with its type, the first one where
/// the class is none of theirs.
llvm::Expected<SentencePieceFamily> findSentencePieceFamily(llvm::StringRef folder);

} // namespace tfc::tokenizer

#endif
