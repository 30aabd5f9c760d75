// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What costs come to for a batch, against sums written out by hand; and the limits that follow.

#include "tools/tfc-bench/Costs.h"

#include <gtest/gtest.h>

using namespace tfc::bench;
using tfc::inspect::Json;

namespace {

/// A step: a product for each token and one for each row, causal attention, attention to a source,
/// weights, a look-up for each token, and what is kept of rows and of their sources.
Json step() {
  return {{"costs",
           {{"operations", {{100, true, 1, 0}, {3, true, 2, 0}, {2, true, 1, 1}}},
            {"integer_operations", {{7, true, 0, 0}}},
            {"weight_bytes", {{5000, false, 0, 0}, {8, true, 1, 0}}},
            {"activation_bytes", Json::array()},
            {"cache_bytes", {{16, true, 1, 0}, {32, true, 0, 1}}}}}};
}

} // namespace

TEST(Costs, ofWholeRows) {
  const Amounts amounts = amountsOf(step(), {4, 10, 0, 5});
  EXPECT_EQ(amounts.operations, 4 * (100 * 10 + 3 * 100 + 2 * 10 * 5));
  EXPECT_EQ(amounts.byteOperations, 4 * 7);
  EXPECT_EQ(amounts.bytes, 5000 + 4 * 8 * 10 + 4 * (16 * 10 + 32 * 5));
}

/// A token sees all before it; what is kept of these is read, and nothing of them computed again.
TEST(Costs, ofTokensBehindOthers) {
  const Amounts amounts = amountsOf(step(), {4, 1, 9, 5});
  EXPECT_EQ(amounts.operations, 4 * (100 + 3 * (100 - 81) + 2 * 5));
  EXPECT_EQ(amounts.byteOperations, 4 * 7);
  EXPECT_EQ(amounts.bytes, 5000 + 4 * 8 + 4 * (16 * 10 + 32 * 5));
}

/// Each token sees four others at most.
TEST(Costs, withinAWindow) {
  const Json entry = {{"costs",
                       {{"operations", {{3, true, 1, 0, 4}}},
                        {"integer_operations", Json::array()},
                        {"weight_bytes", Json::array()},
                        {"activation_bytes", Json::array()},
                        {"cache_bytes", {{16, true, 0, 0, 4}}}}}};
  EXPECT_EQ(amountsOf(entry, {2, 3}).operations, 2 * 3 * 3 * 3);
  EXPECT_EQ(amountsOf(entry, {2, 10}).operations, 2 * 3 * 10 * 4);
  const Amounts step = amountsOf(entry, {2, 1, 9});
  EXPECT_EQ(step.operations, 2 * 3 * 4);
  EXPECT_EQ(step.bytes, 2 * 16 * 4);
}

TEST(Costs, addUp) {
  Amounts sum = {1, 2, 3};
  sum += {10, 20, 30};
  EXPECT_EQ(sum.operations, 11);
  EXPECT_EQ(sum.byteOperations, 22);
  EXPECT_EQ(sum.bytes, 33);
}

TEST(Limit, isTheSlowerOfComputingAndReading) {
  const Ceilings ceilings = {100, 400, 50};
  const Limit computing = limitOf({100, 400, 99}, ceilings),
              reading = limitOf({100, 0, 51}, ceilings);
  EXPECT_DOUBLE_EQ(computing.seconds, 2);
  EXPECT_FALSE(computing.ofMemory);
  EXPECT_DOUBLE_EQ(reading.seconds, 1.02);
  EXPECT_TRUE(reading.ofMemory);
}
