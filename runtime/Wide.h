// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Exponentials of scores, as many at a time as a processor has lanes.

#ifndef TFC_RUNTIME_WIDE_H
#define TFC_RUNTIME_WIDE_H

#include "runtime/Scores.h"

#include <initializer_list>
#include <math.h>
#include <string.h>

namespace tfc {

/// A function whose body becomes its caller's, for that one's instruction set.
#define TFC_INLINE inline __attribute__((always_inline))

/// a · b + c, in one rounding where `fused` and the processor allow it.
template <bool fused, typename Floats> TFC_INLINE Floats multiplyAdd(Floats a, Floats b, Floats c) {
  if constexpr (fused)
    return a * b + c;
  else {
#pragma clang fp contract(off)
    return a * b + c;
  }
}

/// So many numbers at a time. What is not `fused` is the same on all processors, to the last bit,
/// but for `logSumExp`, which adds up so many sums.
template <int64_t lanes, bool fused> struct Wide {
  using Floats = float __attribute__((vector_size(lanes * 4)));
  using Doubles = double __attribute__((vector_size(lanes * 8)));
  using Ints = int32_t __attribute__((vector_size(lanes * 4)));

  static TFC_INLINE Floats load(const float *from) {
    Floats value;
    memcpy(&value, from, sizeof value);
    return value;
  }
  static TFC_INLINE Floats splat(float value) { return value - Floats{}; }

  /// e^x for x <= 0, within 2 units in the last place; 0 below -87, and where it is no number. By
  /// 2^n e^r with |r| <= ln 2 / 2 and the series of e^r.
  static TFC_INLINE Floats exponential(Floats x) {
    constexpr float log2e = 1.44269504F, ln2High = 0.693145752F, ln2Low = 1.42860677e-06F;
    constexpr float toInteger = 0x1.8p23F; // adding it rounds to an integer
    const Floats shifted = multiplyAdd<fused>(x, splat(log2e), splat(toInteger)),
                 n = shifted - toInteger;
    const Floats r =
        multiplyAdd<fused>(-n, splat(ln2Low), multiplyAdd<fused>(-n, splat(ln2High), x));
    Floats sum = splat(1.0F / 5040);
    for (float coefficient : {1.0F / 720, 1.0F / 120, 1.0F / 24, 1.0F / 6, 0.5F, 1.0F, 1.0F})
      sum = multiplyAdd<fused>(sum, r, splat(coefficient));
    Ints exponent;
    memcpy(&exponent, &shifted, sizeof exponent);
    exponent <<= 23; // the integer stands in the lowest bits
    Ints bits;
    memcpy(&bits, &sum, sizeof bits);
    bits += exponent;
    memcpy(&sum, &bits, sizeof sum);
    return x > -87.0F ? sum : splat(0);
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
    return exponential((value - most) * scale);
  }

  /// Such exponentials of a group.
  static TFC_INLINE void weigh(const Scores &scores, int64_t group, float most, float scale,
                               float (&weights)[groupOfScores]) {
    const int64_t begin = group * groupOfScores;
    for (int64_t i = 0; i < groupOfScores; i += lanes) {
      const Floats some = begin + i < scores.count
                              ? exponentials(scores.values, scores.count, begin + i, most, scale)
                              : splat(0);
      memcpy(weights + i, &some, sizeof some);
    }
  }

  /// Writes the sum of such exponentials of each group, and gives that of all.
  static TFC_INLINE double sumGroups(const Scores &scores, float most, float scale,
                                     Candidate *sums) {
    double total = 0;
    for (int64_t group = 0; group < groupsOfScores(scores.count); ++group) {
      float weights[groupOfScores];
      weigh(scores, group, most, scale, weights);
      for (int64_t half = groupOfScores / 2; half; half /= 2) // in one order, however wide
        for (int64_t i = 0; i < half; ++i)
          weights[i] += weights[i + half];
      sums[group].score = weights[0];
      total += static_cast<double>(weights[0]);
    }
    return total;
  }

  static TFC_INLINE double logSumExp(const Scores &all) {
    const float *scores = all.values;
    const int64_t count = all.count;
    const float most = largestScore(all.bounds, groupsOfScores(count));
    constexpr int64_t block = 256; // behind it sums would outgrow what is added
    const int64_t whole = count - count % lanes;
    Doubles totals = {};
    for (int64_t begin = 0; begin < whole; begin += block) {
      const int64_t end = whole - begin < block ? whole : begin + block;
      Floats sums = splat(0);
      for (int64_t i = begin; i < end; i += lanes)
        sums += exponential(load(scores + i) - most);
      totals += __builtin_convertvector(sums, Doubles);
    }
    if (whole < count)
      totals += __builtin_convertvector(exponentials(scores, count, whole, most, 1), Doubles);
    double total = 0;
    for (int64_t lane = 0; lane < lanes; ++lane)
      total += totals[lane];
    return most + log(total);
  }
};

/// What every processor has.
constexpr int64_t lanes = 4;
using Narrow = Wide<lanes, false>;

/// Of functions for every processor, for AVX2 and for AVX-512, that of a level, see Cpu.h.
template <typename Function>
Function *forLevel(uint32_t level, Function *narrow, Function *avx2, Function *avx512) {
  return level >= 4 ? avx512 : level >= 3 ? avx2 : narrow;
}

#undef TFC_INLINE

} // namespace tfc

#endif
