// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What was measured, as people and as programs read it.

#ifndef TFC_TOOLS_BENCH_RESULTS_H
#define TFC_TOOLS_BENCH_RESULTS_H

#include "tools/tfc-bench/Works.h"

namespace tfc::bench {

/// A work beside the ceilings that were measured in its rounds.
struct Result {
  const Work &work;
  Ceilings ceilings; ///< medians

  Limit limit() const { return limitOf(work.amounts, ceilings); }
  double seconds() const { return median(work.seconds); }
  double reached() const { return limit().seconds / seconds(); }
};

/// What all results have in common.
struct Setting {
  std::string model, variant, machine;
  int64_t threads = 0;
};

/// As "2 threads".
std::string threadsAs(int64_t threads);

std::string tableOf(const Setting &setting, const std::vector<Result> &results);
inspect::Json jsonOf(const Setting &setting, const std::vector<Result> &results);

} // namespace tfc::bench

#endif
