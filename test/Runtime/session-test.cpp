// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Batches, and sessions that compute them.

#include "Harness.h"

#include <atomic>
#include <cstring>
#include <malloc.h>
#include <thread>

namespace tfc::test {
namespace {

TEST(Run, ComputesRaggedRows) {
  Model model = openFake();
  Session session = makeSession(model);
  FakeBatch batch({{3, 4, 5}, {7}, {99, 0}});
  ASSERT_EQ(batch.run(session.get()), TFC_OK) << tfc_session_error(session.get());
  batch.check();
}

TEST(Run, GivesTheSameForAllThreadsAndSplits) {
  Model model = openFake();
  FakeBatch alone(manyRows(300));
  ASSERT_EQ(alone.run(makeSession(model).get()), TFC_OK);
  alone.check();
  for (uint32_t threads : {1u, 2u, 4u, 7u})
    for (int64_t tokens : {1, 16, 40, 1000, 100000}) {
      Session session = makeSession(model, threads, tokens);
      FakeBatch batch(manyRows(300));
      for (int again = 0; again < 3; ++again)
        ASSERT_EQ(batch.run(session.get()), TFC_OK) << tfc_session_error(session.get());
      EXPECT_EQ(batch.hidden, alone.hidden) << threads << " threads, " << tokens << " tokens";
      EXPECT_EQ(batch.embedding, alone.embedding) << threads << " threads, " << tokens << " tokens";
    }
}

/// The numbers of tokens of each part that was run.
std::vector<int64_t> parts;
void recordParts(const tfc_call *call, char *) {
  parts.push_back(call->tokens);
  EXPECT_EQ(call->offsets[0], 0);
  EXPECT_EQ(call->offsets[call->rows], call->tokens);
  for (int area = 0; area < TFC_AREAS; ++area) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(call->area[area]) % 64, 0u);
    EXPECT_EQ(call->stride[area] % 16, 0);
  }
  EXPECT_GE(call->stride[TFC_AREA_PAIR], call->tokens * call->longest);
}

TEST(Run, SplitsIntoPartsOfLikeSize) {
  Model model = openFake();
  Session session = makeSession(model, 1, 100);
  FakeBatch batch(std::vector<std::vector<int64_t>>(13, std::vector<int64_t>(10, 1))); // 130 tokens
  parts.clear();
  fake_hook = recordParts;
  EXPECT_EQ(batch.run(session.get()), TFC_OK);
  fake_hook = nullptr;
  EXPECT_EQ(parts, (std::vector<int64_t>{70, 60}));
  batch.check();
}

/// The fake model with a second entry, which also gives id * id' of all pairs as `products.0`.
struct ModelOfPairs {
  std::vector<tfc_value> outputs;
  tfc_entry entries[2];
  tfc_function functions[2];
  tfc_variant variant;
  tfc_library library = fake_library;
  static inline tfc_function compute;
  static inline int runs; // of the second entry, by all threads
  static inline int64_t bytesPerPair;

  explicit ModelOfPairs(int64_t bytes) {
    bytesPerPair = bytes;
    const tfc_entry &entry = *fake_library.entries;
    outputs.assign(entry.outputs, entry.outputs + entry.output_count);
    outputs.push_back({.name = "products.0",
                       .type = TFC_TYPE_F32,
                       .area = TFC_AREA_PAIR,
                       .scalar = 1,
                       .width = 1});
    entries[0] = entries[1] = entry;
    entries[1].outputs = outputs.data();
    entries[1].output_count = static_cast<uint32_t>(outputs.size());
    entries[1].area_bytes[TFC_AREA_PAIR] = bytesPerPair;
    variant = fake_library.variants[fake_library.variant_count - 1]; // runs everywhere
    functions[0] = compute = variant.functions[0];
    functions[1] = [](const tfc_call *call, char *scratch) {
      ++runs;
      int64_t bytes = call->stride[TFC_AREA_PAIR] * bytesPerPair;
      EXPECT_TRUE(call->rows == 1 || bytes <= 256 << 20) << bytes;
      compute(call, scratch);
    };
    variant.functions = functions;
    library.entries = entries;
    library.entry_count = 2;
    library.variants = &variant;
    library.variant_count = 1;
    runs = 0;
  }
};

