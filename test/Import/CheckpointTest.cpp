// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/Checkpoint.h"

#include "test/Import/Helpers.h"

#include <cmath>
#include <limits>

namespace {

using namespace tfc;
using namespace tfc::test;
namespace fs = std::filesystem;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

class CheckpointFolder : public InFolder {
protected:
  /// A file of one-dimensional U8 tensors with these names and one element each.
  std::string writeTensors(const std::string &file, std::vector<std::string> names) const {
    std::string header = "{";
    for (size_t i = 0; i < names.size(); ++i)
      header += fmt::format(R"({}"{}": {{"dtype": "U8", "shape": [1], "data_offsets": [{}, {}]}})",
                            i ? "," : "", names[i], i, i + 1);
    return write(file, safetensors(header + "}", std::string(names.size(), 'x')));
  }
  void writeIndex(const std::string &map) const {
    write("model.safetensors.index.json", "{\"metadata\": {}, \"weight_map\": " + map + "}");
  }
  std::string files() const {
    auto paths = checkpointFiles(folder);
    if (!paths)
      return inFolder(shown(paths.takeError()));
    std::string text;
    for (const std::string &path : *paths)
      text += path + " ";
    return inFolder(text);
  }
};

TEST_F(CheckpointFolder, TakesTheSingleFileFirst) {
  writeTensors("model.safetensors", {"a"});
  writeIndex("{}");
  EXPECT_EQ(files(), "model.safetensors ");
}

TEST_F(CheckpointFolder, TakesEachShardOnce) {
  writeTensors("model-2.safetensors", {"b", "c", "unlisted"});
  writeTensors("model-1.safetensors", {"a"});
  writeIndex(
      R"({"c": "model-2.safetensors", "a": "model-1.safetensors", "b": "model-2.safetensors"})");
  EXPECT_EQ(files(), "model-2.safetensors model-1.safetensors ");
}

TEST_F(CheckpointFolder, RefusesAFolderWithoutWeights) {
  EXPECT_EQ(files(),
            "1: FOLDER: neither model.safetensors nor model.safetensors.index.json is there");
}

TEST_F(CheckpointFolder, RefusesWeightsThatAreNoFileInside) {
  fs::create_directory(path("model.safetensors"));
  EXPECT_EQ(files(), "1: model.safetensors: expected a regular file, found a folder");
  fs::remove(path("model.safetensors"));
  fs::create_symlink("/etc/passwd", path("model.safetensors"));
  EXPECT_THAT(files(), testing::StartsWith(
                           "1: model.safetensors: a symbolic link that leads out of the folder"));
  fs::remove(path("model.safetensors"));
  fs::create_symlink("gone", path("model.safetensors"));
  EXPECT_EQ(files(), "1: model.safetensors: no such file");
}

TEST_F(CheckpointFolder, ChecksEveryNameOfTheIndex) {
  writeTensors("s.safetensors", {"a"});
  std::string place = "1: model.safetensors.index.json: $.weight_map";
  writeIndex(R"({"a": "s.safetensors", "b.w": "../secret.safetensors"})");
  EXPECT_EQ(
      files(),
      place + "[\"b.w\"]: ../secret.safetensors: expected a name inside FOLDER, found one with ..");
  writeIndex(R"({"a": "/etc/passwd"})");
  EXPECT_EQ(files(),
            place + ".a: /etc/passwd: expected a name inside FOLDER, found an absolute path");
  writeIndex(R"({"a": "model-9.safetensors"})");
  EXPECT_EQ(files(), place + ".a: model-9.safetensors: no such file");
  writeIndex(R"({"a": "s.safetensors", "absent": "s.safetensors"})");
  EXPECT_EQ(files(), place + ".absent: the tensor \"absent\" is not in s.safetensors");
  writeIndex(R"({"a": 1})");
  EXPECT_EQ(files(), place + ".a: expected a string, found 1");
  writeIndex("{}");
  EXPECT_EQ(files(), place + ": expected the names of tensors, found an object of 0 members");
  writeIndex("[]");
  EXPECT_EQ(files(), place + ": expected an object, found an array of 0 elements");
  write("model.safetensors.index.json", "{}");
  EXPECT_EQ(files(), "1: model.safetensors.index.json: $: the key \"weight_map\" is missing");
  write("s.safetensors", "x");
  writeIndex(R"({"a": "s.safetensors"})");
  EXPECT_EQ(files(),
            "1: s.safetensors: expected a safetensors header size of 8 bytes, found a file of 1");
}

TEST_F(CheckpointFolder, FindsTensorsOfAllFiles) {
  Checkpoint checkpoint =
      take(openCheckpoint({writeTensors("1", {"a", "b"}), writeTensors("2", {"c"})}));
  Checkpoint moved = std::move(checkpoint);
  EXPECT_EQ(moved.names(), (std::vector<llvm::StringRef>{"a", "b", "c"}));
  ASSERT_TRUE(moved.find("c"));
  EXPECT_EQ(moved.find("c")->file, path("2"));
  EXPECT_EQ(llvm::toStringRef(moved.find("c")->bytes), "x");
  EXPECT_FALSE(moved.find("d"));
}

TEST_F(CheckpointFolder, RefusesATensorInTwoFiles) {
  std::vector<std::string> paths = {writeTensors("1", {"a", "b.w"}), writeTensors("2", {"b.w"})};
  EXPECT_EQ(inFolder(errorOf(openCheckpoint(paths))),
            "1: 2: tensor \"b.w\": duplicate, 1 holds one of that name too");
}

TEST_F(CheckpointFolder, OpensNothingThatIsMissingOrBroken) {
  EXPECT_EQ(inFolder(errorOf(openCheckpoint({path("none")}))), "1: none: no such file");
  EXPECT_THAT(inFolder(errorOf(openCheckpoint({write("x", "")}))),
              testing::StartsWith("1: x: expected a safetensors"));
}

//===----------------------------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------------------------===//

/// A tensor of these elements, at an address that is aligned to nothing.
template <typename T> struct Unaligned {
  Unaligned(DType type, const std::vector<T> &values) : storage("x" + bytesOf(values)) {
    tensor.name = "w";
    tensor.file = "f";
    tensor.dtype = type;
    tensor.shape = {static_cast<int64_t>(values.size())};
    tensor.bytes = asBytes(storage).drop_front(1);
  }
  std::string storage;
  Tensor tensor;
};

std::vector<float> readAll(const Tensor &tensor) {
  std::vector<float> out(tensor.elements());
  EXPECT_EQ(shown(readElements(tensor, 0, out)), "no error");
  return out;
}

/// What the bits of a small floating-point type mean, by its definition.
double meaning(uint32_t bits, int exponentBits, int fractionBits) {
  int bias = (1 << (exponentBits - 1)) - 1;
  int exponent = (bits >> fractionBits) & ((1 << exponentBits) - 1);
  double fraction = std::ldexp(bits & ((1 << fractionBits) - 1), -fractionBits);
  double sign = bits >> (exponentBits + fractionBits) ? -1 : 1;
  if (exponent == (1 << exponentBits) - 1)
    return fraction != 0 ? nan : sign * infinity;
  return sign * (exponent == 0 ? std::ldexp(fraction, 1 - bias)
                               : std::ldexp(1 + fraction, exponent - bias));
}

void expectAllSixteenBitValues(DType type, int exponentBits, int fractionBits) {
  std::vector<uint16_t> all(1 << 16);
  for (size_t i = 0; i < all.size(); ++i)
    all[i] = i;
  Unaligned<uint16_t> data(type, all);
  std::vector<float> got = readAll(data.tensor);
  int64_t nonFinite = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    double expected = meaning(i, exponentBits, fractionBits);
    nonFinite += !std::isfinite(expected);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(got[i])) << i;
    } else {
      ASSERT_EQ(got[i], expected) << i;
      ASSERT_EQ(std::signbit(got[i]), std::signbit(expected)) << i;
    }
  }
  EXPECT_EQ(countNonFinite(data.tensor), nonFinite);
}

