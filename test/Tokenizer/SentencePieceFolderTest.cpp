// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Folders with a SentencePiece model and no tokenizer.json. compare_folders.py compares with the
// reference.

#include "Fixture.h"
#include "SentencePieceFile.h"

using namespace tfc;
using namespace tfc::test;

namespace {

struct Files {
  std::string name = "sentencepiece.bpe.model";
  std::string pieces = piece("<unk>", 0, 2) + piece("<s>", 0, 3) + piece("</s>", 0, 3) +
                       piece("▁a", -2) + piece("b", -3) + piece("▁", -4);
  std::string config = R"({"model_type": "xlm-roberta"})", tokenizerConfig = "{}";
  std::string vocabulary; // vocab.json, if there is one

  Answer compile(std::vector<char> *blob = nullptr) const {
    Folder folder;
    folder.write(name, pieces);
    folder.write("config.json", config);
    folder.write("tokenizer_config.json", tokenizerConfig);
    if (!vocabulary.empty())
      folder.write("vocab.json", vocabulary);
    return compileFolder(folder, 200, blob);
  }
  std::vector<char> tables() const {
    std::vector<char> blob;
    EXPECT_EQ(compile(&blob).text, "");
    return blob;
  }
  void expectError(int code, const std::string &part) const {
    Answer answer = compile();
    EXPECT_EQ(answer.code, code) << answer.text;
    EXPECT_NE(answer.text.find(part), std::string::npos)
        << "expected " << part << "\nfound " << answer.text;
  }
};

Files t5() {
  Files files;
  files.name = "spiece.model";
  files.pieces = piece("<pad>", 0, 3) + piece("</s>", 0, 3) + piece("<unk>", 0, 2) +
                 piece("▁a", -2) + piece("b", -3) + piece("▁", -4);
  files.config = R"({"model_type": "t5"})";
  return files;
}

Files llama() {
  Files files;
  files.name = "tokenizer.model";
  files.pieces = piece("<unk>", 0, 2) + piece("<s>", 0, 3) + piece("</s>", 0, 3) +
                 piece("<0xC3>", 0, 6) + piece("<0xA9>", 0, 6) + piece("ab", -1) +
                 piece("▁a", -0.5) + piece("▁", -3) + piece("a", -4) + piece("b", -5);
  files.config = R"({"model_type": "llama"})";
  files.tokenizerConfig = R"({"tokenizer_class": "LlamaTokenizer", "add_bos_token": true})";
  return files;
}

} // namespace

TEST(SentencePieceFolder, ofT5HasExtraIdsBehindItsPieces) {
  Files files = t5();
  files.tokenizerConfig = R"({"extra_ids": 2, "tokenizer_class": "T5TokenizerFast"})";
  Compiled c{files.tables()};
  EXPECT_EQ(c.ids("a  b<extra_id_0>"), (std::vector<int>{3, 5, 4, 7, 1}));
  EXPECT_EQ(c.ids("<extra_id_1>c", "a"), (std::vector<int>{6, 5, 2, 1, 3, 1}));
  EXPECT_EQ(c.ids(""), std::vector<int>{1});
  Compiled all{t5().tables()};
  EXPECT_EQ(all.ids("<extra_id_0><extra_id_99>"), (std::vector<int>{105, 6, 1}));
}

TEST(SentencePieceFolder, ofXlmRobertaHasOtherTokensInFront) {
  Files files;
  Compiled c{files.tables()};
  EXPECT_EQ(c.ids("ab c"), (std::vector<int>{0, 4, 5, 6, 3, 2}));
  EXPECT_EQ(c.ids("a", "a"), (std::vector<int>{0, 4, 2, 2, 4, 2}));
  EXPECT_EQ(c.ids("a <mask>"), (std::vector<int>{0, 4, 7, 2}));
  files.tokenizerConfig = R"({"add_prefix_space": false, "extra_special_tokens": ["<new>"]})";
  Compiled asked{files.tables()};
  EXPECT_EQ(asked.ids("b<new>"), (std::vector<int>{0, 5, 8, 2})) << "with an id of its own";
}

