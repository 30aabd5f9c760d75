// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Unicode.h"

#include <string.h>

namespace tfc::tokenizer {

#include "UnicodeTables.inc"

/// The place of the last of `count` sorted elements whose key is not above `scalar`, or -1.
template <typename Key> static int lastNotAbove(uint32_t count, uint32_t scalar, Key key) {
  uint32_t low = 0, high = count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (key(middle) <= scalar)
      low = middle + 1;
    else
      high = middle;
  }
  return static_cast<int>(low) - 1;
}

int stripScalar(uint32_t scalar, Ranked out[4]) {
  constexpr uint32_t firstSyllable = 0xAC00, syllables = 11172, vowels = 21, tails = 28;
  if (scalar - firstSyllable < syllables) {
    uint32_t index = scalar - firstSyllable, tail = index % tails;
    out[0] = {0x1100 + index / (vowels * tails), 0};
    out[1] = {0x1161 + index / tails % vowels, 0};
    out[2] = {0x11A7 + tail, 0};
    return tail ? 3 : 2;
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
