// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Unicode's canonical normal forms: NFD decomposes characters and sorts combining marks, NFC
// composes them again.

#include "Steps.h"
#include "Unicode.h"

#include <string.h>

namespace tfc::tokenizer {
namespace {

/// A combining mark that waits: its scalar, whether it is not the first of what its character was
/// decomposed to, and the rank of its class.
constexpr uint64_t scalarMask = (1u << 21) - 1, extraBit = 1u << 21;
constexpr int rankShift = 32;

/// Normalizes one scalar at a time. A starter waits in `starter` for what composes with it, the
/// marks behind it in `marks`; both are written when the next starter comes.
class CanonicalNormalizer {
public:
  CanonicalNormalizer(bool composes, const Piece &piece, const Rewritten &out)
      : composes(composes), piece(piece), out(out), marks(out.pending.marks), source(piece.begin()),
        lastSource(source) {}

  bool run() {
    marks.clear();
    for (const char *at = piece.begin(), *end = at + piece.size(); at < end;) {
      uint32_t parts[maxDecomposed];
      int count = decompose(readScalar(at), parts);
      for (int i = 0; i < count; ++i)
        if (!add(parts[i], i > 0))
          return false;
    }
    return flush();
  }

private:
  bool add(uint32_t scalar, bool isExtra) {
    uint64_t rank = combiningRank(scalar);
    if (rank)
      return marks.push(rank << rankShift | (isExtra ? extraBit : 0) | scalar);
    if (composes && hasStarter) {
      if (!sortMarks())
        return false;
      composeMarks();
      if (uint32_t whole = marks.count ? 0 : compose(starter, scalar)) {
        starter = whole;
        surplus += isExtra - 1;
        return true;
      }
    }
    if (!flush())
      return false;
    starter = scalar;
    surplus = isExtra;
    hasStarter = true;
    return true;
  }

  /// Sorts the marks by rank. One pass for each rank keeps this linear, however long the sequence.
  bool sortMarks() {
    bool sorted = true;
    for (size_t i = 1; i < marks.count; ++i)
      sorted &= marks[i - 1] >> rankShift <= marks[i] >> rankShift;
    if (sorted)
      return true;
    size_t count = marks.count;
    if (!marks.reserve(count))
      return false;
    uint64_t *to = marks.data() + count;
    for (uint64_t rank = 1; rank <= combiningClasses; ++rank)
      for (size_t i = 0; i < count; ++i)
        if (marks[i] >> rankShift == rank)
          *to++ = marks[i];
    memmove(marks.data(), marks.data() + count, count * sizeof(uint64_t));
    return true;
  }

  /// Composes the starter with every mark that no other of its rank or a higher one stands before.
  void composeMarks() {
    size_t kept = 0;
    uint64_t lastRank = 0;
    for (size_t i = 0; i < marks.count; ++i) {
      uint64_t rank = marks[i] >> rankShift;
      uint32_t whole = lastRank < rank ? compose(starter, marks[i] & scalarMask) : 0;
      if (whole) {
        starter = whole;
        surplus += (marks[i] & extraBit ? 1 : 0) - 1;
        continue;
      }
      lastRank = rank;
      marks[kept++] = marks[i];
    }
    marks.count = kept;
  }

  /// Writes a scalar that was made of 1 - `more` scalars of the text, or for 1 of none: it is one
  /// more that was made of the last. The origins follow the text, whatever changed its place.
  bool write(uint32_t scalar, int more) {
    size_t origin = static_cast<size_t>((more > 0 ? lastSource : source) - piece.text);
    for (const char *end = piece.begin() + piece.size(); more < 1 && source < end; ++more) {
      lastSource = source;
      readScalar(source);
    }
    char bytes[4];
    return out.put(bytes, static_cast<size_t>(writeScalar(scalar, bytes) - bytes), origin);
  }

  bool flush() {
    if (!sortMarks())
      return false;
    if (composes && hasStarter)
      composeMarks();
    if (hasStarter && !write(starter, surplus))
      return false;
    for (size_t i = 0; i < marks.count; ++i)
      if (!write(marks[i] & scalarMask, (marks[i] & extraBit) != 0))
        return false;
    hasStarter = false;
    marks.clear();
    return true;
  }

  bool composes;
  const Piece &piece;
  const Rewritten &out;
  List<uint64_t> &marks;
  const char *source, *lastSource; // what is to be written next was made of, and the last was
  uint32_t starter = 0;
  int surplus = 0; // of the starter, for write()
  bool hasStarter = false;
};

/// Whether NFC leaves a text as it is for sure.
bool isComposed(const Piece &piece) {
  for (const char *at = piece.begin(), *end = at + piece.size(); at < end;)
    if (static_cast<signed char>(*at) >= 0)
      ++at;
    else if (textBitsOf(readScalar(at)) & textMayChange)
      return false;
  return true;
}

} // namespace

bool normalizeCanonical(uint32_t options, const Piece &piece, const Rewritten &out) {
  if (options && isComposed(piece))
    return out.copy(piece.begin(), piece.size(), piece.span.begin);
  return CanonicalNormalizer(options != 0, piece, out).run();
}

} // namespace tfc::tokenizer