TEST(ReadElements, IsExactForEveryF16) { expectAllSixteenBitValues(DType::f16, 5, 10); }
TEST(ReadElements, IsExactForEveryBF16) { expectAllSixteenBitValues(DType::bf16, 8, 7); }

TEST(ReadElements, CopiesF32BitByBit) {
  std::vector<uint32_t> bits = {0, 0x80000000, 1, 0x7F800000, 0x7FA00001, 0x3F800000};
  Unaligned<uint32_t> data(DType::f32, bits);
  std::vector<float> got = readAll(data.tensor);
  EXPECT_EQ(std::memcmp(got.data(), bits.data(), bits.size() * 4), 0);
  EXPECT_EQ(countNonFinite(data.tensor), 2);
}

TEST(ReadElements, RoundsF64ToNearest) {
  Unaligned<double> data(DType::f64, {1.0, 1.0 + 0x1p-24, 1.0 + 0x1.8p-24, -1e300, 0x1p-149, nan});
  std::vector<float> got = readAll(data.tensor);
  EXPECT_EQ(got[0], 1.0f);
  EXPECT_EQ(got[1], 1.0f);
  EXPECT_EQ(got[2], 1.0f + 0x1p-23f);
  EXPECT_EQ(got[3], -infinity);
  EXPECT_EQ(got[4], 0x1p-149f);
  EXPECT_TRUE(std::isnan(got[5]));
  EXPECT_EQ(countNonFinite(data.tensor), 1);
}

