// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A folder for one test.

#ifndef TFC_TEST_TOOLS_TEMPORARY_H
#define TFC_TEST_TOOLS_TEMPORARY_H

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdlib.h>
#include <string>

namespace tfc::test {

/// Made empty, removed with all it holds.
struct TemporaryFolder {
  std::string path;
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tfc-run-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  std::string file(const std::string &name) const { return path + "/" + name; }
  std::string write(const std::string &name, const std::string &bytes) const {
    std::ofstream(file(name), std::ios::binary) << bytes;
    return file(name);
  }
  std::string read(const std::string &name) const {
    std::ifstream stream(file(name), std::ios::binary);
    std::stringstream all;
    all << stream.rdbuf();
    return all.str();
  }
  size_t count() const {
    auto files = std::filesystem::directory_iterator(path);
    return static_cast<size_t>(std::distance(begin(files), end(files)));
  }
};

/// The bytes of a .npy file as NumPy writes it, from its header's dictionary and its data.
inline std::string npy(const std::string &dictionary, const std::string &data, char version = 1) {
  std::string header = dictionary;
  size_t fixed = version == 1 ? 10 : 12;
  while ((fixed + header.size() + 1) % 64)
    header += ' ';
  header += '\n';
  std::string bytes = "\x93NUMPY";
  bytes += version;
  bytes += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    bytes += static_cast<char>(header.size() >> 8 * i);
  return bytes + header + data;
}

/// The bytes of some numbers.
template <typename T> std::string bytesOf(std::initializer_list<T> values) {
  return std::string(reinterpret_cast<const char *>(values.begin()), values.size() * sizeof(T));
}

} // namespace tfc::test

#endif
