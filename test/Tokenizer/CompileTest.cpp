// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading tokenizer files: what is taken, and what is said about the rest.

#include "Fixture.h"

#include "compiler/Tokenizer/Trie.h"

using namespace tfc;
using namespace tfc::test;

namespace {

void expectModelError(const std::string &from, const std::string &to, int code,
                      const std::vector<std::string> &parts, int64_t vocabularySize = 100) {
  Json json;
  json.model = replaced(json.model, from, to);
  expectError(json, code, parts, vocabularySize);
}

} // namespace

TEST(Compile, noFilesMakeNoTokenizer) {
  Folder folder;
  std::vector<char> blob = {'x'};
  EXPECT_EQ(compileFolder(folder, 10, &blob).code, 0);
  EXPECT_TRUE(blob.empty());
}

TEST(Compile, sameFilesMakeSameBytes) { EXPECT_EQ(Compiled::make(Json()), Compiled::make(Json())); }

TEST(Compile, notJson) {
  Folder folder;
  folder.write("tokenizer.json", Json().text().substr(0, 40));
  Answer answer = compileFolder(folder, 100);
  EXPECT_EQ(answer.code, 1);
  EXPECT_NE(answer.text.find("tokenizer.json:1:"), std::string::npos) << answer.text;
  folder.write("tokenizer.json", "[]");
  EXPECT_EQ(compileFolder(folder, 100).code, 1);
  folder.write("tokenizer.json", std::string(3000000, '['));
  EXPECT_EQ(compileFolder(folder, 100).code, 1);
}

TEST(Compile, versionsThatAreNotKnown) {
  Folder folder;
  folder.write("tokenizer.json", replaced(Json().text(), "\"1.0\"", "\"2.0\""));
  Answer answer = compileFolder(folder, 100);
  EXPECT_EQ(answer.code, 3);
  EXPECT_NE(answer.text.find("$.version: version \"2.0\" is not known, only \"1.0\""),
            std::string::npos)
      << answer.text;
}

TEST(Compile, idsOfTheModel) {
  expectModelError("\"a\": 11", "\"a\": 100000", 1,
                   {"$.model.vocab", "100000", "0 to 99", "has 100"});
  expectModelError("\"a\": 11", "\"a\": -1", 1, {"$.model.vocab", "found -1"});
  expectModelError("\"a\": 11", "\"a\": 7", 1,
                   {"$.model.vocab", "id 7 is given twice, to \"##er\" and to \"a\""});
  expectModelError("\"a\": 11", "\"a\": \"x\"", 1, {"$.model.vocab.a", "integer"});
  expectModelError("\"a\": 11", "\"play\": 11", 1, {"play"}); // a key twice
  expectModelError("\"a\": 11", "\"a\": 9000000", 1, {"$.model.vocab", "9000000"}, 0);
}

TEST(Compile, kindsThatAreNotSupported) {
  Json json;
  json.normalizer = R"({"type": "Sequence", "normalizers": [{"type": "StripAccents"}]})";
  expectError(
      json, 3,
      {"$.normalizer.normalizers[0]", "\"StripAccents\" is not supported", "BertNormalizer"});
  json = {};
  json.preTokenizer = R"({"type": "UnicodeScripts"})";
  expectError(json, 3,
              {"$.pre_tokenizer", "\"UnicodeScripts\" is not supported", "BertPreTokenizer"});
}

TEST(Compile, kindsThatNobodyKnows) {
  expectModelError("\"WordPiece\"", "\"Runes\"", 1,
                   {"$.model", "\"Runes\" is unknown; supported: WordPiece"});
  Json json;
  json.normalizer = R"({"type": "Sequence", "normalizers": [{"type": "Rot13"}]})";
  expectError(json, 1, {"$.normalizer.normalizers[0]", "\"Rot13\" is unknown"});
  json = {};
  json.preTokenizer = R"({"type": "Scissors"})";
  expectError(json, 1, {"$.pre_tokenizer", "\"Scissors\" is unknown"});
  json = {};
  json.postProcessor = R"({"type": "Glue"})";
  expectError(json, 1,
              {"$.post_processor", "\"Glue\" is unknown", "TemplateProcessing, BertProcessing"});
  json = {};
  json.decoder = R"({"type": "Sequence", "decoders": [{"type": "Rot13"}]})";
  expectError(json, 1, {"$.decoder.decoders[0]", "\"Rot13\" is unknown"});
}

