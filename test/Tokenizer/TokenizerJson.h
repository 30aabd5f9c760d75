// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A small tokenizer.json for tests.

#ifndef TFC_TEST_TOKENIZER_TOKENIZERJSON_H
#define TFC_TEST_TOKENIZER_TOKENIZERJSON_H

#include <cstdint>
#include <string>

namespace tfc::test {

/// The members of a tokenizer.json; tests replace one and leave the others.
struct Json {
  std::string model =
      R"({"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
    "max_input_chars_per_word": 100, "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "play": 5,
    "##ing": 6, "##er": 7, "the": 8, ".": 9, "e": 10, "a": 11, "##b": 12, "##bc": 13, "abcd": 14, "中": 15, "#": 16,
    "cafe": 17, "É": 18, "##é": 19}})";
  std::string normalizer =
      R"({"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
    "strip_accents": null, "lowercase": true})";
  std::string preTokenizer = R"({"type": "BertPreTokenizer"})";
  std::string postProcessor = R"({"type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
               {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
    "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
             {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}},
             {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
    "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
                       "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}})";
  std::string added = "[]";
  std::string truncation = "null";
  std::string decoder = R"({"type": "WordPiece", "prefix": "##", "cleanup": false})";

  int64_t ids = 100; ///< how many the model has

  std::string text() const {
    return R"({"version": "1.0", "padding": {"strategy": {"Fixed": 8}}, "decoder": )" + decoder +
           R"(, "truncation": )" + truncation + R"(, "added_tokens": )" + added +
           R"(, "normalizer": )" + normalizer + R"(, "pre_tokenizer": )" + preTokenizer +
           R"(, "post_processor": )" + postProcessor + R"(, "model": )" + model + "}";
  }
};

/// An added token, as tokenizer.json has it.
inline std::string addedToken(int id, const std::string &text, const std::string &flags = "") {
  std::string all;
  for (const char *flag : {"single_word", "lstrip", "rstrip", "normalized", "special"})
    all += std::string(", \"") + flag +
           "\": " + (flags.find(flag) != std::string::npos ? "true" : "false");
  return "{\"id\": " + std::to_string(id) + ", \"content\": \"" + text + "\"" + all + "}";
}

} // namespace tfc::test

#endif