TEST(ReadElements, IsExactForF64) {
  Unaligned<double> wide(DType::f64, {1.0 + 0x1p-52, -1e300});
  Unaligned<float> narrow(DType::f32, {0.1f, -infinity});
  double out[2];
  EXPECT_EQ(shown(readElements(wide.tensor, 0, out)), "no error");
  EXPECT_EQ(out[0], 1.0 + 0x1p-52);
  EXPECT_EQ(out[1], -1e300);
  EXPECT_EQ(shown(readElements(narrow.tensor, 0, out)), "no error");
  EXPECT_EQ(out[0], double(0.1f));
  EXPECT_EQ(out[1], -infinity);
}

TEST(ReadElements, ReadsARange) {
  Unaligned<uint16_t> data(DType::bf16, {0x3F80, 0x4000, 0x4040, 0x4080});
  float out[2];
  EXPECT_EQ(shown(readElements(data.tensor, 1, out)), "no error");
  EXPECT_EQ(out[0], 2.0f);
  EXPECT_EQ(out[1], 3.0f);
  EXPECT_EQ(shown(readElements(data.tensor, 3, out)),
            "1: f: tensor w: elements 3 to 5 of 4 are asked for");
  EXPECT_EQ(shown(readElements(data.tensor, -1, out)),
            "1: f: tensor w: elements -1 to 1 of 4 are asked for");
  EXPECT_EQ(shown(readElements(data.tensor, 4, llvm::MutableArrayRef<float>())), "no error");
}

TEST(ReadElements, RefusesOtherTypes) {
  Unaligned<int64_t> data(DType::i64, {-1});
  float out[1];
  EXPECT_EQ(
      shown(readElements(data.tensor, 0, out)),
      "3: f: tensor w: weights of type I64 are not supported, expected F32, F16, BF16 or F64");
  EXPECT_EQ(countNonFinite(data.tensor), 0);
}

TEST(CountNonFinite, CountsInEveryPlace) {
  for (size_t size : {1, 7, 4095, 4096, 4097, 10000}) {
    std::vector<float> values(size, 1e38f);
    values.front() = nan;
    values.back() = size > 1 ? -infinity : nan;
    Unaligned<float> data(DType::f32, values);
    EXPECT_EQ(countNonFinite(data.tensor), size > 1 ? 2 : 1) << size;
  }
  EXPECT_EQ(countNonFinite(Unaligned<float>(DType::f32, std::vector<float>(100000, nan)).tensor),
            100000);
  EXPECT_EQ(
      countNonFinite(Unaligned<uint16_t>(DType::f16, std::vector<uint16_t>(100000, 0x7C00)).tensor),
      100000);
  EXPECT_EQ(countNonFinite(Unaligned<float>(DType::f32, {}).tensor), 0);
}

} // namespace
