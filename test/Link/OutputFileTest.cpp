// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Link/OutputFile.h"

#include "TestLibrary.h"

#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace tfc;
using namespace tfc::test;

namespace {

class OutputFileTest : public InFolder {
protected:
  void put(const std::string &name, const std::string &text) { std::ofstream(at(name)) << text; }
};

/// The status with which a child ends that runs `body`.
template <typename Body> int inChild(Body body) {
  pid_t child = fork();
  if (child == 0) {
    body();
    _exit(99);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

} // namespace

TEST_F(OutputFileTest, appearsOnlyWithCommit) {
  auto file = llvm::cantFail(OutputFile::create(at("x")));
  llvm::cantFail(file.write(llvm::StringRef("ab")));
  EXPECT_EQ(files().count("x"), 0u);
  llvm::cantFail(file.commit());
  EXPECT_EQ(contents(at("x")), "ab");
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(OutputFileTest, replacesAnOldFileAtOnce) {
  put("x", "old");
  {
    auto file = llvm::cantFail(OutputFile::create(at("x")));
    llvm::cantFail(file.write(llvm::StringRef("new")));
    EXPECT_EQ(contents(at("x")), "old");
    llvm::cantFail(file.commit());
  }
  EXPECT_EQ(contents(at("x")), "new");
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(OutputFileTest, leavesNothingWithoutCommit) {
  put("x", "old");
  {
    auto file = llvm::cantFail(OutputFile::create(at("x")));
    llvm::cantFail(file.write(llvm::StringRef("new")));
  }
  EXPECT_EQ(contents(at("x")), "old");
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(OutputFileTest, leavesNothingWhenKilled) {
  put("x", "old");
  for (int signal : {SIGKILL, SIGTERM, SIGINT}) {
    const int status = inChild([&] {
      auto file = llvm::cantFail(OutputFile::create(at("x")));
      llvm::cantFail(file.write(llvm::StringRef("new")));
      raise(signal);
    });
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(contents(at("x")), "old");
    EXPECT_EQ(files().size(), 1u);
  }
}

TEST_F(OutputFileTest, seeksOverwritesAndReadsZerosBetween) {
  auto file = llvm::cantFail(OutputFile::create(at("x")));
  llvm::cantFail(file.write(llvm::StringRef("head")));
  file.seek(6);
  llvm::cantFail(file.write(llvm::StringRef("tail")));
  llvm::cantFail(file.writeAt(1, llvm::StringRef("EA")));
  llvm::cantFail(file.commit());
  EXPECT_EQ(contents(at("x")), std::string("hEAd\0\0tail", 10));
}

TEST_F(OutputFileTest, obeysTheUmask) {
  const mode_t old = umask(027);
  llvm::cantFail(llvm::cantFail(OutputFile::create(at("data"))).commit());
  llvm::cantFail(
      llvm::cantFail(OutputFile::create(at("code"), OutputFile::Mode::executable)).commit());
  umask(old);
  struct stat data, code;
  ASSERT_EQ(stat(at("data").c_str(), &data), 0);
  ASSERT_EQ(stat(at("code").c_str(), &code), 0);
  EXPECT_EQ(data.st_mode & 0777, 0640u);
  EXPECT_EQ(code.st_mode & 0777, 0750u);
}

TEST_F(OutputFileTest, followsASymbolicLink) {
  put("real", "old");
  std::filesystem::create_symlink("real", at("link"));
  llvm::cantFail(writeTextFile(at("link"), "new"));
  EXPECT_TRUE(std::filesystem::is_symlink(at("link")));
  EXPECT_EQ(contents(at("real")), "new");
}

TEST_F(OutputFileTest, errorsNameThePath) {
  EXPECT_EQ(text(writeTextFile(folder, "")), "cannot write '" + folder + "': it is a folder");
  EXPECT_EQ(text(writeTextFile(at("none/x"), "")),
            "cannot create '" + at("none/x") + "': No such file or directory");
  EXPECT_EQ(code(writeTextFile(at("none/x"), "")), 4);
  EXPECT_EQ(code(writeTextFile("/proc/x", "")), 4);
  put("file", "");
  EXPECT_EQ(text(writeTextFile(at("file/x"), "")),
            "cannot create '" + at("file/x") + "': Not a directory");
}

TEST_F(OutputFileTest, aFullDiskIsAnError) {
  EXPECT_EQ(text(writeTextFile("/dev/full", "x")),
            "cannot write '/dev/full': No space left on device");
}

TEST_F(OutputFileTest, aDeviceIsWrittenInPlace) {
  EXPECT_EQ(text(writeTextFile("/dev/null", "x")), "");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(OutputFileTest, aLimitOnFileSizesIsAnError) {
  put("x", "old");
  const int status = inChild([&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
    const std::string big(5000, 'x');
    _exit(text(writeTextFile(at("x"), big)) == "cannot write '" + at("x") + "': File too large"
              ? 0
              : 1);
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(contents(at("x")), "old");
  EXPECT_EQ(files().size(), 1u);
}
