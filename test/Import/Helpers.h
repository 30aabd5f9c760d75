// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the tests of the readers share: a folder of their own, safetensors files made by hand,
// errors as text.

#ifndef TFC_TEST_IMPORT_HELPERS_H
#define TFC_TEST_IMPORT_HELPERS_H

#include "compiler/Support/Error.h"

#include "llvm/ADT/StringExtras.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace tfc::test {

/// `1: text`: the exit code and the message, or `no error`.
inline std::string shown(llvm::Error error) {
  std::string text = "no error";
  llvm::handleAllErrors(
      std::move(error),
      [&](const ExitError &exit) {
        text = fmt::format("{}: {}", static_cast<int>(exit.code()), exit.message());
      },
      [&](const llvm::ErrorInfoBase &other) { text = "without a code: " + other.message(); });
  return text;
}

template <typename T> std::string errorOf(llvm::Expected<T> value) {
  return shown(value.takeError());
}

/// The value; an error fails the test and gives a default.
template <typename T> T take(llvm::Expected<T> value) {
  if (value)
    return std::move(*value);
  ADD_FAILURE() << shown(value.takeError());
  if constexpr (std::is_default_constructible_v<T>)
    return T();
  else
    std::abort();
}

/// A test with an empty folder that is removed afterwards.
class InFolder : public ::testing::Test {
protected:
  InFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tfc-test-XXXXXX").string();
    folder = std::filesystem::canonical(mkdtemp(pattern.data())).string();
  }
  ~InFolder() override { std::filesystem::remove_all(folder); }

  std::string path(const std::string &name) const { return folder + "/" + name; }
  std::string write(const std::string &name, const std::string &content) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }
  /// The error with this test's folder taken out of it.
  std::string inFolder(std::string text) const {
    for (size_t at; (at = text.find(folder + "/")) != std::string::npos;)
      text.erase(at, folder.size() + 1);
    for (size_t at; (at = text.find(folder)) != std::string::npos;)
      text.replace(at, folder.size(), "FOLDER");
    return text;
  }

  std::string folder;
};

/// A safetensors file of this header and so many (or these) bytes of data.
inline std::string safetensors(const std::string &header, const std::string &data = "") {
  uint64_t size = header.size();
  std::string file(8, '\0');
  for (int i = 0; i < 8; ++i)
    file[i] = static_cast<char>(size >> (8 * i));
  return file + header + data;
}

/// The bytes of some values.
template <typename T> std::string bytesOf(const std::vector<T> &values) {
  return std::string(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T));
}

inline llvm::ArrayRef<uint8_t> asBytes(const std::string &text) {
  return {reinterpret_cast<const uint8_t *>(text.data()), text.size()};
}

} // namespace tfc::test

#endif
