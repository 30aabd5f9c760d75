// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Support/Reproducer.h"

#include "compiler/Support/Error.h"
#include "compiler/Support/OutOfMemory.h"

#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/thread.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <unistd.h>

using namespace tfc;

// A crash leaves no other way back than what is global.
static std::string currentStage, currentText;
static thread_local std::string fatalReason;

static constexpr unsigned stackBytes = 256
                                       << 20; // of address space; what is not touched costs nothing

void tfc::setReproducer(llvm::StringRef stage, std::string text) {
  currentStage = stage.str();
  currentText = std::move(text);
}

/// Writes the file; the sentence that tells of it.
static std::string writeReproducer() {
  if (currentText.empty())
    return currentStage.empty()
               ? ""
               : fmt::format("; the input of the {} stage shows it again", currentStage);
  for (const char *folder : {".", "/tmp"}) {
    std::string path = fmt::format("{}/tfc-crash-{}.mlir", folder, getpid());
    std::error_code failed;
    llvm::raw_fd_ostream file(path, failed, llvm::sys::fs::CD_CreateNew);
    if (failed)
      continue;
    file << currentText;
    return fmt::format(
        "; the {} stage was given what is now in {}: 'tfc {} -o out.so' shows it again, and "
        "mlir-reduce can make it smaller",
        currentStage, path, path);
  }
  return "";
}

/// Gives this thread a second stack for the handlers of faults: one that has overflowed has no room
/// for them. Returns the one that it had.
static stack_t useSignalStack() {
  thread_local char memory[64 << 10];
  const stack_t stack{memory, 0, sizeof memory};
  stack_t before;
  sigaltstack(&stack, &before);
  for (int fault : {SIGSEGV, SIGBUS}) {
    struct sigaction action;
    sigaction(fault, nullptr, &action);
    action.sa_flags |= SA_ONSTACK;
    sigaction(fault, &action, nullptr);
  }
  return before;
}

/// The end after a crash, on the thread that crashed: its stack still takes the memory that may be
/// out. Destructors would run into what is broken.
[[noreturn]] static void endCrashed() {
  if (isMemoryOut()) // MLIR does not look at what malloc gives it
    exitOutOfMemory();
  static std::atomic_flag begun;
  while (begun.test_and_set())
    pause();                         // another thread is about to end the process
  llvm::sys::RunInterruptHandlers(); // removes files that are not finished
  llvm::errs() << "internal error: " << (fatalReason.empty() ? "the compiler crashed" : fatalReason)
               << writeReproducer() << '\n';
  llvm::errs().flush();
  _exit(int(ExitCode::internal));
}

/// What LLVM does where it cannot go on.
static void onFatalError(void *, const char *reason, bool) {
  if (llvm::CrashRecoveryContext::GetCurrent()) {
    fatalReason = reason;
    std::abort();
  }
  // The body has not begun: there is no thread for it.
  llvm::errs() << "error: no thread with a stack of " << (stackBytes >> 20) << " MiB: " << reason
               << '\n';
  llvm::errs().flush();
  _exit(int(ExitCode::environment));
}

void tfc::endOnCrash(llvm::function_ref<void()> body) {
  llvm::CrashRecoveryContext recovery;
  auto run = [&] {
    const stack_t before = useSignalStack();
    body();
    sigaltstack(&before, nullptr); // its owner, such as a sanitizer, may want to unmap it
  };
  if (!recovery.RunSafely(run))
    endCrashed();
}

llvm::Error tfc::runWithReproducer(llvm::function_ref<llvm::Error()> body) {
  llvm::CrashRecoveryContext::Enable();
  llvm::install_fatal_error_handler(onFatalError);
  std::optional<llvm::Error> result;
  llvm::thread(std::optional<unsigned>(stackBytes), [&] {
    endOnCrash([&] { result.emplace(body()); });
  }).join();
  llvm::remove_fatal_error_handler();
  llvm::CrashRecoveryContext::Disable();
  if (!*result || result->isA<ExitError>())
    return std::move(*result);
  return llvm::createStringError(llvm::toString(std::move(*result)) + writeReproducer());
}
