// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/Scores.h"

#include "runtime/Wide.h"

#include <algorithm>

namespace tfc {
namespace {

using LogSumExp = double(const Scores &scores);
#ifdef __x86_64__
__attribute__((target("avx2,fma"))) double logSumExpAvx2(const Scores &scores) {
  return Wide<8, true>::logSumExp(scores);
}
__attribute__((target("avx512f"))) double logSumExpAvx512(const Scores &scores) {
  return Wide<16, true>::logSumExp(scores);
}
#else
constexpr LogSumExp *logSumExpAvx2 = Narrow::logSumExp, *logSumExpAvx512 = Narrow::logSumExp;
#endif

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

double logSumExp(const Scores &scores, uint32_t level) {
  return forLevel<LogSumExp>(level, Narrow::logSumExp, logSumExpAvx2, logSumExpAvx512)(scores);
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

} // namespace tfc
