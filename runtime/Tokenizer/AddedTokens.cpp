// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Added tokens: cut out of the text wherever they stand, before words are looked for.

#include "AddedTokens.h"
#include "Unicode.h"

#include <string.h>

namespace tfc::tokenizer {

void AddedSet::open(Table<uint64_t> units) {
  trie = units;
  onlyFirst = -1;
  int count = 0;
  for (uint32_t byte = 0; byte < 256; ++byte) {
    first[byte] = trie.count && Unit::label(trie[Unit::base(trie[0]) ^ byte]) == byte;
    if (first[byte]) {
      onlyFirst = static_cast<int>(byte);
      ++count;
    }
  }
  if (count != 1)
    onlyFirst = -1;
}

bool AddedSet::find(const char *text, size_t length, size_t from, Match *match) const {
  for (; from < length; ++from) {
    if (onlyFirst >= 0) {
      const void *at = memchr(text + from, onlyFirst, length - from);
      if (!at)
        return false;
      from = static_cast<size_t>(static_cast<const char *>(at) - text);
    } else {
      while (from < length && !first[static_cast<unsigned char>(text[from])])
        ++from;
    }
    int32_t best = -1;
    uint64_t unit = trie[0];
    for (size_t i = from; i < length; ++i) {
      auto byte = static_cast<unsigned char>(text[i]);
      unit = trie[Unit::base(unit) ^ byte];
      if (Unit::label(unit) != byte)
        break;
      if (int32_t value = Unit::value(unit); value >= 0) {
        best = value;
        match->span = {from, i + 1};
      }
    }
    if (best >= 0) {
      match->index = static_cast<uint32_t>(best);
      return true;
    }
  }
  return false;
}

bool standsAlone(const char *text, size_t length, Span span) {
  const char *behind = text + span.end;
  return (span.begin == 0 || !(bitsOf(lastScalar(text + span.begin)) & unicodeWord)) &&
         (span.end == length || !(bitsOf(readScalar(behind)) & unicodeWord));
}

size_t spaceBefore(const char *text, size_t begin, size_t least) {
  while (begin > least) {
    size_t previous = begin - 1;
    while (previous > 0 && (text[previous] & 0xC0) == 0x80)
      --previous;
    const char *at = text + previous;
    if (previous < least || !(bitsOf(readScalar(at)) & unicodeSpace))
      break;
    begin = previous;
  }
  return begin;
}

size_t spaceBehind(const char *text, size_t length, size_t end) {
  const char *at = text + end;
  while (end < length && bitsOf(readScalar(at)) & unicodeSpace)
    end = static_cast<size_t>(at - text);
  return end;
}

} // namespace tfc::tokenizer
