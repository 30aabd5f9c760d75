// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Link/Linker.h"

#include "TestLibrary.h"
#include "compiler/Link/Description.h"
#include "compiler/Link/Embedded.h"
#include "compiler/Link/Image.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELFTypes.h"
#include "llvm/Support/MathExtras.h"

#include <sys/resource.h>

using namespace tfc;
using namespace tfc::test;
using Elf = llvm::object::ELF64LE;

namespace {

llvm::Expected<llvm::SmallVector<char, 0>> link(const LibraryDescription &library,
                                                llvm::ArrayRef<SystemLibrary> systems) {
  auto description = llvm::cantFail(emitDescription(library));
  LinkJob job;
  job.objects = {{"description", description},
                 {"code", library.variants[0].object},
                 {"runtime", library.runtime}};
  for (const SystemLibrary &system : systems)
    job.libraries.push_back({system.name.str(), system.bytes});
  job.versionScript = "{ global: toy_*; local: *; };";
  return linkSharedLibrary(job);
}

} // namespace

TEST(Description, stringsThatCWouldCutAreRefused) {
  LibraryDescription library = toyLibrary();
  library.labels = {"good", std::string("b\0d", 3)};
  llvm::Error error = emitDescription(library).takeError();
  EXPECT_EQ(printable(text(std::move(error))), "the name or label \"b\\x00d\" holds a NUL");
  EXPECT_EQ(code(emitDescription(library).takeError()), 1);
}

TEST(Linker, whatNobodyDefinesIsAnErrorThatNamesIt) {
  const std::string why = text(link(toyLibrary(), {}).takeError());
  EXPECT_NE(why.find("undefined symbol: pthread_create"), std::string::npos) << why;
  EXPECT_NE(why.find("runtime:"), std::string::npos)
      << "by our name, not by a descriptor's: " << why;
  EXPECT_EQ(why.find("/proc/"), std::string::npos) << why;
  EXPECT_EQ(code(link(toyLibrary(), {}).takeError()), 70);
}

TEST(Linker, runsAgainAfterAnError) {
  LinkJob job;
  job.objects = {{"nonsense", llvm::StringRef("no ELF file")}};
  job.versionScript = "{ local: *; };";
  EXPECT_EQ(code(linkSharedLibrary(job).takeError()), 70);
  EXPECT_EQ(text(link(toyLibrary(), systemLibraries(hostArchitecture())).takeError()), "");
}

/// The linker's own files are in memory: one that cannot be opened is the system's refusal.
TEST(Linker, tooFewDescriptorsAreTheEnvironmentsFault) {
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const auto attempt = [&](rlim_t descriptors) {
    const rlimit few = {descriptors, before.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    llvm::Error error = link(toyLibrary(), systemLibraries(hostArchitecture())).takeError();
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    return error;
  };
  std::set<std::string> said;
  for (rlim_t descriptors = 3; llvm::Error error = attempt(descriptors); ++descriptors) {
    ASSERT_LT(descriptors, 64u) << text(std::move(error));
    said.insert(text(std::move(error)));
    EXPECT_EQ(code(attempt(descriptors)), 4) << *said.rbegin();
  }
  for (const std::string &why : said)
    EXPECT_EQ(why.find("/proc/"), std::string::npos) << why;
  EXPECT_GE(said.size(), 3u) << "a file in memory, a pipe, and what LLD opens";
}

/// By the name of a variant.
class Weights : public testing::TestWithParam<const char *> {};

/// More than x86-64 reaches by 32 bits, or AArch64 by its pairs of instructions.
TEST_P(Weights, pastFourGigabytesCostNothing) {
  LibraryDescription library = toyLibrary(uint64_t{5} << 30, *findVariant(GetParam()));
  const Architecture &architecture = architectureOf(library);
  if (library.runtime.empty())
    library.runtime = runtimeObject(architecture);
  if (library.runtime.empty())
    GTEST_SKIP() << "tfc was built without the runtime for " << architecture.name.str();
  auto image = llvm::cantFail(link(library, systemLibraries(architecture)));
  EXPECT_LT(image.size(), 512u << 10);
  EXPECT_EQ(llvm::cantFail(placeWeights(image, library.weightsBytes)),
            llvm::alignTo(image.size(), weightsAlignment));
  const auto &header = *reinterpret_cast<const Elf::Ehdr *>(image.data());
  const llvm::ArrayRef segments(reinterpret_cast<const Elf::Phdr *>(image.data() + header.e_phoff),
                                header.e_phnum);
  Elf::Phdr last = {};
  for (const Elf::Phdr &segment : segments)
    if (segment.p_type == llvm::ELF::PT_LOAD)
      last = segment;
  EXPECT_EQ(last.p_filesz, library.weightsBytes);
  EXPECT_EQ(last.p_memsz, library.weightsBytes);
  EXPECT_EQ(last.p_flags, uint32_t{llvm::ELF::PF_R});
  EXPECT_EQ((last.p_vaddr - last.p_offset) % hugePage, 0u);
  // The pointer in the file is the segment's address, as its relocation will make it.
  auto root = llvm::cantFail(findLibrary(image));
  uint64_t weights;
  std::memcpy(&weights, root.data() + offsetof(tfc_library, weights), sizeof weights);
  EXPECT_EQ(weights, last.p_vaddr);
}
INSTANTIATE_TEST_SUITE_P(Architectures, Weights, testing::Values("x86-64", "aarch64"));
