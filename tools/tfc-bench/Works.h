// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is timed of a model.

#ifndef TFC_TOOLS_BENCH_WORKS_H
#define TFC_TOOLS_BENCH_WORKS_H

#include "tools/tfc-bench/Costs.h"
#include "tools/tfc-run/Handles.h"
#include "tools/tfc-run/Rows.h"

#include <memory>
#include <string>
#include <vector>

namespace tfc::bench {

/// Of some values.
double median(std::vector<double> values);

/// What the command line asks for; zeros stand for defaults.
struct Wish {
  int64_t rows = 1, length = 0, newTokens = 0, threads = 0;
};

/// How many threads a session is to have: so many as are wished, or as there are cores.
int64_t threadsOf(const Wish &wish);

/// Something that a model does again and again.
struct Work {
  std::string name;
  int64_t tokens = 0; ///< that come out of it once, or go into it
  Amounts amounts;
  std::vector<double> seconds; ///< of each round
};

/// A model's works and how they are run.
class Bench {
public:
  virtual ~Bench() = default;

  /// Does all of them once and adds a time to each.
  virtual run::Failure round() = 0;

  std::vector<Work> works;
  int64_t threads = 0; ///< of its session

protected:
  /// Makes a session that has room for what will be done.
  run::Failure open(tfc_model *model, const Wish &wish, int64_t cacheTokens);

  run::SessionHandle session;
  run::Rows rows;
  std::string given; ///< the name of the ids of a prompt or a source
};

/// What there is to do with a model: an encoder computes rows; a model that generates a prompt, or
/// a source, and the tokens behind it one after another. `description` is tfc-inspect's.
run::Failure makeBench(tfc_model *model, const inspect::Json &description, const Wish &wish,
                       std::unique_ptr<Bench> &bench);

} // namespace tfc::bench

#endif
