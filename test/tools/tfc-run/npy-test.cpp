// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arrays as NumPy writes them, damaged arrays, and arrays written so that nothing is ever half
// there.

#include "Temporary.h"
#include "tools/tfc-run/Npy.h"
#include "tools/tfc-run/SafeFile.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

namespace tfc::test {
namespace {

using namespace run;
using Shape = std::vector<int64_t>;
using Integers = std::vector<int64_t>;

Array readGood(const std::string &bytes) {
  TemporaryFolder folder;
  Array array;
  Failure failure = readNpy(folder.write("x.npy", bytes), array);
  EXPECT_FALSE(failure) << failure.text;
  return array;
}

/// The message for a bad file, without its path.
std::string readBad(const std::string &bytes) {
  TemporaryFolder folder;
  Array array;
  std::string path = folder.write("x.npy", bytes);
  Failure failure = readNpy(path, array);
  EXPECT_EQ(failure.code, exitInput);
  EXPECT_EQ(failure.text.substr(0, path.size() + 2), path + ": ");
  return failure.text.substr(std::min(path.size() + 2, failure.text.size()));
}

TEST(Npy, ReadsIntegersOfAllWidths) {
  Array array = readGood(npy("{'descr': '<i8', 'fortran_order': False, 'shape': (2, 3), }",
                             bytesOf<int64_t>({1, -2, 3, 1LL << 40, 5, 6})));
  EXPECT_EQ(array.shape, (Shape{2, 3}));
  EXPECT_EQ(array.type, "int64");
  EXPECT_EQ(array.integers, (Integers{1, -2, 3, 1LL << 40, 5, 6}));
  EXPECT_EQ(readGood(npy("{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }",
                         bytesOf<int32_t>({-7, 8})))
                .integers,
            (Integers{-7, 8}));
  EXPECT_EQ(readGood(npy("{'descr': '<u2', 'fortran_order': False, 'shape': (1,), }",
                         bytesOf<uint16_t>({65535})))
                .integers,
            (Integers{65535}));
  EXPECT_EQ(readGood(npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }",
                         bytesOf<char>({1, 0})))
                .integers,
            (Integers{1, 0}));
}

TEST(Npy, ReadsFloats) {
  Array array = readGood(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }",
                             bytesOf<float>({0.5f, -3})));
  EXPECT_FALSE(array.isInteger);
  EXPECT_EQ(array.floats, (std::vector<float>{0.5f, -3}));
}

TEST(Npy, ReadsFortranOrder) {
  EXPECT_EQ(readGood(npy("{'descr': '<i4', 'fortran_order': True, 'shape': (2, 3), }",
                         bytesOf<int32_t>({1, 4, 2, 5, 3, 6})))
                .integers,
            (Integers{1, 2, 3, 4, 5, 6}));
}

TEST(Npy, ReadsOtherSpellings) {
  for (char version : {1, 2, 3})
    EXPECT_EQ(readGood(npy("{'shape':(1 ,2),\"descr\":\"<i4\", 'fortran_order':False}",
                           bytesOf<int32_t>({1, 2}), version))
                  .integers,
              (Integers{1, 2}));
  EXPECT_EQ(
      readGood(npy("{'descr': '<u1',\t'fortran_order': True, 'shape': (2,)}", "\1\2")).integers,
      (Integers{1, 2}));
  Array scalar = readGood(
      npy("{'descr': '<i4', 'fortran_order': False, 'shape': (), }", bytesOf<int32_t>({9})));
  EXPECT_TRUE(scalar.shape.empty());
  EXPECT_EQ(scalar.integers, (Integers{9}));
  Array empty = readGood(npy("{'descr': '<i8', 'fortran_order': False, 'shape': (1, 0), }", ""));
  EXPECT_EQ(empty.shape, (Shape{1, 0}));
}

TEST(Npy, RefusesWhatIsNone) {
  EXPECT_EQ(readBad(""), "is not a .npy file");
  EXPECT_EQ(readBad("hello"), "is not a .npy file");
  EXPECT_EQ(readBad("\x93NUMPX\x01 aaaa"), "is not a .npy file");
  EXPECT_EQ(readBad(npy("{}", "", 4)), "has the .npy format version 4, expected 1, 2 or 3");
  EXPECT_EQ(readBad(npy("{}", "", 0)), "has the .npy format version 0, expected 1, 2 or 3");
  Array array;
  EXPECT_EQ(readNpy("/none/x.npy", array).text, "/none/x.npy: No such file or directory");
  EXPECT_EQ(readNpy("/", array).text, "/: Is a directory");
}

TEST(Npy, RefusesCutOffFiles) {
  std::string good = npy("{'descr': '<i8', 'fortran_order': False, 'shape': (1, 3), }",
                         bytesOf<int64_t>({1, 2, 3}));
  EXPECT_EQ(readBad(good.substr(0, good.size() - 8)),
            "holds 16 bytes of data, its shape [1, 3] of int64 needs 24");
  EXPECT_EQ(readBad(good + "x"), "holds 25 bytes of data, its shape [1, 3] of int64 needs 24");
  for (size_t size = 0; size < good.size(); ++size)
    readBad(good.substr(0, size)); // no crash, always refused
}

