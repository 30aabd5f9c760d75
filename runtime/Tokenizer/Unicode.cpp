// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Unicode.h"

#include <string.h>

namespace tfc::tokenizer {

#include "TextTables.inc"
#include "UnicodeTables.inc"

/// The place of the last of `count` sorted elements whose key is not above `value`, or -1.
template <typename Value, typename Key>
static int lastNotAbove(uint32_t count, Value value, Key key) {
  uint32_t low = 0, high = count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (key(middle) <= value)
      low = middle + 1;
    else
      high = middle;
  }
  return static_cast<int>(low) - 1;
}

// Hangul: a syllable is composed of a lead, a vowel, and perhaps a tail.
constexpr uint32_t firstSyllable = 0xAC00, syllables = 11172, firstLead = 0x1100, leads = 19,
                   firstVowel = 0x1161, vowels = 21, noTail = 0x11A7, tails = 28;

static int decomposeSyllable(uint32_t scalar, uint32_t out[3]) {
  uint32_t index = scalar - firstSyllable, tail = index % tails;
  out[0] = firstLead + index / (vowels * tails);
  out[1] = firstVowel + index / tails % vowels;
  out[2] = noTail + tail;
  return tail ? 3 : 2;
}

uint32_t combiningRank(uint32_t scalar) {
  int at = lastNotAbove(rankCount, scalar, [](uint32_t i) { return rankKeys[i]; });
  return at >= 0 && rankKeys[at] == scalar ? rankValues[at] : 0;
}

int decompose(uint32_t scalar, uint32_t out[maxDecomposed]) {
  if (scalar - firstSyllable < syllables)
    return decomposeSyllable(scalar, out);
  int at = lastNotAbove(decomposedCount, scalar, [](uint32_t i) { return decomposedKeys[i]; });
  if (at < 0 || decomposedKeys[at] != scalar) {
    out[0] = scalar;
    return 1;
  }
  uint32_t value = decomposedValues[at];
  int length = static_cast<int>(value & 7);
  for (int i = 0; i < length; ++i)
    out[i] = decomposedPool[(value >> 3) + static_cast<uint32_t>(i)];
  return length;
}

uint32_t compose(uint32_t first, uint32_t second) {
  if (first - firstLead < leads && second - firstVowel < vowels)
    return firstSyllable + ((first - firstLead) * vowels + (second - firstVowel)) * tails;
  if (first - firstSyllable < syllables && (first - firstSyllable) % tails == 0 &&
      second - noTail - 1 < tails - 1)
    return first + (second - noTail);
  uint64_t key = static_cast<uint64_t>(first) << 21 | second;
  int at = lastNotAbove(composedCount, key, [](uint32_t i) { return composedKeys[i]; });
  return at >= 0 && composedKeys[at] == key ? composedValues[at] : 0;
}

int stripScalar(uint32_t scalar, Ranked out[4]) {
  if (scalar - firstSyllable < syllables) {
    uint32_t parts[3];
    int count = decomposeSyllable(scalar, parts);
    for (int i = 0; i < count; ++i)
      out[i] = {parts[i], 0};
    return count;
  }
  int at = lastNotAbove(stripCount, scalar, [](uint32_t i) { return stripKeys[i]; });
  if (at < 0 || stripKeys[at] != scalar) {
    out[0] = {scalar, 0};
    return 1;
  }
  uint32_t value = stripValues[at];
  constexpr uint32_t scalarMask = (1u << 21) - 1;
  if (!(value & 1u << 31)) {
    out[0] = {value & scalarMask, value >> 21 & 0xFF};
    return 1;
  }
  int length = static_cast<int>(value & 0xFF);
  for (int i = 0; i < length; ++i) {
    uint32_t part = stripPool[(value >> 8 & 0x7FFFFF) + static_cast<uint32_t>(i)];
    out[i] = {part & scalarMask, part >> 21};
  }
  return length;
}

int lowerScalar(uint32_t scalar, uint32_t out[3]) {
  int at = lastNotAbove(lowerRunCount, scalar, [](uint32_t i) { return lowerRuns[i].first; });
  if (at >= 0) {
    const LowerRun &run = lowerRuns[at];
    if (scalar <= run.last && (run.step < 2 || (scalar - run.first) % 2 == 0)) {
      out[0] = scalar + static_cast<uint32_t>(run.delta);
      return 1;
    }
  }
  for (uint32_t i = 0; i < lowerLongCount; ++i)
    if (lowerLong[i].scalar == scalar) {
      int length = 0;
      while (length < 3 && lowerLong[i].sequence[length]) {
        out[length] = lowerLong[i].sequence[length];
        ++length;
      }
      return length;
    }
  out[0] = scalar;
  return 1;
}

size_t validPrefix(const char *text, size_t length, size_t *bad) {
  const auto *bytes = reinterpret_cast<const unsigned char *>(text);
  size_t at = 0;
  while (at < length) {
    uint64_t eight;
    while (at + 8 <= length && (memcpy(&eight, bytes + at, 8), !(eight & 0x8080808080808080u)))
      at += 8;
    if (at == length)
      break;
    unsigned char first = bytes[at];
    if (first < 0x80) {
      ++at;
      continue;
    }
    // How many bytes follow, and what the first of them may be.
    unsigned follow, low = 0x80, high = 0xBF;
    if (first >= 0xC2 && first <= 0xDF) {
      follow = 1;
    } else if (first >= 0xE0 && first <= 0xEF) {
      follow = 2;
      low = first == 0xE0 ? 0xA0 : 0x80;
      high = first == 0xED ? 0x9F : 0xBF;
    } else if (first >= 0xF0 && first <= 0xF4) {
      follow = 3;
      low = first == 0xF0 ? 0x90 : 0x80;
      high = first == 0xF4 ? 0x8F : 0xBF;
    } else {
      *bad = 1;
      return at;
    }
    for (unsigned i = 1; i <= follow; ++i) {
      if (at + i >= length || bytes[at + i] < low || bytes[at + i] > high) {
        *bad = i;
        return at;
      }
      low = 0x80;
      high = 0xBF;
    }
    at += follow + 1;
  }
  *bad = 0;
  return at;
}

} // namespace tfc::tokenizer