TEST(SentencePieceFolder, ofMbartHasALanguageAtItsEnd) {
  Files files;
  files.config = R"({"model_type": "mbart"})";
  Compiled c{files.tables()};
  EXPECT_EQ(c.tokens("a"), "▁a </s> en_XX");
  EXPECT_EQ(c.tokens("a de_DEb", "b"), "▁a de_DE ▁ b ▁ b </s> en_XX");
  files.tokenizerConfig = R"({"src_lang": "fr_XX"})";
  Compiled asked{files.tables()};
  EXPECT_EQ(asked.tokens("a"), "▁a </s> fr_XX");
  files.tokenizerConfig = R"({"src_lang": "xx_YY"})";
  files.expectError(1, "sentencepiece.bpe.model: the special token \"xx_YY\" is not among the 33 "
                       "tokens");
}

TEST(SentencePieceFolder, ofMbart50HasALanguageInFront) {
  Files files;
  files.config = R"({"model_type": "mbart", "tokenizer_class": "MBart50Tokenizer"})";
  Compiled c{files.tables()};
  EXPECT_EQ(c.tokens("a  b", "b"), "en_XX ▁a ▁ b ▁ b </s>");
  EXPECT_EQ(c.ids("xh_ZA<mask>"), (std::vector<int>{10, 56, 59, 2})) << "52 languages";
  files.tokenizerConfig = R"({"tokenizer_class": "MBart50TokenizerFast", "src_lang": "sl_SI"})";
  Compiled asked{files.tables()};
  EXPECT_EQ(asked.tokens("a"), "sl_SI ▁a </s>");
}

TEST(SentencePieceFolder, ofM2M100HasAVocabularyAndLanguagesBehindIt) {
  Files files;
  files.config = R"({"model_type": "m2m_100"})";
  files.vocabulary = R"({"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "b": 4, "▁a": 5, "▁": 6})";
  Compiled c{files.tables()};
  EXPECT_EQ(c.ids("ab c__zu__"), (std::vector<int>{7 + 18, 5, 4, 6, 3, 7 + 99, 2}));
  EXPECT_EQ(c.ids("a", "a"), (std::vector<int>{7 + 18, 5, 5, 2}));
  tokenizer::Decoder decoder(c.tokenizer.decoderTables(), false);
  tokenizer::List<char> text;
  for (int32_t id : {2, 7 + 24, 5, 4, 6, 4, 2})
    EXPECT_TRUE(decoder.push(id, text));
  EXPECT_TRUE(decoder.flush(text));
  EXPECT_EQ(std::string(text.data(), text.count), "ab b");
  files.tokenizerConfig = R"({"src_lang": "af", "tgt_lang": "fr"})";
  Compiled asked{files.tables()};
  EXPECT_EQ(asked.ids(""), (std::vector<int>{7, 2}));
  files.tokenizerConfig = R"({"src_lang": "xx"})";
  files.expectError(1, "vocab.json: the special token \"__xx__\" is not among the 107 tokens");
  files.tokenizerConfig = R"({"language_codes": "wmt21"})";
  files.expectError(3, "tokenizer_config.json: $.language_codes: the language codes \"wmt21\" are "
                       "not supported, only \"m2m100\"");
  files.tokenizerConfig = R"({"tokenizer_class": "NllbTokenizer"})";
  files.expectError(3, "tokenizer_config.json: $.tokenizer_class: \"NllbTokenizer\" is not "
                       "supported for sentencepiece.bpe.model, only M2M100Tokenizer");
  files.tokenizerConfig = R"({"added_tokens_decoder": {"2": {"content": "</s>", "special": true},
    "29": {"content": "<new>", "special": true}, "31": {"content": "__fr__", "special": true}}})";
  Compiled listed{files.tables()};
  EXPECT_EQ(listed.ids("__fr__<new>"), (std::vector<int>{7 + 18, 7 + 24, 7 + 100, 2}))
      << "languages come first, whatever is listed";
  files.tokenizerConfig = "{}";
  files.vocabulary.clear();
  files.expectError(1, "vocab.json");
}

