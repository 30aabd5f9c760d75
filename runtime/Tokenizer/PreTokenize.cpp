// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The steps that cut a text into words.

#include "Cut.h"
#include "Unicode.h"

#include <string.h>

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
bool bert(uint32_t, const Piece &piece, List<Span> &out) {
  const char *text = piece.text, *at = piece.begin(), *end = at + piece.size(), *word = at;
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

/// A pattern of characters with some property, each by itself or as many as there are.
template <typename Has>
bool cutCharacters(Has has, bool alone, uint32_t options, const Piece &piece, List<Span> &out) {
  const char *text = piece.text, *end = piece.begin() + piece.size();
  auto find = [&](size_t from) {
    Span match = {piece.span.end, piece.span.end};
    for (const char *at = text + from, *next = at; at < end; at = next) {
      if (has(readScalar(next))) {
        auto place = static_cast<size_t>(at - text), behind = static_cast<size_t>(next - text);
        match = {match.begin == match.end ? place : match.begin, behind};
        if (alone)
          break;
      } else if (match.begin != match.end) {
        break;
      }
    }
    return match;
  };
  return cutBy(find, options, piece, out);
}

bool cutAtPunctuation(uint32_t options, const Piece &piece, List<Span> &out) {
  return cutCharacters([](uint32_t scalar) { return bitsOf(scalar) & unicodePunctuation; }, true,
                       options, piece, out);
}

bool cutAtWhite(uint32_t options, const Piece &piece, List<Span> &out) {
  return cutCharacters([](uint32_t scalar) { return bitsOf(scalar) & unicodeSpace; }, true, options,
                       piece, out);
}

bool cutAtNumeric(uint32_t options, const Piece &piece, List<Span> &out) {
  return cutCharacters([](uint32_t scalar) { return textBitsOf(scalar) & textNumeric; },
                       options >> 4 & 1, options, piece, out);
}

/// \w+|[^\w\s]+
bool cutToWords(uint32_t options, const Piece &piece, List<Span> &out) {
  const char *text = piece.text, *end = piece.begin() + piece.size();
  constexpr uint8_t kinds = unicodeWord | unicodeSpace;
  auto find = [&](size_t from) {
    const char *at = text + from, *next = at;
    while (at < end && bitsOf(readScalar(next)) & unicodeSpace)
      at = next;
    const char *first = at;
    uint8_t kind = 0;
    for (next = at; at < end; at = next) {
      uint8_t bits = bitsOf(readScalar(next)) & kinds;
      if (at == first)
        kind = bits;
      else if (bits != kind)
        break;
    }
    return Span{static_cast<size_t>(first - text), static_cast<size_t>(at - text)};
  };
  return cutBy(find, options, piece, out);
}

bool cutAtText(uint32_t options, const Piece &piece, List<Span> &out) {
  StepText what = stepText(piece.tables.texts, options >> 4);
  auto find = [&](size_t from) {
    while (from + what.length <= piece.span.end) {
      const void *at = memchr(piece.text + from, what.data[0], piece.span.end - from);
      if (!at)
        break;
      from = static_cast<size_t>(static_cast<const char *>(at) - piece.text);
      if (from + what.length <= piece.span.end && standsAt(what, piece.text + from))
        return Span{from, from + what.length};
      ++from;
    }
    return Span{piece.span.end, piece.span.end};
  };
  return cutBy(find, options, piece, out);
}

bool cutByLength(uint32_t options, const Piece &piece, List<Span> &out) {
  const char *text = piece.text, *end = piece.begin() + piece.size();
  auto find = [&](size_t from) {
    const char *at = text + from;
    for (uint32_t i = 0; i < options >> 4 && at < end; ++i)
      readScalar(at);
    return Span{from, static_cast<size_t>(at - text)};
  };
  return cutBy(find, options, piece, out);
}

/// All of the text is matches, so that no behaviour but one makes a difference.
bool split(uint32_t options, const Piece &piece, List<Span> &out) {
  for (size_t at = piece.span.begin; at < piece.span.end;) {
    size_t end = splitterEnd(options >> 4, piece.text, at, piece.span.end);
    if (!out.push({at, end}))
      return false;
    at = end;
  }
  return true;
}

struct Kind {
  uint32_t code;
  bool (*cut)(uint32_t options, const Piece &piece, List<Span> &out);
  int texts; // how many texts of STXT it names
};
constexpr Kind kinds[] = {
    {preTokenizerBert, bert, 0},   {cutSplitter, split, 0},
    {cutText, cutAtText, 1},       {cutPunctuation, cutAtPunctuation, 0},
    {cutNumeric, cutAtNumeric, 0}, {cutWhite, cutAtWhite, 0},
    {cutWords, cutToWords, 0},     {cutLength, cutByLength, 0},
};

const Kind *find(uint32_t step) {
  for (const Kind &kind : kinds)
    if (kind.code == (step & 0xFF))
      return &kind;
  return nullptr;
}

} // namespace

const char *checkPreTokenizer(uint32_t step, const StepTables &tables) {
  if (step & rewritesWord)
    return checkNormalizer(step & ~rewritesWord, tables);
  const Kind *kind = find(step);
  if (!kind || ((step & 0xFF) == cutLength && !(step >> 12)))
    return "a pre-tokenizer of an unknown kind";
  return checkStepTexts(step >> 12, kind->texts, tables.texts);
}

bool preTokenize(uint32_t step, const Piece &piece, List<Span> &out) {
  return find(step)->cut(step >> 8, piece, out);
}

} // namespace tfc::tokenizer