TEST(Run, GivesPairsOfTokensFromTheEntryThatHasThem) {
  // The first entry has room for 4 bytes a pair; the second gets its own when it is run, and a
  // batch is cut into parts that fit into it: 16 x 16 pairs of 1 MiB each are 256 MiB.
  for (int64_t bytesPerPair : {4, 1 << 20}) {
    ModelOfPairs pairs(bytesPerPair);
    Model model = openFake(&pairs.library);
    ASSERT_EQ(tfc_output_count(model.get()), 3u);
    tfc_value_info info;
    ASSERT_EQ(tfc_output(model.get(), 2, &info), TFC_OK);
    EXPECT_TRUE(info.per_pair && !info.per_token && info.scalar);
    Session session = makeSession(model);
    FakeBatch batch(manyRows(20));
    ASSERT_EQ(batch.run(session.get()), TFC_OK) << tfc_session_error(session.get());
    EXPECT_EQ(ModelOfPairs::runs, 0);

    std::vector<float> expected;
    for (size_t row = 0; row < batch.rows(); ++row)
      for (int64_t a = batch.offsets[row]; a < batch.offsets[row + 1]; ++a)
        for (int64_t b = batch.offsets[row]; b < batch.offsets[row + 1]; ++b)
          expected.push_back(static_cast<float>(batch.ids[static_cast<size_t>(a)] *
                                                batch.ids[static_cast<size_t>(b)]));
    std::vector<float> found(expected.size(), -1.0f);
    tfc_input_array in = {"input_ids", batch.ids.data(), batch.ids.size(), TFC_I64};
    tfc_output_array out = {"products.0", found.data(), found.size()};
    ASSERT_EQ(tfc_run(session.get(), batch.rows(), batch.offsets.data(), &in, 1, &out, 1), TFC_OK)
        << tfc_session_error(session.get());
    EXPECT_EQ(found, expected);
    EXPECT_EQ(ModelOfPairs::runs == 1, bytesPerPair == 4) << ModelOfPairs::runs << " parts";

    out.count -= 1;
    EXPECT_EQ(tfc_run(session.get(), batch.rows(), batch.offsets.data(), &in, 1, &out, 1),
              TFC_INVALID_ARGUMENT);
    EXPECT_EQ(tfc_session_error(session.get()),
              "products.0: has " + std::to_string(out.count) + " elements, expected " +
                  std::to_string(expected.size()) + " pairs of tokens of 1");
  }
}

TEST(Run, PairsThatDoNotFitIntoMemoryAreAStatus) {
  ModelOfPairs pairs(INT64_MAX / 8);
  Model model = openFake(&pairs.library);
  Session session = makeSession(model);
  const int64_t offsets[] = {0, 2}, ids[] = {3, 4};
  float found[4];
  tfc_input_array in = {"input_ids", ids, 2, TFC_I64};
  tfc_output_array out = {"products.0", found, 4};
  EXPECT_EQ(tfc_run(session.get(), 1, offsets, &in, 1, &out, 1), TFC_OUT_OF_MEMORY);
  EXPECT_EQ(strncmp(tfc_session_error(session.get()),
                    "out of memory: the attention maps of 2 tokens need ", 51),
            0)
      << tfc_session_error(session.get());
  FakeBatch batch({{1, 2}});
  EXPECT_EQ(batch.run(session.get()), TFC_OK); // the session is as good as before
  batch.check();
}

TEST(Run, ObeysTheLimitOfRowsInAPart) {
  tfc_library library = fake_library;
  library.max_batch = 4;
  Model model = openFake(&library);
  Session session = makeSession(model);
  FakeBatch fits(manyRows(4)), over(manyRows(5));
  EXPECT_EQ(fits.run(session.get()), TFC_OK);
  EXPECT_EQ(over.run(session.get()), TFC_INVALID_ARGUMENT);
  EXPECT_STREQ(tfc_session_error(session.get()),
               "the batch has 5 rows, the limit (--max-batch) is 4");
}

