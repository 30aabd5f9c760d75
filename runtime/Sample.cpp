// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/Sample.h"

#include "runtime/Wide.h"

#include <algorithm>

namespace tfc {
namespace {

using SumGroups = double(const Scores &scores, float most, float scale, Candidate *sums);
#ifdef __x86_64__
__attribute__((target("avx2"))) double sumGroupsAvx2(const Scores &scores, float most, float scale,
                                                     Candidate *sums) {
  return Wide<8, false>::sumGroups(scores, most, scale, sums);
}
__attribute__((target("avx512f"))) double sumGroupsAvx512(const Scores &scores, float most,
                                                          float scale, Candidate *sums) {
  return Wide<16, false>::sumGroups(scores, most, scale, sums);
}
#else
constexpr SumGroups *sumGroupsAvx2 = Narrow::sumGroups, *sumGroupsAvx512 = Narrow::sumGroups;
#endif

/// From 0 to 1 without 1, by the finalizer of SplitMix64 (Steele et al. 2014).
double uniform(uint64_t seed, int64_t position) {
  constexpr uint64_t golden = 0x9e3779b97f4a7c15;
  uint64_t bits = 0;
  for (uint64_t word : {seed, static_cast<uint64_t>(position)}) {
    bits += word + golden;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
    bits ^= bits >> 31;
  }
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

/// How the scores of one choice become weights.
struct Weighing {
  const Scores &scores;
  float most, scale; // the weight of a score is e^((score - most) * scale)

  void weigh(int64_t group, float (&weights)[groupOfScores]) const {
    Narrow::weigh(scores, group, most, scale, weights);
  }
  float of(float score) const { return Narrow::exponentials(&score, 1, 0, most, scale)[0]; }
};

/// The id at which the sums of the weights, in the order of the ids, exceed a share of their total.
int32_t drawAmongAll(const Weighing &weighing, double left, const Candidate *sums) {
  const Scores &scores = weighing.scores;
  int64_t group = 0, drawn = 0;
  for (int64_t i = 0; i < groupsOfScores(scores.count); ++i) {
    if (!(sums[i].score > 0))
      continue;
    group = i;
    if (left < static_cast<double>(sums[i].score))
      break;
    left -= static_cast<double>(sums[i].score);
  }
  float weights[groupOfScores];
  weighing.weigh(group, weights);
  for (int64_t i = 0; i < groupOfScores; ++i) {
    if (!(weights[i] > 0))
      continue;
    drawn = i;
    if ((left -= static_cast<double>(weights[i])) < 0)
      break;
  }
  return static_cast<int32_t>(group * groupOfScores + drawn);
}

int64_t weighLargest(const Weighing &weighing, int64_t wanted, Candidate *candidates) {
  const int64_t found = largestFew(weighing.scores, wanted, candidates);
  for (int64_t i = 0; i < found; ++i)
    candidates[i].score = weighing.of(candidates[i].score);
  return found;
}

int64_t weighAll(const Weighing &weighing, Candidate *candidates) {
  int64_t found = 0;
  for (int64_t group = 0; group < groupsOfScores(weighing.scores.count); ++group) {
    float weights[groupOfScores];
    weighing.weigh(group, weights);
    for (int64_t i = 0; i < groupOfScores; ++i)
      if (weights[i] > 0)
        candidates[found++] = {weights[i], static_cast<int32_t>(group * groupOfScores + i)};
  }
  return found;
}

/// Moves those candidates that the filters keep to the end, the largest last, and gives where they
/// begin and the sum of their weights. `total`: of all weights.
const Candidate *filter(Candidate *candidates, int64_t count, const Sampling &sampling,
                        double total, double &sum) {
  Candidate *kept = candidates + count;
  std::make_heap(candidates, kept, isLess);
  const double least = sampling.minP * static_cast<double>(candidates[0].score);
  for (sum = 0; kept != candidates && static_cast<double>(candidates[0].score) >= least &&
                (sampling.topP >= 1 || sum < sampling.topP * total);) {
    std::pop_heap(candidates, kept--, isLess);
    sum += static_cast<double>(kept->score);
  }
  return kept;
}

/// As a rule, the filters keep no more than so many.
constexpr int64_t mostKept = 256;

} // namespace

int32_t sample(const Scores &scores, const Sampling &sampling, int64_t position, uint32_t level,
               Candidate *scratch) {
  const int32_t likeliest = largest(scores);
  const Weighing weighing = {scores, scores.values[likeliest],
                             static_cast<float>(1 / sampling.temperature)};
  const double share = uniform(sampling.seed, position);
  const bool isCut = sampling.topK && sampling.topK < scores.count;
  double total = 0;
  if (!isCut) {
    total = forLevel<SumGroups>(level, Narrow::sumGroups, sumGroupsAvx2,
                                sumGroupsAvx512)(scores, weighing.most, weighing.scale, scratch);
    if (sampling.topP >= 1 && !(sampling.minP > 0) && total > 0)
      return drawAmongAll(weighing, share * total, scratch);
  }
  for (int64_t wanted = isCut ? sampling.topK : mostKept;; wanted = scores.count) {
    const int64_t found = wanted < scores.count ? weighLargest(weighing, wanted, scratch)
                                                : weighAll(weighing, scratch);
    double sum = 0;
    for (int64_t i = 0; isCut && i < found; ++i)
      total += static_cast<double>(scratch[i].score);
    if (!(total > 0)) // a temperature of next to nothing, or an infinite score: no number is left
      return likeliest;
    const Candidate *kept = filter(scratch, found, sampling, total, sum), *end = scratch + found;
    if (kept == scratch && found == wanted && wanted < scores.count && !isCut)
      continue; // there may be more to keep
    double left = share * sum;
    while (kept < end - 1 && !((left -= static_cast<double>(kept->score)) < 0))
      ++kept;
    return kept->id;
  }
}

} // namespace tfc
