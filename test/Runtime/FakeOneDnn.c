/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * Plays the part of oneDNN and of the OpenMP that comes with it; shared libraries of it differ by
 * macros. */
#include <stdint.h>

#ifndef FAKE_CPU_RUNTIME
#define FAKE_CPU_RUNTIME 2 /* OpenMP */
#endif
#ifndef FAKE_STATUS
#define FAKE_STATUS 0
#endif

struct version {
  int major, minor, patch;
  const char *hash;
  unsigned cpu_runtime, gpu_runtime;
};

const struct version *dnnl_version(void) {
  static const struct version version = {2, 6, 3, "fake", FAKE_CPU_RUNTIME, 0};
  return &version;
}

static _Thread_local int threads = 7;

#if FAKE_CPU_RUNTIME == 2 && !defined(FAKE_NO_OPENMP)
int omp_get_max_threads(void) { return threads; }
void omp_set_num_threads(int count) { threads = count; }
#else
int fake_threads(void) { return threads; }
#endif

#ifndef FAKE_NO_PRODUCT
/* Counts the threads in: the product is right only for one. */
int dnnl_sgemm(char transa, char transb, int64_t m, int64_t n, int64_t k, float alpha,
               const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c,
               int64_t ldc) {
  if (transa != 'N' || transb != 'N' || beta != 0)
    return 2;
  float factor = FAKE_CPU_RUNTIME == 2 ? alpha * (float)threads : alpha;
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      float sum = 0;
      for (int64_t l = 0; l < k; ++l)
        sum += a[i * lda + l] * b[l * ldb + j];
      c[i * ldc + j] = factor * sum;
    }
  return FAKE_STATUS;
}
#endif
