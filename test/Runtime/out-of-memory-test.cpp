// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every allocation that a call makes fails once: the call says so, and succeeds when it is
// repeated. Threads of a session allocate nothing (Run.AllocatesNothing). And threads that a child
// does not get.

#include "TextModel.h"
#include "tfc/chat.h"

#include <atomic>
#include <cerrno>
#include <functional>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

thread_local int64_t callsToFailure = -1; // below zero: none fails

bool failsNow() { return callsToFailure >= 0 && callsToFailure-- == 0; }

} // namespace

// The linker sends the calls of everything that is linked statically here (--wrap).
extern "C" {
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void *__real_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*body)(void *), void *argument);
void *__real_realloc(void *memory, size_t size);

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
  return failsNow() ? nullptr : __real_aligned_alloc(alignment, size);
}
void *__wrap_calloc(size_t count, size_t size) {
  return failsNow() ? nullptr : __real_calloc(count, size);
}
void *__wrap_malloc(size_t size) { return failsNow() ? nullptr : __real_malloc(size); }
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset) {
  if (!failsNow())
    return __real_mmap(address, size, protection, flags, file, offset);
  errno = ENOMEM;
  return MAP_FAILED;
}
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*body)(void *), void *argument) {
  return failsNow() ? EAGAIN : __real_pthread_create(thread, attributes, body, argument);
}
void *__wrap_realloc(void *memory, size_t size) {
  return failsNow() ? nullptr : __real_realloc(memory, size);
}
}

namespace tfc::test {
namespace {

/// A life of a model: what a program does with it, one call after another.
struct Life {
  TextModel text{
      Json().postProcessor, "embed", TFC_TYPE_F32, "null",
      "{% for m in messages %}{{ m.role ~ m.content }}{% endfor %}"}; // before anything fails
  tfc_model *model = nullptr, *file = nullptr;
  tfc_session *session = nullptr;
  FakeBatch batch{manyRows(20)};
  std::vector<float> embedding = std::vector<float>(2 * fakeEmbedding);
  tfc_tokens tokens{};
  const int32_t ids[3] = {2, 4, 5};
  const tfc_chat_message said{"user", "hello \xff worlds", 0};
  const char *made = nullptr;
  size_t madeLength = 0;
  char message[256] = "";

  ~Life() {
    tfc_session_destroy(session);
    tfc_close(model);
    tfc_close(file);
  }

  struct Step {
    const char *name;
    std::function<tfc_status()> call;
    bool ofSession; // its text is the session's
  };
  std::vector<Step> steps() {
    static const char *const words[] = {"hello worlds", "w\xc3\xb6rld \xc3\xa9"};
    return {
        {"open a file",
         [&] {
           return tfc_open(TFC_FAKE_LIBRARIES "/fake-memory.so", &file, message, sizeof message);
         },
         false},
        {"open", [&] { return tfc_open_library(&text.library, &model, message, sizeof message); },
         false},
        {"create a session",
         [&] {
           const tfc_session_options options{3, 0, 0, 0};
           return tfc_session_create(model, &options, &session, message, sizeof message);
         },
         false},
        {"run", [&] { return batch.run(session); }, true},
        {"embed", [&] { return tfc_embed(session, words, nullptr, 2, embedding.data()); }, true},
        {"tokenize",
         [&] { return tfc_tokenize(session, words, nullptr, nullptr, nullptr, 2, 0, &tokens); },
         true},
        {"detokenize", [&] { return tfc_detokenize(session, ids, 3, 0, 1, &made, &madeLength); },
         true},
        {"chat", [&] { return tfc_chat(session, &said, 1, nullptr, &made, &madeLength, &tokens); },
         true},
    };
  }
};

/// Lets the allocation number `failing` of a life fail. Returns whether there is one.
bool live(int64_t failing, const Life &expected) {
  Life life;
  bool failed = false;
  callsToFailure = failing;
  for (const Life::Step &step : life.steps()) {
    tfc_status status = step.call();
    const bool met = !failed && callsToFailure < 0;
    if (met) {
      failed = true;
      const std::string text = step.ofSession ? tfc_session_error(life.session) : life.message;
      // A refused thread is not a lack of memory by itself.
      EXPECT_TRUE(status == TFC_OUT_OF_MEMORY || status == TFC_UNAVAILABLE)
          << "allocation " << failing << " of step '" << step.name << "': status " << status;
      EXPECT_FALSE(text.empty()) << "allocation " << failing << " of step '" << step.name << "'";
      status = step.call();
    }
    EXPECT_EQ(status, TFC_OK) << "allocation " << failing << ", step '" << step.name
                              << (met ? "' repeated" : "'");
  }
  callsToFailure = -1;
  life.batch.check();
  EXPECT_EQ(life.embedding, expected.embedding);
  EXPECT_EQ(life.tokens.rows, 1u);
  return failed;
}

TEST(OutOfMemory, EveryAllocationMayFailOnce) {
  std::ofstream(TFC_FAKE_LIBRARIES "/fake-memory.weights", std::ios::binary)
      << '\1' << std::string(63, '\0');
  Life expected;
  for (const Life::Step &step : expected.steps())
    ASSERT_EQ(step.call(), TFC_OK) << step.name << ": " << expected.message;
  int64_t allocations = 0;
  while (live(allocations, expected) && !HasFailure())
    ++allocations;
  RecordProperty("allocations", static_cast<int>(allocations));
  EXPECT_GT(allocations, 20); // fewer would mean that the wrappers are not in place
}

std::atomic<int64_t> entered{0}, counted{0};
void count(const tfc_call *call, char *) {
  ++entered;
  counted += call->threads;
}

/// A forked child starts its threads anew; those that it gets know how many they are.
TEST(OutOfThreads, BehindAFork) {
  Model model = openFake();
  Session session = makeSession(model, 4);
  FakeBatch batch(manyRows(40)), again(manyRows(40));
  ASSERT_EQ(batch.run(session.get()), TFC_OK);
  for (int64_t started = 0; started < 3; ++started) {
    pid_t child = fork();
    if (!child) {
      alarm(20);
      fake_hook = count;
      callsToFailure = started;
      const bool runs = again.run(session.get()) == TFC_OK;
      _exit(runs && again.embedding == batch.embedding && entered == started + 1 &&
                    counted == (started + 1) * (started + 1)
                ? 0
                : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0) << started;
  }
}

} // namespace
} // namespace tfc::test
