// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The threads of a session. All of them enter one function together and meet at barriers inside it.
//
// Waiting spins for a moment, since most waits take less than a microsecond, and then sleeps in a
// futex: on a shared machine a disturbed thread may be away for milliseconds. With more threads
// than cores it sleeps at once.

#ifndef TFC_RUNTIME_THREADPOOL_H
#define TFC_RUNTIME_THREADPOOL_H

#include "runtime/Status.h"
#include "tfc/abi.h"

#include <atomic>
#include <pthread.h>

namespace tfc {

class ThreadPool {
public:
  using Body = void (*)(void *context, uint32_t thread);

  ThreadPool() = default;
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;
  ~ThreadPool();

  /// Enough for generated code, which keeps its arrays in scratch memory.
  static constexpr size_t kernelStack = 256 << 10;

  /// Starts threads - 1 workers with `stack` bytes of stack; the caller of `run` is the last one.
  tfc_status start(uint32_t threads, Message &message, size_t stack = kernelStack);

  /// Calls body(context, thread) once on every thread and returns when all have returned. In a
  /// forked child the workers are started anew first, or as many of them as the system allows.
  void run(Body body, void *context);

  /// Memory that a thread reads soon.
  struct Soon {
    const char *from;
    int64_t bytes;
  };

  /// To be called by every thread of a run: returns once all have called it. The last one to arrive
  /// sets the claims to 0; the others fetch what they read soon into their second-level cache.
  void barrier(Soon soon);

  /// tfc_call.claims; 0 when a run begins.
  uint64_t *claims() { return &parts->claims; }

  /// How many threads take part in the next run.
  uint32_t threads() const { return participants; }

private:
  struct alignas(TFC_CLAIMS_STRIDE) Part {
    uint64_t claims;
  };
  struct Worker {
    ThreadPool *pool;
    pthread_t handle;
    uint32_t index;
  };

  static void *workerMain(void *worker);
  bool startWorkers();
  void stopWorkers();
  void resetCounters();
  void resetClaims();

  // Each group is written by others at other times; a cache line each keeps them from disturbing
  // one another.
  alignas(64) std::atomic<uint32_t> generation{0}; // counts runs; workers wait for it to change
  std::atomic<uint32_t> idle{0};                   // workers asleep on it
  alignas(64) std::atomic<uint32_t> working{0};    // workers that have not finished this run
  std::atomic<uint32_t> callerSleeps{0};
  alignas(64) std::atomic<uint32_t> arrived{0}; // threads at the barrier
  alignas(64) std::atomic<uint32_t> phase{
      0}; // counts barriers; early threads wait for it to change
  std::atomic<uint32_t> barrierSleepers{0};

  alignas(64) Body body = nullptr;
  void *context = nullptr;
  std::atomic<bool> quit{false};
  Worker *workers = nullptr;
  Part *parts = nullptr; // of each thread
  uint32_t wanted = 1, participants = 1;
  size_t stackBytes = kernelStack;
  int64_t idleSpin = 0, barrierSpin = 0; // nanoseconds
  int pid = 0;
};

} // namespace tfc

#endif
