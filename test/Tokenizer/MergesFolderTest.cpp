// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Folders with vocab.json and merges.txt.

#include "Fixture.h"

using namespace tfc;
using namespace tfc::test;

namespace {

struct Files {
  std::string vocab =
      R"({"a": 0, "b": 1, "Ġ": 2, "ab": 3, "Ġab": 4, "<s>": 5, "</s>": 6, "<|endoftext|>": 7,
    "<mask>": 8})";
  std::string merges = "#version: 0.2\na b\r\nĠ ab\n", config = R"({"model_type": "gpt2"})",
              tokenizerConfig = "{}";

  Answer compile(std::vector<char> *blob = nullptr) const {
    Folder folder;
    folder.write("vocab.json", vocab);
    folder.write("merges.txt", merges);
    folder.write("config.json", config);
    folder.write("tokenizer_config.json", tokenizerConfig);
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

} // namespace

TEST(MergesFolder, ofGpt2HasNothingAroundATextUnlessAsked) {
  Files files;
  Compiled c{files.tables()};
  EXPECT_EQ(c.tokens("ab abb<|endoftext|>"), "ab Ġab b <|endoftext|>");
  files.tokenizerConfig = R"({"add_bos_token": true, "add_prefix_space": true})";
  Compiled asked{files.tables()};
  EXPECT_EQ(asked.tokens("ab", "b"), "<|endoftext|> Ġab <|endoftext|> Ġ b");
}

TEST(MergesFolder, ofRobertaHasItsTokensAround) {
  Files files;
  files.config = R"({"model_type": "roberta"})";
  files.tokenizerConfig = R"({"mask_token": {"content": "<mask>", "lstrip": true}})";
  Compiled c{files.tables()};
  EXPECT_EQ(c.tokens("ab <mask>", "ab"), "<s> ab  <mask> </s> </s> ab </s>");
  EXPECT_EQ(c.tokens("<unk>"), "<s> </s>") << "the vocabulary has no such token, and no <";
  files.config = R"({"model_type": "bart"})";
  Compiled bart{files.tables()};
  EXPECT_EQ(bart.tokens("ab", "ab"), "<s> ab </s> </s> ab </s>") << "BART has the same";
}

TEST(MergesFolder, decodesBytes) {
  Compiled c{Files().tables()};
  tokenizer::Decoder decoder(c.tokenizer.decoderTables(), false);
  tokenizer::List<char> text;
  for (int32_t id : {3, 4, 7})
    EXPECT_TRUE(decoder.push(id, text));
  EXPECT_EQ(std::string(text.data(), text.count), "ab ab");
}

TEST(MergesFolder, errors) {
  Files files;
  files.merges = "a b\na\n";
  files.expectError(1,
                    {"merges.txt: line 2: expected two tokens with a space between, found \"a\""});
  files.merges = "a b\nb b\n";
  files.expectError(1, {"merges.txt: line 2: \"bb\" is not in the vocabulary of 9 tokens"});
  files.merges = "a \xFF\n";
  files.expectError(1, {"merges.txt: byte 2: not UTF-8"});
  files = {};
  files.vocab = R"({"a": 0, "b": 0})";
  files.expectError(1, {"vocab.json: $.b: id 0 is given twice, to \"a\" and to \"b\""});
  files.vocab = "[]";
  files.expectError(1, {"vocab.json: $: expected an object"});
  files = {};
  files.config = R"({"model_type": "whisper"})";
  files.expectError(
      3, {"config.json: $.model_type", "of \"whisper\" are not supported", "roberta and bart"});
  files.config = R"({"model_type": "roberta"})";
  files.tokenizerConfig = R"({"cls_token": "[CLS]"})";
  files.expectError(1, {"vocab.json: the special token \"[CLS]\" is not among the 9 tokens"});
}