TEST(SentencePieceFolder, ofLlamaMergesInTheOrderOfPieces) {
  Files files = llama();
  Compiled c{files.tables()};
  EXPECT_EQ(c.ids("ab a"), (std::vector<int>{1, 7, 5, 6})) << "ab before ▁a, whatever the scores";
  EXPECT_EQ(c.ids("aé</s>a", "b"), (std::vector<int>{1, 6, 3, 4, 2, 8, 1, 7, 9}));
  EXPECT_EQ(c.encoding.types[5], 0u);
  EXPECT_EQ(c.encoding.types[6], 1u);
  tokenizer::Decoder decoder(c.tokenizer.decoderTables(), false);
  tokenizer::List<char> text;
  for (int32_t id : {1, 6, 3, 4, 6})
    EXPECT_TRUE(decoder.push(id, text));
  EXPECT_EQ(std::string(text.data(), text.count), "aé a");
  files.tokenizerConfig = R"({"tokenizer_class": "LlamaTokenizer", "add_eos_token": true,
    "legacy": true, "add_prefix_space": false})";
  Compiled asked{files.tables()};
  EXPECT_EQ(asked.ids("a a"), (std::vector<int>{8, 6, 2}));
  files.tokenizerConfig = "{}";
  files.expectError(3, "tokenizer_config.json: tokenizer.model is supported only with the "
                       "tokenizer_class LlamaTokenizer");
}

TEST(SentencePieceFolder, piecesOfItsUserAreTokens) {
  Files files;
  files.pieces += piece("bb", 0, 4) + piece("<own>", 0, 3);
  Compiled c{files.tables()};
  EXPECT_EQ(c.tokens("abb<own>b"), "<s> ▁a bb <own> ▁ b </s>");
}

TEST(SentencePieceFolder, addedTokensAreSpecialWhereTheConfigSaysSo) {
  Files files;
  files.tokenizerConfig = R"({"added_tokens_decoder": {"2": {"content": "</s>", "special": false},
    "8": {"content": "<x>", "special": false}, "9": {"content": "<y>", "special": true}}})";
  Compiled c{files.tables()};
  EXPECT_EQ(c.ids("<x><y>"), (std::vector<int>{0, 8, 9, 2}));
  tokenizer::Decoder decoder(c.tokenizer.decoderTables(), false);
  tokenizer::List<char> text;
  for (int32_t id : {0, 4, 8, 9, 2})
    EXPECT_TRUE(decoder.push(id, text));
  EXPECT_EQ(std::string(text.data(), text.count), "a<x>") << "</s> has a role";
}

TEST(SentencePieceFolder, errors) {
  Files files;
  files.config = R"({"model_type": "albert"})";
  files.expectError(
      3,
      "config.json: $.model_type: a SentencePiece model of \"albert\" is not "
      "supported, only those of t5, mt5, xlm-roberta, mbart, m2m_100, llama; a tokenizer.json is");
  files.config = R"({"model_type": "t5"})";
  files.expectError(1, "spiece.model");
  files = {};
  files.tokenizerConfig = R"({"tokenizer_class": "T5Tokenizer"})";
  files.expectError(3, "tokenizer_config.json: $.tokenizer_class: \"T5Tokenizer\" is not supported "
                       "for sentencepiece.bpe.model, only XLMRobertaTokenizer");
  files = t5();
  files.tokenizerConfig = R"({"extra_ids": -1})";
  files.expectError(1, "tokenizer_config.json: $.extra_ids: expected");
  files = t5();
  files.pieces += piece("b", -1);
  files.expectError(1, "spiece.model: $.model.vocab[6][0]");
  files.pieces = "not a model";
  files.expectError(1, "spiece.model: byte");
}
