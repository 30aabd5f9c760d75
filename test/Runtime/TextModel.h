// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The fake model with a small tokenizer.

#ifndef TFC_TEST_RUNTIME_TEXTMODEL_H
#define TFC_TEST_RUNTIME_TEXTMODEL_H

#include "Harness.h"
#include "compiler/Chat/Template.h"
#include "compiler/Tokenizer/Tokenizer.h"
#include "test/Tokenizer/TokenizerJson.h"

#include "llvm/Support/Error.h"

#include <cstring>
#include <fstream>
#include <unistd.h>

namespace tfc::test {

/// The tables of a WordPiece tokenizer with eight tokens: 4 "hello", 5 "world", 6 "##s", 7 "é".
inline std::vector<uint64_t> tokenizerTables(const std::string &postProcessor,
                                             const std::string &decoder = "null") {
  Json json;
  json.model = R"({"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
    "max_input_chars_per_word": 100, "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3,
    "hello": 4, "world": 5, "##s": 6, "é": 7}})";
  json.normalizer = R"({"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
    "strip_accents": false, "lowercase": true})";
  json.postProcessor = postProcessor;
  json.decoder = decoder;
  json.added = "[" + addedToken(1, "[UNK]", "special") + ", " + addedToken(2, "[CLS]", "special") +
               ", " + addedToken(3, "[SEP]", "special") + "]";
  std::string path = testing::TempDir() + "tfc-tokenizer-" + std::to_string(getpid()) + ".json";
  std::ofstream(path) << json.text();
  auto tables = compileTokenizer(path, fakeVocabulary);
  unlink(path.c_str());
  if (!tables) {
    ADD_FAILURE() << llvm::toString(tables.takeError());
    return {};
  }
  std::vector<uint64_t> aligned((tables->size() + 7) / 8);
  memcpy(aligned.data(), tables->data(), tables->size());
  return aligned;
}

/// The tables of a chat template.
inline std::vector<uint64_t> chatTables(const std::string &text) {
  std::vector<char> tables = compileChatTemplate(text, "t", {}).tables;
  std::vector<uint64_t> aligned((tables.size() + 7) / 8);
  memcpy(aligned.data(), tables.data(), tables.size());
  return aligned;
}

/// The fake model with a tokenizer and perhaps a chat template; a model for another task than to
/// embed gives logits.
struct TextModel {
  std::vector<uint64_t> tables, chat;
  tfc_library library = fake_library;
  tfc_value outputs[2];
  tfc_entry entry;
  Model model;
  Session session;

  explicit TextModel(const std::string &postProcessor = Json().postProcessor,
                     const char *task = "embed", tfc_type type = TFC_TYPE_F32,
                     const std::string &decoder = "null", const std::string &chatTemplate = "")
      : tables(tokenizerTables(postProcessor, decoder)) {
    if (!chatTemplate.empty()) {
      chat = chatTables(chatTemplate);
      library.chat = reinterpret_cast<const char *>(chat.data());
      library.chat_bytes = chat.size() * 8;
    }
    library.tokenizer = reinterpret_cast<const tfc_tokenizer *>(tables.data());
    library.tokenizer_bytes = tables.size() * 8;
    library.task = task;
    entry = fake_library.entries[0];
    memcpy(outputs, entry.outputs, sizeof outputs);
    if (std::string(task) != "embed") {
      outputs[1].name = "logits";
      outputs[1].width = 2; // of the three that are computed
    }
    if (type == TFC_TYPE_F64) {
      outputs[1].type = type;
      outputs[1].width = 1; // the bits of the first two
    }
    entry.outputs = outputs;
    library.entries = &entry;
    model = openFake(&library);
    session = makeSession(model);
  }
  std::string error() const { return tfc_session_error(session.get()); }
};

} // namespace tfc::test

#endif
