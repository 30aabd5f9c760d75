// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Choosing among scores, against the plain way with sorting and double precision.

#include "runtime/Cpu.h"
#include "runtime/Sample.h"
#include "runtime/Wide.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <vector>

using namespace tfc;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

std::vector<float> randomScores(size_t count, unsigned seed, float spread = 4) {
  std::mt19937 draw(seed);
  std::normal_distribution<float> normal(0, spread);
  std::vector<float> scores(count);
  for (float &score : scores)
    score = normal(draw);
  return scores;
}

/// Scores with their bounds, each too large by `slack`.
class Bounded {
public:
  explicit Bounded(std::vector<float> &values, float slack = 0)
      : bounds(groupsOfScores(int64_t(values.size()))),
        scores{values.data(), int64_t(values.size()), bounds.data()} {
    bound(scores);
    for (float &each : bounds)
      each += slack;
  }
  operator const Scores &() const { return scores; }

private:
  std::vector<float> bounds;
  Scores scores;
};

int32_t drawn(std::vector<float> &scores, const Sampling &sampling, int64_t position,
              uint32_t level = cpuLevel()) {
  std::vector<Candidate> scratch(scores.size());
  return sample(Bounded(scores), sampling, position, level, scratch.data());
}

/// The probabilities of the tokens that may be drawn, by the definitions of the three filters.
std::map<int32_t, double> distribution(const std::vector<float> &scores, const Sampling &sampling) {
  std::vector<int32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
  });
  auto weight = [&](int32_t id) {
    return std::exp((double(scores[id]) - scores[order[0]]) / sampling.temperature);
  };
  if (sampling.topK)
    order.resize(std::min<size_t>(order.size(), sampling.topK));
  auto total = [&] {
    return std::accumulate(order.begin(), order.end(), 0.0,
                           [&](double sum, int32_t id) { return sum + weight(id); });
  };
  if (sampling.topP < 1) {
    double all = total(), before = 0;
    size_t kept = 0;
    for (; kept < order.size() && (kept == 0 || before < sampling.topP * all); ++kept)
      before += weight(order[kept]);
    order.resize(kept);
  }
  while (weight(order.back()) < sampling.minP)
    order.pop_back();
  std::map<int32_t, double> result;
  for (int32_t id : order)
    result[id] = weight(id) / total();
  return result;
}

TEST(Largest, IsTheFirstOfEquals) {
  for (size_t count : {1, 2, 3, 15, 16, 17, 33, 1000}) {
    std::vector<float> scores = randomScores(count, unsigned(count));
    auto most = std::max_element(scores.begin(), scores.end());
    for (float slack : {0.0F, 1.0F, 100.0F})
      EXPECT_EQ(largest(Bounded(scores, slack)), most - scores.begin());
    scores.back() = *most;
    EXPECT_EQ(largest(Bounded(scores)),
              std::max_element(scores.begin(), scores.end()) - scores.begin());
  }
}

TEST(Largest, PassesOverWhatIsNoNumber) {
  const float nan = std::nanf("");
  std::vector<float> scores(40, nan);
  EXPECT_EQ(largest(Bounded(scores)), 0);
  scores[17] = -infinity;
  EXPECT_EQ(largest(Bounded(scores)), 0);
  scores[39] = -3;
  EXPECT_EQ(largest(Bounded(scores)), 39);
}

TEST(LogSumExp, IsThatOfDoubles) {
  for (size_t count : {1, 2, 3, 4, 5, 63, 255, 256, 257, 1025, 50257})
    for (float spread : {0.1F, 4.0F, 60.0F}) {
      std::vector<float> scores = randomScores(count, unsigned(count), spread);
      const double most = *std::max_element(scores.begin(), scores.end());
      double sum = 0;
      for (float score : scores)
        sum += std::exp(score - most);
      for (uint32_t level = 1; level <= cpuLevel(); ++level)
        EXPECT_NEAR(logSumExp(Bounded(scores), level), most + std::log(sum), 3e-7)
            << count << " " << spread << " level " << level;
    }
}

TEST(LargestFew, AreThoseOfASort) {
  for (size_t count : {1, 5, 100, 5000})
    for (int64_t wanted : {1, 4, 9}) {
      std::vector<float> scores = randomScores(count, unsigned(count));
      for (float &score : scores)
        score = std::round(score * 4); // many are equal
      std::vector<Candidate> few(wanted);
      const int64_t found = largestFew(Bounded(scores, float(wanted - 1)), wanted, few.data());
      ASSERT_EQ(found, std::min<int64_t>(wanted, int64_t(count)));
      std::vector<int32_t> order(count);
      std::iota(order.begin(), order.end(), 0);
      std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
        return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
      });
      for (int64_t i = 0; i < found; ++i) {
        EXPECT_EQ(few[i].id, order[i]);
        EXPECT_EQ(few[i].score, scores[order[i]]);
      }
    }
  std::vector<float> never = {-infinity, 1, -infinity};
  Candidate few[3];
  EXPECT_EQ(largestFew(Bounded(never), 3, few), 1);
}

/// Draws with many seeds: nothing comes that may not, and the shares are the probabilities.
TEST(Sample, DrawsByProbability) {
  std::vector<float> scores = randomScores(60, 3, 2);
  const Sampling cases[] = {
      {1}, {0.7}, {2}, {1, 5}, {1, 0, 0.8}, {1, 0, 1, 0.2}, {1.3, 20, 0.9, 0.05}, {1, 1000}};
  for (Sampling sampling : cases) {
    const std::map<int32_t, double> expected = distribution(scores, sampling);
    std::map<int32_t, int> counts;
    constexpr int draws = 20000;
    for (sampling.seed = 0; sampling.seed < draws; ++sampling.seed)
      ++counts[drawn(scores, sampling, 7)];
    for (auto [id, count] : counts)
      EXPECT_TRUE(expected.count(id)) << id << " is not among those to draw";
    for (auto [id, probability] : expected) // five standard deviations
      EXPECT_NEAR(counts[id], draws * probability, 5 * std::sqrt(draws * probability) + 1) << id;
  }
}

