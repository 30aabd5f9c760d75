// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Unigram, from tokenizer.json and from SentencePiece's files, their BPE, and maps of characters.
// compare_unigram.py compares with the references; here each rule has its example.

#include "Fixture.h"
#include "SentencePieceFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Base64.h"

using namespace tfc;
using namespace tfc::test;

namespace {

Json unigramJson(const std::string &options = "\"unk_id\": 0") {
  Json json;
  json.model =
      R"({"type": "Unigram", "vocab": [["<unk>", 0.0], ["▁", -3.0], ["a", -2.0], ["b", -2.5],
    ["ab", -4.0], ["ba", -4.75], ["▁aba", -9.0], ["<0x63>", -20.0], ["<0xC3>", -20.0], ["<0xA9>", -20.0], ["abc", -30.0]], )" +
      options + "}";
  json.normalizer = "null";
  json.preTokenizer = R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"})";
  json.postProcessor = json.decoder = "null";
  return json;
}

/// A double array as SentencePiece has it: units, then texts.
std::string precompiled(const std::vector<uint32_t> &units, const std::string &texts) {
  std::string blob;
  auto add = [&](uint32_t word) {
    for (int shift = 0; shift < 32; shift += 8)
      blob += static_cast<char>(word >> shift);
  };
  add(static_cast<uint32_t>(units.size() * 4));
  for (uint32_t unit : units)
    add(unit);
  return blob + texts;
}

/// A map of the single byte `from` to the text at `value`: unit 1 is the root's place, behind it
/// the leaf with the value.
std::string mapOf(char from, uint32_t value, const std::string &texts) {
  std::vector<uint32_t> units(512);
  const auto byte = static_cast<uint32_t>(from), child = 256 ^ byte;
  units[0] = 256 << 10;
  units[child] = byte | 1 << 8 | (child ^ 1) << 10;
  units[1] = 1u << 31 | value;
  return precompiled(units, texts);
}

Json precompiledJson(const std::string &blob) {
  Json json = unigramJson();
  json.normalizer =
      R"({"type": "Precompiled", "precompiled_charsmap": ")" + llvm::encodeBase64(blob) + "\"}";
  return json;
}

struct Files {
  std::string pieces = piece("<unk>", 0, 2) + piece("<s>", 0, 3) + piece("▁a", -2) +
                       piece("b", -3) + piece("c", -4) + piece("▁", -5);
  std::string trainer, normalizer;
  std::string vocab = R"({"</s>": 0, "<unk>": 1, "▁a": 2, "b": 3, "▁": 4, "xy": 5, "▁z": 6,
    ">>fr<<": 7, "<s>": 8, "<pad>": 9})";
  std::string config = "{}";

  Answer compile(std::vector<char> *blob = nullptr) const {
    Folder folder;
    std::string model = pieces + field(2, trainer) + field(3, normalizer);
    folder.write("source.spm", model);
    folder.write("target.spm", model);
    folder.write("vocab.json", vocab);
    folder.write("tokenizer_config.json", config);
    return compileFolder(folder, 20, blob);
  }
  std::vector<char> tables() const {
    std::vector<char> blob;
    EXPECT_EQ(compile(&blob).text, "");
    return blob;
  }
  void expectError(int code, const std::vector<std::string> &parts) const {
    Answer answer = compile();
    EXPECT_EQ(answer.code, code) << answer.text;
    for (const std::string &part : parts)
      EXPECT_NE(answer.text.find(part), std::string::npos)
          << "expected " << part << "\nfound " << answer.text;
  }
};

/// A model that merges.
Files bpeFiles() {
  Files files;
  files.trainer = field(3, 2);
  files.pieces = piece("<unk>", 0, 2) + piece("bb", -1) + piece("▁a", -1.5) + piece("bc", -2) +
                 piece("cb", -2);
  for (const char *character : {"▁", "a", "b", "c"})
    files.pieces += piece(character, -9);
  files.vocab = R"({"</s>": 0, "<unk>": 1, "b": 2, "c": 3, "bb": 4, "bc": 5, "cb": 6, "▁": 7,
    "xy": 8, "▁a": 9, "<pad>": 10})";
  return files;
}

