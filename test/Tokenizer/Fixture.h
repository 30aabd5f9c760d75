// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A compiled tokenizer that is ready to use, and what the compiler says of files it cannot take.

#ifndef TFC_TEST_TOKENIZER_FIXTURE_H
#define TFC_TEST_TOKENIZER_FIXTURE_H

#include "TokenizerJson.h"
#include "compiler/Support/Error.h"
#include "compiler/Tokenizer/Tokenizer.h"
#include "runtime/Tokenizer/Tokenizer.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tfc::test {

/// A folder that is gone after the test.
class Folder {
public:
  Folder() { EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("tfc-tokenizer-test", folder)); }
  ~Folder() { llvm::sys::fs::remove_directories(folder); }
  std::string path() const { return folder.str().str(); }
  void write(llvm::StringRef name, llvm::StringRef text) {
    std::error_code failed;
    llvm::raw_fd_ostream os(path() + "/" + name.str(), failed);
    EXPECT_FALSE(failed);
    os << text;
  }

private:
  llvm::SmallString<128> folder;
};

/// What the compiler says about a folder: exit code and message, or 0 and nothing.
struct Answer {
  int code = 0;
  std::string text;
};

inline Answer compileFolder(const Folder &folder, int64_t vocabularySize,
                            std::vector<char> *blob = nullptr) {
  llvm::Expected<std::vector<char>> compiled = compileTokenizer(folder.path(), vocabularySize);
  if (compiled) {
    if (blob)
      *blob = std::move(*compiled);
    return {};
  }
  Answer answer;
  llvm::handleAllErrors(compiled.takeError(), [&](const ExitError &error) {
    llvm::raw_string_ostream os(answer.text);
    error.log(os);
    answer.code = static_cast<int>(error.code());
  });
  return answer;
}

inline Answer compileJson(const Json &json, int64_t vocabularySize = 100,
                          std::vector<char> *blob = nullptr) {
  Folder folder;
  folder.write("tokenizer.json", json.text());
  return compileFolder(folder, vocabularySize, blob);
}

/// Replaces the first `from`, which must be there.
inline std::string replaced(std::string text, const std::string &from, const std::string &to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

inline void expectError(const Json &json, int code, const std::vector<std::string> &parts,
                        int64_t vocabularySize = 100) {
  Answer answer = compileJson(json, vocabularySize);
  EXPECT_EQ(answer.code, code) << answer.text;
  EXPECT_NE(answer.text.find("/tokenizer.json"), std::string::npos) << answer.text;
  for (const std::string &part : parts)
    EXPECT_NE(answer.text.find(part), std::string::npos)
        << "expected " << part << "\nfound " << answer.text;
}

/// A compiled tokenizer with all that it needs to run.
struct Compiled {
  explicit Compiled(const std::vector<char> &blob) : aligned((blob.size() + 7) / 8) {
    if (blob.empty())
      return;
    memcpy(aligned.data(), blob.data(), blob.size());
    EXPECT_EQ(tokenizer.open(tables(), blob.size(), message), TFC_OK) << message.c_str();
  }
  explicit Compiled(const Json &json) : Compiled(make(json)) {}

  static std::vector<char> make(const Json &json) {
    std::vector<char> blob;
    Answer answer = compileJson(json, json.ids, &blob);
    EXPECT_EQ(answer.text, "");
    return blob;
  }
  tfc_tokenizer *tables() { return reinterpret_cast<tfc_tokenizer *>(aligned.data()); }

  tfc_status encode(llvm::StringRef text, const char *pair = nullptr) {
    return tokenizer.encode(text.data(), text.size(), pair, pair ? strlen(pair) : 0, options,
                            encoding, scratch, message);
  }
  /// The tokens with spaces between, or the error.
  std::string tokens(llvm::StringRef text, const char *pair = nullptr) {
    options.keepText = true;
    if (encode(text, pair) != TFC_OK)
      return message.c_str();
    std::string result;
    for (size_t i = 0; i < encoding.size(); ++i) {
      size_t length;
      const char *token = encoding.text(i, &length);
      result += (i ? " " : "") + std::string(token, length);
    }
    return result;
  }
  std::vector<int> ids(llvm::StringRef text, const char *pair = nullptr) {
    EXPECT_EQ(encode(text, pair), TFC_OK) << message.c_str();
    return {encoding.ids(), encoding.ids() + encoding.size()};
  }

  /// What is said of tables with a word of a section set to `value` or, for the word UINT32_MAX,
  /// the section's count.
  std::string openBroken(const std::vector<char> &blob, uint32_t tag, uint32_t word,
                         uint32_t value) {
    aligned.assign(blob.size() / 8, 0);
    memcpy(aligned.data(), blob.data(), blob.size());
    auto *bytes = reinterpret_cast<char *>(aligned.data());
    auto *sections = reinterpret_cast<tfc_section *>(bytes + sizeof(tfc_tokenizer));
    for (uint32_t i = 0; i < tables()->section_count; ++i)
      if (sections[i].tag == tag) {
        if (word == UINT32_MAX)
          sections[i].count = value;
        else
          reinterpret_cast<uint32_t *>(bytes + sections[i].offset)[word] = value;
        EXPECT_EQ(tokenizer.open(tables(), blob.size(), message), TFC_INVALID_ARGUMENT);
        return message.c_str();
      }
    return "no such section";
  }

  std::vector<uint64_t> aligned;
  tokenizer::Tokenizer tokenizer;
  tokenizer::EncodeOptions options;
  tokenizer::Encoding encoding;
  tokenizer::Scratch scratch;
  Message message;
};

} // namespace tfc::test

#endif
