// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// White space at the ends of a token, left out of where the token comes from.

#include "Trim.h"
#include "Unicode.h"

namespace tfc::tokenizer {

/// White space, or the letter that stands for a space in byte-level tokens.
static bool isSpace(uint32_t scalar) { return scalar == 0x120 || (bitsOf(scalar) & unicodeSpace); }

static size_t leadingSpaces(const char *token, size_t length) {
  size_t count = 0;
  for (const char *at = token, *end = token + length; at < end && isSpace(readScalar(at));)
    ++count;
  return count;
}

static size_t trailingSpaces(const char *token, size_t length) {
  size_t count = 0;
  for (const char *end = token + length; end > token && isSpace(lastScalar(end)); ++count)
    do
      --end;
    while ((*end & 0xC0) == 0x80);
  return count;
}

void trimSource(uint32_t options, const char *token, size_t length, bool isFirst, const char *text,
                Source &source) {
  size_t leading = leadingSpaces(token, length), trailing = trailingSpaces(token, length);
  // A single space of the first token may be one that was put there.
  if ((options & trimKeepsPrefix) && leading == 1 && (isFirst || source.begin == 0))
    leading = 0;
  auto inside = [&](size_t at) { return (text[at] & 0xC0) == 0x80; };
  for (; leading && source.begin < source.end; --leading)
    do
      ++source.begin;
    while (source.begin < source.end && inside(source.begin));
  for (; trailing && source.begin < source.end; --trailing)
    do
      --source.end;
    while (source.begin < source.end && inside(source.end));
}

} // namespace tfc::tokenizer
