// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Support/OutOfMemory.h"

#include "compiler/Support/Error.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Signals.h"

#include <atomic>
#include <cstdlib>
#include <exception>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

void tfc::exitOutOfMemory() {
  static std::atomic_flag begun;
  while (begun.test_and_set())
    pause(); // another thread is about to end the process
  llvm::sys::RunInterruptHandlers();
  static constexpr char text[] = "error: out of memory\n";
  (void)!write(STDERR_FILENO, text, sizeof text - 1);
  _exit(int(ExitCode::environment));
}

void tfc::exitWhenOutOfMemory() {
  std::set_new_handler(exitOutOfMemory);
  llvm::install_bad_alloc_error_handler([](void *, const char *, bool) { exitOutOfMemory(); });
  std::set_terminate([] { // a thread that could not be started, in a library, say
    if (isMemoryOut())
      exitOutOfMemory();
    std::abort();
  });
}

bool tfc::isMemoryOut() {
  constexpr size_t bytes = 64 << 20; // what malloc reserves for a thread
  void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return true;
  munmap(memory, bytes);
  return false;
}
