// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Added tokens: cut out of the text wherever they stand, before words are looked for.

#ifndef TFC_RUNTIME_TOKENIZER_ADDEDTOKENS_H
#define TFC_RUNTIME_TOKENIZER_ADDEDTOKENS_H

#include "runtime/Tokenizer/Tables.h"

namespace tfc::tokenizer {

struct Match {
  Span span;
  uint32_t index; // into ADDT
};

/// Added tokens that are looked for together, and the bytes that they can begin with.
struct AddedSet {
  void open(Table<uint64_t> units);

  /// The first place at or behind `from` where a token stands, and the longest token there. Time:
  /// the length of the text, times the longest token at worst.
  bool find(const char *text, size_t length, size_t from, Match *match) const;

  Table<uint64_t> trie;
  uint8_t first[256] = {};
  int onlyFirst = -1; // the byte that all begin with, or -1
};

/// Whether no \w touches the span.
bool standsAlone(const char *text, size_t length, Span span);

/// Where the white space before `begin` starts, not below `least`; where that behind `end` ends.
size_t spaceBefore(const char *text, size_t begin, size_t least);
size_t spaceBehind(const char *text, size_t length, size_t end);

/// Calls piece(span) for each piece of the text between added tokens and token(id, span) for each
/// of them, from left to right, until one returns false. `added` is ADDT.
template <typename Piece, typename Token>
bool cutAdded(const AddedSet &set, const Table<uint32_t> &added, const char *text, size_t length,
              Piece piece, Token token) {
  size_t done = 0, from = 0;
  Span space = {0, 0}; // the white space that was taken last
  for (Match match; set.trie.count && set.find(text, length, from, &match);) {
    Span span = match.span;
    from = span.end;
    uint32_t flags = added[2 * match.index + 1];
    if ((flags & addedSingleWord) && !standsAlone(text, length, span))
      continue;
    if (flags & addedStripLeft)
      span.begin = span.begin < done ? done : spaceBefore(text, span.begin, done);
    if (flags & addedStripRight) {
      if (span.end < space.begin || span.end > space.end)
        space = {span.end, spaceBehind(text, length, span.end)};
      span.end = space.end;
    }
    if (done < span.begin && !piece(Span{done, span.begin}))
      return false;
    // A token inside white space that the one before has taken is still a token: the reference has
    // it so.
    if (span.begin < span.end && !token(static_cast<int32_t>(added[2 * match.index]), span))
      return false;
    done = span.end;
  }
  return done >= length || piece(Span{done, length});
}

} // namespace tfc::tokenizer

#endif
