// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a session does to the process around it: threads, signals, floating-point modes, fork,
// memory.

#include "Harness.h"
#include "runtime/Session.h"
#include "runtime/SessionSize.h"

#include <atomic>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <xmmintrin.h>

namespace tfc::test {
namespace {

std::atomic<int> inside{0};
std::atomic<bool> leave{false};
void stayInside(const tfc_call *, char *) {
  inside = 1;
  while (!leave)
    std::this_thread::yield();
}

size_t threadCount() {
  auto tasks = std::filesystem::directory_iterator("/proc/self/task");
  return static_cast<size_t>(std::distance(begin(tasks), end(tasks)));
}

TEST(Threads, StartAndEndWithTheSession) {
  Model model = openFake();
  size_t before = threadCount();
  {
    Session alone = makeSession(model, 1);
    EXPECT_EQ(threadCount(), before);
    Session four = makeSession(model, 4);
    EXPECT_EQ(threadCount(), before + 3);
    FakeBatch batch(manyRows(20));
    ASSERT_EQ(batch.run(four.get()), TFC_OK);
  }
  EXPECT_EQ(threadCount(), before);
}

tfc_call seen[3];
void noteCall(const tfc_call *call, char *) {
  if (call->thread >= 0 && call->thread < 3)
    seen[call->thread] = *call;
}

/// Whether a line of /proc/cpuinfo has `text`.
bool processorSays(const std::string &text) {
  std::ifstream lines("/proc/cpuinfo");
  for (std::string line; std::getline(lines, line);)
    if (line.find(text) != std::string::npos)
      return true;
  return false;
}

TEST(Threads, KernelsKnowTheirNumberAndTheProcessor) {
  Model model = openFake();
  Session session = makeSession(model, 3);
  EXPECT_EQ(session->aheadBytes, processorSays("GenuineIntel") ? 16384 : 0);
  session->aheadBytes = 12345;
  FakeBatch batch(manyRows(2));
  fake_hook = noteCall;
  EXPECT_EQ(batch.run(session.get()), TFC_OK);
  fake_hook = nullptr;
  for (const tfc_call &call : seen) {
    EXPECT_EQ(call.threads, 3);
    EXPECT_GE(call.cache_bytes, 256 << 10);
    EXPECT_LE(call.cache_bytes, 4 << 20);
    EXPECT_EQ(call.ahead_bytes, 12345);
  }
}

pthread_t runner;
std::atomic<int> unblocked{0}, entered{0};
void checkSignals(const tfc_call *call, char *scratch) {
  sigset_t blocked;
  pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  if (!pthread_equal(pthread_self(), runner) &&
      (!sigismember(&blocked, SIGUSR1) || sigismember(&blocked, SIGSEGV)))
    ++unblocked;
  ++entered;
}

TEST(Threads, LeaveSignalsToTheProgram) {
  Model model = openFake();
  Session session = makeSession(model, 4);
  sigset_t blocked;
  pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  EXPECT_FALSE(sigismember(&blocked, SIGUSR1));
  runner = pthread_self();
  unblocked = entered = 0;
  fake_hook = checkSignals;
  FakeBatch batch(manyRows(20));
  EXPECT_EQ(batch.run(session.get()), TFC_OK);
  fake_hook = nullptr;
  EXPECT_EQ(entered, 4);
  EXPECT_EQ(unblocked, 0);
}

std::atomic<int> wrongEnvironments{0};
void checkEnvironment(const tfc_call *, char *) {
  if ((_mm_getcsr() & ~0x3fu) != 0x1f80) // but for the sticky flags
    ++wrongEnvironments;
}

TEST(Threads, ComputeInTheDefaultFloatingPointEnvironment) {
  Model model = openFake();
  unsigned before = _mm_getcsr();
  _mm_setcsr(0x1f80 | 0x6000 | 0x8040);    // towards zero, denormals flushed
  Session session = makeSession(model, 3); // its workers inherit this
  wrongEnvironments = 0;
  fake_hook = checkEnvironment;
  FakeBatch batch(manyRows(20));
  EXPECT_EQ(batch.run(session.get()), TFC_OK);
  fake_hook = nullptr;
  unsigned after = _mm_getcsr();
  _mm_setcsr(before);
  EXPECT_EQ(wrongEnvironments, 0);
  EXPECT_EQ(after & ~0x3fu, 0x1f80u | 0x6000 | 0x8040);
}

/// Runs `body` in a forked child and gives its exit status; 99 if it hangs.
int inChild(const std::function<int()> &body) {
  pid_t child = fork();
  if (!child) {
    alarm(20);
    _exit(body());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

TEST(Fork, ChildAndParentGoOn) {
  Model model = openFake();
  Session session = makeSession(model, 3);
  FakeBatch batch(manyRows(40));
  ASSERT_EQ(batch.run(session.get()), TFC_OK);
  EXPECT_EQ(inChild([&] {
              for (int i = 0; i < 5; ++i) {
                FakeBatch again(manyRows(40));
                if (again.run(session.get()) != TFC_OK || again.embedding != batch.embedding)
                  return 1;
              }
              size_t threads = threadCount();
              session.reset();
              return threads == 3 && threadCount() == 1 ? 0 : 2;
            }),
            0);
  EXPECT_EQ(inChild([&] { // destroys without having run
              session.reset();
              model.reset();
              return 0;
            }),
            0);
  ASSERT_EQ(batch.run(session.get()), TFC_OK);
  batch.check();
}

TEST(Fork, WorksWhileAnotherThreadIsInside) {
  Model model = openFake();
  Session session = makeSession(model, 2);
  inside = 0, leave = false;
  fake_hook = stayInside;
  std::thread first([&] {
    FakeBatch batch({{1}});
    EXPECT_EQ(batch.run(session.get()), TFC_OK);
  });
  while (!inside)
    std::this_thread::yield();
  EXPECT_EQ(inChild([&] {
              fake_hook = nullptr;
              FakeBatch batch(manyRows(10));
              return batch.run(session.get()) == TFC_OK ? 0 : 1;
            }),
            0);
  leave = true;
  first.join();
  fake_hook = nullptr;
}

/// Whether a file is mapped into this process.
bool isMapped(const std::string &name) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    if (line.find(name) != std::string::npos)
      return true;
  return false;
}

TEST(Unload, LeavesNothingBehind) {
  std::string path = std::string(TFC_FAKE_LIBRARIES) + "/fake.so";
  size_t before = threadCount();
  for (int round = 0; round < 3; ++round) {
    tfc_model *opened = nullptr;
    ASSERT_EQ(tfc_open(path.c_str(), &opened, nullptr, 0), TFC_OK);
    Model model(opened);
    EXPECT_TRUE(isMapped("/fake.so"));
    Session session = makeSession(model, 4);
    FakeBatch batch(manyRows(20));
    EXPECT_EQ(batch.run(session.get()), TFC_OK);
    model.reset(); // the session keeps what it needs
    EXPECT_EQ(batch.run(session.get()), TFC_OK);
    session.reset();
    EXPECT_FALSE(isMapped("/fake.so"));
    EXPECT_EQ(threadCount(), before);
  }
}

/// Leaves the process while the session's threads sleep or wait.
[[noreturn]] void leaveWithASession(int code) {
  tfc_session *session = makeSession(openFake(), 4).release();
  FakeBatch batch(manyRows(20));
  exit(batch.run(session) == TFC_OK ? code : 99);
}

TEST(Exit, WaitsForNoThread) { EXPECT_EXIT(leaveWithASession(7), testing::ExitedWithCode(7), ""); }

/// The bytes of address space that this process uses.
size_t addressSpace() {
  size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

TEST(Memory, RunningOutIsAStatus) {
#if defined(__SANITIZE_ADDRESS__) || (defined(__has_feature) && __has_feature(address_sanitizer))
  GTEST_SKIP() << "the sanitizer needs address space without limits";
#endif
  Model model = openFake();
  EXPECT_EQ(
      inChild([&] {
        rlimit limit;
        getrlimit(RLIMIT_AS, &limit);
        limit.rlim_cur = addressSpace() + (64 << 20);
        setrlimit(RLIMIT_AS, &limit);
        tfc_session *session;
        tfc_session_options options{.threads = 1, .max_tokens = 1 << 28};
        char message[256];
        if (tfc_session_create(model.get(), &options, &session, message, sizeof message) !=
            TFC_OUT_OF_MEMORY)
          return 1;
        if (!strstr(message, "out of memory: a session for 268435456 tokens with 1 threads needs "))
          return 2;
        FakeBatch batch({{1, 2}});
        return batch.run(makeSession(model).get()) == TFC_OK ? 0
                                                             : 3; // the model is as good as before
      }),
      0);
}

TEST(Memory, SizesThatOverflowAreAStatus) {
  tfc_library library = fake_library;
  tfc_entry entry = *fake_library.entries;
  entry.area_bytes[TFC_AREA_PAIR] = INT64_MAX / 2;
  library.entries = &entry;
  Model model = openFake(&library);
  tfc_session *session;
  EXPECT_EQ(tfc_session_create(model.get(), nullptr, &session, nullptr, 0), TFC_OUT_OF_MEMORY);
  SessionSize size;
  library.max_sequence = INT64_MAX / 4;
  EXPECT_FALSE(sizeSession(library, 1, &size)) << "pairs of tokens";
  library = fake_library;
  EXPECT_FALSE(sizeSession(library, INT64_MAX / fakeMaxSequence, &size)) << "rounded up";
  tfc_variant variant = *fake_library.variants;
  int64_t bytes;
  variant.scratch_bytes = INT64_MAX - 100;
  EXPECT_FALSE(sizeScratch(variant, 8, &bytes));
}

} // namespace
} // namespace tfc::test