/// Nuclei of more than are looked for at first, and a cut at as many.
TEST(Sample, DrawsAmongMany) {
  for (float spread : {0.0F, 1.0F}) {
    std::vector<float> scores = randomScores(1500, 5, spread);
    for (Sampling sampling : {Sampling{1, 0, 0.9}, Sampling{1, 0, 1, 0.001}, Sampling{1, 400, 0.9},
                              Sampling{1, 0, 0.9999999}}) {
      const std::map<int32_t, double> expected = distribution(scores, sampling);
      ASSERT_GT(expected.size(), 256U);
      std::set<int32_t> drawnIds;
      for (sampling.seed = 0; sampling.seed < 2000; ++sampling.seed) {
        const int32_t id = drawn(scores, sampling, 7);
        ASSERT_TRUE(expected.count(id)) << id << " is not among those to draw";
        drawnIds.insert(id);
      }
      EXPECT_GT(drawnIds.size(), 200U);
    }
  }
}

#ifdef __x86_64__
__attribute__((target("avx2"))) double sums8(const Scores &scores, Candidate *sums) {
  return Wide<8, false>::sumGroups(scores, 3, 0.7F, sums);
}
__attribute__((target("avx512f"))) double sums16(const Scores &scores, Candidate *sums) {
  return Wide<16, false>::sumGroups(scores, 3, 0.7F, sums);
}

TEST(Sample, WeightsAreTheSameHoweverWide) {
  for (size_t count : {1, 31, 33, 5003}) {
    std::vector<float> scores = randomScores(count, 6, 3);
    const Bounded all(scores);
    std::vector<Candidate> narrow(count), wide(count);
    const double total = Narrow::sumGroups(all, 3, 0.7F, narrow.data());
    for (auto [level, sum] : {std::pair(3u, &sums8), {4u, &sums16}}) {
      if (level > cpuLevel())
        continue;
      EXPECT_EQ(sum(all, wide.data()), total);
      for (int64_t group = 0; group < groupsOfScores(int64_t(count)); ++group)
        EXPECT_EQ(wide[group].score, narrow[group].score) << count << " level " << level;
    }
  }
}
#endif

TEST(Sample, IsTheSameAtAnyLevel) {
  std::vector<float> scores = randomScores(5003, 6, 3);
  for (Sampling sampling :
       {Sampling{1}, Sampling{0.8, 0, 0.9}, Sampling{1, 50}, Sampling{1, 0, 1, 0.01}})
    for (sampling.seed = 0; sampling.seed < 50; ++sampling.seed) {
      const int32_t expected = drawn(scores, sampling, 3, 1);
      for (uint32_t level = 2; level <= cpuLevel(); ++level)
        EXPECT_EQ(drawn(scores, sampling, 3, level), expected) << level;
    }
}

/// Each place of a row is a draw of its own, too.
TEST(Sample, DrawsByPosition) {
  std::vector<float> scores(16, 0);
  std::map<int32_t, int> counts;
  for (int64_t position = 0; position < 16000; ++position)
    ++counts[drawn(scores, {1}, position)];
  for (int32_t id = 0; id < 16; ++id)
    EXPECT_NEAR(counts[id], 1000, 160) << id;
}

TEST(Sample, IsReproducible) {
  std::vector<float> scores = randomScores(50257, 1, 1);
  const Sampling sampling = {1, 0, 0.95, 0, 1234};
  std::set<int32_t> ids;
  for (int64_t position = 0; position < 50; ++position) {
    const int32_t id = drawn(scores, sampling, position);
    EXPECT_EQ(drawn(scores, sampling, position), id);
    ids.insert(id);
  }
  EXPECT_GT(ids.size(), 20U);
}

TEST(Sample, AtLeastTheLikeliestStays) {
  std::vector<float> scores = randomScores(100, 9);
  const int32_t best = largest(Bounded(scores));
  for (Sampling sampling :
       {Sampling{1, 1}, Sampling{1, 0, 1e-9}, Sampling{1, 0, 1, 1}, Sampling{1e-3}})
    for (sampling.seed = 0; sampling.seed < 100; ++sampling.seed)
      EXPECT_EQ(drawn(scores, sampling, 0), best);
}

TEST(Sample, DrawsTheLargestWhereNoProbabilityIsANumber) {
  std::vector<float> scores = randomScores(101, 4);
  for (Sampling sampling : {Sampling{1e-300}, Sampling{1e-300, 3}, Sampling{1e-300, 0, 0.5}})
    EXPECT_EQ(drawn(scores, sampling, 0), largest(Bounded(scores)));
  scores[70] = infinity;
  for (Sampling sampling :
       {Sampling{1}, Sampling{1, 3}, Sampling{1, 0, 0.5}, Sampling{1, 0, 1, 0.1}})
    EXPECT_EQ(drawn(scores, sampling, 0), 70);
}

TEST(Sample, NeverDrawsWhatIsForbidden) {
  std::vector<float> scores(1000, -infinity);
  scores[300] = std::nanf("");
  scores[400] = -50;
  for (uint64_t seed = 0; seed < 50; ++seed)
    EXPECT_EQ(drawn(scores, {1, 0, 1, 0, seed}, 0), 400);
  scores[400] = -infinity;
  EXPECT_EQ(drawn(scores, {1}, 0), 0) << "there is nothing to draw";
}

} // namespace
