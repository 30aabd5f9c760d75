// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Opening models: what is accepted, what is refused, and which variant is chosen.

#include "Files.h"
#include "runtime/Cpu.h"

#include <cerrno>
#include <fstream>
#include <functional>
#include <unistd.h>

namespace tfc::test {
namespace {

Model openFile(const std::string &path) {
  tfc_model *model = nullptr;
  char message[512] = "";
  EXPECT_EQ(tfc_open(path.c_str(), &model, message, sizeof message), TFC_OK) << message;
  return Model(model);
}

float levelOf(const Model &model) {
  Session session = makeSession(model);
  FakeBatch batch({{1, 2, 3}});
  EXPECT_EQ(batch.run(session.get()), TFC_OK) << tfc_session_error(session.get());
  batch.check();
  return batch.embedding[2];
}

TEST(Open, FileByName) {
  Model model = openFile(libraryPath("fake.so"));
  EXPECT_EQ(levelOf(model), static_cast<float>(cpuLevel()));
  Model again = openFile(libraryPath("fake.so"));
  model.reset();
  levelOf(again);
}

TEST(Open, FileInTheCurrentFolder) {
  char before[4096];
  ASSERT_NE(getcwd(before, sizeof before), nullptr);
  ASSERT_EQ(chdir(TFC_FAKE_LIBRARIES), 0);
  openFile("fake.so"); // not looked for in the system's folders
  ASSERT_EQ(chdir(before), 0);
}

TEST(Open, AnswersQueries) {
  Model model = openFake();
  EXPECT_STREQ(tfc_name(model.get()), "fake");
  EXPECT_STREQ(tfc_task(model.get()), "embed");
  EXPECT_EQ(tfc_max_sequence(model.get()), fakeMaxSequence);
  EXPECT_EQ(tfc_max_batch(model.get()), 0);
  EXPECT_EQ(tfc_has_tokenizer(model.get()), 0);
  EXPECT_EQ(tfc_input_count(model.get()), 2u);
  EXPECT_EQ(tfc_output_count(model.get()), 2u);
  EXPECT_EQ(tfc_label_count(model.get()), 3u);
  EXPECT_STREQ(tfc_label(model.get(), 2), "high");
  EXPECT_EQ(tfc_label(model.get(), 3), nullptr);
  EXPECT_EQ(tfc_token(model.get(), 0, nullptr), nullptr);
  tfc_value_info info;
  ASSERT_EQ(tfc_input(model.get(), 1, &info), TFC_OK);
  EXPECT_STREQ(info.name, "token_type_ids");
  EXPECT_EQ(info.element, TFC_I32);
  EXPECT_TRUE(info.per_token && info.optional && info.scalar);
  EXPECT_EQ(info.limit, 2);
  ASSERT_EQ(tfc_output(model.get(), 1, &info), TFC_OK);
  EXPECT_STREQ(info.name, "embedding");
  EXPECT_EQ(info.element, TFC_F32);
  EXPECT_FALSE(info.per_token || info.scalar);
  EXPECT_EQ(info.width, 3);
  EXPECT_EQ(tfc_output(model.get(), 2, &info), TFC_INVALID_ARGUMENT);
  EXPECT_EQ(tfc_output(model.get(), 1, nullptr), TFC_INVALID_ARGUMENT);
}

TEST(Open, RefusesOtherVersions) {
  EXPECT_EQ(
      refusal(libraryPath("fake-other-abi.so"), TFC_UNSUPPORTED),
      libraryPath("fake-other-abi.so") +
          ": was compiled for version 4321 of the runtime's interface, this runtime has version " +
          std::to_string(TFC_ABI_VERSION));
  tfc_library library = fake_library;
  library.abi_version = 4321;
  tfc_model *model;
  char message[256];
  EXPECT_EQ(tfc_open_library(&library, &model, message, sizeof message), TFC_UNSUPPORTED);
  EXPECT_EQ(std::string(message),
            "the model was compiled for version 4321 of the runtime's interface, this runtime has "
            "version " +
                std::to_string(TFC_ABI_VERSION));
}

TEST(Open, RefusesNumbersThatCannotBe) {
  static tfc_entry entry; // the parts that are spoilt
  static tfc_variant variant;
  static tfc_value value; // the one input, and the one output
  static const auto spoilLargest = [](tfc_type type, int64_t largest) {
    entry.area_bytes[0] += 64;
    value.type = static_cast<uint8_t>(type);
    value.area = TFC_AREA_ROW;
    value.has_largest = 1;
    value.offset = 0;
    value.largest = largest;
  };
  const std::function<void(tfc_library &)> spoils[] = {
      [](tfc_library &l) { l.name = nullptr; },
      [](tfc_library &l) { l.task = nullptr; },
      [](tfc_library &l) { l.entry_count = 0; },
      [](tfc_library &l) { l.entries = nullptr; },
      [](tfc_library &l) { l.variant_count = 0; },
      [](tfc_library &l) { l.variants = nullptr; },
      [](tfc_library &l) { l.max_sequence = 0; },
      [](tfc_library &l) { l.max_sequence = INT64_MAX; },
      [](tfc_library &l) { l.max_batch = -1; },
      [](tfc_library &l) { l.labels = nullptr; },
      [](tfc_library &l) { l.weights = nullptr; },
      [](tfc_library &) { entry.area_bytes[0] = -8; },
      [](tfc_library &) { entry.area_bytes[1] = -8; },
      [](tfc_library &) { entry.area_bytes[2] = -8; },
      [](tfc_library &) {
        entry.area_bytes[1] = 2; /* the buffers do not fit */
      },
      [](tfc_library &) { value.name = nullptr; },
      [](tfc_library &) { value.type = 99; },
      [](tfc_library &) { value.area = TFC_AREAS; },
      [](tfc_library &) {
        value.area = TFC_AREA_PAIR; /* which no input can have */
      },
      [](tfc_library &) { value.width = 0; },
      [](tfc_library &) { value.width = INT64_MAX / 2; },
      [](tfc_library &) { value.offset = -8; },
      [](tfc_library &) { value.limit = 0; },
      [](tfc_library &) {
        value.has_largest = 1; /* which only rows have */
      },
      [](tfc_library &) { spoilLargest(TFC_TYPE_F64, 0); },
      [](tfc_library &) { spoilLargest(TFC_TYPE_F32, -8); },
      [](tfc_library &) { spoilLargest(TFC_TYPE_F32, entry.area_bytes[0] + 64); },
      [](tfc_library &) { variant.name = nullptr; },
      [](tfc_library &) { variant.functions = nullptr; },
      [](tfc_library &) { variant.scratch_bytes = -1; },
      [](tfc_library &) { variant.scratch_bytes_per_token = -1; },
      [](tfc_library &) { variant.needs = 2 * TFC_NEEDS_ONEDNN; },
  };
  auto open = [&](const std::function<void(tfc_library &)> &spoil) {
    tfc_library library = fake_library;
    entry = *fake_library.entries;
    value = *entry.inputs;
    entry.inputs = entry.outputs = &value;
    entry.input_count = entry.output_count = 1;
    variant = fake_library.variants[fake_library.variant_count - 1];
    library.entries = &entry;
    library.variants = &variant;
    library.entry_count = library.variant_count = 1;
    spoil(library);
    tfc_model *model;
    char message[256] = "";
    tfc_status status = tfc_open_library(&library, &model, message, sizeof message);
    tfc_close(model);
    return std::pair(status, std::string(message));
  };
  EXPECT_EQ(open([](tfc_library &) {}), std::pair(TFC_OK, std::string()));
  for (size_t i = 0; i < std::size(spoils); ++i) {
    auto [status, message] = open(spoils[i]);
    EXPECT_EQ(status, TFC_INVALID_ARGUMENT) << "spoil " << i;
    EXPECT_EQ(message.find("the compiled model is damaged: "), 0u)
        << "spoil " << i << ": " << message;
  }
  tfc_model *model;
  EXPECT_EQ(tfc_open_library(nullptr, &model, nullptr, 0), TFC_INVALID_ARGUMENT);
  EXPECT_EQ(tfc_open_library(&fake_library, nullptr, nullptr, 0), TFC_INVALID_ARGUMENT);
  EXPECT_EQ(tfc_open(nullptr, &model, nullptr, 0), TFC_INVALID_ARGUMENT);
}

TEST(Variants, AreCappedByTheEnvironment) {
  uint32_t own = cpuLevel();
  for (uint32_t level : {1u, 3u, 4u, 5u}) {
    Environment cap("TFC_CPU", levelName(level));
    if (level > own) {
      EXPECT_NE(refusal(libraryPath("fake.so"), TFC_UNAVAILABLE).find(levelName(own)),
                std::string::npos);
      continue;
    }
    Model model = openFake();
    EXPECT_STREQ(tfc_variant_name(model.get()), levelName(level));
    EXPECT_EQ(levelOf(model), static_cast<float>(level));
  }
  Environment empty("TFC_CPU", "");
  EXPECT_EQ(levelOf(openFake()), static_cast<float>(own));
}

#if defined(__x86_64__)
TEST(Variants, NeedEveryFeatureOfTheirLevel) {
  const CpuFeatures all{~0u, ~0u, ~0u, ~0u, ~0u};
  EXPECT_EQ(levelWith(all), 5u);
  EXPECT_EQ(levelWith({}), 1u);
  auto without = [&](uint32_t CpuFeatures::*word, std::vector<int> bits, uint32_t level) {
    for (int bit : bits) {
      CpuFeatures cpu = all;
      cpu.*word &= ~(1u << bit);
      EXPECT_EQ(levelWith(cpu), level) << "without bit " << bit;
    }
  };
  // The numbers of Intel's and AMD's manuals: SSE3, SSSE3, FMA, CMPXCHG16B, SSE4.1, SSE4.2, MOVBE,
  // POPCNT, OSXSAVE, AVX, F16C; LAHF, LZCNT; BMI1, AVX2, BMI2; AVX512F, DQ, CD, BW, VL; VNNI.
  without(&CpuFeatures::leaf1c, {0, 9, 12, 13, 19, 20, 22, 23, 27, 28, 29}, 1);
  without(&CpuFeatures::extendedC, {0, 5}, 1);
  without(&CpuFeatures::leaf7b, {3, 5, 8}, 1);
  without(&CpuFeatures::leaf7b, {16, 17, 28, 30, 31}, 3);
  without(&CpuFeatures::leaf7c, {11}, 4);
  // The system saves xmm and ymm; opmask, both halves of zmm.
  without(&CpuFeatures::savedStates, {1, 2}, 1);
  without(&CpuFeatures::savedStates, {5, 6, 7}, 3);
}
#endif

TEST(Variants, RefuseUnknownNames) {
  Environment cap("TFC_CPU", "pentium");
  EXPECT_EQ(refusal(libraryPath("fake.so"), TFC_INVALID_ARGUMENT),
            "TFC_CPU=pentium is not a known instruction set; expected one of x86-64, x86-64-v3, "
            "x86-64-v4, x86-64-v4-vnni");
}

TEST(Variants, RefuseAProcessorThatIsTooSmall) {
  Environment cap("TFC_CPU", "x86-64");
  EXPECT_EQ(refusal(libraryPath("fake-v4-only.so"), TFC_UNAVAILABLE),
            "fake was compiled for x86-64-v4; this processor, or TFC_CPU, allows only x86-64");
}

TEST(Sidecar, IsFoundAndChecked) {
  std::string path = libraryPath("fake-sidecar.weights"), weights(64, '\0');
  weights[0] = 1;
  unlink(path.c_str());
  EXPECT_EQ(refusal(libraryPath("fake-sidecar.so"), TFC_IO),
            path + ", the weights of fake: No such file or directory");
  std::ofstream(path, std::ios::binary) << weights;
  levelOf(openFile(libraryPath("fake-sidecar.so")));
  weights[63] = 1;
  std::ofstream(path, std::ios::binary) << weights;
  std::string message = refusal(libraryPath("fake-sidecar.so"), TFC_INVALID_ARGUMENT);
  EXPECT_NE(message.find("has the hash "), std::string::npos) << message;
  EXPECT_NE(message.find("the weights of fake have e00b5fc45240d500"), std::string::npos)
      << message;
  std::ofstream(path, std::ios::binary) << weights << "x";
  EXPECT_EQ(refusal(libraryPath("fake-sidecar.so"), TFC_INVALID_ARGUMENT),
            path + ": has 65 bytes, the weights of fake have 64");
  unlink(path.c_str());
}

TEST(Sidecar, IsAFileBesideTheLibrary) {
  tfc_library library = fake_library; // of no file: beside the current folder's
  library.weights = nullptr;
  auto refused = [&](const char *name, tfc_status expected) {
    library.weights_file = name;
    tfc_model *model;
    char message[256] = "";
    EXPECT_EQ(tfc_open_library(&library, &model, message, sizeof message), expected);
    return std::string(message);
  };
  for (const std::string name : {"", "sub/x.weights"})
    EXPECT_EQ(refused(name.c_str(), TFC_INVALID_ARGUMENT),
              name + ": expected the name of a weights file beside the library");
  EXPECT_EQ(refused("none.weights", TFC_IO),
            "none.weights, the weights of fake: No such file or directory");
  EXPECT_EQ(refused("..", TFC_INVALID_ARGUMENT),
            ".., the weights of fake: expected a regular file");
}

TEST(Messages, SayWhatAStatusMeans) {
  EXPECT_STREQ(tfc_status_text(TFC_OK), "ok");
  EXPECT_STREQ(tfc_status_text(TFC_INVALID_ARGUMENT), "invalid argument");
  EXPECT_STREQ(tfc_status_text(TFC_OUT_OF_MEMORY), "out of memory");
  EXPECT_STREQ(tfc_status_text(TFC_UNSUPPORTED), "not supported");
  EXPECT_STREQ(tfc_status_text(TFC_UNAVAILABLE), "not available");
  EXPECT_STREQ(tfc_status_text(TFC_IO), "input/output error");
  EXPECT_STREQ(tfc_status_text(static_cast<tfc_status>(7)), "unknown status");
  EXPECT_STREQ(errorText(ENOENT), "No such file or directory");
  EXPECT_STREQ(errorText(12345), "unknown error");
}

TEST(Messages, AreCutToTheBuffer) {
  tfc_model *model;
  char small[8] = "xxxxxxx";
  EXPECT_EQ(tfc_open("/none.so", &model, small, sizeof small), TFC_IO);
  EXPECT_STREQ(small, "/none.s");
  EXPECT_EQ(tfc_open("/none.so", &model, small, 0), TFC_IO);
}

} // namespace
} // namespace tfc::test
