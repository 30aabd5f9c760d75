// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the runtime makes of texts. compare.py compares with the reference; here each rule has its
// example.

#include "Fixture.h"

#include <chrono>

using namespace tfc;
using namespace tfc::test;

TEST(Encode, takesTheLongestPieces) {
  Compiled c{Json()};
  EXPECT_EQ(c.ids("playing the player."), (std::vector<int>{2, 5, 6, 8, 5, 7, 9, 3}));
  EXPECT_EQ(c.tokens("abc"), "[CLS] a ##bc [SEP]");
  EXPECT_EQ(c.tokens("abcd"), "[CLS] abcd [SEP]");
  EXPECT_EQ(c.tokens("abcde"), "[CLS] [UNK] [SEP]");
  EXPECT_EQ(c.tokens("abz the"), "[CLS] [UNK] the [SEP]");
}

TEST(Encode, normalizes) {
  Compiled c{Json()};
  EXPECT_EQ(c.tokens("CAF\u00C9 cafe\u0301"), "[CLS] cafe cafe [SEP]");
  EXPECT_EQ(c.tokens("a中a"), "[CLS] a 中 a [SEP]");
  EXPECT_EQ(c.tokens(llvm::StringRef("t\0he\x7f", 5)), "[CLS] the [SEP]");
  EXPECT_EQ(c.tokens("the\u2003the\r\nthe"), "[CLS] the the the [SEP]");
}

TEST(Encode, keepsAccentsWhereAsked) {
  Json json;
  json.normalizer =
      R"({"type": "Sequence", "normalizers": [{"type": "BertNormalizer", "clean_text": true,
    "handle_chinese_chars": true, "strip_accents": false, "lowercase": false}]})";
  Compiled c{json};
  EXPECT_EQ(c.tokens("É aé É́"), "[CLS] É a ##é [UNK] [SEP]");
}

TEST(Encode, ordersCombiningMarksThatStay) {
  // U+302E has a higher combining class than U+1D165; between them a removed mark does not
  // separate, a starter does.
  Json json;
  json.model = R"({"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
    "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "[CLS]": 2, "[SEP]": 3, "a": 4, "##𝅥": 5, "##〮": 6}})";
  Compiled c{json};
  EXPECT_EQ(c.ids("a\u302E\u0301\U0001D165"), (std::vector<int>{2, 4, 5, 6, 3}));
  EXPECT_EQ(c.ids("a\u302E\u0C46\U0001D165"), (std::vector<int>{2, 4, 6, 5, 3}));
  std::string many = "a";
  for (int i = 0; i < 200000; ++i)
    many += i % 2 ? "\U0001D165" : "\u302E";
  EXPECT_EQ(c.ids(many), (std::vector<int>{2, 0, 3}));
}

TEST(Encode, emptyTextsHaveOnlyTheTemplate) {
  Compiled c{Json()};
  EXPECT_EQ(c.ids(""), (std::vector<int>{2, 3}));
  EXPECT_EQ(c.ids(" \n\x01 "), (std::vector<int>{2, 3}));
  c.options.addSpecialTokens = false;
  EXPECT_TRUE(c.ids("").empty());
  EXPECT_EQ(c.tokenizer.encode(nullptr, 0, nullptr, 0, c.options, c.encoding, c.scratch, c.message),
            TFC_OK);
}

TEST(Encode, pairsHaveTypes) {
  Compiled c{Json()};
  EXPECT_EQ(c.ids("the", "a ."), (std::vector<int>{2, 8, 3, 11, 9, 3}));
  EXPECT_EQ(std::vector<int>(c.encoding.types.data(), c.encoding.types.data() + 6),
            (std::vector<int>{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(c.ids("the", ""), (std::vector<int>{2, 8, 3, 3}));
  EXPECT_EQ(c.tokenizer.specialCount(false), 2u);
  EXPECT_EQ(c.tokenizer.specialCount(true), 3u);
}

TEST(Encode, bertProcessingIsATemplate) {
  Json json;
  json.postProcessor = R"({"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]})";
  Compiled c{json};
  EXPECT_EQ(c.ids("the", "a"), (std::vector<int>{2, 8, 3, 11, 3}));
  EXPECT_EQ(c.encoding.types[4], 1);
}