std::string decoded(Compiled &c, const std::vector<int> &ids, bool keepSpecial = false) {
  tokenizer::Decoder decoder(c.tokenizer.decoderTables(), keepSpecial);
  tokenizer::List<char> text;
  for (int id : ids)
    EXPECT_TRUE(decoder.push(id, text));
  EXPECT_TRUE(decoder.flush(text));
  return std::string(text.data(), text.count);
}

} // namespace

TEST(Unigram, takesTheBestCut) {
  Compiled c{unigramJson()};
  EXPECT_EQ(c.tokens("a"), "▁ a");
  EXPECT_EQ(c.tokens("ab"), "▁ ab") << "-4 is more than -2 and -2.5";
  EXPECT_EQ(c.tokens("aba"), "▁aba") << "-9, as much as ▁ ab a, whose last piece begins later";
}

TEST(Unigram, unknownCharactersStandTogetherAndAreSpelled) {
  Compiled c{unigramJson()};
  EXPECT_EQ(c.tokens("axyb c"), "▁ a xy b ▁ c");
  EXPECT_EQ(c.ids("axyb"), (std::vector<int>{1, 2, 0, 3}));
  EXPECT_EQ(c.tokens("<unk>"), "▁ <unk>");
  EXPECT_EQ(c.ids("x<unk>"), (std::vector<int>{1, 0})) << "one text of unknown pieces";
}

TEST(Unigram, unknownCharactersBecomeBytesWhereAllAreKnown) {
  Compiled c{unigramJson("\"unk_id\": 0, \"byte_fallback\": true")};
  EXPECT_EQ(c.tokens("cé"), "▁ <0x63> <0xC3> <0xA9>");
  EXPECT_EQ(c.tokens("cx"), "▁ cx");
}

TEST(Unigram, refusesWhatIsNoModel) {
  expectError(unigramJson("\"unk_id\": null"), 3, {"$.model", "without unk_id"});
  expectError(unigramJson("\"unk_id\": 11"), 1, {"$.model.unk_id", "found 11"});
  Json json = unigramJson();
  json.model = replaced(json.model, "[\"a\", -2.0]", "[\"a\"]");
  expectError(json, 1, {"$.model.vocab[2]", "a piece and its score"});
  json.model = replaced(json.model, "[\"a\"]", "[\"b\", -2.0]");
  expectError(json, 1, {"$.model.vocab[3][0]", "given twice"});
  json.model = R"({"type": "Unigram", "vocab": [], "unk_id": 0})";
  expectError(json, 1, {"$.model.vocab", "at least one piece"});
}

TEST(Unigram, brokenTables) {
  std::vector<char> blob = Compiled::make(unigramJson("\"unk_id\": 0, \"byte_fallback\": true"));
  Compiled c{std::vector<char>()};
  for (auto [tag, count] : {std::pair(tokenizer::tagScores, 0u), {tokenizer::tagByteIds, 3u}})
    EXPECT_NE(c.openBroken(blob, tag, UINT32_MAX, count).find("wrong size"), std::string::npos);
  EXPECT_NE(c.openBroken(blob, tokenizer::tagByteIds, 4, 99).find("out of range"),
            std::string::npos);
  EXPECT_NE(c.openBroken(blob, tokenizer::tagModel, 1, 99).find("out of range"), std::string::npos);
  blob = Files().tables();
  EXPECT_NE(c.openBroken(blob, tokenizer::tagPieceIds, 0, 99).find("out of range"),
            std::string::npos);
  EXPECT_NE(c.openBroken(blob, tokenizer::tagCode, 0, 99).find("out of range"), std::string::npos);
}

TEST(Maps, replaceCharactersAndRuns) {
  Json json = unigramJson();
  json.normalizer = R"({"type": "Sequence", "normalizers": [{"type": "Nmt"}, {"type": "NFKC"},
    {"type": "Replace", "pattern": {"Regex": "x{2,}"}, "content": "b"}, {"type": "Strip", "strip_left": true, "strip_right": true}]})";
  Compiled c{json};
  EXPECT_EQ(c.tokens("\u3000\uFF41\u200D\x01xxxx\tx "), "▁ a ▁ b ▁ x");
  json.normalizer = R"({"type": "Replace", "pattern": {"Regex": "[ab]+"}, "content": "b"})";
  expectError(json, 3, {"$.normalizer.pattern", "a character that is repeated"});
}

