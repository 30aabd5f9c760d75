// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Each value of a tokenizer.json becomes one of another kind, or is gone: that is taken where it
// means something, and an error that names the place everywhere else.

#include "BpeFixture.h"

#include "llvm/Support/JSON.h"

using namespace tfc;
using namespace tfc::test;
namespace js = llvm::json;

namespace {

/// Calls `use` with the root for each value in `at` that is replaced; `at` lies in the root.
void forEachWrong(js::Value &root, js::Value &at, llvm::function_ref<void(const js::Value &)> use) {
  const js::Value before = at;
  const js::Value others[] = {nullptr,
                              true,
                              7,
                              -1,
                              1e30,
                              "x",
                              "",
                              js::Array{},
                              js::Object{},
                              js::Array{7},
                              js::Object{{"type", "x"}}};
  for (const js::Value &other : others) {
    at = other;
    use(root);
  }
  at = before;
  if (js::Object *object = at.getAsObject()) {
    std::vector<std::string> keys;
    for (auto &member : *object)
      keys.push_back(member.first.str());
    for (const std::string &key : keys) {
      forEachWrong(root, *object->get(key), use);
      js::Value kept = *object->get(key);
      object->erase(key);
      use(root);
      object->insert({key, kept});
    }
  }
  if (js::Array *array = at.getAsArray())
    for (js::Value &element : *array)
      forEachWrong(root, element, use);
}

std::string text(const js::Value &value) {
  std::string result;
  llvm::raw_string_ostream(result) << value;
  return result;
}

/// Puts each of the wrong texts into a member of a tokenizer; gives how many are refused.
size_t refused(const Json &good, std::string Json::*member) {
  EXPECT_EQ(compileJson(good, good.ids).text, "") << good.*member;
  llvm::Expected<js::Value> parsed = js::parse(good.*member);
  if (!parsed) {
    ADD_FAILURE() << llvm::toString(parsed.takeError());
    return 0;
  }
  size_t count = 0;
  Folder folder;
  forEachWrong(*parsed, *parsed, [&](const js::Value &wrong) {
    Json json = good;
    json.*member = text(wrong);
    folder.write("tokenizer.json", json.text());
    Answer answer = compileFolder(folder, json.ids);
    EXPECT_TRUE(answer.code == 0 || answer.code == 1 || answer.code == 3) << answer.text << '\n'
                                                                          << json.*member;
    EXPECT_EQ(answer.code != 0, answer.text.find("tokenizer.json") != std::string::npos)
        << answer.text << '\n'
        << json.*member;
    count += answer.code != 0;
  });
  return count;
}

const char *const normalizers[] = {
    R"({"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true})",
    R"({"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"}, {"type": "Nmt"}]})",
    R"({"type": "Strip", "strip_left": true, "strip_right": false})",
    R"({"type": "Prepend", "prepend": "a"})",
    R"({"type": "Replace", "pattern": {"String": "a"}, "content": "b"})",
};
const char *const preTokenizers[] = {
    R"({"type": "BertPreTokenizer"})",
    R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true})",
    R"({"type": "Metaspace", "replacement": "▁", "add_prefix_space": true})",
    R"({"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Punctuation", "behavior": "Isolated"}]})",
    R"({"type": "Digits", "individual_digits": true})",
    R"({"type": "CharDelimiterSplit", "delimiter": "x"})",
    R"({"type": "Split", "pattern": {"String": " "}, "behavior": "Removed", "invert": false})",
};
const char *const postProcessors[] = {
    R"({"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]})",
    R"({"type": "RobertaProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2], "trim_offsets": true, "add_prefix_space": true})",
    R"({"type": "ByteLevel", "trim_offsets": true})",
};
const char *const decoders[] = {
    R"({"type": "WordPiece", "prefix": "##", "cleanup": true})",
    R"({"type": "ByteLevel"})",
    R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true})",
    R"({"type": "Metaspace", "replacement": "▁", "add_prefix_space": true})",
    R"({"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]})",
};

} // namespace

TEST(WrongKinds, ofSteps) {
  const auto members = {std::pair(&Json::normalizer, llvm::ArrayRef(normalizers)),
                        std::pair(&Json::preTokenizer, llvm::ArrayRef(preTokenizers)),
                        std::pair(&Json::postProcessor, llvm::ArrayRef(postProcessors)),
                        std::pair(&Json::decoder, llvm::ArrayRef(decoders))};
  for (auto [member, texts] : members)
    for (const char *text : texts) {
      Json json;
      json.*member = text;
      EXPECT_GT(refused(json, member), 4u) << text;
    }
  EXPECT_GT(refused(Json(), &Json::postProcessor), 100u);
  EXPECT_GT(refused(gpt2Json(), &Json::preTokenizer), 4u);
  EXPECT_GT(refused(llama2Json(), &Json::normalizer), 20u);
}

TEST(WrongKinds, ofModels) {
  Json json;
  json.model =
      R"({"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {"[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "##a": 0}})";
  EXPECT_GT(refused(json, &Json::model), 20u);
  json.model =
      R"({"type": "WordLevel", "unk_token": "[UNK]", "vocab": {"[UNK]": 1, "[CLS]": 2, "[SEP]": 3}})";
  EXPECT_GT(refused(json, &Json::model), 20u);
  json.model =
      R"({"type": "Unigram", "unk_id": 0, "byte_fallback": false, "vocab": [["<unk>", 0.0], ["a", -1.5], ["[CLS]", -2.0], ["[SEP]", -2.0]]})";
  EXPECT_GT(refused(json, &Json::model), 20u);
  json.model =
      R"({"type": "BPE", "dropout": null, "unk_token": "[UNK]", "continuing_subword_prefix": null, "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false, "vocab": {"[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "a": 0, "b": 4, "ab": 5}, "merges": [["a", "b"]]})";
  EXPECT_GT(refused(json, &Json::model), 20u);
  json.model = replaced(json.model, R"(["a", "b"])", R"("a b")");
  EXPECT_GT(refused(json, &Json::model), 20u);
}

TEST(WrongKinds, ofAddedTokensAndTruncation) {
  Json json;
  json.added = "[" + addedToken(2, "[CLS]", "special") + "]";
  EXPECT_GT(refused(json, &Json::added), 10u);
  json = {};
  json.truncation =
      R"({"max_length": 12, "stride": 0, "strategy": "LongestFirst", "direction": "Right"})";
  EXPECT_GT(refused(json, &Json::truncation), 5u);
}
