// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tools/tfc-bench/Peaks.h"

#include <cstdint>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tfc::bench {
namespace {

constexpr int rounds = 400'000;
/// Sums in registers, more than latency times width, so that only throughput counts: 12 of 16, or
/// 24 of 32.
[[maybe_unused]] constexpr int few = 12, many = 24;

/// Keeps what was computed from being left out.
template <typename Number> void keep(Number number) {
  [[maybe_unused]] static volatile Number kept;
  kept = number;
}

/// A number that the compiler does not know: of one that it does, a sum may turn out to stay what
/// it is, and is left out of the loop.
template <typename Number> Number unknown() {
  static volatile Number half = 0.5;
  return half;
}

// A vector is as wide as the instruction set of the function that these are inlined into.

template <typename Number, int bytes, bool fused, int chains>
[[gnu::always_inline]] inline double multiply() {
  typedef Number Vector __attribute__((vector_size(bytes)));
  Vector sums[chains];
  for (int i = 0; i < chains; ++i)
    sums[i] = Vector{} + Number(i);
  const Vector factor = Vector{} + unknown<Number>();
  for (int round = 0; round < rounds; ++round)
#pragma clang loop unroll(full)
    for (int i = 0; i < chains; ++i)
      if constexpr (fused)
        sums[i] = __builtin_elementwise_fma(sums[i], factor, factor);
      else
        sums[i] = sums[i] * factor + factor;
  for (int i = 1; i < chains; ++i)
    sums[0] += sums[i];
  keep(sums[0][0]);
  return 2.0 * rounds * chains * (bytes / sizeof(Number));
}

template <int bytes> [[gnu::always_inline]] inline void readAll(const void *from, size_t size) {
  typedef uint64_t Vector __attribute__((vector_size(bytes)));
  constexpr size_t step = readStep / bytes;
  auto vectors = static_cast<const Vector *>(from);
  Vector sums[step] = {};
  for (size_t at = 0; at < size / bytes; at += step)
#pragma clang loop unroll(full)
    for (size_t i = 0; i < step; ++i)
      sums[i] ^= vectors[at + i];
  for (size_t i = 1; i < step; ++i)
    sums[0] ^= sums[i];
  uint64_t all = 0;
  for (size_t i = 0; i < bytes / sizeof(uint64_t); ++i)
    all ^= sums[0][i];
  keep(all);
}

void read(const void *from, size_t bytes) { readAll<16>(from, bytes); }

#if defined(__x86_64__)

double floats() { return multiply<float, 16, false, few>(); }
double doubles() { return multiply<double, 16, false, few>(); }

#define AVX2 [[gnu::target("avx2,fma")]]
#define AVX512 [[gnu::target("avx512f,avx512bw,avx512vl")]]
#define VNNI [[gnu::target("avx512f,avx512bw,avx512vl,avx512vnni")]]

AVX2 double floatsAvx2() { return multiply<float, 32, true, few>(); }
AVX2 double doublesAvx2() { return multiply<double, 32, true, few>(); }
AVX2 void readAvx2(const void *from, size_t bytes) { readAll<32>(from, bytes); }

/// Products of bytes in pairs, their sums in pairs, and the sum of those.
AVX2 double bytesAvx2() {
  __m256i sums[few] = {};
  __m256i bytes = _mm256_set1_epi8(1);
  const __m256i ones = _mm256_set1_epi16(1);
  for (int round = 0; round < rounds; ++round)
#pragma clang loop unroll(full)
    for (__m256i &sum : sums) {
      asm volatile("" : "+x"(bytes)); // else the products are the same
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(bytes, bytes), ones));
    }
  for (__m256i &sum : sums)
    keep(_mm256_extract_epi32(sum, 0));
  return 2.0 * rounds * few * 32;
}

/// The same with twice as many.
AVX512 double bytesAvx512() {
  __m512i sums[few] = {};
  __m512i bytes = _mm512_set1_epi8(1);
  const __m512i ones = _mm512_set1_epi16(1);
  for (int round = 0; round < rounds; ++round)
#pragma clang loop unroll(full)
    for (__m512i &sum : sums) {
      asm volatile("" : "+v"(bytes));
      sum = _mm512_add_epi32(sum, _mm512_madd_epi16(_mm512_maddubs_epi16(bytes, bytes), ones));
    }
  for (__m512i &sum : sums)
    keep(_mm512_reduce_add_epi32(sum));
  return 2.0 * rounds * few * 64;
}

AVX512 double floatsAvx512() { return multiply<float, 64, true, many>(); }
AVX512 double doublesAvx512() { return multiply<double, 64, true, many>(); }
AVX512 void readAvx512(const void *from, size_t bytes) { readAll<64>(from, bytes); }

VNNI double bytesVnni() {
  __m512i sums[many] = {};
  const __m512i bytes = _mm512_set1_epi8(1);
  for (int round = 0; round < rounds; ++round)
#pragma clang loop unroll(full)
    for (__m512i &sum : sums)
      sum = _mm512_dpbusd_epi32(sum, bytes, bytes);
  for (__m512i &sum : sums)
    keep(_mm512_reduce_add_epi32(sum));
  return 2.0 * rounds * many * 64;
}

constexpr Peaks vnni = {floatsAvx512, doublesAvx512, bytesVnni, readAvx512};
constexpr Peaks avx512 = {floatsAvx512, doublesAvx512, bytesAvx512, readAvx512};
constexpr Peaks avx2 = {floatsAvx2, doublesAvx2, bytesAvx2, readAvx2};
// Without products of bytes that are worth it, they are multiplied as numbers.
constexpr Peaks baseline = {floats, doubles, floats, read};

} // namespace

std::vector<const Peaks *> allPeaks() {
  std::vector<const Peaks *> all;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl")) {
    if (__builtin_cpu_supports("avx512vnni"))
      all.push_back(&vnni);
    all.push_back(&avx512);
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    all.push_back(&avx2);
  all.push_back(&baseline);
  return all;
}

#else

double floatsFused() { return multiply<float, 16, true, many>(); }
double doublesFused() { return multiply<double, 16, true, many>(); }
constexpr Peaks neon = {floatsFused, doublesFused, floatsFused, read};

} // namespace

std::vector<const Peaks *> allPeaks() { return {&neon}; }

#endif

} // namespace tfc::bench