TEST(Maps, clustersAreReplacedWhole) {
  Compiled c{precompiledJson(mapOf('q', 2, std::string("x\0ab\0", 5)))};
  EXPECT_EQ(c.tokens("q"), "▁ ab");
  EXPECT_EQ(c.tokens("q\u0301q"), "▁ ab ab") << "with its accent it has 3 bytes";
  EXPECT_EQ(c.tokens("q\u0301\u0301\u0301"), "▁ ab \u0301\u0301\u0301") << "more than 5";
}

TEST(Maps, refusesBrokenOnes) {
  Json json = precompiledJson("");
  json.normalizer = replaced(json.normalizer, "charsmap\": \"", "charsmap\": \"?");
  expectError(json, 1, {"$.normalizer.precompiled_charsmap", "no base64"});
  expectError(precompiledJson("abc"), 1, {"expected a map of 0 bytes, found 3"});
  expectError(precompiledJson(precompiled({}, "")), 1, {"no units"});
  expectError(precompiledJson(mapOf('q', 5, "ab")), 1, {"a value of the map is out of range"});
  expectError(precompiledJson(mapOf('q', 0, "\xC3")), 3, {"parts of characters"});
  std::vector<uint32_t> units(512);
  units[0] = 256 << 10;
  units[256 ^ 'q'] = 'q' | static_cast<uint32_t>('q') << 10; // back to where it came from
  expectError(precompiledJson(precompiled(units, "a")), 1, {"the map has no end"});
}

TEST(SentencePiece, textHasTheIdsOfItsVocabulary) {
  Compiled c{Files().tables()};
  EXPECT_EQ(c.ids("a b"), (std::vector<int>{2, 4, 3, 0}));
  EXPECT_EQ(c.ids("  a \t  "), (std::vector<int>{2, 4, 1, 0})) << "the tab is unknown";
  EXPECT_EQ(c.ids("acxyq"), (std::vector<int>{2, 1, 1, 0})) << "c has no id; xyq is one text";
  EXPECT_EQ(c.ids("acxy"), (std::vector<int>{2, 1, 5, 0})) << "the vocabulary has xy";
  EXPECT_EQ(c.ids(""), std::vector<int>{0});
  EXPECT_EQ(c.ids("a", "b"), (std::vector<int>{2, 4, 3, 0}));
  EXPECT_EQ(c.ids("a</s>a"), (std::vector<int>{2, 0, 2, 0}));
}

TEST(SentencePiece, bpeMergesNeighboursThatAreAPieceTogether) {
  Compiled c{bpeFiles().tables()};
  EXPECT_EQ(c.tokens("bcb"), "▁ bc b </s>") << "as good as cb, and further left";
  EXPECT_EQ(c.tokens("cbc"), "▁ cb c </s>") << "now cb is further left";
  EXPECT_EQ(c.tokens("bbc"), "▁ bb c </s>") << "bb comes before bc";
  EXPECT_EQ(c.tokens("abbc"), "▁a bb c </s>");
  EXPECT_EQ(c.ids("dab"), (std::vector<int>{7, 1, 1, 2, 0})) << "d is unknown, and a has no id";
  EXPECT_EQ(c.ids("bxyb"), (std::vector<int>{7, 2, 8, 2, 0})) << "the vocabulary has xy";
  EXPECT_EQ(c.ids("bxzb"), (std::vector<int>{7, 2, 1, 2, 0})) << "unknown characters are one token";
}

TEST(SentencePiece, bpeHasBytesForUnknownCharacters) {
  Files files = bpeFiles();
  files.trainer += field(35, 1);
  for (int byte = 0; byte < 256; ++byte)
    files.pieces += piece("<0x" + llvm::utohexstr(byte, false, 2) + ">", 0, 6);
  files.vocab = replaced(files.vocab, "}", ", \"<0xC3>\": 11, \"<0xA9>\": 12}");
  Compiled c{files.tables()};
  EXPECT_EQ(c.ids("béb"), (std::vector<int>{7, 2, 11, 12, 2, 0}));
  EXPECT_EQ(c.ids("xy"), (std::vector<int>{7, 1, 1, 0})) << "bytes first, which have no ids";
  EXPECT_EQ(decoded(c, {2, 11, 12, 2, 11, 2}), "béb\uFFFDb");
}

