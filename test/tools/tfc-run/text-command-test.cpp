// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What tfc-run prints for texts, for each task. The tokenizer is tokenizer.json beside this file:
// [MASK] 0, [UNK] 1, hello 2, world 3, ##s 4, [CLS] 5, [SEP] 6, é 7.

#include "Command.h"
#include "tools/tfc-run/Npy.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tfc::test {
namespace {

using namespace std::string_literals;

/// Runs on the plainest instruction set, which the model tells as the third number, and expects
/// success.
std::string good(const std::string &library, const std::string &words,
                 const std::string &input = "") {
  TemporaryFolder folder;
  setenv("TFC_CPU", "x86-64", 1);
  Result result = fake(folder, words, library, input);
  unsetenv("TFC_CPU");
  EXPECT_EQ(result.code, 0) << result.error;
  EXPECT_EQ(result.error, "");
  return result.out;
}

TEST(TextCommand, Embeds) {
  EXPECT_EQ(good("fake-embed", "--text hello --text 'Hello Worlds' --text ''"),
            "13 169 1\n20 400 1\n11 121 1\n");
  EXPECT_EQ(good("fake-embed", "--text hello --json"), "{\"embedding\": [13, 169, 1]}\n");
  EXPECT_EQ(good("fake-embed", "--text hello --text-pair world"), "22 484 1\n");
  EXPECT_EQ(good("fake-embed", "--text 'hello world' --max-seq 3"), "13 169 1\n") << "truncated";
  EXPECT_EQ(good("fake-embed", "--text 'hello world' --output last_hidden_state --json"),
            "{\"last_hidden_state\": [[10, 0, 4], [4, 1, 4], [6, 2, 4], [12, 3, 4]]}\n");
}

TEST(TextCommand, ReadsLines) {
  EXPECT_EQ(good("fake-embed", "--text -", "hello\n\nhello world"),
            "13 169 1\n11 121 1\n16 256 1\n");
  EXPECT_EQ(good("fake-embed", "--text -", ""), "");
  EXPECT_EQ(good("fake-embed", "--text - --json", "\"hello\\nworld\"\n"),
            "{\"embedding\": [16, 256, 1]}\n");
  std::string many, answers;
  for (int i = 0; i < 5000; ++i) {
    many += i % 3 ? "hello\n" : "world\n";
    answers += i % 3 ? "13 169 1\n" : "14 196 1\n";
  }
  EXPECT_EQ(good("fake-embed", "--text - --threads 2", many), answers) << "in order";
}

TEST(TextCommand, Compares) {
  EXPECT_EQ(good("fake-embed", "--similarity --text hello --text 'hello'"),
            "            1       2\n    1  1.0000  1.0000  hello\n    2  1.0000  1.0000  hello\n");
  std::string json = good("fake-embed", "--similarity --json --text -", "\"hello\"\n\"world\"\n");
  double a[] = {13, 169, 1}, b[] = {14, 196, 1}, ab = 0, aa = 0, bb = 0;
  for (int i = 0; i < 3; ++i)
    ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  double found = strtod(json.substr(json.find(", ") + 2).c_str(), nullptr);
  EXPECT_NEAR(found, ab / std::sqrt(aa * bb), 1e-7) << json;
}

TEST(TextCommand, Classifies) {
  // The logits of a text are those numbers that fake-embed prints.
  EXPECT_EQ(good("fake-classify", "--text hello"), "middle 1  low 0  high 0\n");
  std::string json = good("fake-classify", "--text hello --json");
  EXPECT_EQ(
      json,
      "{\"labels\": [{\"label\": \"middle\", \"score\": 1}, {\"label\": \"low\", \"score\": 0}, "
      "{\"label\": \"high\", \"score\": 0}]}\n");
}

TEST(TextCommand, ClassifiesMultilabel) {
  std::string out = good("fake-classify-multilabel", "--text hello");
  EXPECT_EQ(out.find("middle 1  low 0.99999"), 0u) << out;
  EXPECT_NE(out.find("  high 0.7310"), std::string::npos) << out;
}

TEST(TextCommand, Regresses) {
  EXPECT_EQ(good("fake-regress", "--text hello --text ''"), "13 169 1\n11 121 1\n");
  EXPECT_EQ(good("fake-regress", "--text hello --json"), "{\"logits\": [13, 169, 1]}\n");
}

TEST(TextCommand, ClassifiesTokens) {
  // The logits of a token are 2 * id + type, position, length.
  std::string out = good("fake-classify-tokens", "--text world");
  EXPECT_EQ(out.substr(0, 12), "[CLS] low 0.");
  EXPECT_NE(out.find("\nworld low 0.94"), std::string::npos) << out;
  EXPECT_EQ(out.substr(out.size() - 2), "\n\n");
  std::string json = good("fake-classify-tokens", "--text world --json");
  EXPECT_EQ(json.find("{\"tokens\": [{\"token\": \"[CLS]\", \"label\": \"low\", \"score\": 0.99"),
            0u)
      << json;
  EXPECT_NE(json.find("}, {\"token\": \"world\", \"label\": \"low\", \"score\": 0.94"),
            std::string::npos)
      << json;
}

TEST(TextCommand, FillsMasks) {
  // The logits of a mask at position 2 of 4 tokens: 0, 2, 4.
  std::string out = good("fake-fill-mask", "--text 'hello [MASK]'");
  EXPECT_EQ(out.find("hello 0.8668"), 0u) << out;
  EXPECT_NE(out.find("  [UNK] 0.1173"), std::string::npos) << out;
  EXPECT_EQ(out.substr(out.size() - 2), "\n\n");
  std::string json = good("fake-fill-mask", "--text '[MASK] [MASK]' --json");
  EXPECT_EQ(json.find("{\"masks\": [[{\"token\": \"hello\", \"score\": 0."), 0u) << json;
  EXPECT_NE(json.find("}], [{\"token\": \"hello\", \"score\": 0."), std::string::npos) << json;
  TemporaryFolder folder;
  Result result = fake(folder, "--text '[MASK]' --text hello", "fake-fill-mask");
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.error, "error: text 2 has no [MASK] to fill in\n");
}

