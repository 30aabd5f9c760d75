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

  /// Inside of a character of UTF-8 there is none.
  bool isBorder(size_t at) const {
    for (size_t back = 1; isContinuation(at) && back < 4 && at >= span.begin + back; ++back)
      if (!isContinuation(at - back))
        return lengthAt(at - back) <= back;
    return true;
  }

  size_t before(size_t at) const {
    do
      --at;
    while (at > span.begin && !isBorder(at));
    return at;
  }

  uint32_t scalarAt(size_t at) const {
    const char *place = text + at;
    return lengthAt(at) ? tokenizer::readScalar(place) : 0xFFFD;
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
  bool isContinuation(size_t at) const { return (text[at] & 0xC0) == 0x80; }

  /// The bytes of the character that begins at `at`, or 0.
  size_t lengthAt(size_t at) const {
    for (size_t length = 1; length <= 4 && length <= span.end - at; ++length) {
      size_t bad;
      if (tokenizer::validPrefix(text + at, length, &bad); !bad)
        return length;
    }
    return 0;
  }

  const char *text;
  const Span span;
};

} // namespace

Span withoutWhite(const char *text, Span span) {
  const Places places(text, span);
  while (span.begin < span.end && isWhite(places.scalarAt(places.before(span.end))))
    span.end = places.before(span.end);
  while (span.begin < span.end && isWhite(places.scalarAt(span.begin)))
    for (++span.begin; span.begin < span.end && !places.isBorder(span.begin);)
      ++span.begin;
  return span;
}

bool cutSentence(const char *text, Span span, Span &first, Span &second) {
  const Places places(text, span);
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
