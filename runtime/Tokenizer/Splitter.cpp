// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The regular expressions that byte-level models cut text with. Their alternatives, in their order:
//
//   GPT-2                        GPT-4, Llama 3, Qwen 2
//   's|'t|'re|'ve|'m|'ll|'d      (?i:'s|'t|'re|'ve|'m|'ll|'d)
//    ?\p{L}+                     [^\r\n\p{L}\p{N}]?\p{L}+
//    ?\p{N}+                     \p{N}{1,3}, or \p{N}
//    ?[^\s\p{L}\p{N}]+           ?[^\s\p{L}\p{N}]+[\r\n]*
//                                \s*[\r\n]+
//   \s+(?!\S)|\s+               \s+(?!\S)|\s+

#include "Cut.h"
#include "Unicode.h"

namespace tfc::tokenizer {
namespace {

enum Class : uint8_t { other, letter, number, white };

struct AsciiTable {
  Class classes[128];
};
constexpr AsciiTable makeAsciiTable() {
  AsciiTable table{};
  for (int c = 0; c < 128; ++c)
    table.classes[c] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? letter
                       : c >= '0' && c <= '9'                           ? number
                       : c == ' ' || (c >= 9 && c <= 13)                ? white
                                                                        : other;
  return table;
}
constexpr AsciiTable ascii = makeAsciiTable();

Class wideClass(uint32_t scalar) {
  uint8_t bits = textBitsOf(scalar);
  return bits & textLetter               ? letter
         : bits & textNumber             ? number
         : bitsOf(scalar) & unicodeSpace ? white
                                         : other;
}

/// One search: the text from a place on.
struct Search {
  const char *at, *end;

  /// The class of the scalar at `from`, which moves behind it.
  static Class take(const char *&from) {
    if (static_cast<signed char>(*from) >= 0)
      return ascii.classes[static_cast<unsigned char>(*from++)];
    return wideClass(readScalar(from));
  }

  /// The end of at most `most` scalars of a class.
  const char *run(const char *from, Class wanted, size_t most = SIZE_MAX) const {
    for (; from < end && most; --most) {
      const char *next = from;
      if (take(next) != wanted)
        break;
      from = next;
    }
    return from;
  }

  const char *lineEnds(const char *from) const {
    while (from < end && (*from == '\r' || *from == '\n'))
      ++from;
    return from;
  }

  /// The end of 's, 't, 're, 've, 'm, 'll, 'd, or null.
  const char *contraction(bool anyCase) const {
    if (end - at < 2 || *at != '\'')
      return nullptr;
    auto lower = [&](char c) {
      return static_cast<char>(anyCase && c >= 'A' && c <= 'Z' ? c + 32 : c);
    };
    char first = lower(at[1]), second = end - at > 2 ? lower(at[2]) : '\0';
    if (first == 's' || first == 't' || first == 'm' || first == 'd')
      return at + 2;
    // The long s is an s in any case.
    if (anyCase && at[1] == '\xC5' && second == '\xBF')
      return at + 3;
    bool isLong = (first == 'r' && second == 'e') || (first == 'v' && second == 'e') ||
                  (first == 'l' && second == 'l');
    return isLong ? at + 3 : nullptr;
  }

  /// \s+(?!\S)|\s+: white space without its last character, which belongs to what follows.
  const char *whiteRun() const {
    const char *stop = at, *last = at;
    while (stop < end) {
      const char *next = stop;
      if (take(next) != white)
        break;
      last = stop;
      stop = next;
    }
    return stop < end && last > at ? last : stop;
  }
};

const char *gpt2(const Search &search) {
  if (const char *stop = search.contraction(false))
    return stop;
  const char *next = search.at;
  Class first = Search::take(next);
  if (first != white)
    return search.run(next, first);
  if (*search.at == ' ' && next < search.end) {
    const char *behind = next;
    if (Class second = Search::take(behind); second != white)
      return search.run(behind, second);
  }
  return search.whiteRun();
}

/// White space up to its last line end, or null where there is none.
const char *whiteToLineEnd(const Search &search) {
  const char *found = nullptr;
  for (const char *at = search.at; at < search.end;) {
    const char *next = at;
    if (Search::take(next) != white)
      break;
    if (*at == '\r' || *at == '\n')
      found = next;
    at = next;
  }
  return found;
}

const char *gpt4(const Search &search, uint32_t digits) {
  if (const char *stop = search.contraction(true))
    return stop;
  const char *next = search.at;
  Class first = Search::take(next);
  if (first == letter)
    return search.run(next, letter);
  if (first == number)
    return search.run(next, number, digits ? digits - 1 : SIZE_MAX);
  if (*search.at != '\r' && *search.at != '\n' && next < search.end) {
    const char *behind = next;
    Class second = Search::take(behind);
    if (second == letter)
      return search.run(behind, letter);
    if (*search.at == ' ' && second == other)
      return search.lineEnds(search.run(behind, other));
  }
  if (first == other)
    return search.lineEnds(search.run(next, other));
  if (const char *stop = whiteToLineEnd(search))
    return stop;
  return search.whiteRun();
}

} // namespace

size_t splitterEnd(uint32_t options, const char *text, size_t from, size_t end) {
  Search search = {text + from, text + end};
  const char *stop = options & splitGpt4 ? gpt4(search, options >> splitDigitsShift) : gpt2(search);
  return static_cast<size_t>(stop - text);
}

} // namespace tfc::tokenizer
