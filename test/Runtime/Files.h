// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Libraries of the fake model, and files made from them.

#ifndef TFC_TEST_RUNTIME_FILES_H
#define TFC_TEST_RUNTIME_FILES_H

#include "Harness.h"

#include <fstream>
#include <sstream>
#include <unistd.h>

namespace tfc::test {

inline std::string libraryPath(const std::string &name) {
  return std::string(TFC_FAKE_LIBRARIES) + "/" + name;
}

inline std::string contents(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream all;
  all << file.rdbuf();
  return all.str();
}

/// A file that is removed with this.
struct TemporaryFile {
  std::string path;
  TemporaryFile(const std::string &name, const std::string &bytes)
      : path(testing::TempDir() + "tfc-" + std::to_string(getpid()) + "-" + name) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  ~TemporaryFile() { unlink(path.c_str()); }
};

/// Opens and expects to fail; returns the message.
inline std::string refusal(const std::string &path, tfc_status expected) {
  tfc_model *model = reinterpret_cast<tfc_model *>(1);
  char message[512] = "";
  EXPECT_EQ(tfc_open(path.c_str(), &model, message, sizeof message), expected) << message;
  EXPECT_EQ(model, nullptr);
  return message;
}

} // namespace tfc::test

#endif
