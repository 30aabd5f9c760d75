// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a GPU's kernels expect around them: a grid of blocks of threads with barriers and shuffles.

#ifndef TFC_TEST_NUMERICS_EMULATOR_H
#define TFC_TEST_NUMERICS_EMULATOR_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tfc::test {

/// A kernel whose arguments are read from where an array says.
using Kernel = void (*)(void **arguments);

/// The grid that runs; blocks come one after another.
struct Emulator {
  std::vector<std::pair<void *, size_t>> shared; ///< the memory of a block
  std::string error;                             ///< of the first launch that did not end
};

/// Runs a kernel; its threads call the functions below.
void launch(Emulator &emulator, Kernel kernel, int64_t blocks, int64_t threads, void **arguments);

extern "C" {
uint32_t tfcThread();
uint32_t tfcBlock();
uint32_t tfcBlocks();
void tfcBarrier(int32_t);
float tfcShuffleButterfly(int32_t members, float value, int32_t distance, int32_t clamp);
}

} // namespace tfc::test

#endif
