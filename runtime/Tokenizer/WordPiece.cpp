// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// WordPiece: the longest token at the front of a word, then the longest that continues it.

#include "Models.h"

namespace tfc::tokenizer {

/// Whether the word has more than `most` scalars.
static bool longerThan(const char *text, Span word, size_t most) {
  if (word.end - word.begin <= most)
    return false;
  size_t scalars = 0;
  for (size_t at = word.begin; at < word.end && scalars <= most; ++at)
    scalars += (text[at] & 0xC0) != 0x80;
  return scalars > most;
}

static const char *check(const ModelTables &model, size_t ids) {
  if (!model.trie.count)
    return "a trie of a wrong size";
  bool good = model.parameters[1] < ids &&
              (model.parameters[3] == noNode || model.parameters[3] < model.trie.count);
  return good ? nullptr : "a parameter of the model out of range";
}

// Tokens and words are valid UTF-8, so a match of bytes that begins at a scalar also ends at one.
static bool wordPiece(const ModelTables &tables, const char *text, Span word, const WordTokens &out,
                      ModelScratch &) {
  const Table<uint32_t> &model = tables.parameters;
  const Table<uint64_t> &trie = tables.trie;
  size_t before = out.ids.count, spansBefore = out.spans ? out.spans->count : 0;
  auto unknown = [&] {
    out.ids.count = before;
    if (out.spans)
      out.spans->count = spansBefore;
    return out.push(static_cast<int32_t>(model[1]), word);
  };
  if (longerThan(text, word, model[2]))
    return unknown();
  uint64_t start = trie[0];
  for (size_t at = word.begin; at < word.end;) {
    int32_t best = -1;
    size_t bestEnd = at;
    uint64_t unit = start;
    for (size_t i = at; i < word.end; ++i) {
      auto byte = static_cast<unsigned char>(text[i]);
      unit = trie[Unit::base(unit) ^ byte];
      if (Unit::label(unit) != byte)
        break;
      if (int32_t value = Unit::value(unit); value >= 0) {
        best = value;
        bestEnd = i + 1;
      }
    }
    bool continues = bestEnd < word.end;
    if (best < 0 || (continues && model[3] == noNode))
      return unknown();
    if (!out.push(best, {at, bestEnd}))
      return false;
    at = bestEnd;
    if (continues)
      start = trie[model[3]];
  }
  return true;
}

const ModelKind wordPieceModel = {modelWordPiece, check, wordPiece};

} // namespace tfc::tokenizer
