// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From ids to text. compare_bpe.py compares with the reference; here each rule has its example.

#include "BpeFixture.h"

using namespace tfc;
using namespace tfc::test;

namespace {

/// The pieces of ids that come one by one, with `|` behind each but the last, which flush() gives.
std::string pieces(Compiled &c, const std::vector<int> &ids, const std::vector<int> &prompt = {},
                   bool keepSpecial = false) {
  tokenizer::Decoder decoder(c.tokenizer.decoderTables(), keepSpecial);
  tokenizer::List<char> text;
  std::string result;
  for (int id : prompt)
    EXPECT_TRUE(decoder.skip(id));
  for (int id : ids) {
    text.clear();
    EXPECT_TRUE(decoder.push(id, text));
    result += std::string(text.data(), text.count) + "|";
  }
  text.clear();
  EXPECT_TRUE(decoder.flush(text));
  return result + std::string(text.data(), text.count);
}

} // namespace

TEST(Decode, bytesWaitForTheirCharacter) {
  Compiled c{gpt2Json()};
  EXPECT_EQ(pieces(c, {259, 260}), "hello| hello|");
  EXPECT_EQ(pieces(c, {0xC3, 0xA9, 'a'}), "|é|a|");
  EXPECT_EQ(pieces(c, {0xF0, 0x9F, 'a'}), "||\uFFFDa|") << "cut short: one U+FFFD";
  EXPECT_EQ(pieces(c, {0xFF, 0x80, 0xE2}), "\uFFFD|\uFFFD||\uFFFD");
}

TEST(Decode, continuesAPrompt) {
  Compiled c{gpt2Json()};
  EXPECT_EQ(pieces(c, {260}, {259}), " hello|");
  EXPECT_EQ(pieces(c, {0xA9, 'a'}, {0xC3}), "|a|") << "the prompt's text ended with U+FFFD";
  EXPECT_EQ(pieces(c, {'b', 'a'}, {0xC3}), "b|a|");
  EXPECT_EQ(pieces(c, {}, {0xC3}), "");
}

TEST(Decode, leavesOutOneSpaceAtTheBeginning) {
  Compiled c{llama2Json()};
  const int space = 258, a = 259, spaceA = 261;
  EXPECT_EQ(pieces(c, {spaceA, spaceA}), "a| a|");
  EXPECT_EQ(pieces(c, {space, spaceA}), "| a|");
  EXPECT_EQ(pieces(c, {spaceA}, {spaceA}), " a|") << "a continuation keeps its space";
  EXPECT_EQ(pieces(c, {spaceA}, {1}), "a|") << "<s> is no text";
  EXPECT_EQ(pieces(c, {spaceA}, {1}, true), " a|");
  EXPECT_EQ(pieces(c, {a, 1, a}), "a||a|");
}

TEST(Decode, byteTokensAreTextTogetherOrNotAtAll) {
  Compiled c{llama2Json()};
  auto byte = [](int value) { return 2 + value; };
  EXPECT_EQ(pieces(c, {byte(0xC3), byte(0xA9), 259}), "||éa|");
  EXPECT_EQ(pieces(c, {byte(0x41), byte(0xC3), 259}), "||\uFFFD\uFFFDa|");
  EXPECT_EQ(pieces(c, {byte(0xC3), 1, byte(0xA9)}), "|||é") << "a special token is not there";
  EXPECT_EQ(pieces(c, {byte(0xA9), 259}, {byte(0xC3)}), "|a|");
  EXPECT_EQ(pieces(c, {byte(0x42), 259}, {byte(0x20), byte(0x41)}), "|Ba|");
}

TEST(Decode, idsWithoutATokenAreNothing) {
  Compiled c{gpt2Json()};
  EXPECT_EQ(pieces(c, {-1, 'a', 261, INT32_MAX}), "|a|||");
}

TEST(Decode, theFirstTokenCanBeASpecialCase) {
  Compiled c{Json()};
  EXPECT_EQ(pieces(c, {5, 6, 8}), "play|ing| the|");
  EXPECT_EQ(pieces(c, {6, 8}), "##ing| the|");
  Json json;
  json.decoder = "null";
  Compiled spaced{json};
  EXPECT_EQ(pieces(spaced, {5, 6, 8}), "play| ##ing| the|");
}

TEST(Decode, unsupportedDecodersMeanThatThereIsNone) {
  for (const char *decoder :
       {R"({"type": "CTC"})", R"({"type": "Strip", "content": " ", "start": 1, "stop": 0})",
        R"({"type": "Sequence", "decoders": [{"type": "Fuse"}, {"type": "ByteLevel"}]})",
        R"({"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "ByteFallback"}]})",
        R"({"type": "Replace", "pattern": {"Regex": "a+"}, "content": ""})"}) {
    Json json;
    json.decoder = decoder;
    Compiled c{json};
    EXPECT_FALSE(c.tokenizer.decoderTables().exist()) << decoder;
    EXPECT_EQ(c.ids("the"), (std::vector<int>{2, 8, 3}));
  }
}

TEST(Decode, brokenDecoders) {
  Json json;
  json.decoder = R"({"type": "WordPiece", "prefix": "##"})";
  expectError(json, 1, {"$.decoder", "cleanup"});
  json.decoder = R"({"type": "Metaspace", "replacement": "__"})";
  expectError(json, 1, {"$.decoder.replacement", "one character"});
}
