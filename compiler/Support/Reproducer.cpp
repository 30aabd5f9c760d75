// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Support/Reproducer.h"

#include "compiler/Support/Error.h"

#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <csignal>
#include <cstdlib>
#include <unistd.h>

using namespace tfc;

// A crash leaves no other way back than what is global.
static std::string currentStage, currentText, fatalReason;

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
/// for them.
static void useSignalStack() {
  static char memory[64 << 10];
  const stack_t stack{memory, 0, sizeof memory};
  sigaltstack(&stack, nullptr);
  for (int fault : {SIGSEGV, SIGBUS}) {
    struct sigaction action;
    sigaction(fault, nullptr, &action);
    action.sa_flags |= SA_ONSTACK;
    sigaction(fault, &action, nullptr);
  }
}

llvm::Error tfc::runWithReproducer(llvm::function_ref<llvm::Error()> body) {
  llvm::CrashRecoveryContext::Enable();
  llvm::install_fatal_error_handler([](void *, const char *reason, bool) {
    fatalReason = reason;
    std::abort();
  });
  std::optional<llvm::Error> result;
  llvm::CrashRecoveryContext recovery;
  auto run = [&] {
    useSignalStack();
    result.emplace(body());
  };
  bool finished = recovery.RunSafelyOnThread(run, stackBytes);
  llvm::remove_fatal_error_handler();
  llvm::CrashRecoveryContext::Disable();
  if (!finished) {
    llvm::errs() << "internal error: "
                 << (fatalReason.empty() ? "the compiler crashed" : fatalReason)
                 << writeReproducer() << '\n';
    llvm::errs().flush();
    _exit(int(ExitCode::internal)); // destructors would run into what is broken
  }
  if (!*result || result->isA<ExitError>())
    return std::move(*result);
  return llvm::createStringError(llvm::toString(std::move(*result)) + writeReproducer());
}
