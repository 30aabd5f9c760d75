// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What becomes of the matches of a pattern, and of the text between them.

#ifndef TFC_RUNTIME_TOKENIZER_CUT_H
#define TFC_RUNTIME_TOKENIZER_CUT_H

#include "runtime/Tokenizer/Steps.h"

namespace tfc::tokenizer {

/// Takes the segments of a piece from left to right, matches and the text between, and appends
/// words.
class Cutter {
public:
  /// `options`: CutBehavior | cutInverted.
  Cutter(uint32_t options, List<Span> &out)
      : behavior(options & cutBehaviorMask), isInverted(options & cutInverted), out(out) {}

  bool segment(Span span, bool isMatch) {
    if (span.begin == span.end)
      return true;
    isMatch ^= isInverted;
    bool hasBefore = isBegun, wasMatch = isBegun && previousMatch;
    isBegun = true;
    previousMatch = isMatch;
    switch (behavior) {
    case cutRemoved:
      return isMatch || out.push(span);
    case cutContiguous:
      return hasBefore && isMatch == wasMatch ? extend(span) : out.push(span);
    case cutMergedWithPrevious:
      return hasBefore && isMatch && !wasMatch ? extend(span) : out.push(span);
    case cutMergedWithNext:
      return !isMatch && wasMatch ? extend(span) : out.push(span);
    default:
      return out.push(span);
    }
  }

private:
  bool extend(Span span) {
    out[out.count - 1].end = span.end;
    return true;
  }

  uint32_t behavior;
  bool isInverted;
  bool isBegun = false, previousMatch = false;
  List<Span> &out;
};

/// Cuts a piece by a pattern: find(from) gives the next match at or behind `from`, an empty one at
/// the end where there is none.
template <typename Find>
bool cutBy(Find find, uint32_t options, const Piece &piece, List<Span> &out) {
  Cutter cutter(options, out);
  for (size_t done = piece.span.begin; done < piece.span.end;) {
    Span match = find(done);
    if (!cutter.segment({done, match.begin}, false) || !cutter.segment(match, true))
      return false;
    done = match.end;
  }
  return true;
}

/// The end of the word that begins at `from`, as the pattern of cutSplitter finds it.
size_t splitterEnd(uint32_t options, const char *text, size_t from, size_t end);

} // namespace tfc::tokenizer

#endif
