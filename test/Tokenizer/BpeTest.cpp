// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Byte pair encoding, read and run. compare_bpe.py compares with the reference; here each rule has
// its example.

#include "BpeFixture.h"

#include <chrono>

using namespace tfc;
using namespace tfc::test;

namespace {

void expectGpt2Error(const std::string &from, const std::string &to, int code,
                     const std::vector<std::string> &parts) {
  Json json = gpt2Json();
  json.model = replaced(json.model, from, to);
  expectError(json, code, parts, 300);
}

} // namespace

TEST(Bpe, mergesTheLowestRankFirst) {
  Compiled c{gpt2Json()};
  EXPECT_EQ(c.ids("hello hello"), (std::vector<int>{259, 260}));
  EXPECT_EQ(c.ids("helo hell"), (std::vector<int>{256, 'l', 'o', ' ', 256, 257}));
  EXPECT_EQ(c.tokens("lllo"), "ll l o") << "the leftmost of a rank comes first";
}

TEST(Bpe, wordsAreMergedAlikeWhateverTheirLength) {
  Compiled c{gpt2Json()};
  std::string text, tokens;
  for (int i = 0; i < 40; ++i) {
    text += "llohello";
    tokens += (i ? " " : "") + std::string("llo hello");
    EXPECT_EQ(c.tokens(text), tokens);
  }
}

TEST(Bpe, textsAreCutWhereNoMergeJoins) {
  auto begin = [](const Json &json) {
    const std::vector<char> blob = Compiled::make(json);
    auto *sections = reinterpret_cast<const tfc_section *>(blob.data() + sizeof(tfc_tokenizer));
    while (sections->tag != tokenizer::tagModel)
      ++sections;
    const char *character = blob.data() + sections->offset + 3 * sizeof(uint32_t);
    return std::string(character, strnlen(character, sizeof(uint32_t)));
  };
  Json json = llama2Json();
  EXPECT_EQ(begin(json), "▁");
  json.model = replaced(json.model, R"(["▁", "a"], )", R"(["▁", "▁"], ["▁", "a"], )");
  json.model = replaced(json.model, R"("▁a": )", R"("▁▁": 270, "▁a": )");
  EXPECT_EQ(begin(json), "▁") << "which follows itself";
  EXPECT_EQ(Compiled{json}.tokens("a   aba"), "<s> ▁a ▁▁ ▁a b a");
  json.model = replaced(json.model, R"(["▁", "▁"], )", R"(["b", "▁"], )");
  json.model = replaced(json.model, R"("▁▁": )", R"("b▁": )");
  EXPECT_EQ(begin(json), "") << "a merge joins b to it, and others a and b to what is before";
  EXPECT_EQ(Compiled{json}.tokens("b a"), "<s> ▁ b▁ a");
}

TEST(Bpe, ignoresMergesOfWholeWords) {
  Json json = gpt2Json();
  json.model = replaced(json.model, R"("merges": [["h", "e"], )", R"("merges": [)");
  Compiled merged{json};
  EXPECT_EQ(merged.tokens("hello he"), "h e llo Ġ h e");
  json.model =
      replaced(json.model, R"("type": "BPE",)", R"("type": "BPE", "ignore_merges": true,)");
  Compiled whole{json};
  EXPECT_EQ(whole.tokens("hello he"), "hello Ġ h e");
}

TEST(Bpe, unknownCharactersBecomeBytesOrUnknown) {
  Compiled c{llama2Json()};
  EXPECT_EQ(c.tokens("ab é"), "<s> ▁a b ▁ <0xC3> <0xA9>");
  Json json = llama2Json();
  json.model = replaced(json.model, "\"<0xC3>\"", "\"<0xc3>\"");
  Compiled unknown{json};
  EXPECT_EQ(unknown.tokens("abéèb"), "<s> ▁a b <unk> b");
  EXPECT_EQ(unknown.tokens("é€b"), "<s> ▁ <0xE2> <0x82> <0xAC> <unk> b") << "what is unknown waits";
}

TEST(Bpe, charactersWithoutATokenVanishWhereNothingIsUnknown) {
  Json json = llama2Json();
  json.model = bpeModel({"a", "b"}, {});
  json.normalizer = json.postProcessor = "null";
  json.added = "[]";
  Compiled c{json};
  EXPECT_EQ(c.tokens("axb"), "a b");
}

TEST(Bpe, takesTimeLikeNLogN) {
  auto start = std::chrono::steady_clock::now();
  for (const Json &json : {gpt2Json(), llama2Json()}) {
    Compiled c{json};
    for (const char *unit : {"a", "ab", "hello", "l", " ", "\xFF", "é", "\n", "'"}) {
      std::string text;
      while (text.size() < 1000000)
        text += unit;
      EXPECT_EQ(c.encode(text), TFC_OK);
    }
  }
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  EXPECT_LT(seconds.count(), 60); // a quadratic step would take hours
}

