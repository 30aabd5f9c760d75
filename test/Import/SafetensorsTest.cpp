// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/Safetensors.h"

#include "test/Import/Helpers.h"

#include <random>

namespace {

using namespace tfc;
using namespace tfc::test;

std::string refusalOf(const std::string &content) {
  return errorOf(readSafetensors("m.safetensors", asBytes(content)));
}
std::string refusal(const std::string &header, size_t dataBytes = 0) {
  return refusalOf(safetensors(header, std::string(dataBytes, '\0')));
}
/// A header of one tensor `a.w` in `dataBytes` bytes of data.
std::string refusalOfOne(const std::string &fields, size_t dataBytes = 16) {
  return refusal("{\"a.w\": {" + fields + "}}", dataBytes);
}

TEST(Safetensors, ReadsTensors) {
  std::string file = safetensors(R"({"__metadata__": {"format": "pt"},
      "second": {"dtype": "I64", "shape": [], "data_offsets": [8, 16]},
      "first": {"dtype": "F16", "shape": [2, 2], "data_offsets": [0, 8], "note": 1},
      "none": {"dtype": "F32", "shape": [3, 0], "data_offsets": [8, 8]}}   )",
                                 "12345678abcdefgh");
  std::vector<Tensor> tensors = take(readSafetensors("m.safetensors", asBytes(file)));
  ASSERT_EQ(tensors.size(), 3u);
  EXPECT_EQ(tensors[0].name, "second");
  EXPECT_EQ(tensors[0].describe(), "I64 []");
  EXPECT_EQ(tensors[0].elements(), 1);
  EXPECT_EQ(llvm::toStringRef(tensors[0].bytes), "abcdefgh");
  EXPECT_EQ(tensors[1].describe(), "F16 [2, 2]");
  EXPECT_EQ(tensors[1].elements(), 4);
  EXPECT_EQ(llvm::toStringRef(tensors[1].bytes), "12345678");
  EXPECT_EQ(tensors[2].elements(), 0);
  EXPECT_TRUE(tensors[2].bytes.empty());
  EXPECT_EQ(tensors[2].file, "m.safetensors");
}

TEST(Safetensors, ReadsAFileWithoutTensors) { EXPECT_EQ(refusal("{}"), "no error"); }

TEST(Safetensors, KnowsEveryTypeOfTheFormat) {
  for (auto [name, bits] : std::initializer_list<std::pair<const char *, unsigned>>{
           {"BOOL", 8},        {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"U8", 8},
           {"I8", 8},          {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8},
           {"F8_E5M2FNUZ", 8}, {"I16", 16},    {"U16", 16},    {"F16", 16},    {"BF16", 16},
           {"I32", 32},        {"U32", 32},    {"F32", 32},    {"C64", 64},    {"F64", 64},
           {"I64", 64},        {"U64", 64}}) {
    std::optional<DType> type = dtypeOf(name);
    ASSERT_TRUE(type) << name;
    EXPECT_EQ(nameOf(*type), name);
    EXPECT_EQ(bitsOf(*type), bits) << name;
    EXPECT_EQ(refusalOfOne(fmt::format(R"("dtype": "{}", "shape": [4], "data_offsets": [0, {}])",
                                       name, bits / 2),
                           bits / 2),
              "no error");
  }
}

TEST(Safetensors, ChecksTheHeadersSize) {
  EXPECT_EQ(refusalOf(""),
            "1: m.safetensors: expected a safetensors header size of 8 bytes, found a file of 0");
  EXPECT_EQ(refusalOf(std::string(2, '\1')),
            "1: m.safetensors: expected a safetensors header size of 8 bytes, found a file of 2");
  std::string file = safetensors("{}");
  file[1] = 1;
  EXPECT_EQ(refusalOf(file), "1: m.safetensors: the safetensors header of 258 bytes is longer than "
                             "the file, 2 bytes follow its size");
  file[7] = static_cast<char>(0x80);
  EXPECT_EQ(
      refusalOf(file),
      "1: m.safetensors: expected a safetensors header of at most 100000000 bytes, found one of "
      "9223372036854776066");
}

TEST(Safetensors, ChecksTheHeadersText) {
  EXPECT_EQ(refusal(""),
            "1: m.safetensors: expected a safetensors header that starts with {, found \"\"");
  EXPECT_EQ(refusal("[]"),
            "1: m.safetensors: expected a safetensors header that starts with {, found \"[\"");
  EXPECT_EQ(refusal(" {}"),
            "1: m.safetensors: expected a safetensors header that starts with {, found \" \"");
  EXPECT_THAT(refusal("{\"a\": "), testing::StartsWith("1: m.safetensors: header:1:7: "));
  EXPECT_EQ(refusal(R"({"__metadata__": {"format": 1}})"),
            "1: m.safetensors: header: $.__metadata__.format: expected a string, found 1");
  EXPECT_EQ(
      refusal(R"({"__metadata__": []})"),
      "1: m.safetensors: header: $.__metadata__: expected an object, found an array of 0 elements");
  EXPECT_EQ(refusal(R"({"a.w": 1, "a.w": 2})"),
            "1: m.safetensors: header: $: duplicate key \"a.w\"");
}