TEST(TextCommand, PrintsHiddenStates) {
  EXPECT_EQ(good("fake-encode", "--text ''"), "10 0 2\n12 1 2\n\n");
  EXPECT_EQ(good("fake-encode", "--text '' --json"),
            "{\"last_hidden_state\": [[10, 0, 2], [12, 1, 2]]}\n");
}

TEST(TextCommand, Tokenizes) {
  EXPECT_EQ(good("fake-embed", "--tokenize-only --text 'Hello É worlds [MASK]' --text ''"),
            "{\"ids\": [5, 2, 7, 3, 4, 0, 6], \"tokens\": [\"[CLS]\", \"hello\", \"é\", \"world\", "
            "\"##s\", \" [MASK]\", \"[SEP]\"]}\n"
            "{\"ids\": [5, 6], \"tokens\": [\"[CLS]\", \"[SEP]\"]}\n");
  std::string words;
  for (int i = 0; i < 40; ++i)
    words += "hello ";
  std::string out = good("fake-embed", "--tokenize-only --text -", words + "\n");
  EXPECT_EQ(std::count(out.begin(), out.end(), '2'), 40) << "knows no --max-seq";
  EXPECT_EQ(
      good("fake-embed", "--tokenize-only --text - --json", "\"hello\\nhello\"\n\"\\u00c9\"\n"),
      "{\"ids\": [5, 2, 2, 6], \"tokens\": [\"[CLS]\", \"hello\", \"hello\", \"[SEP]\"]}\n"
      "{\"ids\": [5, 7, 6], \"tokens\": [\"[CLS]\", \"é\", \"[SEP]\"]}\n");
  EXPECT_EQ(good("fake-embed", "--tokenize-only --text hello --text-pair world"),
            "{\"ids\": [5, 2, 6, 3, 6], \"tokens\": [\"[CLS]\", \"hello\", \"[SEP]\", \"world\", "
            "\"[SEP]\"]}\n");
}

TEST(TextCommand, WritesArraysOfTexts) {
  TemporaryFolder folder;
  Result result = fake(folder,
                       "--text - --output embedding=@" + folder.file("e.npy") +
                           " --output last_hidden_state=@" + folder.file("h.npy"),
                       "fake-embed", "hello\nhello world\n\n");
  ASSERT_EQ(result.code, 0) << result.error;
  run::Array embedding, hidden;
  ASSERT_FALSE(run::readNpy(folder.file("e.npy"), embedding));
  ASSERT_FALSE(run::readNpy(folder.file("h.npy"), hidden));
  EXPECT_EQ(embedding.shape, (std::vector<int64_t>{3, 3}));
  EXPECT_EQ(embedding.floats[3], 16);
  EXPECT_EQ(hidden.shape, (std::vector<int64_t>{3, 4, 3}));
}

TEST(TextCommand, RefusesWhatTheTaskHasNot) {
  TemporaryFolder folder;
  Result result = fake(folder, "--similarity --text a", "fake-classify");
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.error,
            "error: --similarity needs a model that embeds texts; fake is made to classify\n");
  result = fake(folder, "--text a --max-seq 17", "fake-embed");
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.error, "error: --max-seq 17 is more than the library's limit of 16\n");
  result = fake(folder, "--text a --max-seq 1", "fake-embed");
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.error, "");
  result = fake(folder, "--text - --json", "fake-embed", "\"a\"\nb\n");
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.error, "error: standard input, line 2: expected a JSON string, found 'b'\n");
}

} // namespace
} // namespace tfc::test
