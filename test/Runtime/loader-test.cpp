// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a file must hold for its model to be found, and what is said of other files.

#include "Files.h"
#include "runtime/Loader.h"

#include <cstring>
#include <elf.h>
#include <functional>
#include <sys/stat.h>

namespace tfc::test {
namespace {

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

/// The library fake.so, with its program headers at hand.
struct Image {
  std::string bytes = contents(libraryPath("fake.so"));

  Elf64_Ehdr &header() { return *reinterpret_cast<Elf64_Ehdr *>(bytes.data()); }
  /// The segment whose notes hold tfc's.
  Elf64_Phdr &notes() {
    auto *segments = reinterpret_cast<Elf64_Phdr *>(bytes.data() + header().e_phoff);
    for (unsigned i = 0; i < header().e_phnum; ++i)
      if (uint32_t size; segments[i].p_type == PT_NOTE &&
                         findNote(bytes.data() + segments[i].p_offset, segments[i].p_filesz,
                                  segments[i].p_align, noteLibrary, &size))
        return segments[i];
    ADD_FAILURE() << "no segment of notes";
    return segments[0];
  }
};

TEST(Open, NamesWhatIsWrongInTheHeaders) {
  struct Case {
    tfc_status status;
    const char *text;
    std::function<void(Image &)> spoil;
  };
  const char *none = "is a shared library, but tfc did not compile it (it has no tfc note)";
  const char *other = "is for another kind of machine: expected an ELF file of 64 bits, the least "
                      "significant byte first";
  const char *noLibrary = "is an ELF file, but not a shared library";
  const Case cases[] = {
      {TFC_UNSUPPORTED, other, [](Image &i) { i.header().e_ident[EI_CLASS] = ELFCLASS32; }},
      {TFC_UNSUPPORTED, other, [](Image &i) { i.header().e_ident[EI_DATA] = ELFDATA2MSB; }},
      {TFC_INVALID_ARGUMENT, noLibrary, [](Image &i) { i.header().e_type = ET_REL; }},
      {TFC_INVALID_ARGUMENT, noLibrary, [](Image &i) { i.header().e_phentsize = 32; }},
      {TFC_INVALID_ARGUMENT, "is cut short: segment ", [](Image &i) { i.notes().p_offset = ~0ul; }},
      {TFC_INVALID_ARGUMENT, "is cut short: segment ", [](Image &i) { i.notes().p_filesz = ~0ul; }},
      {TFC_INVALID_ARGUMENT, none, [](Image &i) { i.notes().p_type = PT_NULL; }},
      {TFC_INVALID_ARGUMENT, none, [](Image &i) { i.notes().p_filesz = 24; }},
      {TFC_INVALID_ARGUMENT, none, // far more notes than anyone has
       [](Image &i) {
         i.bytes.resize(i.bytes.size() + 2 * largestNotes);
         i.notes().p_filesz = largestNotes + 1;
       }},
      {TFC_INVALID_ARGUMENT, none, // too short to lead anywhere
       [](Image &i) {
         reinterpret_cast<Elf64_Nhdr *>(i.bytes.data() + i.notes().p_offset)->n_descsz = 8;
       }},
      {TFC_INVALID_ARGUMENT, "its tfc note is not part of its image",
       [](Image &i) { i.notes().p_memsz = 0; }},
  };
  for (const Case &one : cases) {
    Image image;
    one.spoil(image);
    TemporaryFile file("spoilt.so", image.bytes);
    const std::string text = refusal(file.path, one.status);
    EXPECT_EQ(text.find(file.path + ": " + one.text), 0u) << text << "\nexpected " << one.text;
  }
}

TEST(Open, SaysWhyALibraryCannotBeLoaded) {
  const std::string text = refusal(libraryPath("fake-unresolved.so"), TFC_UNAVAILABLE);
  EXPECT_EQ(text.find(libraryPath("fake-unresolved.so") + ": cannot be loaded: "), 0u) << text;
  EXPECT_NE(text.find("undefined symbol: nobody_has_this"), std::string::npos) << text;
}

/// Appends a note to a segment of notes.
void appendNote(std::string &notes, size_t alignment, const std::string &name, uint32_t type,
                const std::string &description) {
  const Elf64_Nhdr header = {static_cast<uint32_t>(name.size() + 1),
                             static_cast<uint32_t>(description.size()), type};
  auto pad = [&] { notes.resize((notes.size() + alignment - 1) / alignment * alignment); };
  notes.append(reinterpret_cast<const char *>(&header), sizeof header);
  notes.append(name.c_str(), name.size() + 1);
  pad();
  notes += description;
  pad();
}

TEST(Notes, AreFoundBehindOthers) {
  for (size_t alignment : {4, 8}) {
    std::string notes;
    appendNote(notes, alignment, "GNU", noteLibrary, "not ours");
    appendNote(notes, alignment, "tfc", 99, "of another kind");
    appendNote(notes, alignment, "a longer name", noteAbout, "x");
    const size_t place = notes.size();
    appendNote(notes, alignment, "tfc", noteAbout, "what is looked for");
    const size_t end = place + noteHeaderBytes + 18;
    appendNote(notes, alignment, "tfc", noteAbout, "a second one");
    uint32_t bytes = 0;
    const char *found = findNote(notes.data(), notes.size(), alignment, noteAbout, &bytes);
    ASSERT_NE(found, nullptr) << alignment;
    EXPECT_EQ(static_cast<size_t>(found - notes.data()), place);
    EXPECT_EQ(std::string(found + noteHeaderBytes, bytes), "what is looked for");
    EXPECT_EQ(findNote(notes.data(), notes.size(), alignment, 7, &bytes), nullptr);
    // A segment that ends in the middle of a note has it not.
    for (size_t size = 0; size < notes.size(); ++size) {
      const std::string part = notes.substr(0, size);
      EXPECT_EQ(findNote(part.data(), size, alignment, noteAbout, &bytes) != nullptr, size >= end)
          << size << " bytes";
    }
  }
}

} // namespace
} // namespace tfc::test