TEST(Npy, RefusesOtherElements) {
  auto header = [](const char *type) {
    return npy(std::string("{'descr': ") + type + ", 'fortran_order': False, 'shape': (1,), }",
               "12345678");
  };
  EXPECT_EQ(readBad(header("'|O'")),
            "holds Python objects ('|O'), expected little-endian integers or float32");
  EXPECT_EQ(readBad(header("'<f8'")),
            "holds float64 ('<f8'), expected little-endian integers or float32");
  EXPECT_EQ(readBad(header("'>i8'")), "holds '>i8', expected little-endian integers or float32");
  EXPECT_EQ(readBad(header("[('a', '<i8')]")),
            "has a header that cannot be understood (expected descr, fortran_order and shape)");
}

TEST(Npy, RefusesDamagedHeaders) {
  for (const char *dictionary :
       {"",
        "{",
        "{}",
        "{'descr': '<i4'}",
        "{'descr': '<\xFF', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (-1,), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (1, 2, }",
        "{'descr': '<i4', 'fortran_order': 0, 'shape': (1,), }",
        "{'descr': '<i4', 'descr': '<i4', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (1,), } junk",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (9223372036854775808,), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (1 2), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (one,), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (1",
        "{'descr': '<i4', 'fortran_order': False, 'shape': 1}",
        "{'descr': '<i4', 'fortran_order': False}",
        "{'descr': '<i4', 'shape': (1,)}",
        "{'descr': '<i4' 'fortran_order': False, 'shape': (1,)}",
        "{'descr' '<i4', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<i4",
        "{'descr': '<i\x7F', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (1,), 'more': 1}"})
    EXPECT_EQ(readBad(npy(dictionary, "1234")),
              "has a header that cannot be understood (expected descr, fortran_order and shape)")
        << dictionary;
  for (const char *shape : {"(4611686018427387904, 16)", "(4611686018427387904,)"})
    EXPECT_EQ(
        readBad(npy(
            std::string("{'descr': '<i8', 'fortran_order': False, 'shape': ") + shape + ", }", "")),
        "has a shape that overflows");
  std::string ones;
  for (int i = 0; i < 33; ++i)
    ones += "1, ";
  EXPECT_EQ(
      readBad(npy("{'descr': '<i4', 'fortran_order': False, 'shape': (" + ones + ")}", "1234")),
      "has a header that cannot be understood (expected descr, fortran_order and shape)");
  EXPECT_EQ(readBad(std::string("\x93NUMPY\x02\0\xFF\xFF\xFF\x7F", 12)),
            "is cut short: a header of 2147483647 bytes in a file of 12");
}

TEST(Npy, HeaderIsNumPys) {
  std::string header = npyHeader({2, 7, 3}, TFC_F32);
  EXPECT_EQ(header.size() % 64, 0u);
  EXPECT_EQ(header, npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 7, 3), }", ""));
  EXPECT_EQ(npyHeader({5}, TFC_F64),
            npy("{'descr': '<f8', 'fortran_order': False, 'shape': (5,), }", ""));
}

TEST(SafeFile, IsThereWholeOrNotAtAll) {
  TemporaryFolder folder;
  std::string path = folder.write("x.npy", "old");
  {
    SafeFile file(path);
    ASSERT_FALSE(file.open());
    ASSERT_FALSE(file.write("new", 3));
    EXPECT_EQ(folder.read("x.npy"), "old");
  } // given up
  EXPECT_EQ(folder.read("x.npy"), "old");
  EXPECT_EQ(folder.count(), 1u);
  SafeFile file(path);
  ASSERT_FALSE(file.open());
  ASSERT_FALSE(file.write("newer", 5));
  ASSERT_FALSE(file.commit());
  EXPECT_EQ(folder.read("x.npy"), "newer");
  EXPECT_EQ(folder.count(), 1u);
}

TEST(SafeFile, WritesThroughLinksAndToDevices) {
  TemporaryFolder folder;
  folder.write("real", "old");
  ASSERT_EQ(symlink("real", folder.file("link").c_str()), 0);
  SafeFile file(folder.file("link"));
  ASSERT_FALSE(file.open());
  ASSERT_FALSE(file.write("new", 3));
  ASSERT_FALSE(file.commit());
  EXPECT_EQ(folder.read("real"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("link")));
  SafeFile null("/dev/null");
  ASSERT_FALSE(null.open());
  ASSERT_FALSE(null.commit());
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(SafeFile, NamesThePathThatCannotBeWritten) {
  for (const char *path : {"/proc/l.npy", "/none/l.npy"}) {
    SafeFile file(path);
    Failure failure = file.open();
    EXPECT_EQ(failure.code, exitEnvironment);
    EXPECT_EQ(failure.text.find(std::string(path) + ": cannot be written: "), 0u) << failure.text;
  }
  SafeFile full("/dev/full");
  ASSERT_FALSE(full.open());
  ASSERT_FALSE(full.write("x", 1)); // buffered
  EXPECT_EQ(full.commit().text, "/dev/full: cannot be written: No space left on device");
}

} // namespace
} // namespace tfc::test