TEST(SentencePiece, bpeTablesThatAreBroken) {
  Compiled c{std::vector<char>()};
  const std::vector<char> blob = bpeFiles().tables();
  EXPECT_NE(c.openBroken(blob, tokenizer::tagPieceIds, 0, 99).find("out of range"),
            std::string::npos);
  EXPECT_NE(c.openBroken(blob, tokenizer::tagModel, 1, 99).find("out of range"), std::string::npos);
  EXPECT_NE(c.openBroken(blob, tokenizer::tagUnknownTexts, UINT32_MAX, 3).find("wrong size"),
            std::string::npos);
}

TEST(SentencePiece, aLanguageIsOneToken) {
  Compiled c{Files().tables()};
  EXPECT_EQ(c.ids(">>fr<< a"), (std::vector<int>{7, 2, 0}));
  EXPECT_EQ(c.ids(">>xx<< a"), (std::vector<int>{1, 2, 0})) << "not one that the model knows";
  EXPECT_EQ(c.tokens(">>fr<<</s>a"), ">>fr<< </s> ▁a </s>");
  EXPECT_EQ(c.ids("a >>fr<<q"), (std::vector<int>{2, 4, 1, 0})) << "only where a text begins";
}

TEST(SentencePiece, idsBecomeText) {
  Compiled c{Files().tables()};
  EXPECT_EQ(decoded(c, {2, 3, 4, 6, 0}), "ab  z") << "no white space at the ends";
  EXPECT_EQ(decoded(c, {4, 4, 2, 4, 9}), "a");
  EXPECT_EQ(decoded(c, {8, 3}), "b") << "<s> is SentencePiece's own";
  EXPECT_EQ(decoded(c, {2, 0, 2, 0, 6}, true), "a</s> a</s>  z")
      << "the model does not know ▁z, which keeps its space";
  Files files;
  files.config = R"({"clean_up_tokenization_spaces": true})";
  Compiled cleans{files.tables()};
  EXPECT_FALSE(cleans.tokenizer.decoderTables().exist());
}

TEST(SentencePiece, refusesWhatIsNoModel) {
  Files files;
  files.pieces = "not a model";
  files.expectError(1, {"source.spm: byte", "expected a field"});
  files.pieces = "";
  files.expectError(1, {"source.spm: expected a SentencePiece model, found no pieces"});
  files = {};
  files.pieces += piece("b", -1);
  files.expectError(1, {"source.spm: the piece \"b\" is given twice"});
  files.pieces = piece("<unk>", 0, 2);
  files.expectError(1, {"source.spm: expected a piece of type 1, found none among 1"});
  files.pieces = piece("\xFF", -1);
  files.expectError(1, {"source.spm: piece 0: expected a text in UTF-8"});
  files.pieces = piece("a", -INFINITY);
  files.expectError(1, {"source.spm: piece 0: expected a score"});
  files = {};
  files.trainer = field(3, 3);
  files.expectError(3, {"source.spm: the SentencePiece model is of type 3, supported: 1 (Unigram) "
                        "and 2 (BPE)"});
  files.trainer = field(24, 1);
  files.expectError(3, {"source.spm", "only before words"});
  files = {};
  files.pieces += piece("d", 0, 4);
  files.expectError(3, {"source.spm", "\"d\" is defined by its user"});
  files = {};
  files.trainer = field(35, 1);
  files.expectError(1, {"source.spm: expected a piece for every byte, found no <0x00>"});
  files = bpeFiles();
  files.pieces += piece("d", 0, 5);
  files.expectError(3, {"source.spm: the piece \"d\" is not to be used, which is not supported in "
                        "BPE"});
  files = bpeFiles();
  files.pieces += piece("bd", 0);
  files.expectError(
      3, {"source.spm: the piece \"bd\" has the character \"d\", which is no piece itself"});
  files = {};
  files.normalizer = field(2, "abc");
  files.expectError(1, {"source.spm: expected a map"});
  files = {};
  files.vocab = "{\"</s>\": 0}";
  files.expectError(1, {"vocab.json", "\"<unk>\" is not among"});
  files = {};
  files.config = R"({"separate_vocabs": true})";
  files.expectError(3, {"tokenizer_config.json: separate_vocabs is not supported"});
}