TEST(Compile, oldModelsHaveNoType) {
  Json json;
  json.model = replaced(json.model, "\"type\": \"WordPiece\", ", "");
  EXPECT_EQ(compileJson(json).text, "");
}

TEST(Compile, membersThatAreMissing) {
  expectModelError("\"unk_token\": \"[UNK]\",", "", 1, {"$.model", "unk_token"});
  expectModelError("\"unk_token\": \"[UNK]\"", "\"unk_token\": \"?\"", 1,
                   {"$.model.unk_token", "\"?\"", "20 tokens"});
  Json json;
  json.normalizer = R"({"type": "BertNormalizer"})";
  expectError(json, 1, {"$.normalizer", "clean_text"});
}

TEST(Compile, specialTokensOfTheTemplate) {
  Json json;
  json.postProcessor =
      replaced(json.postProcessor, "\"tokens\": [\"[CLS]\"]", "\"tokens\": [\"[CLX]\"]");
  expectError(json, 1, {"$.post_processor.special_tokens", "\"[CLX]\"", "20 tokens"});
  json = {};
  json.postProcessor = replaced(json.postProcessor, "\"ids\": [2]", "\"ids\": [7]");
  expectError(json, 1, {"$.post_processor.special_tokens", "expected 2", "found 7"});
  json = {};
  json.postProcessor = replaced(json.postProcessor, "\"id\": \"[CLS]\", \"type_id\"",
                                "\"id\": \"[X]\", \"type_id\"");
  expectError(json, 1, {"$.post_processor.single[0]", "\"[X]\"", "special_tokens"});
  json = {};
  json.postProcessor = replaced(json.postProcessor, "\"id\": \"A\"", "\"id\": \"B\"");
  expectError(json, 1, {"$.post_processor.single[1]", "\"A\""});
  json = {};
  json.postProcessor = R"({"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]"]})";
  expectError(json, 1, {"$.post_processor.cls"});
}

TEST(Compile, addedTokens) {
  Json json;
  json.added = "[" + addedToken(100, "<x>") + "]";
  expectError(json, 1, {"$.added_tokens[0].id", "found 100", "0 to 99"});
  json.added = "[" + addedToken(5, "<x>") + "]";
  expectError(json, 1, {"$.added_tokens[0].id", "id 5 is given twice, to \"play\""});
  json.added = "[" + addedToken(50, "<x>") + "]";
  expectError(json, 1, {"$.added_tokens[0].id", "expected 20, found 50"});
  json.added = "[" + addedToken(50, "[MASK]") + "]";
  expectError(json, 1, {"$.added_tokens[0].id", "expected 4, found 50"});
  json.added = "[" + addedToken(20, "<x>") + "," + addedToken(20, "<x>", "special") + "]";
  expectError(json, 1, {"$.added_tokens[1]", "\"<x>\" is added twice"});
  json.added = "[" + addedToken(20, "\u0301", "normalized") + "]";
  expectError(json, 3, {"empty once it is normalized"});
  json.added = "[{\"id\": 20, \"content\": \"<x>\"}]";
  expectError(json, 1, {"$.added_tokens[0]"});
}

TEST(Compile, truncation) {
  Json json;
  json.truncation = R"({"max_length": 1, "strategy": "LongestFirst", "stride": 0})";
  expectError(json, 1, {"$.truncation.max_length", "at least 2", "found 1"});
  json.truncation = R"({"max_length": 9, "strategy": "Shortest", "stride": 0})";
  expectError(json, 1, {"$.truncation.strategy", "Shortest"});
  json.truncation = R"({"max_length": 9, "strategy": "OnlyFirst", "stride": 7})";
  expectError(json, 1, {"$.truncation.stride", "found 7"});
  json.truncation = R"({"max_length": 9, "strategy": "OnlyFirst", "stride": 6, "direction": "Up"})";
  expectError(json, 1, {"$.truncation.direction", "Up"});
}

