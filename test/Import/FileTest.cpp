// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/File.h"

#include "test/Import/Helpers.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

using namespace tfc;
using namespace tfc::test;
namespace fs = std::filesystem;

class File : public InFolder {
protected:
  std::string refusal(const std::string &name) const {
    return inFolder(errorOf(readFile(path(name), 1000)));
  }
  std::string insideRefusal(const std::string &name, const std::string &sub = "") const {
    return inFolder(errorOf(readInside(sub.empty() ? folder : path(sub), name, 1000)));
  }
};

TEST_F(File, ReadsContent) {
  std::string content("a\0b\n", 4);
  EXPECT_EQ(take(readFile(write("x", content), 4)), content);
  EXPECT_EQ(take(readFile(write("empty", ""), 0)), "");
  EXPECT_EQ(take(readInside(folder, "x", 100)), content);
}

TEST_F(File, ReadsFilesWhoseSizeIsNotKnown) {
  EXPECT_NE(take(readFile("/proc/self/status", 1 << 20)), "");
}

TEST_F(File, LimitsTheSize) {
  write("x", "12345");
  EXPECT_EQ(inFolder(errorOf(readFile(path("x"), 4))), "1: x: 5 bytes, at most 4 are read");
  EXPECT_THAT(errorOf(readFile("/proc/self/status", 16)),
              testing::HasSubstr("at most 16 are read"));
}

TEST_F(File, NamesWhatIsNotARegularFile) {
  fs::create_directory(path("folder"));
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(refusal("none"), "1: none: no such file");
  EXPECT_EQ(refusal("folder"), "1: folder: expected a regular file, found a folder");
  EXPECT_EQ(refusal("pipe"), "1: pipe: expected a regular file, found a pipe");
  EXPECT_EQ(errorOf(readFile("/dev/zero", 10)),
            "1: /dev/zero: expected a regular file, found a device");
  write("x", "");
  EXPECT_EQ(refusal("x/y"), "1: x/y: no such file");
  EXPECT_EQ(refusal(std::string(5000, 'n')).substr(0, 5), "1: nn");
  EXPECT_EQ(errorOf(readFile(llvm::StringRef("a\0b", 3), 10)), "1: the name of a file holds NUL");
}

TEST_F(File, NamesASocket) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::string name = path("s");
  ASSERT_LT(name.size(), sizeof(address.sun_path));
  std::memcpy(address.sun_path, name.data(), name.size());
  int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(bind(descriptor, reinterpret_cast<sockaddr *>(&address), sizeof(address)), 0);
  EXPECT_EQ(refusal("s"), "1: s: expected a regular file, found a socket");
  close(descriptor);
}

TEST_F(File, NoPermissionIsTheEnvironmentsFault) {
  fs::permissions(write("x", "1"), fs::perms::none);
  fs::permissions(folder, fs::perms::all);
  bool isRoot = geteuid() == 0; // who may read everything
  if (isRoot)
    ASSERT_EQ(seteuid(65534), 0);
  EXPECT_EQ(refusal("x"), "4: x: Permission denied");
  EXPECT_EQ(insideRefusal("x"), "4: x: Permission denied");
  if (isRoot)
    ASSERT_EQ(seteuid(0), 0);
}

TEST_F(File, TheSystemsRefusalsAreTheEnvironmentsFault) {
  // Regular files by their kind, of which the system gives no bytes from 0 on, and no map.
  EXPECT_EQ(errorOf(readFile("/proc/self/mem", 10)), "4: /proc/self/mem: Input/output error");
  const std::string attribute = "/sys/kernel/mm/transparent_hugepage/enabled";
  if (fs::exists(attribute))
    EXPECT_EQ(errorOf(MappedFile::open(attribute)),
              "4: " + attribute + ": cannot map 4096 bytes: No such device");
}

TEST_F(File, InsideRefusesNamesThatLeadOut) {
  write("x", "1");
  write("sub/y", "2");
  EXPECT_EQ(take(readInside(folder, "sub/y", 10)), "2");
  EXPECT_EQ(insideRefusal("../x", "sub"), "1: ../x: expected a name inside sub, found one with ..");
  EXPECT_EQ(insideRefusal("sub/../x"),
            "1: sub/../x: expected a name inside FOLDER, found one with ..");
  EXPECT_EQ(insideRefusal("/etc/passwd"),
            "1: /etc/passwd: expected a name inside FOLDER, found an absolute path");
  EXPECT_EQ(insideRefusal(""), "1: FOLDER: a file with an empty name is asked for");
  EXPECT_EQ(insideRefusal(std::string("a\0b", 3)),
            "1: FOLDER: a file whose name holds NUL is asked for");
  EXPECT_EQ(insideRefusal("none"), "1: none: no such file");
  EXPECT_EQ(insideRefusal("x", "none"), "1: none: no such folder");
}

