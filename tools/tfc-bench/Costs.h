// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a library says that its runs cost, for a batch.

#ifndef TFC_TOOLS_BENCH_COSTS_H
#define TFC_TOOLS_BENCH_COSTS_H

#include "tools/tfc-bench/Machine.h"
#include "tools/tfc-inspect/Describe.h"

namespace tfc::bench {

/// Rows that are alike: so many tokens are computed of each behind `past` that came before.
struct Batch {
  int64_t rows = 1, length = 0, past = 0, source = 0;
};

/// What must be done, at the least, however it is done: bytes are those of weights, and of keys and
/// values that are kept. What is computed on the way may stay in caches.
struct Amounts {
  double operations = 0, byteOperations = 0, bytes = 0;

  Amounts &operator+=(const Amounts &other);
};

/// Of a run of `entry`, which tfc-inspect has described and which has "costs".
Amounts amountsOf(const inspect::Json &entry, const Batch &batch);

/// What is reached at most, per second.
struct Ceilings {
  double operations = 0, byteOperations = 0, bandwidth = 0;
};

/// The least time that something takes, and why.
struct Limit {
  double seconds = 0;
  bool ofMemory = false;
};
Limit limitOf(const Amounts &amounts, const Ceilings &ceilings);

} // namespace tfc::bench

#endif
