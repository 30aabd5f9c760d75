// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The scores of all tokens, and the largest of them.

#ifndef TFC_RUNTIME_SCORES_H
#define TFC_RUNTIME_SCORES_H

#include "tfc/abi.h"

#include <stdint.h>

namespace tfc {

/// An id and how likely it is, in some measure.
struct Candidate {
  float score;
  int32_t id;
};

/// Whether the one candidate is less than the other; of equal scores the higher id is.
inline bool isLess(const Candidate &a, const Candidate &b) {
  return a.score != b.score ? a.score < b.score : a.id > b.id;
}
inline bool isGreater(const Candidate &a, const Candidate &b) { return isLess(b, a); }

/// Scores in groups of so many: none is larger than its group's bound.
constexpr int64_t groupOfScores = TFC_LARGEST_OF;
constexpr int64_t groupsOfScores(int64_t count) {
  return (count + groupOfScores - 1) / groupOfScores;
}

struct Scores {
  float *values; // [count]
  int64_t count;
  float *bounds; // [groupsOfScores(count)]

  void set(int64_t id, float score) const {
    values[id] = score;
    float &bound = bounds[id / groupOfScores];
    bound = score > bound ? score : bound;
  }
};

/// Makes each bound the largest of its group; scores that are not numbers do not count.
void bound(const Scores &scores);

/// The id of the largest score, the first of equals; 0 where there is none above minus infinity.
int32_t largest(const Scores &scores);

/// The logarithm of the sum of the exponentials: what turns logits into logarithms of
/// probabilities when it is taken from each. The bounds are the largest of their groups. `level`:
/// the instruction set, see Cpu.h.
double logSumExp(const Scores &scores, uint32_t level);

/// Writes the `wanted` largest scores and their ids in descending order, of equals the lower id
/// first; gives how many there are. Those of minus infinity never count.
int64_t largestFew(const Scores &scores, int64_t wanted, Candidate *few);

} // namespace tfc

#endif
