// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The parts of tokenizer.json that come in kinds: each kind has a reader, found by its type.

#ifndef TFC_COMPILER_TOKENIZER_KINDS_H
#define TFC_COMPILER_TOKENIZER_KINDS_H

#include "Fields.h"

namespace tfc::tokenizer {

struct KindReader {
  llvm::StringLiteral type;
  llvm::Error (*read)(json::Value value, Description &description);
};

/// The kinds of one part: those that tfc reads, and the others that the format has.
struct Kinds {
  const char *part;
  llvm::ArrayRef<KindReader> readers;
  llvm::ArrayRef<llvm::StringRef> others;

  /// Reads a value by its member type; exit code 3 for a kind that the format has and tfc has not,
  /// 1 for one that nobody knows.
  llvm::Error read(json::Value value, Description &description) const;
  llvm::Error read(json::Value value, llvm::StringRef type, Description &description) const;

  /// Reads every element of the list `key`.
  llvm::Error readList(json::Value value, llvm::StringRef key, Description &description) const;
};

// The parts, in the order in which they are read.
llvm::Error readModel(json::Value value, Description &description);
llvm::Error readNormalizer(json::Value value, Description &description);
llvm::Error readPreTokenizer(json::Value value, Description &description);
llvm::Error readAddedTokens(json::Value value, Description &description);
llvm::Error readPostProcessor(json::Value value, Description &description);
llvm::Error readDecoder(json::Value value, Description &description);
/// The templates must have been read.
llvm::Error readTruncation(json::Value value, Description &description);

/// Models that have files of their own.
llvm::Error readBpe(json::Value model, Description &description);
llvm::Error readUnigram(json::Value model, Description &description);
/// ByteLevel, with a space before each text and the splitter of GPT-2 where asked.
void addByteLevel(bool prefix, bool split, Description &description);
/// Tokens and their ids, an object.
llvm::Error readTokenIds(json::Value vocabulary, Description &description);
/// The same from vocab.json of an older folder.
llvm::Error readVocabularyJson(llvm::StringRef folder, Description &description);
/// The member vocab of any model but Unigram.
llvm::Error readVocabulary(json::Value model, Description &description);

/// What merges are made of. `where` says the place in messages.
llvm::Error addMerge(llvm::StringRef left, llvm::StringRef right, Description &description,
                     llvm::function_ref<llvm::Error(const std::string &)> wrong);

} // namespace tfc::tokenizer

#endif
