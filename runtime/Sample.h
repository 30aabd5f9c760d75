// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One among scores, drawn by chance.

#ifndef TFC_RUNTIME_SAMPLE_H
#define TFC_RUNTIME_SAMPLE_H

#include "runtime/Scores.h"

namespace tfc {

/// How tokens are drawn, in the order in which it is applied.
struct Sampling {
  double temperature = 0; // logits are divided by it; 0: the largest is chosen
  int64_t topK = 0;       // among so many; 0: all
  double topP = 1;        // among the fewest that together have this probability (nucleus)
  double minP = 0;        // among those that have this share of the largest probability
  uint64_t seed = 0;
};

/// Draws an id. `position` is the token's place in its row: the same seed, place and scores give
/// the same id, at any `level`. `scratch` has room for `count` candidates.
int32_t sample(const Scores &scores, const Sampling &sampling, int64_t position, uint32_t level,
               Candidate *scratch);

} // namespace tfc

#endif
