// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Emulator.h"

#include <csetjmp>
#include <cstring>
#include <deque>

#include <ucontext.h>

namespace tfc::test {
namespace {

constexpr size_t warpSize = 32, stackBytes = 64 << 10;

// A fiber is made with a context of its own, and then left and entered by jumps, which need no
// system call. It lives as long as the process and runs one thread after another.

/// Threads that wait until all of them have come.
struct Meeting {
  size_t size, arrived = 0, number = 0;
};

struct Thread {
  jmp_buf place;
  bool done = true;
  std::vector<char> stack = std::vector<char>(stackBytes);
};

/// The one block that runs.
struct Block {
  std::deque<Thread> threads; // as many as the largest block had
  std::vector<Meeting> warps;
  std::vector<float> exchange[2]; // of even and odd meetings of a warp
  Meeting all;
  jmp_buf scheduler;
  size_t current = 0;
  uint32_t number = 0, count = 0;
  size_t progress = 0; // meetings that came about and threads that ended
  Kernel kernel = nullptr;
  void **arguments = nullptr;
};

Block block;

void leave() {
  if (!_setjmp(block.threads[block.current].place))
    _longjmp(block.scheduler, 1);
}

void meet(Meeting &meeting) {
  size_t number = meeting.number;
  if (++meeting.arrived == meeting.size) {
    meeting.arrived = 0;
    ++meeting.number;
    ++block.progress;
    return;
  }
  while (meeting.number == number)
    leave();
}

void runThreads() {
  for (;;) {
    leave();
    block.kernel(block.arguments);
    block.threads[block.current].done = true;
    ++block.progress;
  }
}

/// Enters the current thread until it leaves.
void enter() {
  if (!_setjmp(block.scheduler))
    _longjmp(block.threads[block.current].place, 1);
}

/// Makes fibers until there are so many; each runs up to its first leave().
void makeFibers(size_t count) {
  while (block.threads.size() < count) {
    block.current = block.threads.size();
    Thread &thread = block.threads.emplace_back();
    ucontext_t context;
    getcontext(&context);
    context.uc_stack.ss_sp = thread.stack.data();
    context.uc_stack.ss_size = thread.stack.size();
    context.uc_link = nullptr;
    makecontext(&context, runThreads, 0);
    if (!_setjmp(block.scheduler))
      setcontext(&context);
  }
}

/// Runs all threads of the block to their end; false where they wait for ever.
bool runBlock(size_t threads) {
  makeFibers(threads);
  block.warps.assign(threads / warpSize, Meeting{warpSize});
  for (std::vector<float> &values : block.exchange)
    values.assign(threads, 0);
  block.all = {threads};
  for (size_t i = 0; i < threads; ++i)
    block.threads[i].done = false;
  for (bool backwards = false;; backwards = !backwards) {
    size_t before = block.progress, alive = 0;
    for (size_t i = 0; i < threads; ++i) {
      block.current = backwards ? threads - 1 - i : i;
      Thread &thread = block.threads[block.current];
      if (thread.done)
        continue;
      ++alive;
      enter();
    }
    if (!alive)
      return true;
    if (block.progress == before)
      return false;
  }
}

} // namespace

void launch(Emulator &emulator, Kernel kernel, int64_t blocks, int64_t threads, void **arguments) {
  block.kernel = kernel;
  block.arguments = arguments;
  block.count = blocks;
  for (block.number = 0; block.number < blocks && emulator.error.empty(); ++block.number) {
    for (auto [memory, size] : emulator.shared)
      std::memset(memory, 0xff, size);
    if (!runBlock(threads))
      emulator.error = "block " + std::to_string(block.number) + " of " + std::to_string(blocks) +
                       ": its threads wait for each other";
  }
}

uint32_t tfcThread() { return block.current; }
uint32_t tfcBlock() { return block.number; }
uint32_t tfcBlocks() { return block.count; }
void tfcBarrier(int32_t) { meet(block.all); }

float tfcShuffleButterfly(int32_t, float value, int32_t distance, int32_t) {
  size_t self = block.current;
  Meeting &warp = block.warps[self / warpSize];
  std::vector<float> &values = block.exchange[warp.number % 2];
  values[self] = value;
  meet(warp);
  return values[self ^ distance];
}

} // namespace tfc::test
