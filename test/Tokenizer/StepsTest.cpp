// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Normalizers and pre-tokenizers other than BERT's, and what is refused of them.

#include "BpeFixture.h"

using namespace tfc;
using namespace tfc::test;

namespace {

/// WordLevel over the words that are named, so that cuts are seen.
Json wordsJson(const std::string &preTokenizer, const std::string &words) {
  Json json;
  json.model = R"({"type": "WordLevel", "unk_token": "?", "vocab": {"?": 0)";
  int id = 0;
  llvm::SmallVector<llvm::StringRef> list;
  llvm::StringRef(words).split(list, '|');
  for (llvm::StringRef word : list)
    json.model += ", " + json::quoted(word) + ": " + std::to_string(++id);
  json.model += "}}";
  json.normalizer = json.postProcessor = "null";
  json.preTokenizer = preTokenizer;
  return json;
}

/// The words that the pre-tokenizer makes, with bars between; all must be named.
std::string words(const std::string &preTokenizer, const std::string &text,
                  const std::string &known) {
  Compiled c{wordsJson(preTokenizer, known)};
  std::string result;
  c.options.keepText = true;
  EXPECT_EQ(c.encode(text), TFC_OK);
  for (size_t i = 0; i < c.encoding.size(); ++i) {
    size_t length;
    const char *token = c.encoding.text(i, &length);
    result += (i ? "|" : "") + std::string(token, length);
  }
  return result;
}

void expectPreTokenizerError(const std::string &preTokenizer, int code,
                             const std::vector<std::string> &parts) {
  expectError(wordsJson(preTokenizer, "a"), code, parts);
}

} // namespace

TEST(Steps, wordLevelKnowsWholeWords) {
  EXPECT_EQ(words(R"({"type": "Whitespace"})", "I love natural language processing",
                  "I|love|natural|language|processing"),
            "I|love|natural|language|processing");
  EXPECT_EQ(words(R"({"type": "WhitespaceSplit"})", "a b! a", "a|b"), "a|?|a");
}

TEST(Steps, cutAsTheyAreTold) {
  EXPECT_EQ(words(R"({"type": "Whitespace"})", "a.b  c!!", "a|.|b|c|!!"), "a|.|b|c|!!");
  EXPECT_EQ(words(R"({"type": "Digits", "individual_digits": true})", "a12", "a|1|2"), "a|1|2");
  EXPECT_EQ(words(R"({"type": "Digits", "individual_digits": false})", "a12", "a|12"), "a|12");
  EXPECT_EQ(words(R"({"type": "CharDelimiterSplit", "delimiter": "-"})", "a-b--c", "a|b|c"),
            "a|b|c");
  EXPECT_EQ(words(R"({"type": "FixedLength", "length": 2})", "aéb", "aé|b"), "aé|b");
  EXPECT_EQ(words(R"({"type": "Split", "pattern": {"String": ""}, "behavior": "Isolated"})", "aé\n",
                  "a|é|\n"),
            "a|é|\n");
}

TEST(Steps, behaviorsOfMatches) {
  auto split = [](const char *behavior, bool invert) {
    return words(std::string(R"({"type": "Split", "pattern": {"Regex": "-"}, "behavior": ")") +
                     behavior + R"(", "invert": )" + (invert ? "true}" : "false}"),
                 "-a--b", "-|a|b|-a|-b|a-|--|--b");
  };
  EXPECT_EQ(split("Isolated", false), "-|a|-|-|b");
  EXPECT_EQ(split("Removed", false), "a|b");
  EXPECT_EQ(split("Removed", true), "-|-|-");
  EXPECT_EQ(split("MergedWithPrevious", false), "-|a-|-|b");
  EXPECT_EQ(split("MergedWithNext", false), "-a|-|-b");
  EXPECT_EQ(split("Contiguous", false), "-|a|--|b");
}