TEST(Bpe, refusesMergesOfWhatIsNoToken) {
  expectGpt2Error(R"(["l", "l"])", R"(["l", "nn"])", 1,
                  {"$.model.merges[1]", "\"nn\" is not in the vocabulary of 261 tokens"});
  expectGpt2Error(R"(["l", "l"])", R"(["l", "x"])", 1, {"$.model.merges[1]", "\"lx\" is not in"});
  expectGpt2Error(R"(["l", "l"])", R"(["", "l"])", 1, {"$.model.merges[1]", "found an empty one"});
  expectGpt2Error(R"(["l", "l"])", R"(["l"])", 1, {"$.model.merges[1]", "two tokens"});
  expectGpt2Error(R"(["l", "l"])", R"(["l", 7])", 1, {"$.model.merges[1][1]", "string"});
  expectGpt2Error(R"(["l", "l"])", R"("l")", 1, {"$.model.merges[1]", "a space between"});
  expectGpt2Error(R"(["l", "l"])", R"("l l l")", 1, {"$.model.merges[1]", "a space between"});
  expectGpt2Error(R"(["l", "l"])", "7", 1, {"$.model.merges[1]", "string"});
}

TEST(Bpe, oldMergesAreStrings) {
  Json json = gpt2Json();
  json.model =
      replaced(json.model, R"(["h", "e"], ["l", "l"])", R"("#version: 0.2", "h e", "l l")");
  EXPECT_EQ(Compiled::make(json), Compiled::make(gpt2Json()));
}

TEST(Bpe, refusesIdsTwiceAndUnknownTokensThatAreNone) {
  expectGpt2Error("\"a\": 97", "\"a\": 98", 1, {"$.model.vocab", "id 98 is given twice"});
  expectGpt2Error("\"a\": 97", "\"a\": 300", 1, {"$.model.vocab.a", "0 to 299"});
  Json json = llama2Json();
  json.model = replaced(json.model, R"("unk_token": "<unk>")", R"("unk_token": "<UNK>")");
  expectError(json, 1, {"$.model.unk_token", "\"<UNK>\" is not in model.vocab"}, 300);
}

TEST(Bpe, refusesWhatChangesMerges) {
  for (const char *more : {R"("dropout": 0.5)", R"("continuing_subword_prefix": "##")",
                           R"("end_of_word_suffix": "</w>")"})
    expectGpt2Error(R"("type": "BPE")", std::string(R"("type": "BPE", )") + more, 3,
                    {"$.model.", "not supported"});
  Json json = gpt2Json();
  json.model = replaced(json.model, R"("type": "BPE")",
                        R"("type": "BPE", "dropout": 0.0, "continuing_subword_prefix": "")");
  EXPECT_EQ(Compiled::make(json), Compiled::make(gpt2Json()));
}

TEST(Bpe, byteFallbackUnderByteLevelNeedsAllBytes) {
  Json json = gpt2Json();
  json.model = replaced(json.model, R"("type": "BPE")", R"("type": "BPE", "byte_fallback": true)");
  EXPECT_EQ(Compiled::make(json), Compiled::make(gpt2Json()));
  json.model = replaced(json.model, "\"a\": 97, ", "");
  expectError(json, 3, {"$.model: byte_fallback together with ByteLevel is not supported"}, 300);
}

TEST(Bpe, refusesBrokenTables) {
  using namespace tokenizer;
  const std::vector<char> blob = Compiled::make(gpt2Json());
  constexpr uint32_t isCount = UINT32_MAX;
  const struct {
    uint32_t tag, word, value;
    const char *wrong;
  } cases[] = {
      {tagModel, 1, 261, "a parameter of the model out of range"},
      {tagModel, 2, 0, "a table of bytes of a wrong size"},
      {tagMerges, isCount, 3, "merges of a wrong size"},
      {tagByteIds, isCount, 255, "a table of bytes of a wrong size"},
      {tagByteIds, 7, 261, "a byte's token out of range"},
      {tagVocabulary, isCount, 255, "a trie of a wrong size"},
      {tagPreTokenizers, 0, cutText | 9 << 12, "a step's text out of range"},
      {tagPreTokenizers, 0, cutLength, "a pre-tokenizer of an unknown kind"},
      {tagPreTokenizers, 0, rewritesWord | 99, "a normalizer of an unknown kind"},
      {tagDecoder, isCount, 2, "a table of the decoder of a wrong size"},
      {tagDecodedKinds, isCount, 7, "a table of the decoder of a wrong size"},
      {tagDecodedOffsets, 3, 1 << 30, "a decoded text out of range"},
  };
  for (const auto &broken : cases) {
    Compiled c{std::vector<char>()};
    EXPECT_EQ(c.openBroken(blob, broken.tag, broken.word, broken.value),
              std::string("the tokenizer is broken: ") + broken.wrong)
        << broken.tag << " " << broken.word;
  }
}
