// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Choosing among scores: the largest, the largest few, or one drawn by chance.

#ifndef TFC_RUNTIME_SAMPLE_H
#define TFC_RUNTIME_SAMPLE_H

#include <stdint.h>

namespace tfc {

/// How tokens are drawn, in the order in which it is applied.
struct Sampling {
  double temperature = 0; // logits are divided by it; 0: the largest is chosen
  int64_t topK = 0;       // among so many; 0: all
  double topP = 1;        // among the fewest that together have this probability (nucleus)
  double minP = 0;        // among those that have this share of the largest probability
  uint64_t seed = 0;
};

/// An id and how likely it is, in some measure.
struct Candidate {
  float score;
  int32_t id;
};

/// Scores in groups of so many: none is larger than its group's bound.
constexpr int64_t groupOfScores = 32;
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

/// Draws an id. `position` is the token's place in its row: the same seed, place and scores give
/// the same id. `scratch` has room for `count` candidates.
int32_t sample(const Scores &scores, const Sampling &sampling, int64_t position,
               Candidate *scratch);

} // namespace tfc

#endif
