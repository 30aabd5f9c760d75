// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which text, word and bytes each token comes from. compare.py compares with the reference.

#include "Fixture.h"

using namespace tfc;
using namespace tfc::test;

/// For each token `begin-end/word`, behind `|` where it is of the pair; `-` for the template's own.
static std::string sources(Compiled &c, llvm::StringRef text, const char *pair = nullptr) {
  c.options.keepText = true;
  EXPECT_EQ(c.encode(text, pair), TFC_OK) << c.message.c_str();
  EXPECT_EQ(c.encoding.tokens.sources.count, c.encoding.size());
  std::string result;
  for (size_t i = 0; i < c.encoding.size(); ++i) {
    const tokenizer::Source &source = c.encoding.tokens.sources[i];
    result += i ? " " : "";
    if (source.sequence < 0)
      result += source.word == -1 && !source.begin && !source.end ? "-" : "?";
    else
      result += (source.sequence ? "|" : "") + std::to_string(source.begin) + "-" +
                std::to_string(source.end) + "/" + std::to_string(source.word);
  }
  return result;
}

TEST(Source, ofPiecesOfWords) {
  Compiled c{Json()};
  EXPECT_EQ(sources(c, "playing  the."), "- 0-4/0 4-7/0 9-12/1 12-13/2 -");
  EXPECT_EQ(sources(c, " abcde the"), "- 1-6/0 7-10/1 -") << "a word that is not known";
  EXPECT_EQ(sources(c, ""), "- -");
}

TEST(Source, isBeforeNormalization) {
  Compiled c{Json()};
  EXPECT_EQ(sources(c, "CAFÉ the"), "- 0-5/0 6-9/1 -");
  EXPECT_EQ(sources(c, "cafe\u0301 a"), "- 0-4/0 7-8/1 -") << "the mark is nobody's";
  EXPECT_EQ(sources(c, "a中a"), "- 0-1/0 1-4/1 4-5/2 -");
  EXPECT_EQ(sources(c, llvm::StringRef("t\0he a", 6)), "- 0-4/0 5-6/1 -");
}

TEST(Source, throughSeveralNormalizers) {
  Json json;
  std::string one = R"({"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
    "strip_accents": true, "lowercase": true})";
  json.normalizer = R"({"type": "Sequence", "normalizers": [)" + one + "," + one + "]}";
  Compiled c{json};
  EXPECT_EQ(sources(c, "É中CAFÉ"), "- 0-2/0 2-5/1 5-10/2 -");
}

TEST(Source, ofAddedTokens) {
  Json json;
  json.added = "[" + addedToken(4, "[MASK]", "special lstrip") + "," +
               addedToken(20, "Wort", "normalized") + "]";
  Compiled c{json};
  EXPECT_EQ(sources(c, "the  [MASK]."), "- 0-3/0 3-11/1 11-12/2 -") << "with the space it took";
  EXPECT_EQ(sources(c, "aÉ wÖRT a"), "- 0-3/0 4-9/1 10-11/2 -");
}

TEST(Source, ofPairs) {
  Compiled c{Json()};
  EXPECT_EQ(sources(c, "the", "a playing"), "- 0-3/0 - |0-1/0 |2-6/1 |6-9/1 -");
}

TEST(Source, ofTruncatedTexts) {
  Json json;
  json.truncation =
      R"({"direction": "Left", "max_length": 5, "strategy": "LongestFirst", "stride": 0})";
  Compiled c{json};
  EXPECT_EQ(sources(c, "playing the ."), "- 4-7/0 8-11/1 12-13/2 -");
  EXPECT_EQ(sources(c, "playing the .", "a e"), "- 12-13/2 - |2-3/1 -");
  c.options.truncateTo = SIZE_MAX;
  EXPECT_EQ(sources(c, "playing the ."), "- 0-4/0 4-7/0 8-11/1 12-13/2 -");
}

TEST(Source, countsBytesThatAreNotUtf8) {
  Compiled c{Json()};
  EXPECT_EQ(sources(c, "\xFF the \xF0\x9F\x98 a\xC3 the"), "- 2-5/0 10-11/1 13-16/2 -");
  Json json;
  json.normalizer = "null";
  json.model =
      R"({"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "", "max_input_chars_per_word": 9,
    "vocab": {"[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "�": 4, "a": 5}})";
  Compiled kept{json};
  EXPECT_EQ(sources(kept, "a\xF0\x9F"
                          "a\xFF"),
            "- 0-1/0 1-3/0 3-4/0 4-5/0 -");
}

TEST(Source, staysInOrderWhereMarksAreMoved) {
  Json json;
  json.model = R"({"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
    "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "[CLS]": 2, "[SEP]": 3, "a": 4, "##𝅥": 5, "##〮": 6}})";
  Compiled c{json};
  EXPECT_EQ(sources(c, "a\u302E\U0001D165"), "- 0-1/0 1-4/0 4-8/0 -");
}