TEST(Run, LeavesOutOptionalInputsAsZeros) {
  Model model = openFake();
  Session session = makeSession(model);
  FakeBatch first({{5, 5, 5}}); // leaves types behind in the arena
  ASSERT_EQ(first.run(session.get()), TFC_OK);
  const int64_t offsets[] = {0, 3}, ids[] = {5, 5, 5};
  float hidden[9];
  tfc_input_array in = {"input_ids", ids, 3, TFC_I64};
  tfc_output_array out = {"last_hidden_state", hidden, 9};
  ASSERT_EQ(tfc_run(session.get(), 1, offsets, &in, 1, &out, 1), TFC_OK);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(hidden[i * 3], 10.0f);
}

TEST(Run, AllocatesNothing) {
  Model model = openFake();
  Session session = makeSession(model, 2);
  FakeBatch batch(manyRows(100));
  ASSERT_EQ(batch.run(session.get()), TFC_OK);
  size_t before = mallinfo2().uordblks;
  ASSERT_EQ(batch.run(session.get()), TFC_OK);
  EXPECT_EQ(mallinfo2().uordblks, before);
}

std::atomic<int> inside{0};
std::atomic<bool> leave{false};
void stayInside(const tfc_call *, char *) {
  inside = 1;
  while (!leave)
    std::this_thread::yield();
}

TEST(Session, RefusesASecondThread) {
  Model model = openFake();
  Session session = makeSession(model);
  inside = 0, leave = false;
  fake_hook = stayInside;
  std::thread first([&] {
    FakeBatch batch({{1}});
    EXPECT_EQ(batch.run(session.get()), TFC_OK);
  });
  while (!inside)
    std::this_thread::yield();
  FakeBatch second({{1}});
  EXPECT_EQ(second.run(session.get()), TFC_INVALID_ARGUMENT);
  const char *text = "hello";
  float out[fakeEmbedding];
  tfc_tokens tokens;
  EXPECT_EQ(tfc_embed(session.get(), &text, nullptr, 1, out), TFC_INVALID_ARGUMENT);
  EXPECT_EQ(tfc_classify(session.get(), &text, nullptr, nullptr, nullptr, 1, out),
            TFC_INVALID_ARGUMENT);
  EXPECT_EQ(tfc_tokenize(session.get(), &text, nullptr, nullptr, nullptr, 1, 0, &tokens),
            TFC_INVALID_ARGUMENT);
  leave = true;
  first.join();
  fake_hook = nullptr;
  EXPECT_EQ(second.run(session.get()), TFC_OK);
}

TEST(Session, ModelIsSharedByThreadsAndOutlivesItsHandle) {
  Model model = openFake();
  std::vector<Session> sessions;
  for (int i = 0; i < 4; ++i)
    sessions.push_back(makeSession(model, 2));
  model.reset();
  std::vector<std::thread> users;
  for (Session &session : sessions)
    users.emplace_back([&session] {
      for (int i = 0; i < 20; ++i) {
        FakeBatch batch(manyRows(50));
        ASSERT_EQ(batch.run(session.get()), TFC_OK);
        batch.check();
      }
    });
  for (std::thread &user : users)
    user.join();
}