TEST(Steps, metaspaceStandsForSpaces) {
  auto metaspace = [](const std::string &more, const char *text) {
    return words(R"({"type": "Metaspace", "replacement": "_")" + more + "}", text,
                 "_a|_b|a|_a_b|a_b|_|_\n");
  };
  EXPECT_EQ(metaspace("", "a b"), "_a|_b");
  EXPECT_EQ(metaspace(R"(, "prepend_scheme": "never")", "a b"), "a|_b");
  EXPECT_EQ(metaspace(R"(, "split": false)", "a b"), "_a_b");
  EXPECT_EQ(metaspace(R"(, "add_prefix_space": false)", "a b"), "a|_b") << "as in old files";
  EXPECT_EQ(metaspace("", "_a"), "_a") << "it is there";
}

TEST(Steps, metaspaceFirstIsForTheBeginningOfTheText) {
  Json json = wordsJson(R"({"type": "Metaspace", "replacement": "_", "prepend_scheme": "first"})",
                        "_a|a|_|<x>");
  json.added = "[" + addedToken(4, "<x>") + "]";
  Compiled c{json};
  EXPECT_EQ(c.tokens("a<x>a<x> a"), "_a <x> a <x> _a");
  EXPECT_EQ(c.tokens("<x>a"), "<x> a");
}

TEST(Steps, normalForms) {
  Json json = wordsJson(R"({"type": "WhitespaceSplit"})", "é|각|A\u0323\u0301");
  json.normalizer = R"({"type": "NFC"})";
  Compiled c{json};
  EXPECT_EQ(c.ids("e\u0301 \u1100\u1161\u11A8"), (std::vector<int>{1, 2}));
  json.normalizer = R"({"type": "NFD"})";
  Compiled d{json};
  EXPECT_EQ(d.ids("\u1EA0\u0301"), (std::vector<int>{3}));
  std::string many = "a";
  for (int i = 0; i < 300000; ++i)
    many += i % 2 ? "\u0301" : "\u0323";
  EXPECT_EQ(c.ids(many), (std::vector<int>{0})) << "in linear time";
}

TEST(Steps, refusesRegularExpressionsItDoesNotKnow) {
  expectPreTokenizerError(
      R"({"type": "Split", "pattern": {"Regex": "a+"}, "behavior": "Isolated"})", 3,
      {"$.pre_tokenizer.pattern", "the regular expression \"a+\" is not supported", "Llama 3"});
  expectPreTokenizerError(
      R"({"type": "Split", "pattern": {"String": ""}, "behavior": "Contiguous"})", 3,
      {"$.pre_tokenizer.behavior", "an empty pattern"});
  expectPreTokenizerError(R"({"type": "Split", "pattern": {"String": "a"}, "behavior": "Best"})", 1,
                          {"$.pre_tokenizer.behavior", "one of Isolated, Removed"});
  expectPreTokenizerError(R"({"type": "Split", "pattern": "a", "behavior": "Isolated"})", 1,
                          {"$.pre_tokenizer.pattern"});
  std::string gpt2 =
      R"('s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+)";
  expectPreTokenizerError(R"({"type": "Split", "pattern": {"Regex": ")" + gpt2 +
                              R"("}, "behavior": "Contiguous"})",
                          3, {"$.pre_tokenizer.behavior", "only \"Isolated\""});
}

TEST(Steps, refusesWhatIsNoRegularExpression) {
  const std::pair<const char *, const char *> cases[] = {
      {"([", "the [ at byte 1 is not closed"},     {"a(b", "a ( is not closed"},
      {"a)b", "the ) at byte 1 closes nothing"},   {"*a", "the * at byte 0 repeats nothing"},
      {"a|+", "the + at byte 2 repeats nothing"},  {"(?:", "a ( is not closed"},
      {"[]", "the [ at byte 0 is not closed"},     {"[a[b]", "the [ at byte 0 is not closed"},
      {R"(a\\)", "a backslash stands at its end"},
  };
  for (auto [regex, wrong] : cases)
    expectPreTokenizerError(std::string(R"({"type": "Split", "pattern": {"Regex": ")") + regex +
                                R"("}, "behavior": "Isolated"})",
                            1,
                            {"$.pre_tokenizer.pattern.Regex", "is no regular expression", wrong});
  for (const char *regex : {"[]a]+(b|c)*?", "[^]]", "[a[^b]]++", R"(\\(\\[)", "(?i:x)?", "a{2,3}"})
    expectPreTokenizerError(std::string(R"({"type": "Split", "pattern": {"Regex": ")") + regex +
                                R"("}, "behavior": "Isolated"})",
                            3, {"$.pre_tokenizer.pattern", "is not supported"});
}

