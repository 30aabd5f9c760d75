// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// BERT's normalizer: clean, set ideographs apart, drop accents, lower case.

#include "Steps.h"
#include "Unicode.h"

namespace tfc::tokenizer {
namespace {

/// What BERT's normalizer makes of each ASCII character, for each pair of bertClean and bertLower;
/// `removed` is none.
constexpr unsigned char removed = 0xFF;
struct AsciiTable {
  unsigned char map[2][2][128];
};
constexpr AsciiTable makeAsciiTable() {
  AsciiTable table{};
  for (int clean = 0; clean < 2; ++clean)
    for (int lower = 0; lower < 2; ++lower)
      for (int c = 0; c < 128; ++c) {
        int made = lower && c >= 'A' && c <= 'Z' ? c + 32 : c;
        if (clean && (c == '\t' || c == '\n' || c == '\r'))
          made = ' ';
        else if (clean && (c < 32 || c == 127))
          made = removed;
        table.map[clean][lower][c] = static_cast<unsigned char>(made);
      }
  return table;
}
constexpr AsciiTable ascii = makeAsciiTable();

/// BERT's normalizer. Its stages (clean, set ideographs apart, decompose and drop marks, lower
/// case) look at one scalar at a time, so each scalar runs through all of them at once. Only the
/// canonical order of the combining characters that are left needs memory: they wait in `pending`
/// until a starter comes.
class BertNormalizer {
public:
  BertNormalizer(uint32_t options, const Rewritten &to)
      : options(options), out(to.text), origins(to.origins), pending(to.pending.marks),
        pendingOrigins(to.pending.origins) {}

  bool run(const char *text, Span span) {
    const char *at = text + span.begin, *end = text + span.end;
    const unsigned char *map = ascii.map[(options & bertClean) != 0][(options & bertLower) != 0];
    pending.clear();
    pendingOrigins.clear();
    while (at < end) {
      if (!reserve(static_cast<size_t>(end - at)))
        return false;
      if (static_cast<signed char>(*at) >= 0 && pending.count && !flush())
        return false;
      char *to = out.data() + out.count;
      size_t *from = origins ? origins->data() + out.count : nullptr;
      for (; at < end && static_cast<signed char>(*at) >= 0; ++at) {
        unsigned char made = map[static_cast<unsigned char>(*at)];
        *to = static_cast<char>(made);
        to += made != removed;
        if (from) {
          *from = static_cast<size_t>(at - text);
          from += made != removed;
        }
      }
      out.count = static_cast<size_t>(to - out.data());
      if (origins)
        origins->count = out.count;
      if (at < end) {
        origin = static_cast<size_t>(at - text);
        uint32_t scalar = readScalar(at);
        rest = static_cast<size_t>(end - at);
        if (!clean(scalar, bitsOf(scalar)))
          return false;
      }
    }
    return flush();
  }

private:
  /// Room for what is left of the text, and for all that one scalar can become.
  bool reserve(size_t bytes) {
    return out.reserve(bytes + 64) && (!origins || origins->reserve(bytes + 64));
  }

  void put(uint32_t scalar) {
    char *to = out.data() + out.count;
    out.count += static_cast<size_t>(writeScalar(scalar, to) - to);
    while (origins && origins->count < out.count)
      (*origins)[origins->count++] = origin;
  }

  bool clean(uint32_t scalar, uint8_t bits) {
    if (options & bertClean) {
      if ((bits & unicodeControl) || scalar == 0xFFFD)
        return true;
      if (bits & unicodeSpace)
        return strip(' ', 0);
    }
    if (!(options & bertIdeographs) || !(bits & unicodeIdeograph))
      return strip(scalar, bits);
    return strip(' ', 0) && strip(scalar, bits) && strip(' ', 0);
  }

  bool strip(uint32_t scalar, uint8_t bits) {
    if (!(options & bertStrip)) {
      lower(scalar, bits);
      return true;
    }
    if (bits & unicodeMark)
      return !(bits & unicodeStripChanges) || flush();
    if (!(bits & unicodeStripChanges)) {
      if (!flush())
        return false;
      lower(scalar, bits);
      return true;
    }
    Ranked parts[4];
    int count = stripScalar(scalar, parts);
    for (int i = 0; i < count; ++i) {
      if (parts[i].rank) {
        if (!pending.push(static_cast<uint64_t>(parts[i].rank) << 32 | parts[i].scalar) ||
            !pendingOrigins.push(origin))
          return false;
      } else {
        if (!flush())
          return false;
        lower(parts[i].scalar, bitsOf(parts[i].scalar));
      }
    }
    return true;
  }

  void lower(uint32_t scalar, uint8_t bits) {
    if (!(options & bertLower) || !(bits & unicodeLowerChanges))
      return put(scalar);
    uint32_t made[3];
    int count = lowerScalar(scalar, made);
    for (int i = 0; i < count; ++i)
      put(made[i]);
  }

  /// Writes the combining characters that wait, by rank; those of one rank keep their order.
  bool flush() {
    if (!pending.count)
      return true;
    if (!reserve(pending.count * 12 + rest))
      return false;
    size_t after = origin, written = 0;
    bool sorted = true;
    for (size_t i = 1; i < pending.count; ++i)
      sorted &= pending[i - 1] >> 32 <= pending[i] >> 32;
    // One pass for each rank keeps this linear, however long the sequence.
    uint32_t firstRank = sorted ? 0 : 1, lastRank = sorted ? 0 : combiningClasses;
    for (uint32_t rank = firstRank; rank <= lastRank; ++rank)
      for (size_t i = 0; i < pending.count; ++i)
        if (sorted || pending[i] >> 32 == rank) {
          auto scalar = static_cast<uint32_t>(pending[i]);
          origin = pendingOrigins[written++];
          lower(scalar, bitsOf(scalar));
        }
    pending.clear();
    pendingOrigins.clear();
    origin = after;
    return true;
  }

  uint32_t options;
  List<char> &out;
  List<size_t> *origins;
  List<uint64_t> &pending;
  List<size_t> &pendingOrigins;
  size_t origin = 0; // of what is written
  size_t rest = 0;   // bytes of the text that are still to come
};

} // namespace

bool normalizeBert(uint32_t options, const Piece &piece, const Rewritten &out) {
  return BertNormalizer(options, out).run(piece.text, piece.span);
}

} // namespace tfc::tokenizer
