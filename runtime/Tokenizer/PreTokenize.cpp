// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Steps.h"
#include "Unicode.h"

namespace tfc::tokenizer {
namespace {

/// UnicodeBits of ASCII, those two that cut words.
struct AsciiTable {
  uint8_t bits[128];
};
constexpr AsciiTable makeAsciiTable() {
  AsciiTable table{};
  for (int c = 0; c < 128; ++c) {
    bool space = c == ' ' || (c >= 9 && c <= 13);
    bool word = c <= 32 || c == 127 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                (c >= 'a' && c <= 'z');
    table.bits[c] = space ? unicodeSpace : word ? 0 : unicodePunctuation;
  }
  return table;
}
constexpr AsciiTable ascii = makeAsciiTable();

/// BERT's words: what stands between white space; each punctuation character is a word of its own.
bool bert(const char *text, Span piece, List<Span> &out) {
  const char *at = text + piece.begin, *end = text + piece.end, *word = at;
  auto close = [&](const char *until) {
    return word == until ||
           out.push({static_cast<size_t>(word - text), static_cast<size_t>(until - text)});
  };
  while (at < end) {
    const char *before = at;
    uint8_t bits;
    if (static_cast<signed char>(*at) >= 0)
      bits = ascii.bits[static_cast<unsigned char>(*at++)];
    else
      bits = bitsOf(readScalar(at));
    if (!(bits & (unicodeSpace | unicodePunctuation)))
      continue;
    if (!close(before))
      return false;
    word = bits & unicodeSpace ? at : before;
    if (!close(at))
      return false;
    word = at;
  }
  return close(end);
}

} // namespace

bool knowsPreTokenizer(uint32_t step) { return (step & 0xFF) == preTokenizerBert; }

bool preTokenize(uint32_t, const char *text, Span piece, List<Span> &out) {
  return bert(text, piece, out);
}

} // namespace tfc::tokenizer
