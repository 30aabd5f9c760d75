// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Handles that close themselves, and batches for the model of FakeModel.h.

#ifndef TFC_TEST_RUNTIME_HARNESS_H
#define TFC_TEST_RUNTIME_HARNESS_H

#include "FakeModel.h"
#include "tfc/tfc.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace tfc::test {

struct Closer {
  void operator()(tfc_model *model) const { tfc_close(model); }
  void operator()(tfc_session *session) const { tfc_session_destroy(session); }
};
using Model = std::unique_ptr<tfc_model, Closer>;
using Session = std::unique_ptr<tfc_session, Closer>;

inline Model openFake(const tfc_library *library = &fake_library) {
  tfc_model *model = nullptr;
  char message[256];
  EXPECT_EQ(tfc_open_library(library, &model, message, sizeof message), TFC_OK) << message;
  return Model(model);
}

inline Session makeSession(const Model &model, uint32_t threads = 1, int64_t maxTokens = 0) {
  tfc_session *session = nullptr;
  char message[256];
  tfc_session_options options{threads, 0, maxTokens, 0};
  EXPECT_EQ(tfc_session_create(model.get(), &options, &session, message, sizeof message), TFC_OK)
      << message;
  return Session(session);
}

/// The value of an environment variable while this lives.
class Environment {
public:
  Environment(const char *name, const char *value) : name(name) {
    if (const char *old = getenv(name))
      before = std::make_unique<std::string>(old);
    setenv(name, value, 1);
  }
  ~Environment() { before ? setenv(name, before->c_str(), 1) : unsetenv(name); }

private:
  const char *name;
  std::unique_ptr<std::string> before;
};

/// Rows of ids and what the fake model makes of them.
struct FakeBatch {
  std::vector<int64_t> offsets{0}, ids, types;
  std::vector<float> hidden, embedding;

  explicit FakeBatch(const std::vector<std::vector<int64_t>> &rows) {
    for (const auto &row : rows) {
      ids.insert(ids.end(), row.begin(), row.end());
      offsets.push_back(static_cast<int64_t>(ids.size()));
    }
    for (size_t i = 0; i < ids.size(); ++i)
      types.push_back(static_cast<int64_t>(i % 2));
    hidden.assign(ids.size() * fakeHidden, -1.0f);
    embedding.assign(rows.size() * fakeEmbedding, -1.0f);
  }
  size_t rows() const { return offsets.size() - 1; }

  tfc_status run(tfc_session *session) {
    tfc_input_array in[] = {{"input_ids", ids.data(), ids.size(), TFC_I64},
                            {"token_type_ids", types.data(), types.size(), TFC_I64}};
    tfc_output_array out[] = {{"last_hidden_state", hidden.data(), hidden.size()},
                              {"embedding", embedding.data(), embedding.size()}};
    return tfc_run(session, rows(), offsets.data(), in, 2, out, 2);
  }

  void check() const {
    for (size_t row = 0; row < rows(); ++row) {
      float sum = 0;
      for (int64_t i = offsets[row]; i < offsets[row + 1]; ++i) {
        auto at = static_cast<size_t>(i);
        sum += static_cast<float>(ids[at]);
        ASSERT_EQ(hidden[at * 3], static_cast<float>(2 * ids[at] + types[at]))
            << "row " << row << " token " << i;
        ASSERT_EQ(hidden[at * 3 + 1], static_cast<float>(i - offsets[row]));
        ASSERT_EQ(hidden[at * 3 + 2], static_cast<float>(offsets[row + 1] - offsets[row]));
      }
      ASSERT_EQ(embedding[row * 3], sum) << "row " << row;
      ASSERT_EQ(embedding[row * 3 + 1], sum * sum) << "row " << row;
    }
  }
};

/// Rows of lengths 1 … fakeMaxSequence in a scattered order.
inline std::vector<std::vector<int64_t>> manyRows(size_t count) {
  std::vector<std::vector<int64_t>> rows(count);
  for (size_t row = 0; row < count; ++row)
    for (size_t i = 0; i <= row * 7 % fakeMaxSequence; ++i)
      rows[row].push_back(static_cast<int64_t>((row * 31 + i * 17) % fakeVocabulary));
  return rows;
}

} // namespace tfc::test

#endif
