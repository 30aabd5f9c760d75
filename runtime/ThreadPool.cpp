// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/ThreadPool.h"

#include "runtime/Cpu.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace tfc {

static void futexWait(std::atomic<uint32_t> &word, uint32_t value) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}

static void futexWakeAll(std::atomic<uint32_t> &word) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

static int64_t nanoseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000000000 + now.tv_nsec;
}

static void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

constexpr int64_t lineBytes = 64;
constexpr int linesBetween = 4; // that are fetched between two looks

/// Waits until `word` is no longer `old`: spins for `spin` nanoseconds, then sleeps. `sleepers`
/// counts who sleeps; whoever changes the word looks there afterwards. Both sides are sequentially
/// consistent, so one of them sees the other.
static void waitForChange(std::atomic<uint32_t> &word, uint32_t old,
                          std::atomic<uint32_t> &sleepers, int64_t spin,
                          ThreadPool::Soon soon = {}) {
  for (int64_t end = 0;;) {
    for (int i = 0; i < 64; ++i) {
      if (word.load(std::memory_order_acquire) != old)
        return;
      if (soon.bytes <= 0) {
        pause();
        continue;
      }
      for (int line = 0; line < linesBetween;
           ++line, soon.from += lineBytes, soon.bytes -= lineBytes)
        __builtin_prefetch(soon.from, 0, 2);
    }
    int64_t now = spin ? nanoseconds() : 0;
    if (!end)
      end = now + spin;
    else
      sched_yield(); // the thread that is waited for may need this very core
    if (now >= end)
      break;
  }
  sleepers.fetch_add(1, std::memory_order_seq_cst);
  while (word.load(std::memory_order_seq_cst) == old)
    futexWait(word, old);
  sleepers.fetch_sub(1, std::memory_order_relaxed);
}

ThreadPool::~ThreadPool() {
  stopWorkers();
  free(workers);
  free(parts);
}

tfc_status ThreadPool::start(uint32_t threads, Message &message, size_t stack) {
  wanted = threads;
  stackBytes = stack;
  // One more than there are: of none, calloc may give null.
  workers = static_cast<Worker *>(calloc(threads, sizeof(Worker)));
  parts = static_cast<Part *>(aligned_alloc(alignof(Part), threads * sizeof(Part)));
  if (!workers || !parts)
    return message.fail(TFC_OUT_OF_MEMORY, "out of memory for %u threads", threads);
  // Spinning helps only where the one that is waited for has a core of its own.
  bool enoughCores = threads <= coresAvailable();
  idleSpin = enoughCores ? 50 * 1000 : 0;
  barrierSpin = enoughCores ? 200 * 1000 : 0;
  if (!startWorkers()) {
    uint32_t started = participants;
    const char *reason = errorText(errno);
    stopWorkers();
    return message.fail(TFC_UNAVAILABLE, "the system refuses thread %u of %u: %s", started + 1,
                        threads, reason);
  }
  return TFC_OK;
}

void ThreadPool::resetCounters() {
  std::atomic<uint32_t> *counters[] = {&generation, &idle,  &working,        &callerSleeps,
                                       &arrived,    &phase, &barrierSleepers};
  for (std::atomic<uint32_t> *counter : counters)
    counter->store(0, std::memory_order_relaxed);
  quit.store(false, std::memory_order_relaxed);
}

/// Starts the workers; false (and errno) if the system gives fewer than wanted. `participants` says
/// how many run.
bool ThreadPool::startWorkers() {
  resetCounters();
  pid = getpid();
  participants = 1;
  if (wanted == 1)
    return true;
  // Signals are for the program's own threads; only faults of the worker itself are delivered to
  // it.
  sigset_t blocked, before;
  sigfillset(&blocked);
  const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
  for (int fault : faults)
    sigdelset(&blocked, fault);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stackBytes);
  pthread_sigmask(SIG_SETMASK, &blocked, &before);
  int error = 0;
  while (participants < wanted && !error) {
    Worker &worker = workers[participants - 1];
    worker.pool = this;
    worker.index = participants;
    error = pthread_create(&worker.handle, &attributes, workerMain, &worker);
    if (error == EINVAL) // the program's thread-local data need a larger stack
      error = pthread_create(&worker.handle, nullptr, workerMain, &worker);
    if (!error)
      ++participants;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  errno = error;
  return !error;
}

void ThreadPool::stopWorkers() {
  if (participants > 1 && pid == getpid()) { // a forked child has no workers to wait for
    quit.store(true, std::memory_order_relaxed);
    generation.fetch_add(1, std::memory_order_seq_cst);
    futexWakeAll(generation);
    for (uint32_t i = 0; i + 1 < participants; ++i)
      pthread_join(workers[i].handle, nullptr);
  }
  participants = 1;
}

void *ThreadPool::workerMain(void *argument) {
  auto *worker = static_cast<Worker *>(argument);
  ThreadPool &pool = *worker->pool;
  FloatingPointScope scope; // threads inherit the floating-point environment of their creator
  for (uint32_t seen = 0;;) {
    waitForChange(pool.generation, seen, pool.idle, pool.idleSpin);
    if (pool.quit.load(std::memory_order_relaxed))
      return nullptr;
    ++seen;
    pool.body(pool.context, worker->index);
    if (pool.working.fetch_sub(1, std::memory_order_seq_cst) == 1 &&
        pool.callerSleeps.load(std::memory_order_seq_cst))
      futexWakeAll(pool.working);
  }
}

void ThreadPool::resetClaims() {
  for (uint32_t thread = 0; thread < participants; ++thread)
    __atomic_store_n(&parts[thread].claims, 0, __ATOMIC_RELAXED);
}

void ThreadPool::run(Body newBody, void *newContext) {
  if (wanted > 1 && pid != getpid())
    startWorkers(); // with fewer workers the run is slower, but the same
  resetClaims();
  if (participants == 1)
    return newBody(newContext, 0);
  body = newBody;
  context = newContext;
  working.store(participants - 1, std::memory_order_relaxed);
  generation.fetch_add(1, std::memory_order_seq_cst);
  if (idle.load(std::memory_order_seq_cst))
    futexWakeAll(generation);
  newBody(newContext, 0);
  while (uint32_t left = working.load(std::memory_order_acquire))
    waitForChange(working, left, callerSleeps, barrierSpin);
}

void ThreadPool::barrier(Soon soon) {
  if (participants == 1)
    return resetClaims();
  uint32_t now = phase.load(std::memory_order_acquire);
  if (arrived.fetch_add(1, std::memory_order_acq_rel) + 1 < participants)
    return waitForChange(phase, now, barrierSleepers, barrierSpin, soon);
  arrived.store(0, std::memory_order_relaxed);
  resetClaims();
  phase.store(now + 1, std::memory_order_seq_cst);
  if (barrierSleepers.load(std::memory_order_seq_cst))
    futexWakeAll(phase);
}

} // namespace tfc