TEST(Steps, refusesWhatDoesNotFit) {
  expectPreTokenizerError(R"({"type": "ByteLevel", "add_prefix_space": true})", 3,
                          {"$.pre_tokenizer", "for the model BPE only"});
  expectPreTokenizerError(R"({"type": "Metaspace", "replacement": "ab"})", 1,
                          {"$.pre_tokenizer.replacement", "one character"});
  expectPreTokenizerError(R"({"type": "Metaspace", "replacement": "_", "prepend_scheme": "last"})",
                          1,
                          {"$.pre_tokenizer.prepend_scheme", "\"always\", \"first\" or \"never\""});
  expectPreTokenizerError(R"({"type": "Metaspace", "replacement": "_", "prepend_scheme": "first",
    "add_prefix_space": false})",
                          1, {"$.pre_tokenizer.add_prefix_space", "expected true"});
  expectPreTokenizerError(R"({"type": "FixedLength", "length": 0})", 1, {"$.pre_tokenizer.length"});
  expectPreTokenizerError(R"({"type": "FixedLength", "length": 9999999})", 3,
                          {"$.pre_tokenizer.length", "only up to 1048575"});
  expectPreTokenizerError(R"({"type": "Split", "pattern": {"String": ")" + std::string(256, 'a') +
                              R"("}, "behavior": "Isolated"})",
                          3, {"$.pre_tokenizer", "256 bytes"});
  Json json = gpt2Json();
  json.preTokenizer = R"({"type": "Sequence", "pretokenizers": [)" + json.preTokenizer +
                      R"(, {"type": "WhitespaceSplit"}]})";
  expectError(json, 3, {"$.pre_tokenizer.pretokenizers[1]", "behind ByteLevel"}, 300);
}

TEST(Steps, refusesTextsOfNormalizers) {
  Json json;
  json.normalizer = R"({"type": "Replace", "pattern": {"Regex": "a+b"}, "content": "b"})";
  expectError(json, 3, {"$.normalizer.pattern", "\"a+b\" is not supported"});
  json.normalizer = R"({"type": "Replace", "pattern": {"String": ""}, "content": "b"})";
  expectError(json, 3, {"$.normalizer", "empty"});
  json.normalizer = R"({"type": "Prepend", "prepend": ")" + std::string(256, 'a') + "\"}";
  expectError(json, 3, {"$.normalizer", "256 bytes"});
}

TEST(Steps, trimsWhereTokensComeFrom) {
  Json json = gpt2Json();
  json.postProcessor = R"({"type": "ByteLevel", "trim_offsets": true, "add_prefix_space": false})";
  Compiled c{json};
  c.options.keepText = true;
  ASSERT_EQ(c.encode("hello hello"), TFC_OK);
  EXPECT_EQ(c.encoding.tokens.sources[1].begin, 6u);
  json.postProcessor = R"({"type": "Sequence", "processors": [)" + json.postProcessor + "," +
                       json.postProcessor + "]}";
  expectError(json, 3, {"$.post_processor.processors[1]", "a second post-processor that trims"},
              300);
}

TEST(Steps, specialTokensAreGivenOnce) {
  Json json;
  json.postProcessor = R"({"type": "Sequence", "processors": [)" + json.postProcessor + "," +
                       json.postProcessor + "]}";
  expectError(json, 3,
              {"$.post_processor.processors[1]", "a second post-processor with special tokens"});
  json.postProcessor = R"({"type": "RobertaProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]})";
  Compiled c{json};
  EXPECT_EQ(c.ids("the", "a"), (std::vector<int>{2, 8, 3, 3, 11, 3}));
  EXPECT_EQ(c.encoding.types[4], 0);
}
