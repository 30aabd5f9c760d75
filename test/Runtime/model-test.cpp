// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Opening models: what is accepted, what is refused, and which variant is chosen.

#include "Harness.h"
#include "runtime/Cpu.h"

#include <cstring>
#include <elf.h>
#include <fstream>
#include <functional>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace tfc::test {
namespace {

std::string libraryPath(const std::string &name) {
  return std::string(TFC_FAKE_LIBRARIES) + "/" + name;
}

std::string contents(const std::string &path) {
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
std::string refusal(const std::string &path, tfc_status expected) {
  tfc_model *model = reinterpret_cast<tfc_model *>(1);
  char message[512] = "";
  EXPECT_EQ(tfc_open(path.c_str(), &model, message, sizeof message), expected) << message;
  EXPECT_EQ(model, nullptr);
  return message;
}

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
}

TEST(Open, RefusesWhatIsNoModel) {
  TemporaryFile empty("empty.so", ""), text("text.so", "hello");
  EXPECT_EQ(refusal(libraryPath("none.so"), TFC_IO),
            libraryPath("none.so") + ": No such file or directory");
  EXPECT_NE(refusal(empty.path, TFC_INVALID_ARGUMENT).find("found a file of 0 bytes"),
            std::string::npos);
  EXPECT_NE(refusal(text.path, TFC_INVALID_ARGUMENT).find("found a file of 5 bytes"),
            std::string::npos);
  EXPECT_NE(refusal(TFC_FAKE_LIBRARIES, TFC_INVALID_ARGUMENT).find("found a folder"),
            std::string::npos);
  EXPECT_NE(refusal("/dev/null", TFC_INVALID_ARGUMENT).find("found a special file"),
            std::string::npos);
  EXPECT_NE(refusal("/bin/true", TFC_INVALID_ARGUMENT).find("tfc did not compile it"),
            std::string::npos);
  std::string fifo = testing::TempDir() + "tfc-fifo-" + std::to_string(getpid());
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_NE(refusal(fifo, TFC_INVALID_ARGUMENT).find("special file"), std::string::npos);
  unlink(fifo.c_str());
}

TEST(Open, RunsNothingOfAStranger) {
  unsetenv("TFC_STRANGER_RAN");
  EXPECT_NE(
      refusal(libraryPath("fake-stranger.so"), TFC_INVALID_ARGUMENT).find("tfc did not compile it"),
      std::string::npos);
  EXPECT_EQ(getenv("TFC_STRANGER_RAN"), nullptr);
}

TEST(Open, RefusesDamagedFiles) {
  std::string good = contents(libraryPath("fake.so"));
  ASSERT_GT(good.size(), 1000u);
  TemporaryFile half("half.so", good.substr(0, good.size() / 3));
  EXPECT_NE(refusal(half.path, TFC_INVALID_ARGUMENT).find("is cut short"), std::string::npos);
  TemporaryFile headerOnly("header.so", good.substr(0, sizeof(Elf64_Ehdr)));
  EXPECT_NE(refusal(headerOnly.path, TFC_INVALID_ARGUMENT).find("program header 0 is missing"),
            std::string::npos);
  std::string other = good;
  other[offsetof(Elf64_Ehdr, e_machine)] = static_cast<char>(EM_RISCV);
  TemporaryFile machine("machine.so", other);
  EXPECT_NE(
      refusal(machine.path, TFC_UNSUPPORTED).find("another machine: ELF machine 243, expected 62"),
      std::string::npos);
  other = good;
  other[offsetof(Elf64_Ehdr, e_type)] = ET_REL;
  TemporaryFile object("object.so", other);
  EXPECT_NE(refusal(object.path, TFC_INVALID_ARGUMENT).find("not a shared library"),
            std::string::npos);
}

TEST(Open, SurvivesDamageInItsHeaders) {
  std::string good = contents(libraryPath("fake.so"));
  // Every byte of the ELF and program headers that the file check reads; what still loads must be
  // refused or work.
  Elf64_Ehdr header;
  memcpy(&header, good.data(), sizeof header);
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    size_t at = header.e_phoff + i * sizeof(Elf64_Phdr);
    Elf64_Phdr segment;
    memcpy(&segment, good.data() + at, sizeof segment);
    if (segment.p_type != PT_NOTE)
      continue;
    for (Elf64_Xword size : {Elf64_Xword{0}, Elf64_Xword{5}, Elf64_Xword{31}, ~Elf64_Xword{0}}) {
      std::string bad = good;
      segment.p_filesz = size;
      memcpy(bad.data() + at, &segment, sizeof segment);
      TemporaryFile file("note.so", bad);
      tfc_model *model = nullptr;
      tfc_open(file.path.c_str(), &model, nullptr,
               0); // another note segment may still show the note
      tfc_close(model);
    }
  }
}

TEST(Open, RefusesOtherVersions) {
  EXPECT_EQ(
      refusal(libraryPath("fake-other-abi.so"), TFC_UNSUPPORTED),
      libraryPath("fake-other-abi.so") +
          ": was compiled for version 4321 of the runtime's interface, this runtime has version " +
          std::to_string(TFC_ABI_VERSION));
  tfc_library library = fake_library;
  library.abi_version = 7;
  tfc_model *model;
  char message[256];
  EXPECT_EQ(tfc_open_library(&library, &model, message, sizeof message), TFC_UNSUPPORTED);
  EXPECT_EQ(std::string(message),
            "the model was compiled for version 7 of the runtime's interface, this runtime has "
            "version " +
                std::to_string(TFC_ABI_VERSION));
}

TEST(Open, RefusesNumbersThatCannotBe) {
  static tfc_entry entry; // the parts that are spoilt
  static tfc_variant variant;
  static tfc_value value; // the one input, and the one output
  const std::function<void(tfc_library &)> spoils[] = {
      [](tfc_library &l) { l.name = nullptr; },
      [](tfc_library &l) { l.entry_count = 0; },
      [](tfc_library &l) { l.entries = nullptr; },
      [](tfc_library &l) { l.variant_count = 0; },
      [](tfc_library &l) { l.max_sequence = 0; },
      [](tfc_library &l) { l.max_sequence = INT64_MAX; },
      [](tfc_library &l) { l.max_batch = -1; },
      [](tfc_library &l) { l.labels = nullptr; },
      [](tfc_library &l) { l.weights = nullptr; },
      [](tfc_library &) { entry.area_bytes[1] = -8; },
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
  for (uint32_t level : {1u, 3u, 4u}) {
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

TEST(Variants, RefuseUnknownNames) {
  Environment cap("TFC_CPU", "pentium");
  EXPECT_EQ(refusal(libraryPath("fake.so"), TFC_INVALID_ARGUMENT),
            "TFC_CPU=pentium is not a known instruction set; expected one of x86-64, x86-64-v3, "
            "x86-64-v4");
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

TEST(Messages, AreCutToTheBuffer) {
  tfc_model *model;
  char small[8] = "xxxxxxx";
  EXPECT_EQ(tfc_open("/none.so", &model, small, sizeof small), TFC_IO);
  EXPECT_STREQ(small, "/none.s");
  EXPECT_EQ(tfc_open("/none.so", &model, small, 0), TFC_IO);
  EXPECT_STREQ(tfc_status_text(static_cast<tfc_status>(7)), "unknown status");
}

} // namespace
} // namespace tfc::test