TEST_F(File, InsideFollowsLinksOnlyInside) {
  write("model/x", "1");
  write("model-2/secret", "2");
  fs::create_symlink("x", path("model/same"));
  fs::create_symlink("/etc/passwd", path("model/absolute"));
  fs::create_symlink("../model-2/secret",
                     path("model/sibling")); // begins with the folder's own name
  fs::create_symlink("../model-2", path("model/folder"));
  fs::create_symlink("loop", path("model/loop"));
  fs::create_symlink("gone", path("model/broken"));
  EXPECT_EQ(take(readInside(path("model"), "same", 10)), "1");
  EXPECT_EQ(insideRefusal("absolute", "model"),
            "1: model/absolute: a symbolic link that leads out of the folder, to /etc/passwd; copy "
            "the file instead");
  EXPECT_THAT(insideRefusal("sibling", "model"),
              testing::HasSubstr("leads out of the folder, to model-2/secret"));
  EXPECT_THAT(insideRefusal("folder/secret", "model"),
              testing::HasSubstr("leads out of the folder"));
  EXPECT_EQ(insideRefusal("loop", "model"), "1: model/loop: symbolic links that lead in a circle");
  EXPECT_EQ(insideRefusal("broken", "model"), "1: model/broken: no such file");
  EXPECT_TRUE(existsInside(path("model"), "broken"));
  EXPECT_FALSE(existsInside(path("model"), "gone"));
}

TEST_F(File, InsideReadsALinkedFolder) {
  write("model/x", "1");
  fs::create_directory_symlink("model", path("link"));
  EXPECT_EQ(take(readInside(path("link"), "x", 10)), "1");
  EXPECT_EQ(take(readInside(path("link/"), "x", 10)), "1");
}

TEST_F(File, InsideReadsAHuggingFaceCache) {
  std::string hash(64, 'a');
  write("hub/models--me--m/blobs/" + hash, "weights");
  write("hub/models--me--m/other/x", "no");
  write("hub/models--me--other/blobs/short", "no");
  fs::create_directories(path("hub/models--me--m/snapshots/r1/sub"));
  std::string snapshot = "hub/models--me--m/snapshots/r1/";
  fs::create_symlink("../../blobs/" + hash, path(snapshot + "model.safetensors"));
  fs::create_symlink("../../../blobs/" + hash, path(snapshot + "sub/config.json"));
  fs::create_symlink("../../other/x", path(snapshot + "other"));
  fs::create_symlink("../../../models--me--other/blobs/short", path(snapshot + "short"));
  EXPECT_EQ(take(readInside(path(snapshot), "model.safetensors", 10)), "weights");
  EXPECT_EQ(take(readInside(path(snapshot), "sub/config.json", 10)), "weights");
  EXPECT_THAT(insideRefusal("other", snapshot), testing::HasSubstr("leads out of the folder"));
  EXPECT_THAT(insideRefusal("short", snapshot), testing::HasSubstr("leads out of the folder"));

  fs::create_directory(path("plain")); // an ordinary folder whose files are links into the cache
  fs::create_symlink(path("hub/models--me--m/blobs/" + hash), path("plain/model.safetensors"));
  EXPECT_EQ(take(readInside(path("plain"), "model.safetensors", 10)), "weights");
}

TEST_F(File, MapsContent) {
  MappedFile file = take(MappedFile::open(write("x", "hello")));
  MappedFile moved = std::move(file);
  EXPECT_EQ(llvm::toStringRef(moved.bytes()), "hello");
  EXPECT_EQ(moved.path(), path("x"));
  EXPECT_TRUE(file.bytes().empty());
  EXPECT_TRUE(take(MappedFile::open(write("empty", ""))).bytes().empty());
  EXPECT_EQ(inFolder(errorOf(MappedFile::open(path("none")))), "1: none: no such file");
}

TEST_F(File, ClosesWhatItOpened) {
  write("x", "1");
  auto openDescriptors = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  auto before = openDescriptors();
  for (int i = 0; i < 10; ++i) {
    OpenFile file = take(OpenFile::open(path("x")));
    file = take(openInside(folder, "x"));
    take(MappedFile::map(file));
  }
  EXPECT_EQ(openDescriptors(), before);
}

} // namespace
