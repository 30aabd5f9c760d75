// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A mistake of the compiler ends with exit code 70 and leaves a file that shows it again.

#include "compiler/Support/Reproducer.h"
#include "compiler/Support/Error.h"
#include "compiler/Support/OutOfMemory.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <regex>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace tfc;

namespace {

/// Runs each test in an empty folder.
class Reproducer : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::current_path(before));
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("tfc-reproducer", folder));
    ASSERT_FALSE(llvm::sys::fs::set_current_path(folder));
  }
  void TearDown() override {
    ASSERT_FALSE(llvm::sys::fs::set_current_path(before));
    llvm::sys::fs::remove_directories(folder);
  }
  /// The text of the one file in the folder.
  std::string left() {
    std::error_code error;
    llvm::sys::fs::directory_iterator file(folder, error);
    if (error || file == llvm::sys::fs::directory_iterator())
      return "";
    auto buffer = llvm::MemoryBuffer::getFile(file->path());
    return buffer ? (*buffer)->getBuffer().str() : "";
  }
  llvm::SmallString<128> before, folder;
};

using ReproducerDeath = Reproducer;

/// Uses a kilobyte of the stack for each level.
int recurse(int depth) {
  volatile char frame[1024];
  frame[0] = char(depth);
  return depth ? recurse(depth - 1) + frame[0] : 0;
}

} // namespace

TEST_F(Reproducer, PassesAResultOn) {
  EXPECT_FALSE(runWithReproducer([] { return llvm::Error::success(); }));
  llvm::Error error = runWithReproducer([] { return inputError("bad"); });
  EXPECT_TRUE(error.isA<ExitError>());
  EXPECT_EQ(llvm::toString(std::move(error)), "bad");
  EXPECT_EQ(left(), "");
}

TEST_F(Reproducer, KeepsTheTextOfAnInternalError) {
  setReproducer("plan", "the model");
  llvm::Error error = runWithReproducer([] { return llvm::createStringError("lost"); });
  std::string text = llvm::toString(std::move(error));
  EXPECT_TRUE(std::regex_search(
      text, std::regex("^lost; the plan stage was given .*tfc-crash-[0-9]+\\.mlir")))
      << text;
  EXPECT_EQ(left(), "the model");
}

TEST_F(ReproducerDeath, EndsACrashWithItsFile) {
  auto crash = [] {
    setReproducer("codegen", "the plan");
    (void)!runWithReproducer([]() -> llvm::Error { std::abort(); });
  };
  EXPECT_EXIT(crash(), testing::ExitedWithCode(70),
              "internal error: the compiler crashed; the codegen stage was given");
  EXPECT_EQ(left(), "the plan");
}

TEST_F(ReproducerDeath, SaysWhatLLVMSays) {
  auto crash = [] {
    setReproducer("link", "");
    (void)!runWithReproducer([]() -> llvm::Error { llvm::report_fatal_error("no such register"); });
  };
  EXPECT_EXIT(crash(), testing::ExitedWithCode(70),
              "internal error: no such register; the input of the link stage");
}

TEST_F(Reproducer, HasRoomForDeepRecursion) {
  EXPECT_FALSE(runWithReproducer([] {
    (void)recurse(100000);
    return llvm::Error::success();
  }));
}

TEST_F(ReproducerDeath, EndsEndlessRecursionToo) {
  auto crash = [] {
    setReproducer("fuse", "a model");
    (void)!runWithReproducer([] {
      (void)recurse(1 << 30);
      return llvm::Error::success();
    });
  };
  EXPECT_EXIT(crash(), testing::ExitedWithCode(70),
              "internal error: the compiler crashed; the fuse stage was given");
}

TEST_F(ReproducerDeath, EndsACrashOnAnotherThread) {
  auto crash = [] {
    setReproducer("codegen", "the plan");
    (void)!runWithReproducer([] {
      std::thread([] { endOnCrash([] { std::abort(); }); }).join();
      return llvm::Error::success();
    });
  };
  EXPECT_EXIT(crash(), testing::ExitedWithCode(70),
              "internal error: the compiler crashed; the codegen stage was given");
  EXPECT_EQ(left(), "the plan");
}

TEST_F(Reproducer, GivesAThreadItsSignalStackBack) {
  std::thread([] {
    static char memory[64 << 10];
    const stack_t own{memory, 0, sizeof memory};
    stack_t before, after;
    ASSERT_EQ(sigaltstack(&own, &before), 0);
    endOnCrash([] {
      stack_t meanwhile;
      sigaltstack(nullptr, &meanwhile);
      EXPECT_NE(meanwhile.ss_sp, memory);
    });
    sigaltstack(&before, &after);
    EXPECT_EQ(after.ss_sp, memory);
  }).join();
}

TEST_F(ReproducerDeath, TellsAWantOfMemoryFromACrash) {
#if defined(__has_feature) && __has_feature(address_sanitizer)
  GTEST_SKIP() << "the sanitizer needs address space without limits";
#endif
  auto take = [] {
    rlimit none{0, RLIM_INFINITY};
    setrlimit(RLIMIT_AS, &none);
  };
  auto crash = [&] {
    setReproducer("codegen", "the plan");
    (void)!runWithReproducer([&]() -> llvm::Error {
      take();
      std::abort(); // as what does not look at malloc's result would
    });
  };
  EXPECT_EXIT(crash(), testing::ExitedWithCode(4), "^error: out of memory\n$");
  auto allocate = [&] {
    exitWhenOutOfMemory();
    take();
    std::vector<char> memory(1 << 30);
    exit(memory[0]);
  };
  EXPECT_EXIT(allocate(), testing::ExitedWithCode(4), "^error: out of memory\n$");
  auto start = [&] {
    take();
    (void)!runWithReproducer([] { return llvm::Error::success(); });
  };
  EXPECT_EXIT(start(), testing::ExitedWithCode(4), "error: no thread with a stack of 256 MiB: ");
  EXPECT_EQ(left(), "");
}
