// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// oneDNN's shared library, for models whose products it computes (tfc --gemm=onednn). Nothing else
// ever looks for it.

#ifndef TFC_RUNTIME_ONEDNN_H
#define TFC_RUNTIME_ONEDNN_H

#include "runtime/Status.h"

#include <stddef.h>
#include <stdint.h>

namespace tfc {

class OneDnn {
public:
  /// What a worker's stack shall hold. Up to AVX2, calls of our sizes were seen to take 20 KiB;
  /// those for AVX-512 have not been measured, and a stack costs address space alone.
  static constexpr size_t stackBytes = 2 << 20;

  /// Finds the library and loads it for good, since its OpenMP cannot be unloaded. `model` is for
  /// the message.
  tfc_status load(const char *model, Message &message);
  bool loaded() const { return compute; }

  /// c[m, n] = a[m, k] b[k, n], rows lda, ldb and ldc elements apart, on the calling thread alone.
  /// Returns oneDNN's status: 0 for success, 1 when out of memory.
  int sgemm(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *b,
            int64_t ldb, float *c, int64_t ldc) const;

private:
  tfc_status bind(void *handle, const char *name, const char *model, Message &message);

  using Sgemm = int (*)(char, char, int64_t, int64_t, int64_t, float, const float *, int64_t,
                        const float *, int64_t, float, float *, int64_t);
  Sgemm compute = nullptr;
  int (*mostThreads)() = nullptr; // of OpenMP, null where oneDNN was built without
  void (*setThreads)(int) = nullptr;
};

} // namespace tfc

#endif
