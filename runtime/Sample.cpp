// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/Sample.h"

#include <algorithm>
#include <math.h>
#include <string.h>

namespace tfc {
namespace {

/// A function whose body becomes its caller's, for that one's instruction set.
#define TFC_INLINE inline __attribute__((always_inline))

/// So many numbers at a time.
template <int64_t lanes> struct Wide {
  using Floats = float __attribute__((vector_size(lanes * 4)));
  using Ints = int32_t __attribute__((vector_size(lanes * 4)));

  static TFC_INLINE Floats load(const float *from) {
    Floats value;
    memcpy(&value, from, sizeof value);
    return value;
  }
  static TFC_INLINE Floats splat(float value) { return value - Floats{}; }

  /// e^x for x <= 0, within 2 units in the last place; below -87 it is that of -87. By 2^n e^r with
  /// |r| <= ln 2 / 2 and the series of e^r.
  static TFC_INLINE Floats exponential(Floats x) {
    constexpr float log2e = 1.44269504F, ln2High = 0.693145752F, ln2Low = 1.42860677e-06F;
    x = x < -87.0F ? splat(-87.0F) : x;
    constexpr float toInteger = 0x1.8p23F; // adding it rounds to an integer
    const Floats shifted = x * log2e + toInteger, n = shifted - toInteger;
    const Floats r = x - n * ln2High - n * ln2Low;
    Floats sum = splat(1.0F / 5040);
    for (float coefficient : {1.0F / 720, 1.0F / 120, 1.0F / 24, 1.0F / 6, 0.5F, 1.0F, 1.0F})
      sum = sum * r + coefficient;
    Ints exponent;
    memcpy(&exponent, &shifted, sizeof exponent);
    exponent <<= 23; // the integer stands in the lowest bits
    Ints bits;
    memcpy(&bits, &sum, sizeof bits);
    bits += exponent;
    memcpy(&sum, &bits, sizeof sum);
    return sum;
  }

  /// The larger of each two; not `value` where that is no number.
  static TFC_INLINE Floats larger(Floats value, Floats most) { return value > most ? value : most; }

  static TFC_INLINE float largestScore(const float *scores, int64_t count) {
    Floats most[4] = {splat(-INFINITY), splat(-INFINITY), splat(-INFINITY), splat(-INFINITY)};
    int64_t i = 0;
    for (; i + 4 * lanes <= count; i += 4 * lanes)
      for (int64_t k = 0; k < 4; ++k)
        most[k] = larger(load(scores + i + k * lanes), most[k]);
    const Floats all = larger(larger(most[0], most[1]), larger(most[2], most[3]));
    float result = -INFINITY;
    for (int64_t lane = 0; lane < lanes; ++lane)
      result = all[lane] > result ? all[lane] : result;
    for (; i < count; ++i)
      result = scores[i] > result ? scores[i] : result;
    return result;
  }

  /// e^((score - most) * scale) of the scores from `i` on, with zeros behind the last one.
  static TFC_INLINE Floats exponentials(const float *scores, int64_t count, int64_t i, float most,
                                        float scale) {
    Floats value = splat(-INFINITY);
    if (i + lanes <= count)
      value = load(scores + i);
    else
      memcpy(&value, scores + i, static_cast<size_t>(count - i) * sizeof(float));
    value = (value - most) * scale;
    return value > -87.0F ? exponential(value) : splat(0); // also where it is no number
  }

  static TFC_INLINE double logSumExp(const Scores &all) {
    const float *scores = all.values;
    const int64_t count = all.count;
    const float most = largestScore(all.bounds, groupsOfScores(count));
    double total = 0;
    Floats sums = splat(0);
    for (int64_t i = 0; i < count; i += lanes) {
      sums += exponentials(scores, count, i, most, 1);
      if (i % 256 && i + lanes < count)
        continue;
      for (int64_t lane = 0; lane < lanes; ++lane) // before the sums outgrow what is added
        total += static_cast<double>(sums[lane]);
      sums = splat(0);
    }
    return most + log(total);
  }
};

/// What is less likely than the likeliest by this factor is left out: in any vocabulary, all such
/// tokens together are rarer than 32 bits of chance can tell.
constexpr float negligible = 0x1p-50F;

/// What every processor has.
constexpr int64_t lanes = 4;
using Narrow = Wide<lanes>;

#ifdef __x86_64__
__attribute__((target("avx2,fma"))) double logSumExpAvx2(const Scores &scores) {
  return Wide<8>::logSumExp(scores);
}
__attribute__((target("avx512f"))) double logSumExpAvx512(const Scores &scores) {
  return Wide<16>::logSumExp(scores);
}
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

/// The order of a heap whose top is the largest score, of equals the lowest id.
bool isLess(const Candidate &a, const Candidate &b) {
  return a.score != b.score ? a.score < b.score : a.id > b.id;
}
bool isGreater(const Candidate &a, const Candidate &b) { return isLess(b, a); }

/// Moves those candidates that may be drawn to the end, gives where they begin, and sets `count` to
/// where they end.
const Candidate *filter(Candidate *candidates, int64_t &count, const Sampling &sampling) {
  if (sampling.topK && sampling.topK < count) {
    std::nth_element(candidates, candidates + sampling.topK, candidates + count, isGreater);
    count = sampling.topK;
  }
  double total = 0, sum = 0;
  for (int64_t i = 0; i < count; ++i)
    total += candidates[i].score;
  Candidate *kept = candidates + count;
  std::make_heap(candidates, kept, isLess);
  const double least = sampling.minP * candidates[0].score;
  while (kept != candidates && candidates[0].score >= least &&
         (sampling.topP >= 1 || sum < sampling.topP * total)) {
    std::pop_heap(candidates, kept--, isLess);
    sum += kept->score;
  }
  return kept;
}

/// The first from `i` on that is larger than `least`, or `count`.
int64_t nextLarger(const float *values, int64_t count, int64_t i, float least) {
  for (; i + 4 * lanes <= count; i += 4 * lanes) {
    Narrow::Ints larger{};
    for (int64_t k = 0; k < 4; ++k)
      larger |= Narrow::load(values + i + k * lanes) > least;
    uint64_t any[2];
    memcpy(any, &larger, sizeof any);
    if (any[0] | any[1])
      break;
  }
  while (i < count && !(values[i] > least))
    ++i;
  return i;
}

/// Runs `each` for the ids of the groups that may hold more than `least`, which it may raise.
template <typename Each> void forLarger(const Scores &scores, const float &least, Each each) {
  const int64_t groups = groupsOfScores(scores.count);
  for (int64_t group = 0; (group = nextLarger(scores.bounds, groups, group, least)) < groups;
       ++group) {
    const int64_t begin = group * groupOfScores, end = begin + groupOfScores;
    for (int64_t i = begin; i < end && i < scores.count; ++i)
      each(static_cast<int32_t>(i));
  }
}

} // namespace

void bound(const Scores &scores) {
  for (int64_t i = 0; i < scores.count; i += groupOfScores) {
    const int64_t left = scores.count - i;
    scores.bounds[i / groupOfScores] =
        Narrow::largestScore(scores.values + i, left < groupOfScores ? left : groupOfScores);
  }
}

int32_t largest(const Scores &scores) {
  Candidate best = {-INFINITY, 0};
  forLarger(scores, best.score, [&](int32_t id) {
    if (scores.values[id] > best.score)
      best = {scores.values[id], id};
  });
  return best.id;
}

double logSumExp(const Scores &scores, [[maybe_unused]] uint32_t level) {
#ifdef __x86_64__
  if (level >= 3)
    return (level >= 4 ? logSumExpAvx512 : logSumExpAvx2)(scores);
#endif
  return Narrow::logSumExp(scores);
}

int64_t largestFew(const Scores &scores, int64_t wanted, Candidate *few) {
  int64_t found = 0;
  float least = -INFINITY; // of those that count
  forLarger(scores, least, [&](int32_t id) {
    const float score = scores.values[id];
    if (!(score > least))
      return;
    if (found == wanted)
      std::pop_heap(few, few + found--, isGreater);
    few[found++] = {score, id};
    std::push_heap(few, few + found, isGreater);
    if (found == wanted)
      least = few[0].score;
  });
  std::sort_heap(few, few + found, isGreater);
  return found;
}

int32_t sample(const Scores &scores, const Sampling &sampling, int64_t position,
               Candidate *scratch) {
  const int32_t likeliest = largest(scores);
  const float most = scores.values[likeliest];
  int64_t found = 0;
  double total = 0;
  const auto scale = static_cast<float>(1 / sampling.temperature);
  for (int64_t index = 0; index < scores.count; index += lanes) {
    const Narrow::Floats weights =
        Narrow::exponentials(scores.values, scores.count, index, most, scale);
    for (int64_t lane = 0; lane < lanes; ++lane)
      if (weights[lane] > negligible) {
        scratch[found++] = {weights[lane], static_cast<int32_t>(index + lane)};
        total += weights[lane];
      }
  }
  if (!found) // a temperature of next to nothing, or an infinite score: no number is left
    return likeliest;
  const Candidate *kept = scratch;
  if (sampling.topK || sampling.topP < 1 || sampling.minP > 0) {
    kept = filter(scratch, found, sampling);
    total = 0;
    for (const Candidate *each = kept; each != scratch + found; ++each)
      total += each->score;
  }
  double left = uniform(sampling.seed, position) * total;
  for (; kept != scratch + found - 1; ++kept)
    if ((left -= kept->score) < 0)
      break;
  return kept->id;
}

} // namespace tfc
