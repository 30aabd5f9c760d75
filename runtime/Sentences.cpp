// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/Sentences.h"
#include "runtime/Tokenizer/Unicode.h"

namespace tfc {
namespace {

enum Quality { nowhere, character, white, sentence };

bool isWhite(uint32_t scalar) {
  return scalar < 0x110000 && (tokenizer::bitsOf(scalar) & tokenizer::unicodeSpace);
}

/// Ends a sentence, even without white space behind.
bool isWideEnd(uint32_t scalar) {
  return scalar == 0x3002 || scalar == 0xFF01 || scalar == 0xFF1F || scalar == 0xFF61; // 。！？｡
}

bool isEnd(uint32_t scalar) {
  return scalar == '.' || scalar == '!' || scalar == '?' || scalar == 0x2026 ||      // …
         scalar == 0x61F || scalar == 0x6D4 || scalar == 0x964 || scalar == 0x965 || // ؟ ۔ । ॥
         isWideEnd(scalar);
}

/// May stand between a sentence's end and white space.
bool isClosing(uint32_t scalar) {
  return scalar == '"' || scalar == '\'' || scalar == ')' || scalar == ']' || scalar == 0xBB ||
         scalar == 0x2019 || scalar == 0x201D || scalar == 0x300D || scalar == 0x300F;
}

/// Places between the characters of a text. What is not UTF-8 counts as characters of a byte.
class Places {
public:
  Places(const char *text, Span span) : text(text), span(span) {}

  bool isBorder(size_t at) const { return (text[at] & 0xC0) != 0x80; }

  size_t before(size_t at) const {
    do
      --at;
    while (at > span.begin && !isBorder(at));
    return at;
  }

  uint32_t scalarAt(size_t at) const {
    size_t bad, end = at + 1;
    while (end < span.end && end < at + 4 && !isBorder(end))
      ++end;
    tokenizer::validPrefix(text + at, end - at, &bad);
    const char *place = text + at;
    return bad ? 0xFFFD : tokenizer::readScalar(place);
  }

  /// What is cut by a cut at `at`, between the ends of the span. White space stands before it.
  Quality qualityOf(size_t at) const {
    if (!isBorder(at) || isWhite(scalarAt(at)))
      return nowhere;
    size_t end = at;
    bool isLine = false;
    while (end > span.begin && isWhite(scalarAt(before(end)))) {
      end = before(end);
      isLine |= text[end] == '\n';
    }
    if (end == span.begin)
      return nowhere;
    const bool hasWhite = end < at;
    if (isLine || (!hasWhite && isWideEnd(scalarAt(before(end)))))
      return sentence;
    if (!hasWhite)
      return character;
    while (end > span.begin && isClosing(scalarAt(before(end))))
      end = before(end);
    return end > span.begin && isEnd(scalarAt(before(end))) ? sentence : white;
  }

private:
  const char *text;
  const Span span;
};

} // namespace

bool cutSentence(const char *text, Span span, Span &first, Span &second) {
  const Places places(text, span);
  while (span.begin < span.end && isWhite(places.scalarAt(places.before(span.end))))
    span.end = places.before(span.end);
  const size_t middle = span.begin + (span.end - span.begin) / 2;
  constexpr Quality qualities[] = {sentence, white, character};
  for (Quality least : qualities) {
    // Cuts near an end would leave the rest as long as it was.
    const size_t most = least == character ? middle - span.begin : (span.end - span.begin) / 4;
    for (size_t apart = 0; apart <= most; ++apart) {
      const size_t sides[] = {middle - apart, middle + apart};
      for (size_t at : sides) {
        if (at <= span.begin || at >= span.end || places.qualityOf(at) < least)
          continue;
        size_t end = at;
        while (isWhite(places.scalarAt(places.before(end))))
          end = places.before(end);
        first = {span.begin, end};
        second = {at, span.end};
        return true;
      }
    }
  }
  return false;
}

} // namespace tfc
