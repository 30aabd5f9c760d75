// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What tfc-run answers. The fake model gives each token its id as the logit of a start and its
// position as the logit of an end, so that the answer that ends last and begins with the largest id
// is the best.

#include "Command.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tfc::test {
namespace {

/// Tokens: [CLS] 5 hello 2 [SEP] 6, hello 2 world 3 ##s 4 é 7, [SEP] 6.
constexpr char question[] = "--text hello --text-pair 'Hello worlds É'";

std::string answers(const std::string &words) {
  TemporaryFolder folder;
  Result result = fake(folder, words, "fake-answer");
  EXPECT_EQ(result.code, 0) << result.error;
  return result.out;
}

/// The probability of the one of `logits` that comes first.
double share(std::initializer_list<double> logits) {
  double sum = 0;
  for (double logit : logits)
    sum += std::exp(logit);
  return std::exp(*logits.begin()) / sum;
}

/// What is printed is `text`, a number near `score`, and `rest`.
void expectAnswer(const std::string &line, const std::string &text, double score,
                  const std::string &rest) {
  ASSERT_EQ(line.substr(0, text.size() + 1), text + " ");
  size_t end = 0;
  EXPECT_NEAR(std::stod(line.substr(text.size() + 1), &end), score, 1e-6) << line;
  EXPECT_EQ(line.substr(text.size() + 1 + end), rest);
}

// Starts: hello 2, world 3, ##s 4, é 7, and [CLS] 5; ends: 3, 4, 5, 6, and [CLS] 0.
double start(double logit) { return share({7, 2, 3, 4, 5}) * std::exp(logit - 7); }
double end(double logit) { return share({6, 3, 4, 5, 0}) * std::exp(logit - 6); }

TEST(AnswerCommand, GivesTheBestSpanWithItsBytes) {
  expectAnswer(answers(question), "É", start(7) * end(6), " 13 15\n");
  std::string two = answers(std::string(question) + " " + question);
  EXPECT_EQ(two, answers(question) + answers(question));
}

TEST(AnswerCommand, JoinsSpansOfTheSameWords) {
  std::istringstream lines(answers(std::string(question) + " --answers 3"));
  std::string line;
  std::getline(lines, line);
  expectAnswer(line, "É", start(7) * end(6), " 13 15");
  std::getline(lines, line);
  expectAnswer(line, "worlds É", (start(3) + start(4)) * end(6), " 6 15");
  std::getline(lines, line);
  expectAnswer(line, "worlds", start(3) * (end(4) + end(5)) + start(4) * end(5), " 6 12");
  std::getline(lines, line);
  EXPECT_EQ(line, "");
}

TEST(AnswerCommand, JoinsEqualTextsWhateverTheirCase) {
  std::string json = answers("--text hello --text-pair 'world WORLD' --answers 9 --json");
  EXPECT_EQ(json.find("{\"answers\": [{\"answer\": \"WORLD\", \"score\": "), 0u) << json;
  EXPECT_NE(json.find(", \"start\": 6, \"end\": 11}, {\"answer\": \"world WORLD\""),
            std::string::npos)
      << json;
  EXPECT_EQ(json.find("\"answer\": \"world\""), std::string::npos) << json;
}

TEST(AnswerCommand, IsNoLongerThanAsked) {
  std::string all = answers(std::string(question) + " --answers 20 --max-answer 1");
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 4) << all;
  EXPECT_EQ(all.find("worlds É"), std::string::npos) << all;
}

TEST(AnswerCommand, MayBeNone) {
  std::string all = answers(std::string(question) + " --answers 20 --no-answer");
  EXPECT_NE(all.find("\n 0.00"), std::string::npos) << all;
  std::istringstream lines(all);
  for (std::string line; std::getline(lines, line);)
    if (line[0] == ' ')
      expectAnswer(line, "", start(5) * end(0), " 0 0");
  EXPECT_EQ(answers("--text hello --text-pair ''"), "\n");
  EXPECT_EQ(answers("--text hello --text-pair '' --json"), "{\"answers\": []}\n");
}

TEST(AnswerCommand, ReadsLongContextsInWindows) {
  // 40 words in windows of 16 tokens: the last one is seen, and found in the whole text.
  std::string context;
  for (int i = 0; i < 39; ++i)
    context += "hello ";
  std::string out = answers("--text hello --text-pair '" + context + "É'");
  EXPECT_EQ(out.find("É 0."), 0u) << out;
  EXPECT_NE(out.find(" 234 236\n"), std::string::npos) << out;
}

TEST(AnswerCommand, RefusesWhatIsNoQuestion) {
  auto refused = [](const std::string &words, const std::string &library) {
    TemporaryFolder folder;
    Result result = fake(folder, words, library);
    EXPECT_EQ(result.code, 1);
    EXPECT_EQ(result.out, "");
    return result.error;
  };
  EXPECT_EQ(refused("--text hello", "fake-answer"),
            "error: fake answers questions: give each --text, the question, its --text-pair, in "
            "which the answer stands\n");
  EXPECT_EQ(refused("--text hello --answers 2", "fake-embed"),
            "error: --answers is for answers to questions, and this run of fake, which is made to "
            "embed, gives none\n");
  EXPECT_EQ(refused("--text 'hello hello hello' --text-pair world --max-seq 6", "fake-answer"),
            "error: question 1 has 6 tokens, special ones included, which leaves no room for its "
            "context in 6 tokens (--max-seq)\n");
}

} // namespace
} // namespace tfc::test
