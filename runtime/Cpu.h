// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the processor can do and how many cores we may use.

#ifndef TFC_RUNTIME_CPU_H
#define TFC_RUNTIME_CPU_H

#include "runtime/Status.h"

namespace tfc {

#if defined(__x86_64__)
/// What CPUID and XGETBV say of a processor and its operating system.
struct CpuFeatures {
  /// ecx of leaf 1, ebx and ecx of 7, ecx of 0x80000001
  uint32_t leaf1c = 0, leaf7b = 0, leaf7c = 0, extendedC = 0;
  uint32_t savedStates = 0; ///< register files that are saved when threads are switched
};

/// The highest level that needs nothing else.
uint32_t levelWith(const CpuFeatures &cpu);
#endif

/// The highest level that processor and operating system support together: 1, 3, 4 or 5 on x86-64,
/// 1 on AArch64.
uint32_t cpuLevel();

/// The name of a level: x86-64, x86-64-v3, x86-64-v4, x86-64-v4-vnni; aarch64.
const char *levelName(uint32_t level);

/// The level to choose variants by: the processor's, capped by the environment variable TFC_CPU.
/// Refuses unknown names and levels that the processor lacks.
tfc_status allowedLevel(uint32_t *level, Message &message);

/// How many cores this process may run on; at least 1.
uint32_t coresAvailable();

/// The bytes of a core's second-level cache; what is usual where the system does not say.
int64_t secondLevelCache();

/// How many bytes ahead a kernel has to fetch what it reads once from memory, front to back:
/// Intel's processors stop at each 4 KiB when they read ahead. 0: no more than kernels see fit.
int64_t fetchesAhead();

/// Computes with round-to-nearest and without flushing denormals while it lives; then the caller's
/// floating-point environment is back, its exception flags included.
class FloatingPointScope {
public:
  FloatingPointScope();
  ~FloatingPointScope();

private:
  alignas(16) unsigned char saved[64];
};

} // namespace tfc

#endif
