// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What this machine can do at most: f32 multiply-adds and bytes read from memory, by a number of
// threads. Prints one JSON line. Build: clang++-22 -O2 -march=native -pthread peak.cpp -o peak;
// run: peak THREADS

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sys/mman.h>
#include <thread>
#include <vector>

namespace {

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

#if defined(__AVX512F__)
typedef float Vector __attribute__((vector_size(64)));
#else
typedef float Vector __attribute__((vector_size(32)));
#endif
constexpr int lanes = sizeof(Vector) / sizeof(float);
constexpr int chains = 24; // more than latency times width, so that only throughput counts

double multiplyAdds() {
  Vector sums[chains];
  for (int i = 0; i < chains; ++i)
    sums[i] = Vector{} + float(i);
  Vector factor = Vector{} + 0.5f;
  constexpr long rounds = 2'000'000;
  for (long round = 0; round < rounds; ++round) {
#pragma clang loop unroll(full)
    for (int i = 0; i < chains; ++i) {
      sums[i] = __builtin_elementwise_fma(sums[i], factor, factor);
      asm volatile("" : "+v"(sums[i])); // one instruction each, never folded
    }
  }
  return 2.0 * rounds * chains * lanes;
}

/// Memory in huge pages, as weights have it: with small ones a machine reads less.
struct Memory {
  static constexpr size_t bytes = 256 << 20, hugePage = 2 << 20;
  std::unique_ptr<void, decltype(&std::free)> data{std::aligned_alloc(hugePage, bytes), std::free};
  Memory() {
    madvise(data.get(), bytes, MADV_HUGEPAGE);
    std::fill_n(static_cast<float *>(data.get()), bytes / sizeof(float), 1.0f);
  }
};

double readBytes(const Memory &memory) {
  Vector sums[8] = {};
  auto vectors = static_cast<const Vector *>(memory.data.get());
  size_t count = Memory::bytes / sizeof(Vector) / 8 * 8;
  for (size_t i = 0; i < count; i += 8)
    for (size_t k = 0; k < 8; ++k)
      sums[k] += vectors[i + k];
  for (Vector &sum : sums)
    asm volatile("" : : "v"(sum));
  return double(count) * sizeof(Vector);
}

/// The work of all threads a second, the best of five.
template <typename Work> double best(int threads, Work work) {
  double most = 0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    std::atomic<int> ready{0};
    std::vector<double> amounts(threads);
    double start = 0;
    std::vector<std::thread> pool;
    for (int t = 0; t < threads; ++t)
      pool.emplace_back([&, t] {
        if (++ready == threads)
          start = seconds();
        while (ready < threads)
          ;
        amounts[t] = work(t);
      });
    for (std::thread &thread : pool)
      thread.join();
    double total = 0;
    for (double amount : amounts)
      total += amount;
    most = std::max(most, total / (seconds() - start));
  }
  return most;
}

} // namespace

int main(int argc, char **argv) {
  int threads = argc > 1 ? std::atoi(argv[1]) : 1;
  double flops = best(threads, [](int) { return multiplyAdds(); });
  std::vector<Memory> memory(threads);
  double bytes = best(threads, [&](int t) { return readBytes(memory[t]); });
  std::printf("{\"threads\": %d, \"gflops\": %.1f, \"read_gb_s\": %.1f}\n", threads, flops / 1e9,
              bytes / 1e9);
}
