// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where a folder's chat template is looked for, and what it knows of special tokens.

#include "Filled.h"

#include "llvm/Support/Error.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace tfc::test {
namespace {

/// A folder of files; removed at the end.
class Files {
public:
  Files(std::initializer_list<std::pair<const char *, const char *>> files) {
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    for (auto [name, text] : files)
      std::ofstream(folder + "/" + name) << text;
  }
  ~Files() { std::filesystem::remove_all(folder); }

  /// What the folder's template gives, or the error.
  std::string filled() const {
    auto compiled = compileChat(folder);
    if (!compiled)
      return "error: " + llvm::toString(compiled.takeError()).substr(folder.size() + 1);
    return compiled->tables.empty() ? "no template" : test::filled(compiled->tables);
  }

private:
  std::string folder = testing::TempDir() + "tfc-chat-XXXXXX";
};

TEST(ChatFolder, FindsTheTemplate) {
  EXPECT_EQ(Files({}).filled(), "no template");
  EXPECT_EQ(Files({{"tokenizer_config.json", "{}"}}).filled(), "no template");
  EXPECT_EQ(Files({{"tokenizer_config.json", R"({"chat_template": null})"}}).filled(),
            "no template");
  EXPECT_EQ(Files({{"tokenizer_config.json", R"({"chat_template": "a\n"})"}}).filled(), "a");
  EXPECT_EQ(Files({{"chat_template.json", R"({"chat_template": "b"})"}}).filled(), "b");
  EXPECT_EQ(Files({{"chat_template.json", R"({"chat_template": "b"})"},
                   {"tokenizer_config.json", R"({"chat_template": "a"})"}})
                .filled(),
            "a");
  EXPECT_EQ(
      Files({{"chat_template.jinja", "c"}, {"tokenizer_config.json", R"({"chat_template": "a"})"}})
          .filled(),
      "c");
  EXPECT_EQ(Files({{"tokenizer_config.json", R"({"chat_template": [
                    {"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]})"}})
                .filled(),
            "d");
}

TEST(ChatFolder, KnowsSpecialTokens) {
  EXPECT_EQ(
      Files({{"tokenizer_config.json", R"({"bos_token": "<s>", "eos_token": {"content": "</s>"},
                    "unk_token": null, "chat_template": "{{ bos_token }}{{ eos_token }}{{ unk_token is defined }}"})"},
             {"special_tokens_map.json", R"({"bos_token": "other", "pad_token": "<p>"})"}})
          .filled(),
      "<s></s>False");
  EXPECT_EQ(Files({{"special_tokens_map.json", R"({"pad_token": {"content": "<p>"}})"},
                   {"chat_template.jinja",
                    "{{ pad_token }}{% macro f() %}{{ pad_token }}{% endmacro %}{{ f() }}"}})
                .filled(),
            "<p><p>");
}

TEST(ChatFolder, NamesTheFile) {
  EXPECT_EQ(Files({{"tokenizer_config.json", R"({"chat_template": 1})"}}).filled(),
            "error: tokenizer_config.json: $.chat_template: expected a string, found 1");
  EXPECT_EQ(
      Files({{"tokenizer_config.json", R"({"chat_template": [{"name": "default"}]})"}}).filled(),
      "error: tokenizer_config.json: $.chat_template[0]: the key \"template\" is missing");
  EXPECT_EQ(
      Files({{"tokenizer_config.json", R"({"chat_template": [{"template": "x"}]})"}}).filled(),
      "error: tokenizer_config.json: $.chat_template[0]: the key \"name\" is missing");
  EXPECT_NE(
      Files({{"tokenizer_config.json", "{"}}).filled().find("error: tokenizer_config.json:1:"),
      std::string::npos);
  const std::string several =
      Files({{"tokenizer_config.json", R"({"chat_template": [{"name": "rag", "template": "x"}]})"}})
          .filled();
  EXPECT_NE(several.find("there are several templates, and none is called default"),
            std::string::npos)
      << several;
  const std::string refused = Files({{"chat_template.jinja", "{{ x | center }}"}}).filled();
  EXPECT_NE(
      refused.find("chat_template.jinja: line 1, column 8: the filter 'center' is not supported"),
      std::string::npos)
      << refused;
}

} // namespace
} // namespace tfc::test
