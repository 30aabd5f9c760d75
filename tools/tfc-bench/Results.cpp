// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tools/tfc-bench/Results.h"

#include <algorithm>
#include <fmt/format.h>

namespace tfc::bench {

using inspect::Json;

/// Three digits that mean something.
static std::string digits(double value) {
  return value >= 100  ? fmt::format("{:.0f}", value)
         : value >= 10 ? fmt::format("{:.1f}", value)
         : value >= 1  ? fmt::format("{:.2f}", value)
                       : fmt::format("{:.3f}", value);
}

std::string threadsAs(int64_t threads) {
  return fmt::format("{} thread{}", threads, threads == 1 ? "" : "s");
}

std::string tableOf(const Setting &setting, const std::vector<Result> &results) {
  const Ceilings &ceilings = results[0].ceilings;
  std::string text =
      fmt::format("{}: {}, {} of {}\nat most {} GFLOP/s, {} G operations/s "
                  "on bytes; reading as below\n\n",
                  setting.model, setting.variant, threadsAs(setting.threads), setting.machine,
                  digits(ceilings.operations / 1e9), digits(ceilings.byteOperations / 1e9));
  size_t width = 4;
  for (const Result &result : results)
    width = std::max(width, result.work.name.size());
  text += fmt::format("{:<{}} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>8} {:>8}\n", "work",
                      width, "median ms", "best ms", "tokens/s", "G ops", "MB", "GB/s", "limit ms",
                      "bound by", "reached");
  for (const Result &result : results) {
    const Work &work = result.work;
    const Limit limit = result.limit();
    // fmt counts what is seen, so that × takes one place.
    text += fmt::format("{:<{}} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>8} {:>8.2f}\n",
                        work.name, width, digits(result.seconds() * 1e3),
                        digits(*std::min_element(work.seconds.begin(), work.seconds.end()) * 1e3),
                        digits(double(work.tokens) / result.seconds()),
                        digits((work.amounts.operations + work.amounts.byteOperations) / 1e9),
                        digits(work.amounts.bytes / 1e6), digits(result.ceilings.bandwidth / 1e9),
                        digits(limit.seconds * 1e3), limit.ofMemory ? "memory" : "compute",
                        result.reached());
  }
  return text;
}

Json jsonOf(const Setting &setting, const std::vector<Result> &results) {
  const Ceilings &ceilings = results[0].ceilings;
  Json json = {{"model", setting.model},
               {"variant", setting.variant},
               {"machine", setting.machine},
               {"threads", setting.threads},
               {"operations_per_second", ceilings.operations},
               {"byte_operations_per_second", ceilings.byteOperations}};
  Json &works = json["works"] = Json::array();
  for (const Result &result : results) {
    const Work &work = result.work;
    const Limit limit = result.limit();
    works.push_back({{"work", work.name},
                     {"tokens", work.tokens},
                     {"operations", work.amounts.operations},
                     {"byte_operations", work.amounts.byteOperations},
                     {"bytes", work.amounts.bytes},
                     {"bytes_per_second", result.ceilings.bandwidth},
                     {"seconds", work.seconds},
                     {"median", result.seconds()},
                     {"tokens_per_second", double(work.tokens) / result.seconds()},
                     {"limit", limit.seconds},
                     {"bound_by", limit.ofMemory ? "memory" : "compute"},
                     {"reached", result.reached()}});
  }
  return json;
}

} // namespace tfc::bench
