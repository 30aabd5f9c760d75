// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/LogitsProcessors.h"

#include <algorithm>
#include <math.h>
#include <string.h>

namespace tfc {
namespace {

/// The scores of one row under change.
class Change {
public:
  Change(const Scores &scores, const Demands &demands, const History &history)
      : scores(scores), demands(demands), history(history) {}

  void addBias() {
    for (size_t i = 0; i < demands.biasCount; ++i)
      if (has(demands.bias[i].id))
        scores.set(demands.bias[i].id, score(demands.bias[i].id) + demands.bias[i].bias);
  }

  /// Keskar et al. 2019 (CTRL): what was there before is less likely, once for each token.
  void penalizeRepetition(uint64_t *seen) {
    const auto penalty = static_cast<float>(demands.repetitionPenalty);
    if (penalty == 1)
      return;
    memset(seen, 0, static_cast<size_t>(wordsForIds(scores.count)) * sizeof *seen);
    for (int64_t i = 0; i < history.known; ++i) {
      const int32_t id = history.ids[i];
      if (!has(id) || seen[id / 64] >> (id % 64) & 1)
        continue;
      seen[id / 64] |= uint64_t{1} << (id % 64);
      scores.set(id, score(id) < 0 ? score(id) * penalty : score(id) / penalty);
    }
  }

  /// No n tokens come twice: what followed the newest n - 1 before must not follow again.
  void forbidRepeatedNgrams() {
    const int64_t n = demands.model->no_repeat_ngram_size, known = history.known;
    if (n < 1)
      return;
    const int32_t *newest = history.ids + known - (n - 1);
    for (int64_t i = 0; i + n <= known; ++i)
      if (memcmp(history.ids + i, newest, static_cast<size_t>(n - 1) * sizeof(int32_t)) == 0)
        forbid(history.ids[i + n - 1]);
  }

  /// Where a word is one that ends rows, it may come all the same, as in transformers.
  void forbidBadWords() {
    const tfc_ids &words = demands.model->bad_words_ids;
    for (uint64_t i = 0; i < words.count; ++i)
      if (!demands.ends(words.ids[i]))
        forbid(words.ids[i]);
  }

  void forbidEarlyEnd() {
    if (history.known < demands.model->min_length ||
        history.known - history.given < demands.minNewTokens)
      forbid(demands.model->eos_token_id);
  }

  void force() {
    const tfc_generation &model = *demands.model;
    const auto bos = static_cast<int32_t>(model.forced_bos_token_id);
    if (bos >= 0 && history.known == 1)
      allowOnly({&bos, 1});
    if (model.forced_eos_token_id.count && history.known == history.end - 1)
      allowOnly(model.forced_eos_token_id);
  }

  void suppress() {
    const tfc_generation &model = *demands.model;
    forbid(model.suppress_tokens);
    const bool bosComes = history.given == 1 && model.forced_bos_token_id >= 0;
    if (history.known == history.given + bosComes)
      forbid(model.begin_suppress_tokens);
  }

private:
  bool has(int64_t id) const { return id >= 0 && id < scores.count; }
  float score(int64_t id) const { return scores.values[id]; }
  void forbid(int32_t id) {
    if (has(id))
      scores.set(id, -INFINITY);
  }
  void forbid(const tfc_ids &ids) {
    for (uint64_t i = 0; i < ids.count; ++i)
      forbid(ids.ids[i]);
  }
  void allowOnly(const tfc_ids &ids) {
    std::fill_n(scores.values, scores.count, -INFINITY);
    std::fill_n(scores.bounds, groupsOfScores(scores.count), -INFINITY);
    for (uint64_t i = 0; i < ids.count; ++i)
      if (has(ids.ids[i]))
        scores.set(ids.ids[i], 0);
  }

  const Scores &scores;
  const Demands &demands;
  const History &history;
};

} // namespace

bool Demands::ends(int32_t id) const {
  for (uint64_t i = 0; i < model->eos_token_id.count; ++i)
    if (model->eos_token_id.ids[i] == id)
      return true;
  return false;
}

void processLogits(const Scores &scores, const Demands &demands, const History &history,
                   uint64_t *seen) {
  Change changed(scores, demands, history);
  changed.addBias();
  changed.penalizeRepetition(seen);
  changed.forbidRepeatedNgrams();
  changed.forbidBadWords();
  changed.forbidEarlyEnd();
  changed.force();
  changed.suppress();
}

} // namespace tfc
