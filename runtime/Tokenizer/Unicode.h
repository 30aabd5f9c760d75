// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the reference tokenizers think of each Unicode scalar, and UTF-8.

#ifndef TFC_RUNTIME_TOKENIZER_UNICODE_H
#define TFC_RUNTIME_TOKENIZER_UNICODE_H

#include <stddef.h>
#include <stdint.h>

namespace tfc::tokenizer {

/// Properties of a scalar, as bits; unicode_tables.py says how each was found.
enum UnicodeBits : uint8_t {
  unicodeSpace = 1,
  unicodePunctuation =
      2,              ///< BERT's: all ASCII that is no letter, digit or control, and categories P*
  unicodeWord = 4,    ///< \w of a regular expression
  unicodeControl = 8, ///< removed by clean_text
  unicodeIdeograph = 16, ///< set apart by handle_chinese_chars
  unicodeMark = 32, ///< removed by strip_accents; with the next bit, it ends a combining sequence
  unicodeStripChanges = 64,
  unicodeLowerChanges = 128,
};

struct LowerRun {
  uint32_t first, last;
  int32_t step, delta;
};
struct LowerLong {
  uint32_t scalar, sequence[3];
};

// The tables of UnicodeTables.inc.
extern const uint8_t unicodeUpper[], unicodeBits[];
extern const uint16_t unicodeIndex[];
extern const uint32_t combiningClasses; // ranks of scalars that are sorted: 1 … combiningClasses

/// The UnicodeBits of a scalar below 0x110000.
inline uint8_t bitsOf(uint32_t scalar) {
  uint32_t block = unicodeIndex[unicodeUpper[scalar >> 11] * 32 + (scalar >> 6 & 31)];
  return unicodeBits[block * 64 + (scalar & 63)];
}

/// More properties, as bits; text_tables.py says how each was found.
enum TextBits : uint8_t {
  textLetter = 1,    ///< \p{L} of a regular expression
  textNumber = 2,    ///< \p{N}
  textNumeric = 4,   ///< what Digits cuts out
  textMayChange = 8, ///< NFC changes it, or what stands before it
};

// The tables of TextTables.inc.
extern const uint8_t textUpper[], textBits[];
extern const uint16_t textIndex[];

/// The TextBits of a scalar below 0x110000.
inline uint8_t textBitsOf(uint32_t scalar) {
  uint32_t block = textIndex[textUpper[scalar >> 11] * 32 + (scalar >> 6 & 31)];
  return textBits[block * 64 + (scalar & 63)];
}

/// The rank of a scalar's canonical combining class, 0 for a starter, at most
/// combiningClasses.
uint32_t combiningRank(uint32_t scalar);

/// Full canonical decomposition. Returns how many scalars were written.
constexpr int maxDecomposed = 4;
int decompose(uint32_t scalar, uint32_t out[maxDecomposed]);

/// What two scalars compose to, or 0.
uint32_t compose(uint32_t first, uint32_t second);

/// A scalar and the rank of its canonical combining class; 0 is a starter.
struct Ranked {
  uint32_t scalar, rank;
};

/// Canonical decomposition of a scalar with the bit unicodeStripChanges and without unicodeMark,
/// marks left out. Returns how many scalars were written, at most 4.
int stripScalar(uint32_t scalar, Ranked out[4]);

/// Lower case of a scalar with the bit unicodeLowerChanges. Returns how many scalars were written,
/// at most 3.
int lowerScalar(uint32_t scalar, uint32_t out[3]);

/// Reads one scalar of valid UTF-8 and moves behind it.
inline uint32_t readScalar(const char *&at) {
  auto byte = [&](int i) { return static_cast<uint32_t>(static_cast<unsigned char>(at[i])); };
  uint32_t first = byte(0), scalar;
  if (first < 0x80) {
    at += 1;
    return first;
  }
  if (first < 0xE0) {
    scalar = (first & 0x1F) << 6 | (byte(1) & 0x3F);
    at += 2;
  } else if (first < 0xF0) {
    scalar = (first & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    at += 3;
  } else {
    scalar =
        (first & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
    at += 4;
  }
  return scalar;
}

/// The scalar of valid UTF-8 that ends before `end`.
inline uint32_t lastScalar(const char *end) {
  do
    --end;
  while ((*end & 0xC0) == 0x80);
  return readScalar(end);
}

/// Writes a scalar (1 to 4 bytes) and returns the place behind it.
inline char *writeScalar(uint32_t scalar, char *out) {
  if (scalar < 0x80) {
    *out++ = static_cast<char>(scalar);
  } else if (scalar < 0x800) {
    *out++ = static_cast<char>(0xC0 | scalar >> 6);
    *out++ = static_cast<char>(0x80 | (scalar & 0x3F));
  } else if (scalar < 0x10000) {
    *out++ = static_cast<char>(0xE0 | scalar >> 12);
    *out++ = static_cast<char>(0x80 | (scalar >> 6 & 0x3F));
    *out++ = static_cast<char>(0x80 | (scalar & 0x3F));
  } else {
    *out++ = static_cast<char>(0xF0 | scalar >> 18);
    *out++ = static_cast<char>(0x80 | (scalar >> 12 & 0x3F));
    *out++ = static_cast<char>(0x80 | (scalar >> 6 & 0x3F));
    *out++ = static_cast<char>(0x80 | (scalar & 0x3F));
  }
  return out;
}

/// The length of the valid UTF-8 at the front of the text. If that is not all of it, *bad is the
/// number of bytes of the maximal subpart that one U+FFFD stands for.
size_t validPrefix(const char *text, size_t length, size_t *bad);

} // namespace tfc::tokenizer

#endif
