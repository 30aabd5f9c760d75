// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Texts that a map replaces, and the clusters of characters that some maps look up.

#include "Steps.h"
#include "Unicode.h"

#include "GraphemeTables.inc"

namespace tfc::tokenizer {
namespace {

// The bits of GraphemeTables.inc.
enum Grapheme : uint8_t { extends = 1, extendsPictures = 2, extendsConsonants = 4, links = 8 };
enum GraphemeClass : uint8_t {
  graphemeOther,
  graphemeControl,
  graphemePrepend,
  graphemePicture,
  graphemeConsonant,
  graphemeL,
  graphemeV,
  graphemeT,
  graphemeLV,
  graphemeLVT
};

uint8_t graphemeOf(uint32_t scalar) {
  uint32_t block = graphemeIndex[graphemeUpper[scalar >> 11] * 32 + (scalar >> 6 & 31)];
  return graphemeBits[block * 64 + (scalar & 63)];
}

/// Where clusters end: Unicode Standard Annex 29, without regional indicators, of which no two have
/// fewer than 6 bytes.
class Clusters {
public:
  /// Whether the next scalar belongs to the cluster of those before. One after the other.
  bool joins(uint32_t scalar) {
    const uint8_t bits = graphemeOf(scalar), kind = bits >> 4;
    const bool joined = isJoined(scalar, bits, kind);
    // A picture, what extends it, a joiner; a consonant, a linker with what extends it.
    if (kind == graphemePicture)
      picture = 1;
    else if (!joined || picture != 1)
      picture = 0;
    else
      picture = scalar == zeroWidthJoiner ? 2 : bits & extendsPictures ? 1 : 0;
    if (kind == graphemeConsonant)
      consonant = 1;
    else if (bits & links)
      consonant = consonant ? 2 : 0;
    else if (!(bits & extendsConsonants))
      consonant = 0;
    last = scalar;
    lastKind = bits & extends ? uint8_t(graphemeOther) : kind;
    isFirst = false;
    return joined;
  }

private:
  static constexpr uint32_t zeroWidthJoiner = 0x200D;

  bool isJoined(uint32_t scalar, uint8_t bits, uint8_t kind) const {
    if (isFirst)
      return false;
    if (lastKind == graphemeControl || kind == graphemeControl)
      return last == '\r' && scalar == '\n';
    if ((bits & extends) || lastKind == graphemePrepend)
      return true;
    switch (kind) {
    case graphemePicture:
      return picture == 2;
    case graphemeConsonant:
      return consonant == 2;
    case graphemeL:
    case graphemeLV:
    case graphemeLVT:
      return lastKind == graphemeL;
    case graphemeV:
      return lastKind == graphemeL || lastKind == graphemeV || lastKind == graphemeLV;
    case graphemeT:
      return lastKind == graphemeV || lastKind == graphemeT || lastKind == graphemeLV ||
             lastKind == graphemeLVT;
    default:
      return false;
    }
  }

  uint32_t last = 0;
  uint8_t lastKind = graphemeOther;
  uint8_t picture = 0, consonant = 0; // 2: and what joins another to it
  bool isFirst = true;
};

/// One map: the part of the trie behind its number.
class Map {
public:
  Map(uint32_t number, const StepTables &tables) : tables(tables), root(noUnit) {
    if (!tables.maps.count)
      return;
    uint64_t unit = tables.maps[Unit::base(tables.maps[0]) ^ number];
    if (Unit::label(unit) == number)
      root = unit;
  }

  /// What stands for the text at the front of [at, end): the longest that the map has, or the
  /// shortest. Its length, 0 where there is none.
  size_t find(const char *at, const char *end, bool longest, StepText &text) const {
    size_t length = 0;
    uint64_t unit = root;
    for (const char *next = at; next < end && (longest || !length);) {
      auto byte = static_cast<unsigned char>(*next++);
      unit = tables.maps[Unit::base(unit) ^ byte];
      if (Unit::label(unit) != byte)
        break;
      if (int32_t place = Unit::value(unit); place >= 0) {
        length = static_cast<size_t>(next - at);
        text = stepText(tables.mapTexts, static_cast<size_t>(place));
      }
    }
    return length;
  }

  bool exists() const { return root != noUnit; }

private:
  static constexpr uint64_t noUnit = ~uint64_t(0);

  const StepTables &tables;
  uint64_t root;
};

size_t scalarEnd(const char *text, size_t at) {
  const char *behind = text + at;
  readScalar(behind);
  return static_cast<size_t>(behind - text);
}

/// Each new character is made of the old one at its place, those that are too many of the last.
bool replace(const char *text, Span old, const StepText &by, const Rewritten &out) {
  size_t origin = old.begin;
  for (size_t at = 0; at < by.length;) {
    const size_t next = scalarEnd(by.data, at);
    if (!out.put(by.data + at, next - at, origin))
      return false;
    at = next;
    if (const size_t behind = scalarEnd(text, origin); behind < old.end)
      origin = behind;
  }
  return true;
}

/// Replaces the cluster as a whole, or else each of its characters.
bool mapCluster(const Map &map, const char *text, Span cluster, const Rewritten &out) {
  constexpr size_t longest = 5;
  const size_t length = cluster.end - cluster.begin;
  StepText by;
  if (length <= longest && map.find(text + cluster.begin, text + cluster.end, false, by))
    return replace(text, cluster, by, out);
  for (size_t at = cluster.begin, end; at < cluster.end; at = end) {
    end = scalarEnd(text, at);
    if (!(map.find(text + at, text + end, false, by) ? replace(text, {at, end}, by, out)
                                                     : out.copy(text + at, end - at, at)))
      return false;
  }
  return true;
}

} // namespace

bool normalizeMap(uint32_t options, const Piece &piece, const Rewritten &out) {
  const char *text = piece.text;
  const size_t end = piece.span.end;
  const Map map(options >> 1, piece.tables);
  if (!map.exists())
    return out.copy(piece.begin(), piece.size(), piece.span.begin);
  if (options & mapsClusters) {
    Clusters clusters;
    Span cluster = {piece.span.begin, piece.span.begin};
    for (size_t next; cluster.end < end; cluster.end = next) {
      const char *at = text + cluster.end;
      const bool joined = clusters.joins(readScalar(at));
      next = static_cast<size_t>(at - text);
      if (joined)
        continue;
      if (!mapCluster(map, text, cluster, out))
        return false;
      cluster.begin = cluster.end;
    }
    return mapCluster(map, text, cluster, out);
  }
  for (size_t at = piece.span.begin; at < end;) {
    StepText by;
    const size_t length = map.find(text + at, text + end, true, by);
    const size_t next = length ? at + length : scalarEnd(text, at);
    if (!(length ? replace(text, {at, next}, by, out) : out.copy(text + at, next - at, at)))
      return false;
    at = next;
  }
  return true;
}

} // namespace tfc::tokenizer
