// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tools/tfc-bench/Machine.h"

#include "tools/tfc-bench/Peaks.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <thread>

namespace tfc::bench {

static constexpr size_t hugePage = 2 << 20;
static constexpr int repeats = 3;
static constexpr double leastRead = 64 << 20; ///< bytes, so that a measurement is not too short

using Clock = std::chrono::steady_clock;

/// Memory in huge pages, as weights have it: with small ones a machine reads less.
Machine::Machine(int64_t threads, double bytes)
    : shareBytes((size_t(bytes / double(threads)) / hugePage + 1) * hugePage),
      memory(size_t(threads)) {
  best([&](size_t thread) {
    void *share = std::aligned_alloc(hugePage, shareBytes);
    memory[thread].reset(share);
    if (!share)
      return 0.0;
    madvise(share, shareBytes, MADV_HUGEPAGE);
    std::memset(share, 1, shareBytes); // by the thread that will read it
    return double(shareBytes);
  });
  if (std::any_of(memory.begin(), memory.end(), [](const auto &share) { return !share; }))
    throw std::bad_alloc();
}

/// What all threads do in a second together, in the best of some rounds.
double Machine::best(const std::function<double(size_t thread)> &work) const {
  double most = 0;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    std::atomic<size_t> ready{0};
    std::atomic<double> amount{0};
    Clock::time_point start;
    std::vector<std::thread> threads;
    for (size_t thread = 0; thread < memory.size(); ++thread)
      threads.emplace_back([&, thread] {
        if (++ready == memory.size()) {
          start = Clock::now();
          ++ready;
        }
        while (ready <= memory.size())
          std::this_thread::yield();
        const double done = work(thread);
        double before = amount;
        while (!amount.compare_exchange_weak(before, before + done))
          ;
      });
    for (std::thread &thread : threads)
      thread.join();
    most = std::max(most, amount / std::chrono::duration<double>(Clock::now() - start).count());
  }
  return most;
}

double Machine::operations(Arithmetic arithmetic) const {
  const Peaks &peaks = *allPeaks().front();
  return best([&](size_t) {
    switch (arithmetic) {
    case Arithmetic::f64:
      return peaks.doubles();
    case Arithmetic::bytes:
      return peaks.bytes();
    case Arithmetic::f32:
      break;
    }
    return peaks.floats();
  });
}

double Machine::readBandwidth(double bytes) const {
  const Peaks &peaks = *allPeaks().front();
  const size_t share =
      std::min(shareBytes, size_t(bytes / double(memory.size())) / readStep * readStep + readStep);
  const auto passes = 1 + static_cast<int>(leastRead / double(memory.size()) / double(share));
  return best([&](size_t thread) {
    for (int pass = 0; pass < passes; ++pass)
      peaks.read(memory[thread].get(), share);
    return double(share) * passes;
  });
}

std::string Machine::name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.rfind("model name", 0) == 0)
      if (size_t colon = line.find(": "); colon != std::string::npos)
        return line.substr(colon + 2);
  utsname system;
  return uname(&system) ? "" : system.machine;
}

} // namespace tfc::bench
