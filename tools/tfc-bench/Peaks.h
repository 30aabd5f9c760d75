// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loops that do nothing but multiply and add, or nothing but read.

#ifndef TFC_TOOLS_BENCH_PEAKS_H
#define TFC_TOOLS_BENCH_PEAKS_H

#include <cstddef>
#include <vector>

namespace tfc::bench {

/// The loops for one instruction set. Each returns how many operations it did, multiply and add
/// counted apart.
struct Peaks {
  double (*floats)();
  double (*doubles)();
  double (*bytes)();
  /// Reads a multiple of readStep bytes, aligned to 64.
  void (*read)(const void *from, size_t bytes);
};

inline constexpr size_t readStep = 512;

/// Those of the instruction sets that this machine has, the best first.
std::vector<const Peaks *> allPeaks();

} // namespace tfc::bench

#endif
