// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is asked of the next token beside the model's own scores: tokens that shall not come, that
// must come, or that come less often. After transformers' logits processors, in their order.

#ifndef TFC_RUNTIME_LOGITSPROCESSORS_H
#define TFC_RUNTIME_LOGITSPROCESSORS_H

#include "runtime/Scores.h"

#include "tfc/abi.h"
#include "tfc/tfc.h"

namespace tfc {

/// A row as far as it is known, its prompt first.
struct History {
  const int32_t *ids;
  int64_t given, known; // tokens of the prompt; of the row
  int64_t end;          // tokens that the row may have
};

/// What the model asks and what the caller asks, together.
struct Demands {
  const tfc_generation *model;
  const tfc_logit_bias *bias; // [biasCount]
  size_t biasCount;
  double repetitionPenalty; // 1: none
  int64_t minNewTokens;

  bool ends(int32_t id) const;
};

/// Changes the scores (logits, or logarithms of probabilities) of the token that follows, in place.
/// Tokens that shall not come get minus infinity. `seen` is scratch memory, [wordsForIds].
void processLogits(const Scores &scores, const Demands &demands, const History &history,
                   uint64_t *seen);

/// Words of 64 bits that have a bit for each id.
constexpr int64_t wordsForIds(int64_t vocabulary) { return (vocabulary + 63) / 64; }

} // namespace tfc

#endif