TEST(Encode, invalidUtf8IsReplaced) {
  Json json;
  json.normalizer = "null";
  json.model =
      R"({"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "", "max_input_chars_per_word": 9,
    "vocab": {"[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "�": 4, "a": 5, "é": 6}})";
  Compiled c{json};
  c.options.addSpecialTokens = false;
  auto ids = [&](llvm::StringRef bytes) { return c.ids(bytes); };
  EXPECT_EQ(ids("a\xFF"
                "a"),
            (std::vector<int>{5, 4, 5}));
  EXPECT_EQ(ids("\xC3"), (std::vector<int>{4}));
  EXPECT_EQ(ids("\xC3\xA9\xC3"), (std::vector<int>{6, 4}));
  EXPECT_EQ(ids("\xC0\x80"), (std::vector<int>{4, 4}));        // overlong
  EXPECT_EQ(ids("\xED\xA0\x80"), (std::vector<int>{4, 4, 4})); // a surrogate
  EXPECT_EQ(ids("\xF0\x9F\x98"
                "a"),
            (std::vector<int>{4, 5})); // cut short: one maximal subpart
  EXPECT_EQ(ids("\xF4\x90\x80\x80"), (std::vector<int>{4, 4, 4, 4})); // beyond U+10FFFF
}

TEST(Encode, addedTokensAreCutOut) {
  Json json;
  json.added = "[" + addedToken(4, "[MASK]", "special lstrip") + "," + addedToken(20, "<x>") + "," +
               addedToken(21, "<x>>", "rstrip") + "," + addedToken(22, "NAME", "single_word") +
               "," + addedToken(23, "Wort", "normalized") + "]";
  Compiled c{json};
  EXPECT_EQ(c.tokens("the [MASK]."), "[CLS] the  [MASK] . [SEP]");
  EXPECT_EQ(c.ids("a<x>a<x>>  a"), (std::vector<int>{2, 11, 20, 11, 21, 11, 3}));
  EXPECT_EQ(c.ids("NAME, NAMEs"), (std::vector<int>{2, 22, 1, 1, 3}));
  EXPECT_EQ(c.ids("awÖRTa"), (std::vector<int>{2, 11, 23, 11, 3}));
  size_t length;
  EXPECT_EQ(std::string(c.tokenizer.tokenText(23, &length), 4), "Wort");
}

TEST(Encode, truncationOfTheFile) {
  Json json;
  json.truncation =
      R"({"direction": "Left", "max_length": 5, "strategy": "LongestFirst", "stride": 0})";
  Compiled c{json};
  EXPECT_EQ(c.tokens("playing the ."), "[CLS] ##ing the . [SEP]");
  EXPECT_EQ(c.tokens("playing the .", "a a a a"), "[CLS] . [SEP] a [SEP]");
  c.options.truncateTo = 4;
  EXPECT_EQ(c.tokens("playing the ."), "[CLS] the . [SEP]");
  c.options.truncateTo = 6;
  EXPECT_EQ(c.tokens("playing the ."), "[CLS] play ##ing the . [SEP]");
  c.options = {};
  c.options.neverTruncate = true;
  EXPECT_EQ(c.ids("the the the the the the").size(), 8u);
}

TEST(Encode, truncationAsked) {
  Compiled c{Json()};
  c.options.truncateTo = 2;
  EXPECT_EQ(c.tokens("the the"), "[CLS] [SEP]");
  EXPECT_EQ(c.tokens("the", "the"), "truncation to 2 tokens has no room for the special tokens");
  c.options.truncateTo = 6;
  EXPECT_EQ(c.tokens("the", "a . a . a"), "[CLS] the [SEP] a . [SEP]");
  EXPECT_EQ(c.tokens("a . a .", "e e e"), "[CLS] a . [SEP] e [SEP]");
}

TEST(Encode, isLinearOnHostileText) {
  Json json;
  json.added = "[" + addedToken(20, " ", "rstrip lstrip") + "," +
               addedToken(21, "<", "lstrip single_word") + "]";
  Compiled c{json};
  auto start = std::chrono::steady_clock::now();
  for (const char *unit :
       {"a", "é", "b", "#", " ", "<", " <", "a\u0301", "中", "\xFF", "[", "\U0001D15E"}) {
    std::string text;
    while (text.size() < 1000000)
      text += unit;
    EXPECT_EQ(c.encode(text), TFC_OK);
  }
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  EXPECT_LT(seconds.count(),
            20); // a quadratic step would take hours; under a sanitizer this takes seconds
  EXPECT_EQ(c.ids("the"), (std::vector<int>{2, 8, 3}));
}

TEST(Open, refusesBrokenTables) {
  std::vector<char> blob = Compiled::make(Json());
  std::vector<uint64_t> memory(blob.size() / 8);
  auto *bytes = reinterpret_cast<char *>(memory.data());
  auto *tables = reinterpret_cast<tfc_tokenizer *>(bytes);
  Message message;
  tokenizer::Tokenizer tokenizer;
  EXPECT_EQ(tokenizer.open(nullptr, 0, message), TFC_INVALID_ARGUMENT);
  auto open = [&](size_t size) { return tokenizer.open(tables, size, message); };
  memcpy(bytes, blob.data(), blob.size());
  EXPECT_EQ(open(blob.size()), TFC_OK);
  EXPECT_EQ(open(4), TFC_INVALID_ARGUMENT);
  EXPECT_EQ(open(blob.size() / 2), TFC_INVALID_ARGUMENT);
  // Any word of the header or of a section's entry set to a large number is noticed, and so is an
  // id in the template.
  size_t headerWords = (sizeof(tfc_tokenizer) + tables->section_count * sizeof(tfc_section)) / 4;
  for (size_t word = 0; word < headerWords; ++word) {
    memcpy(bytes, blob.data(), blob.size());
    reinterpret_cast<uint32_t *>(bytes)[word] = 0xFFFFFFF0;
    EXPECT_EQ(open(blob.size()), TFC_INVALID_ARGUMENT) << "word " << word;
    EXPECT_NE(std::string(message.c_str()).find("the tokenizer is broken: "), std::string::npos);
  }
}

TEST(Open, namesWhatIsBroken) {
  using namespace tokenizer;
  Json json;
  json.added = "[" + addedToken(4, "[MASK]") + "]";
  json.truncation =
      R"({"max_length": 8, "stride": 0, "strategy": "LongestFirst", "direction": "Right"})";
  const std::vector<char> blob = Compiled::make(json);
  // A word of a section, what is put there, and what is said of it; or another count of elements.
  constexpr uint32_t isCount = UINT32_MAX;
  const struct {
    uint32_t tag, word, value;
    const char *wrong;
  } cases[] = {
      {tagTextOffsets, 1, 1 << 30, "a token's text out of range"},
      {tagTextOffsets, 0, 6, "a token's text out of range"},
      {tagModel, 0, 99, "a model of an unknown kind"},
      {tagModel, isCount, 3, "a model of an unknown kind"},
      {tagModel, 1, 20, "a parameter of the model out of range"},
      {tagModel, 3, 1 << 30, "a parameter of the model out of range"},
      {tagNormalizers, 0, 99, "a normalizer of an unknown kind"},
      {tagPreTokenizers, 0, 99, "a pre-tokenizer of an unknown kind"},
      {tagAdded, isCount, 1, "a section of a wrong size"},
      {tagAdded, 0, 20, "an added token out of range"},
      {tagSingle, isCount, 1, "a section of a wrong size"},
      {tagPair, isCount, 1, "a section of a wrong size"},
      {tagSingle, 0, 99, "a template's part out of range"},
      {tagSingle, 0, partSecond, "a template's part out of range"},
      {tagSingle, 1, 20, "a template's part out of range"},
      {tagTruncation, isCount, 2, "an unknown truncation"},
      {tagTruncation, 1, 99, "an unknown truncation"},
      {tagVocabulary, isCount, 0, "a trie of a wrong size"},
      {tagVocabulary, isCount, 255, "a trie of a wrong size"},
      {tagAddedRaw, isCount, 255, "a trie of a wrong size"},
  };
  for (const auto &broken : cases) {
    Compiled c{std::vector<char>()};
    EXPECT_EQ(c.openBroken(blob, broken.tag, broken.word, broken.value),
              std::string("the tokenizer is broken: ") + broken.wrong)
        << "tag " << broken.tag << ", word " << broken.word;
  }
}

TEST(TokenText, knowsItsIds) {
  Compiled c{Json()};
  size_t length = 0;
  EXPECT_EQ(c.tokenizer.idCount(), 20);
  EXPECT_EQ(std::string(c.tokenizer.tokenText(15, &length)).substr(0, length), "中");
  EXPECT_EQ(c.tokenizer.tokenText(-1, &length), nullptr);
  EXPECT_EQ(c.tokenizer.tokenText(20, &length), nullptr);
}
