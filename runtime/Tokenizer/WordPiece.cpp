// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Steps.h"

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

// Takes the longest token at the front, then the longest that continues it, and so on. Tokens and
// words are valid UTF-8, so a match of bytes that begins at a scalar also ends at one.
bool wordPiece(const uint32_t *model, const uint64_t *trie, const char *text, Span word,
               List<int32_t> &out, List<Span> *spans) {
  size_t before = out.count, spansBefore = spans ? spans->count : 0;
  auto unknown = [&] {
    out.count = before;
    if (spans)
      spans->count = spansBefore;
    return out.push(static_cast<int32_t>(model[1])) && (!spans || spans->push(word));
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
    if (!out.push(best) || (spans && !spans->push({at, bestEnd})))
      return false;
    at = bestEnd;
    if (continues)
      start = trie[model[3]];
  }
  return true;
}

} // namespace tfc::tokenizer
