// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/LogitsProcessors.h"

#include <cmath>
#include <gtest/gtest.h>
#include <set>
#include <vector>

using namespace tfc;

namespace {

constexpr int64_t vocabulary = 100;
constexpr float never = -INFINITY;

/// Ids that live as long as the model.
struct Ids {
  std::vector<int32_t> ids;
  operator tfc_ids() const { return {ids.data(), ids.size()}; }
};

class LogitsProcessors : public testing::Test {
protected:
  tfc_generation model = [] {
    tfc_generation model = {};
    model.forced_bos_token_id = -1;
    model.repetition_penalty = 1;
    return model;
  }();
  Demands demands = {&model, nullptr, 0, 1, 0};
  std::vector<int32_t> ids = {7, 8, 9, 7, 8};
  int64_t given = 2, end = 50;

  /// The scores behind `ids`: half of them negative before.
  std::vector<float> process() {
    std::vector<float> scores(vocabulary);
    for (int64_t i = 0; i < vocabulary; ++i)
      scores[i] = static_cast<float>(i % 2 ? i : -i);
    std::vector<uint64_t> seen(wordsForIds(vocabulary), ~uint64_t{0});
    std::vector<float> bounds(groupsOfScores(vocabulary));
    const Scores all = {scores.data(), vocabulary, bounds.data()};
    bound(all);
    processLogits(all, demands, {ids.data(), given, int64_t(ids.size()), end}, seen.data());
    for (int64_t i = 0; i < vocabulary; ++i)
      EXPECT_LE(scores[i], bounds[i / groupOfScores]) << i;
    return scores;
  }
  /// The ids that shall not come.
  std::set<int> forbidden() {
    std::set<int> result;
    const std::vector<float> scores = process();
    for (int i = 0; i < vocabulary; ++i)
      if (scores[i] == never)
        result.insert(i);
    return result;
  }
  /// The only ids that may come.
  std::set<int> allowed() {
    std::set<int> result, not_ = forbidden();
    for (int i = 0; i < vocabulary; ++i)
      if (!not_.count(i))
        result.insert(i);
    return result;
  }
};

using Set = std::set<int>;

TEST_F(LogitsProcessors, ChangeNothingUnasked) {
  const std::vector<float> scores = process();
  for (int64_t i = 0; i < vocabulary; ++i)
    EXPECT_EQ(scores[i], static_cast<float>(i % 2 ? i : -i));
}

TEST_F(LogitsProcessors, AddBias) {
  const tfc_logit_bias bias[] = {{3, 2.5F}, {4, never}, {3, 1}};
  demands.bias = bias;
  demands.biasCount = 3;
  const std::vector<float> scores = process();
  EXPECT_EQ(scores[3], 6.5F);
  EXPECT_EQ(scores[4], never);
  EXPECT_EQ(scores[5], 5);
}

TEST_F(LogitsProcessors, PenalizeEachTokenOnce) {
  demands.repetitionPenalty = 2;
  const std::vector<float> scores = process();
  EXPECT_EQ(scores[7], 3.5F);
  EXPECT_EQ(scores[8], -16);
  EXPECT_EQ(scores[9], 4.5F);
  EXPECT_EQ(scores[10], -10);
}

TEST_F(LogitsProcessors, ForbidRepeatedNgrams) {
  model.no_repeat_ngram_size = 3; // 7 8 was followed by 9
  EXPECT_EQ(forbidden(), Set({9}));
  model.no_repeat_ngram_size = 2; // 8 was followed by 9
  EXPECT_EQ(forbidden(), Set({9}));
  model.no_repeat_ngram_size = 1;
  EXPECT_EQ(forbidden(), Set({7, 8, 9}));
  model.no_repeat_ngram_size = 4; // 9 7 8 is new
  EXPECT_EQ(forbidden(), Set());
  model.no_repeat_ngram_size = 6; // longer than the row
  EXPECT_EQ(forbidden(), Set());
}

TEST_F(LogitsProcessors, ForbidBadWordsThatDoNotEnd) {
  const Ids bad{{5, 6, 99}}, ends{{6}};
  model.bad_words_ids = bad;
  model.eos_token_id = ends;
  EXPECT_EQ(forbidden(), Set({5, 99}));
}

TEST_F(LogitsProcessors, ForbidAnEarlyEnd) {
  const Ids ends{{6, 11}};
  model.eos_token_id = ends;
  model.min_length = 6; // of the row with its prompt
  EXPECT_EQ(forbidden(), Set({6, 11}));
  model.min_length = 5;
  EXPECT_EQ(forbidden(), Set());
  demands.minNewTokens = 4; // three are there
  EXPECT_EQ(forbidden(), Set({6, 11}));
  demands.minNewTokens = 3;
  EXPECT_EQ(forbidden(), Set());
}

TEST_F(LogitsProcessors, ForceTheFirstAndTheLast) {
  const Ids ends{{6, 11}};
  model.forced_eos_token_id = ends;
  model.forced_bos_token_id = 4;
  EXPECT_EQ(forbidden(), Set());
  end = 6;
  EXPECT_EQ(allowed(), Set({6, 11}));
  end = 50;
  ids = {7};
  given = 1;
  EXPECT_EQ(allowed(), Set({4}));
}

TEST_F(LogitsProcessors, SuppressAlwaysAndAtTheBeginning) {
  const Ids always{{1}}, first{{2}};
  model.suppress_tokens = always;
  model.begin_suppress_tokens = first;
  EXPECT_EQ(forbidden(), Set({1}));
  given = 5;
  EXPECT_EQ(forbidden(), Set({1, 2}));
  // Behind a token that is forced.
  model.forced_bos_token_id = 4;
  given = 1;
  ids = {7, 4};
  EXPECT_EQ(forbidden(), Set({1, 2}));
}

TEST_F(LogitsProcessors, PassOverIdsThatDoNotExist) {
  const Ids wrong{{-1, 100, 1 << 30}};
  model.suppress_tokens = model.bad_words_ids = wrong;
  demands.repetitionPenalty = 2;
  ids = {-5, 1000};
  EXPECT_EQ(forbidden(), Set());
}

} // namespace
