// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ceilings that are measured on whatever machine runs this: only what holds on all of them.

#include "tools/tfc-bench/Machine.h"
#include "tools/tfc-bench/Peaks.h"

#include <gtest/gtest.h>

#include <vector>

using namespace tfc::bench;

TEST(Machine, measuresItsCeilings) {
  const Machine machine(2, 1 << 20);
  for (Arithmetic arithmetic : {Arithmetic::f32, Arithmetic::f64, Arithmetic::bytes})
    EXPECT_GT(machine.operations(arithmetic), 1e6);
  EXPECT_GT(machine.readBandwidth(1 << 20), 1e6);
  EXPECT_GT(machine.readBandwidth(1), 1e6); // as little as there is
  EXPECT_FALSE(Machine::name().empty());
}

/// A vector of floats holds twice as many as one of doubles, and no more than one of bytes; every
/// instruction set does as many rounds.
TEST(Peaks, countWhatTheyDo) {
  for (const Peaks *peaks : allPeaks()) {
    EXPECT_EQ(peaks->floats(), 2 * peaks->doubles());
    EXPECT_GE(peaks->bytes(), peaks->floats());
    std::vector<char> memory(3 * readStep + 64, 1);
    void *aligned = memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64);
    peaks->read(aligned, 2 * readStep);
  }
}
