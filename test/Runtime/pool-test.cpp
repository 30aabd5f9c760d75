// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Threads meet at barriers, with enough cores and without, awake and asleep.

#include "runtime/ThreadPool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace tfc {
namespace {

/// Every thread claims shares of a step, its own and then the others', and meets them; each step
/// must see the one before it complete.
struct Steps {
  static constexpr char bytes[1000] = {};

  ThreadPool *pool;
  int steps, shares;
  std::atomic<int> done{0}, wrong{0}, times[5] = {};
  void (*disturb)(uint32_t thread, int step) = nullptr;

  static void run(void *context, uint32_t thread) {
    auto *self = static_cast<Steps *>(context);
    for (int step = 0; step < self->steps; ++step) {
      if (self->disturb)
        self->disturb(thread, step);
      if (self->done.load() < step * self->shares)
        ++self->wrong;
      const uint64_t threads = self->pool->threads(), shares = self->shares;
      for (uint64_t turn = 0; turn < threads; ++turn) {
        const uint64_t owner = (thread + turn) % threads;
        const uint64_t begin = (owner * shares + threads - 1) / threads,
                       end = ((owner + 1) * shares + threads - 1) / threads;
        uint64_t *claims = self->pool->claims() + owner * (TFC_CLAIMS_STRIDE / sizeof(uint64_t));
        for (;;) {
          const uint64_t found =
              __atomic_fetch_add(claims, turn ? TFC_CLAIM_FROM_BACK : 1, __ATOMIC_RELAXED);
          const uint64_t front = found % TFC_CLAIM_FROM_BACK, back = found / TFC_CLAIM_FROM_BACK;
          if (front + back >= end - begin)
            break;
          ++self->times[turn ? end - 1 - back : begin + front];
          ++self->done;
        }
      }
      // What is fetched changes nothing, also behind the last byte.
      self->pool->barrier({bytes, thread % 2 ? int64_t(sizeof bytes) : 0});
    }
  }
};

void expectSteps(uint32_t threads, int steps, void (*disturb)(uint32_t, int) = nullptr) {
  ThreadPool pool;
  Message message;
  ASSERT_EQ(pool.start(threads, message), TFC_OK) << message.c_str();
  EXPECT_EQ(pool.threads(), threads);
  for (int run = 0; run < 3; ++run) {
    Steps work{&pool, steps, 5};
    work.disturb = disturb;
    pool.run(Steps::run, &work);
    EXPECT_EQ(work.done, steps * 5) << threads << " threads";
    EXPECT_EQ(work.wrong, 0) << threads << " threads";
    for (const std::atomic<int> &times : work.times)
      EXPECT_EQ(times, steps) << threads << " threads";
  }
}

TEST(ThreadPool, StepsAreComplete) {
  for (uint32_t threads : {1u, 2u, 3u, 4u})
    expectSteps(threads, 1000);
}

TEST(ThreadPool, ManyMoreThreadsThanCores) { expectSteps(33, 15); }

TEST(ThreadPool, WaitsForADisturbedThread) {
  expectSteps(3, 5, [](uint32_t thread, int step) {
    if (thread == static_cast<uint32_t>(step) % 3)
      std::this_thread::sleep_for(
          std::chrono::milliseconds(2)); // the others have long fallen asleep
  });
}

TEST(ThreadPool, WakesFromSleep) {
  ThreadPool pool;
  Message message;
  ASSERT_EQ(pool.start(2, message), TFC_OK);
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    Steps work{&pool, 3, 2};
    pool.run(Steps::run, &work);
    EXPECT_EQ(work.done, 6);
  }
}

TEST(ThreadPool, SleepsWhenIdle) {
  ThreadPool pool;
  Message message;
  ASSERT_EQ(pool.start(4, message), TFC_OK);
  Steps work{&pool, 1, 1};
  pool.run(Steps::run, &work);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  timespec before, after;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
  double used = static_cast<double>(after.tv_sec - before.tv_sec) * 1e3 +
                static_cast<double>(after.tv_nsec - before.tv_nsec) / 1e6;
  EXPECT_LT(used, 20) << "milliseconds of processor time in 100 idle ones";
}

} // namespace
} // namespace tfc