TEST(Safetensors, ChecksAnEntrysFields) {
  EXPECT_EQ(
      refusal(R"({"a.w": 1})"),
      "1: m.safetensors: header: $[\"a.w\"]: expected an object with the key \"dtype\", found 1");
  EXPECT_EQ(refusalOfOne(R"("shape": [4], "data_offsets": [0, 16])"),
            "1: m.safetensors: header: $[\"a.w\"]: the key \"dtype\" is missing");
  EXPECT_EQ(
      refusalOfOne(R"("dtype": "F31", "shape": [4], "data_offsets": [0, 16])"),
      "1: m.safetensors: header: $[\"a.w\"].dtype: \"F31\" is no type of the safetensors format");
  EXPECT_EQ(refusalOfOne(R"("dtype": "F32", "shape": 4, "data_offsets": [0, 16])"),
            "1: m.safetensors: header: $[\"a.w\"].shape: expected an array, found 4");
  EXPECT_EQ(
      refusalOfOne(R"("dtype": "F32", "shape": [-4], "data_offsets": [0, 16])"),
      "1: m.safetensors: header: $[\"a.w\"].shape[0]: expected an integer of at least 0, found -4");
  EXPECT_EQ(refusalOfOne(R"("dtype": "F32", "shape": [4], "data_offsets": [0, 16, 20])"),
            "1: m.safetensors: header: $[\"a.w\"].data_offsets: expected an array of 2 elements, "
            "found an array of 3 "
            "elements");
  EXPECT_EQ(
      refusalOfOne(R"("dtype": "F32", "shape": [4], "data_offsets": [0, 18446744073709551615])"),
      "1: m.safetensors: header: $[\"a.w\"].data_offsets[1]: expected an integer of at least 0, "
      "found "
      "18446744073709551615");
}

TEST(Safetensors, ComparesShapeAndOffsets) {
  EXPECT_EQ(
      refusalOfOne(R"("dtype": "F32", "shape": [5], "data_offsets": [0, 16])"),
      "1: m.safetensors: tensor \"a.w\": F32 [5] takes 20 bytes, data_offsets [0, 16] hold 16");
  EXPECT_EQ(refusalOfOne(
                R"("dtype": "F32", "shape": [4611686018427387904, 16], "data_offsets": [0, 16])"),
            "1: m.safetensors: tensor \"a.w\": F32 [4611686018427387904, 16] is no size a tensor "
            "can have");
  EXPECT_EQ(refusalOfOne(R"("dtype": "F4", "shape": [3], "data_offsets": [0, 1])", 1),
            "1: m.safetensors: tensor \"a.w\": F4 [3] is no size a tensor can have");
  EXPECT_EQ(refusalOfOne(R"("dtype": "F32", "shape": [4], "data_offsets": [16, 0])"),
            "1: m.safetensors: tensor \"a.w\": data_offsets [16, 0] run backward");
  EXPECT_EQ(refusalOfOne(R"("dtype": "F32", "shape": [4], "data_offsets": [1000, 1016])"),
            "1: m.safetensors: tensor \"a.w\": data_offsets [1000, 1016] lead out of the file, "
            "which has 16 bytes of "
            "data");
}

TEST(Safetensors, AllowsNoHoleAndNoOverlap) {
  auto two = [](int begin, int end) {
    return fmt::format(R"({{"b": {{"dtype": "U8", "shape": [{}], "data_offsets": [{}, {}]}},
                           "a": {{"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}}}})",
                       end - begin, begin, end);
  };
  EXPECT_EQ(refusal(two(4, 8), 8), "no error");
  EXPECT_EQ(
      refusal(two(5, 8), 8),
      "1: m.safetensors: tensor \"b\": data_offsets [5, 8] leave a hole: expected to begin at 4");
  EXPECT_EQ(refusal(two(3, 8), 8), "1: m.safetensors: tensor \"b\": data_offsets [3, 8] overlap "
                                   "another tensor: expected to begin at 4");
  EXPECT_EQ(refusal(two(4, 8), 9),
            "1: m.safetensors: the tensors end after 8 bytes of data, the file has 9");
  EXPECT_EQ(refusal("{}", 3),
            "1: m.safetensors: the tensors end after 0 bytes of data, the file has 3");
  EXPECT_EQ(refusal(two(4, 8), 7), "1: m.safetensors: tensor \"b\": data_offsets [4, 8] lead out "
                                   "of the file, which has 7 bytes of data");
}

TEST(Safetensors, NamesTheTensorThatLiesRatherThanItsNeighbour) {
  EXPECT_EQ(refusal(R"({"a": {"dtype": "U8", "shape": [4], "data_offsets": [4, 8]},
                        "b": {"dtype": "U8", "shape": [4], "data_offsets": [100, 104]}})",
                    8),
            "1: m.safetensors: tensor \"b\": data_offsets [100, 104] lead out of the file, which "
            "has 8 bytes of data");
}

/// Any damage either leaves a valid file, whose tensors lie inside it, or gives an error with the
/// input's exit code.
TEST(Safetensors, SurvivesDamage) {
  std::string good =
      safetensors(R"({"a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},)"
                  R"("b": {"dtype": "BF16", "shape": [4], "data_offsets": [24, 32]}})",
                  std::string(32, '\7'));
  std::mt19937 random(1);
  int survivors = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string file = good;
    for (unsigned edits = random() % 3 + 1; edits > 0; --edits)
      file[random() % file.size()] = round % 2 ? random() : "0123456789,:[]{}\"-"[random() % 18];
    file.resize(random() % 8 ? file.size() : random() % file.size());
    auto tensors = readSafetensors("m", asBytes(file));
    if (!tensors) {
      ASSERT_THAT(shown(tensors.takeError()), testing::StartsWith("1: m: "));
      continue;
    }
    ++survivors;
    for (const Tensor &tensor : *tensors) {
      ASSERT_EQ(tensor.bytes.size() * 8, tensor.elements() * bitsOf(tensor.dtype));
      ASSERT_LE(tensor.bytes.end(), asBytes(file).end());
    }
  }
  EXPECT_GT(survivors, 0);
}

} // namespace