// ---- vocab.txt ----

namespace {
const char *const lines = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\r\nTHE \nthe\ncafé\ncafe\n";
}

TEST(VocabTxt, hasBertsDefaults) {
  Folder folder;
  folder.write("vocab.txt", lines);
  std::vector<char> blob;
  ASSERT_EQ(compileFolder(folder, 10, &blob).text, "");
  Compiled c{blob};
  // The last of two equal lines counts.
  EXPECT_EQ(c.ids("THE café [MASK]"), (std::vector<int>{2, 7, 9, 4, 3}));
}

TEST(VocabTxt, obeysTheConfig) {
  Folder folder;
  folder.write("vocab.txt", lines);
  folder.write("special_tokens_map.json", R"({"cls_token": "[SEP]", "unk_token": "[PAD]"})");
  folder.write("tokenizer_config.json",
               R"({"do_lower_case": false, "cls_token": {"content": "[MASK]", "lstrip": true},
    "strip_accents": null, "added_tokens_decoder": {"5": {"content": "the", "special": false, "normalized": false}}})");
  std::vector<char> blob;
  ASSERT_EQ(compileFolder(folder, 10, &blob).text, "");
  Compiled c{blob};
  EXPECT_EQ(c.ids("THE café xthex"), (std::vector<int>{4, 6, 8, 0, 7, 0, 3}));
}

TEST(VocabTxt, errors) {
  Folder folder;
  folder.write("vocab.txt", lines);
  Answer answer = compileFolder(folder, 9);
  EXPECT_EQ(answer.code, 1);
  EXPECT_NE(answer.text.find("vocab.txt: line 10: expected an id from 0 to 8"), std::string::npos)
      << answer.text;
  folder.write("vocab.txt", "[CLS]\n[SEP]\nthe\n");
  answer = compileFolder(folder, 9);
  EXPECT_EQ(answer.code, 1);
  EXPECT_NE(answer.text.find("\"[UNK]\" is not among the 3 tokens"), std::string::npos)
      << answer.text;
  folder.write("vocab.txt", "a\n\xFF\n");
  EXPECT_NE(compileFolder(folder, 9).text.find("byte 2: not UTF-8"), std::string::npos);
  folder.write("vocab.txt", lines);
  folder.write("tokenizer_config.json", R"({"do_lower_case": "yes"})");
  EXPECT_NE(compileFolder(folder, 10).text.find("$.do_lower_case"), std::string::npos);
  folder.write("tokenizer_config.json", R"({"sep_token": ""})");
  answer = compileFolder(folder, 10);
  EXPECT_EQ(answer.code, 1);
  EXPECT_NE(answer.text.find("vocab.txt: the special token \"\" is not among the 9 tokens"),
            std::string::npos)
      << answer.text;
}

// ---- Trie ----

TEST(Trie, findsEveryKeyAndNothingElse) {
  std::vector<std::string> texts;
  uint32_t state = 1;
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    do {
      state = state * 1664525 + 1013904223;
      text +=
          static_cast<char>(state >> 24 & (i % 2 ? 255 : 3)); // dense and sparse nodes, zeros too
    } while (state >> 8 & 7);
    texts.push_back(text);
  }
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  std::vector<std::pair<llvm::StringRef, int32_t>> keys;
  for (size_t i = 0; i < texts.size(); i += 2)
    keys.emplace_back(texts[i], static_cast<int32_t>(i));
  std::vector<uint64_t> units = tokenizer::buildTrie(keys);
  EXPECT_EQ(units.size() % 256, 0u);
  for (uint64_t unit : units)
    EXPECT_LT(tokenizer::Unit::base(unit), units.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    uint32_t node = tokenizer::findNode(units, texts[i]);
    int32_t value = node == tokenizer::noNode ? -1 : tokenizer::Unit::value(units[node]);
    EXPECT_EQ(value, i % 2 ? -1 : static_cast<int32_t>(i));
  }
  EXPECT_TRUE(tokenizer::buildTrie({}).empty());
}
