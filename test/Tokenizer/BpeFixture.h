// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Small tokenizers with BPE for tests.

#ifndef TFC_TEST_TOKENIZER_BPEFIXTURE_H
#define TFC_TEST_TOKENIZER_BPEFIXTURE_H

#include "Fixture.h"

#include "compiler/Import/Json.h"
#include "compiler/Tokenizer/ByteLevel.h"

namespace tfc::test {

/// The model BPE with the tokens `first`, numbered from 0, and then what the merges make.
inline std::string bpeModel(const std::vector<std::string> &first,
                            const std::vector<std::pair<std::string, std::string>> &merges,
                            const std::string &more = "") {
  std::string vocab, list;
  int id = 0;
  auto add = [&](const std::string &token) {
    vocab += (id ? ", " : "") + json::quoted(token) + ": " + std::to_string(id);
    ++id;
  };
  for (const std::string &token : first)
    add(token);
  for (const auto &[left, right] : merges) {
    add(left + right);
    list += (list.empty() ? "[" : ", [") + json::quoted(left) + ", " + json::quoted(right) + "]";
  }
  return R"({"type": "BPE", "vocab": {)" + vocab + R"(}, "merges": [)" + list + "]" + more + "}";
}

/// GPT-2's kind: ids 0 … 255 are the bytes, 256 and on `he`, `ll`, `llo`, `hello`, `Ġhello`.
inline Json gpt2Json() {
  std::vector<std::string> bytes;
  for (int byte = 0; byte < 256; ++byte)
    bytes.push_back(tokenizer::letterOf(static_cast<uint8_t>(byte)));
  Json json;
  json.model =
      bpeModel(bytes, {{"h", "e"}, {"l", "l"}, {"ll", "o"}, {"he", "llo"}, {"Ġ", "hello"}});
  json.ids = 300;
  json.normalizer = "null";
  json.preTokenizer = R"({"type": "ByteLevel", "add_prefix_space": false, "use_regex": true})";
  json.postProcessor = R"({"type": "ByteLevel", "trim_offsets": false})";
  json.decoder = R"({"type": "ByteLevel"})";
  return json;
}

/// Llama 2's kind: <unk> is 0, <s> 1, bytes 2 … 257, then `▁`, `a`, `b`, `▁a`, `ab`.
inline Json llama2Json() {
  std::vector<std::string> first = {"<unk>", "<s>"};
  for (int byte = 0; byte < 256; ++byte)
    first.push_back(fmt::format("<0x{:02X}>", byte));
  for (const char *character : {"▁", "a", "b"})
    first.push_back(character);
  Json json;
  json.model = bpeModel(first, {{"▁", "a"}, {"a", "b"}},
                        R"(, "unk_token": "<unk>", "byte_fallback": true, "fuse_unk": true)");
  json.ids = 300;
  json.normalizer = R"({"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
    {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]})";
  json.preTokenizer = "null";
  json.postProcessor = R"({"type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
    "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
    "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}})";
  json.added = "[" + addedToken(1, "<s>", "special") + "]";
  json.decoder = R"({"type": "Sequence", "decoders": [
    {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"},
    {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]})";
  return json;
}

} // namespace tfc::test

#endif
