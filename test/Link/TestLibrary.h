// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A small model made by hand, and the folders that tests of the linker need.

#ifndef TFC_TEST_LINK_TESTLIBRARY_H
#define TFC_TEST_LINK_TESTLIBRARY_H

#include "compiler/Link/Library.h"
#include "test/Support/Errors.h"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <set>
#include <string>

namespace tfc::test {

/// "toy": task embed, one entry that copies the first eight bytes of the weights to the first bytes
/// of the row area. Linked with a stand-in for the runtime, or for other architectures than this
/// machine's, with the runtime itself.
LibraryDescription toyLibrary(uint64_t weightsBytes = 1 << 20,
                              const Variant &variant = baseline(hostArchitecture()));

/// Writes byte (i * 31 + seed) at each place i, in pieces of odd sizes.
llvm::Error writePattern(WeightSink &sink, uint64_t bytes, unsigned seed = 7);

inline llvm::Error writeToy(const std::string &path,
                            const LibraryDescription &library = toyLibrary()) {
  return writeLibrary(
      library, [&](WeightSink &sink) { return writePattern(sink, library.weightsBytes); }, path);
}

inline std::string contents(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Each test has a folder of its own.
class InFolder : public ::testing::Test {
protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "tfc-link-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::string at(const std::string &name) const { return folder + "/" + name; }
  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto &entry : std::filesystem::directory_iterator(folder))
      names.insert(entry.path().filename().string());
    return names;
  }

  /// Runs a command, its output in `output`; returns whether it succeeded and said nothing on
  /// stderr.
  bool silent(const std::string &command) {
    const bool done =
        std::system((command + " >" + at("stdout") + " 2>" + at("stderr")).c_str()) == 0;
    output = contents(at("stdout"));
    const std::string said = contents(at("stderr"));
    EXPECT_EQ(said, "") << command;
    std::filesystem::remove(at("stdout"));
    std::filesystem::remove(at("stderr"));
    return done && said.empty();
  }

  std::string folder, output;
};

} // namespace tfc::test

#endif