TEST(Session, RefusesBadOptions) {
  Model model = openFake();
  auto refused = [&](tfc_session_options options) {
    tfc_session *session = reinterpret_cast<tfc_session *>(1);
    char message[256] = "";
    EXPECT_EQ(tfc_session_create(model.get(), &options, &session, message, sizeof message),
              TFC_INVALID_ARGUMENT);
    EXPECT_EQ(session, nullptr);
    return std::string(message);
  };
  EXPECT_EQ(refused({.threads = 2000}), "2000 threads asked for, at most 1024 are possible");
  EXPECT_EQ(refused({.threads = 1, .reserved = 5}),
            "tfc_session_options.reserved is 5, expected 0");
  EXPECT_EQ(refused({.threads = 1, .max_tokens = -1}), "max_tokens is -1, expected 0 … 1073741824");
  EXPECT_EQ(refused({.threads = 1, .max_tokens = 1 << 30 | 1}),
            "max_tokens is 1073741825, expected 0 … 1073741824");
  EXPECT_EQ(refused({1, 0, 0, -1}), "cache_tokens is -1, expected 0 … 1073741824");
  char small[10];
  tfc_session *session;
  EXPECT_EQ(tfc_session_create(nullptr, nullptr, &session, small, sizeof small),
            TFC_INVALID_ARGUMENT);
  EXPECT_STREQ(small, "tfc_sessi");
  char message[64];
  EXPECT_EQ(tfc_session_create(model.get(), nullptr, nullptr, message, sizeof message),
            TFC_INVALID_ARGUMENT);
  EXPECT_STREQ(message, "tfc_session_create: a null pointer for session");
  EXPECT_STREQ(tfc_session_error(nullptr), "");
  tfc_session_destroy(nullptr); // nothing happens
}

TEST(Generate, RefusesWhatDoesNotGenerate) {
  Model model = openFake();
  Session session = makeSession(model);
  const int64_t offsets[] = {0, 1};
  const int32_t id = 1;
  auto each = [](void *, const tfc_new_token *) { return 0; };
  EXPECT_EQ(tfc_generate(nullptr, 1, offsets, &id, nullptr, each, nullptr), TFC_INVALID_ARGUMENT);
  EXPECT_EQ(tfc_generate(session.get(), 1, offsets, &id, nullptr, each, nullptr), TFC_UNSUPPORTED);
  EXPECT_STREQ(tfc_session_error(session.get()), "fake does not generate: its task is embed");
  // The others, of a session that is none and of this one.
  size_t row = 0, needed = 0;
  const char *text = "a";
  const char bytes[1] = {};
  auto take = [](void *, const tfc_text *) { return 0; };
  const std::pair<const char *, std::function<tfc_status(tfc_session *)>> calls[] = {
      {"fake does not generate: its task is embed",
       [&](tfc_session *of) { return tfc_add(of, &id, 1, nullptr, &row); }},
      {"fake does not generate: its task is embed",
       [&](tfc_session *of) { return tfc_step(of, each, nullptr); }},
      {"fake does not generate: its task is embed",
       [&](tfc_session *of) { return tfc_restore(of, bytes, 1, nullptr, &row); }},
      {"fake does not generate: its task is embed",
       [&](tfc_session *of) {
         return tfc_translate(of, &text, nullptr, 1, nullptr, take, nullptr);
       }},
      {"there is no row 0", [&](tfc_session *of) { return tfc_remove(of, 0); }},
      {"there is no row 0", [&](tfc_session *of) { return tfc_save(of, 0, nullptr, 0, &needed); }},
      {"fake computes rows without sources: tfc_run",
       [&](tfc_session *of) {
         return tfc_run_with_source(of, 1, offsets, offsets, nullptr, 0, nullptr, 0);
       }},
  };
  for (const auto &[message, call] : calls) {
    EXPECT_EQ(call(nullptr), TFC_INVALID_ARGUMENT) << message;
    EXPECT_NE(call(session.get()), TFC_OK);
    EXPECT_STREQ(tfc_session_error(session.get()), message);
  }
  for (const tfc_model *of :
       {static_cast<const tfc_model *>(nullptr), static_cast<const tfc_model *>(model.get())}) {
    size_t count = 7;
    EXPECT_EQ(tfc_end_ids(of, &count), nullptr);
    EXPECT_EQ(count, 0u);
    EXPECT_EQ(tfc_end_ids(of, nullptr), nullptr);
    EXPECT_EQ(tfc_pad_id(of), -1);
    EXPECT_EQ(tfc_start_id(of), -1);
    tfc_generate_options options = {};
    options.beams = 9;
    tfc_generate_defaults(of, &options);
    EXPECT_EQ(options.beams, 0u);
  }
  tfc_generate_defaults(nullptr, nullptr); // nothing happens
}

} // namespace
} // namespace tfc::test
