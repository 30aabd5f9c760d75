// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The models, which turn a word into ids.

#ifndef TFC_RUNTIME_TOKENIZER_MODELS_H
#define TFC_RUNTIME_TOKENIZER_MODELS_H

#include "runtime/Tokenizer/List.h"
#include "runtime/Tokenizer/Tables.h"

namespace tfc::tokenizer {

/// What a model knows, as Format.h says.
struct ModelTables {
  Table<uint32_t> parameters;
  Table<uint64_t> trie;
  Table<MergeSlot> merges;
  Table<int32_t> byteIds;
  Table<double> scores;
  Table<int32_t> pieceIds;
  Table<uint64_t> unknownTexts;
};

/// The ids of one word, and the bytes that each stands for.
struct WordTokens {
  List<int32_t> &ids;
  List<Span> *spans; // may be null

  bool push(int32_t id, Span span) const { return ids.push(id) && (!spans || spans->push(span)); }
};

/// A piece of a word while its pieces are merged.
struct Symbol {
  int32_t id;              // -1: merged into the one before
  uint32_t previous, next; // in the list of symbols
  uint32_t length;         // in bytes
};

/// The best way to cut a word up to some place.
struct BestCut {
  double score;
  size_t begin;   // of its last piece
  uint32_t piece; // noToken: an unknown character
};

/// Memory that models work in.
struct ModelScratch {
  List<Symbol> symbols;
  List<uint64_t> queue; // of merges that are possible: rank << 32 | place of the left symbol
  List<BestCut> cuts;   // for each place of a word
  List<Span> pieces;    // of the best way, the last first
};

struct ModelKind {
  uint32_t code;
  /// What is wrong with the tables, or null.
  const char *(*check)(const ModelTables &model, size_t ids);
  /// Appends the ids of a word. False when out of memory.
  bool (*encode)(const ModelTables &model, const char *text, Span word, const WordTokens &out,
                 ModelScratch &scratch);
};

/// Null where this runtime does not know the model.
const ModelKind *findModel(uint32_t code);

/// The id of a whole text in a trie, or -1.
inline int32_t findText(const Table<uint64_t> &trie, const char *text, Span span) {
  if (!trie.count)
    return -1;
  uint64_t unit = trie[0];
  for (size_t i = span.begin; i < span.end; ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    unit = trie[Unit::base(unit) ^ byte];
    if (Unit::label(unit) != byte)
      return -1;
  }
  return Unit::value(unit);
}

extern const ModelKind wordPieceModel, bpeModel, wordLevelModel, unigramModel;

} // namespace tfc::tokenizer

#endif
