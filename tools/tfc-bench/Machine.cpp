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
#include <numeric>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <thread>

namespace tfc::bench {

static constexpr size_t hugePage = 2 << 20;
static constexpr int repeats = 3;
static constexpr double longest = 1;          ///< second of arithmetic
static constexpr double leastRead = 32 << 20; ///< bytes of a thread, or a measurement is too short
static constexpr double mostBytes = 1 << 30;  ///< that are read: no cache holds so many

using Clock = std::chrono::steady_clock;

/// Memory in huge pages, as weights have it: with small ones a machine reads less.
Machine::Machine(int64_t threads, double bytes)
    : shareBytes((size_t(std::min(bytes, mostBytes) / double(threads)) / hugePage + 1) * hugePage),
      memory(size_t(threads)) {
  run([&](size_t thread) {
    void *share = std::aligned_alloc(hugePage, shareBytes);
    memory[thread].reset(share);
    if (share) {
      madvise(share, shareBytes, MADV_HUGEPAGE);
      std::memset(share, 1, shareBytes); // by the thread that will read it
    }
    return 0.0;
  });
  if (std::any_of(memory.begin(), memory.end(), [](const auto &share) { return !share; }))
    throw std::bad_alloc();
}

/// What all threads do together, per second, from when all have started until the last has done its
/// part.
double Machine::run(const std::function<double(size_t thread)> &work) const {
  const size_t count = memory.size();
  std::atomic<size_t> ready{0};
  std::atomic<bool> starts{false}, fails{false};
  std::vector<double> amounts(count);
  std::vector<Clock::time_point> ends(count);
  std::vector<std::thread> threads;
  auto enter = [&](size_t thread) {
    ++ready;
    while (!starts)
      std::this_thread::yield();
    if (!fails)
      amounts[thread] = work(thread);
    ends[thread] = Clock::now();
  };
  auto join = [&] {
    starts = true;
    for (std::thread &thread : threads)
      thread.join();
  };
  try {
    threads.reserve(count);
    for (size_t thread = 0; thread < count; ++thread)
      threads.emplace_back(enter, thread);
  } catch (...) {
    fails = true;
    join();
    throw;
  }
  while (ready < count)
    std::this_thread::yield();
  const Clock::time_point start = Clock::now();
  join();
  const std::chrono::duration<double> seconds = *std::max_element(ends.begin(), ends.end()) - start;
  return std::accumulate(amounts.begin(), amounts.end(), 0.0) / seconds.count();
}

/// The best of some rounds.
double Machine::best(const std::function<double(size_t thread)> &work) const {
  double most = 0;
  for (int repeat = 0; repeat < repeats; ++repeat)
    most = std::max(most, run(work));
  return most;
}

double Machine::operations(Arithmetic arithmetic, double seconds) const {
  const Peaks &peaks = *allPeaks().front();
  double (*const compute)() = arithmetic == Arithmetic::f64     ? peaks.doubles
                              : arithmetic == Arithmetic::bytes ? peaks.bytes
                                                                : peaks.floats;
  const std::chrono::duration<double> length(std::min(seconds, longest));
  return best([&](size_t) {
    const Clock::time_point start = Clock::now();
    double done = compute();
    while (Clock::now() - start < length)
      done += compute();
    return done;
  });
}

double Machine::readBandwidth(double bytes) const {
  const Peaks &peaks = *allPeaks().front();
  const size_t share =
      std::min(shareBytes, size_t(bytes / double(memory.size())) / readStep * readStep + readStep);
  const auto passes = 1 + static_cast<int>(leastRead / double(share));
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
