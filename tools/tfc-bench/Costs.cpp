// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tools/tfc-bench/Costs.h"

#include <algorithm>
#include <cmath>

namespace tfc::bench {

/// A sum of terms: a count, the exponents of rows, length and source, and perhaps a window, of
/// which rows see so much as they have.
static double sum(const inspect::Json &terms, int64_t rows, int64_t length, int64_t source) {
  double total = 0;
  for (const inspect::Json &term : terms)
    total += term[0].get<double>() * (term[1].get<bool>() ? double(rows) : 1.0) *
             std::pow(double(length), term[2].get<unsigned>()) *
             std::pow(double(source), term[3].get<unsigned>()) *
             (term.size() > 4 ? std::min(double(length), term[4].get<double>()) : 1.0);
  return total;
}

Amounts &Amounts::operator+=(const Amounts &other) {
  operations += other.operations;
  byteOperations += other.byteOperations;
  bytes += other.bytes;
  return *this;
}

Amounts amountsOf(const inspect::Json &entry, const Batch &batch) {
  const inspect::Json &costs = entry["costs"];
  const int64_t last = batch.past + batch.length;
  // Amounts are for rows from their first token on. Of what grows with them the new tokens have
  // what the whole rows have more than those that came before; the rest is done in each run.
  auto ofNew = [&](const char *name) {
    auto at = [&](int64_t length) { return sum(costs[name], batch.rows, length, batch.source); };
    return at(last) - at(batch.past) + at(0);
  };
  return {ofNew("operations"), ofNew("integer_operations"),
          ofNew("weight_bytes") + sum(costs["cache_bytes"], batch.rows, last, batch.source)};
}

Limit limitOf(const Amounts &amounts, const Ceilings &ceilings) {
  const double computing = amounts.operations / ceilings.operations +
                           amounts.byteOperations / ceilings.byteOperations,
               reading = amounts.bytes / ceilings.bandwidth;
  return {std::max(computing, reading), reading > computing};
}

} // namespace tfc::bench
