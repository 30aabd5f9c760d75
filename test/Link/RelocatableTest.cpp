// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Link/Relocatable.h"

#include "TestLibrary.h"
#include "compiler/Link/Api.h"
#include "compiler/Link/Description.h"
#include "compiler/Link/Linker.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELFObjectFile.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

using namespace tfc;
using namespace tfc::test;
using Elf = llvm::object::ELF64LE;

namespace {

llvm::Error writeNamed(const std::string &path, const std::string &name, uint64_t bytes,
                       unsigned seed) {
  LibraryDescription library = toyLibrary(bytes);
  library.name = name;
  return writeLibrary(
      library, [&](WeightSink &sink) { return writePattern(sink, bytes, seed); }, path);
}

std::string hashOf(uint64_t bytes, unsigned seed) {
  std::string pattern(bytes, 0);
  for (uint64_t i = 0; i < bytes; ++i)
    pattern[i] = static_cast<char>(i * 31 + seed);
  return fmt::format("{:x}", XXH3_64bits(pattern.data(), bytes));
}

/// The object of a toy before its weights are in it.
llvm::SmallVector<char, 0> linkToy(const LibraryDescription &library) {
  const auto functions = exportedSymbols(library);
  auto description = llvm::cantFail(emitDescription(library));
  auto object = llvm::cantFail(linkRelocatable({{"description", description},
                                                {"code", library.variants[0].object},
                                                {"runtime", library.runtime}},
                                               functions));
  return llvm::cantFail(localizeSymbols(object, functions));
}

class Relocatable : public InFolder {
protected:
  /// Compiles a C program with `inputs` behind it.
  bool compile(const std::string &source, const std::string &inputs) {
    std::ofstream(at("main.c")) << source;
    return silent(std::string(TFC_TEST_CC) + " -std=c11 -I" + folder + " -I" + TFC_TEST_INCLUDE +
                  " " + at("main.c") + " " + inputs + " -o " + at("main"));
  }
};

/// Checks all weights of both models and prints their hashes; each calls into its own code.
constexpr const char *twoModels = R"(
#include "one.h"
#include "two.h"
#include "tfc/abi.h"
#include <stdio.h>
static int differs(const void *model, unsigned seed) {
  const tfc_library *library = model;
  for (uint64_t i = 0; i < library->weights_bytes; ++i)
    if (library->weights[i] != (char)(i * 31 + seed))
      return 1;
  return printf("%s %llx\n", library->name, (unsigned long long)library->weights_hash) < 0;
}
int main(void) {
  one_model *one;
  two_model *two;
  char word[8];
  if (one_open(&one, NULL, 0) != ONE_OK || two_open(&two, NULL, 0) != TWO_OK)
    return 1;
  if (two_run((two_session *)two, 1, NULL, NULL, 0, (void *)word, 0) != TWO_OK || word[0] != 2)
    return 2;
  return differs(one, 1) || differs(two, 2);
}
)";

} // namespace

TEST_F(Relocatable, twoModelsLinkIntoOneProgram) {
  for (uint64_t bytes : {uint64_t{9}, uint64_t{1} << 20, (uint64_t{3} << 20) + 4097}) {
    ASSERT_EQ(text(writeNamed(at("one.a"), "one", bytes, 1)), "");
    ASSERT_EQ(text(writeNamed(at("two.a"), "two", bytes + 1, 2)), "");
    ASSERT_EQ(text(writeNamed(at("two.o"), "two", bytes + 1, 2)), "");
    const std::string expected = "one " + hashOf(bytes, 1) + "\ntwo " + hashOf(bytes + 1, 2) + "\n";
    for (const std::string suffix : {".a", ".o"})
      for (const std::string how : {"", "-no-pie", "-Wl,--gc-sections", "-fuse-ld=lld"}) {
        ASSERT_TRUE(compile(twoModels,
                            how + " " + at("one.a") + " " + at("two" + suffix) + " -lm -lpthread"))
            << how;
        EXPECT_TRUE(silent(at("main"))) << how << suffix;
        EXPECT_EQ(output, expected) << how << suffix;
      }
  }
  ASSERT_TRUE(silent("readelf -W -d " + at("main")));
  for (size_t at = 0; (at = output.find("Shared library: [", at)) != std::string::npos;) {
    at += 17;
    const std::string name = output.substr(at, output.find(']', at) - at);
    EXPECT_TRUE(name == "libc.so.6" || name == "libm.so.6" || name == "libpthread.so.0") << name;
  }
}

TEST_F(Relocatable, eachModelCarriesItsRuntime) {
  for (const char *name : {"one", "two"}) {
    LibraryDescription library = toyLibrary();
    library.name = name;
    library.runtime = {};
    library.tokenizer.clear();
    ASSERT_EQ(text(writeToy(at(library.name + ".a"), library)), "");
  }
  constexpr const char *program = R"(
#include "one.h"
#include "two.h"
#define RUN(name, NAME)                                                                            \
  do {                                                                                             \
    name##_model *model;                                                                           \
    name##_session *session;                                                                       \
    const name##_session_options options = {.threads = 2};                                         \
    if (name##_open(&model, NULL, 0) || name##_session_create(model, &options, &session, NULL, 0)) \
      return 1;                                                                                    \
    const name##_input_array in = {"input_ids", ids, 3, NAME##_I32};                               \
    const name##_output_array out = {"embedding", embedding, 2};                                   \
    if (name##_run(session, 1, offsets, &in, 1, &out, 1) || embedding[0] != embedding[0])          \
      return 2;                                                                                    \
    name##_session_destroy(session);                                                               \
    name##_close(model);                                                                           \
  } while (0)
int main(void) {
  const int64_t offsets[] = {0, 3};
  const int32_t ids[] = {1, 2, 3};
  float embedding[2];
  RUN(one, ONE);
  RUN(two, TWO);
  return 0;
}
)";
  for (const std::string how : {"", "-fuse-ld=lld", "-Wl,--gc-sections"}) {
    ASSERT_TRUE(compile(program, how + " " + at("one.a") + " " + at("two.a") + " -lm -lpthread"));
    EXPECT_TRUE(silent(at("main")));
  }
}

TEST_F(Relocatable, definesItsFunctionsAndNothingElse) {
  const LibraryDescription library = toyLibrary();
  const auto functions = exportedSymbols(library);
  const auto object = linkToy(library);
  auto file = llvm::cantFail(llvm::object::ELFObjectFile<Elf>::create(
      llvm::MemoryBufferRef({object.data(), object.size()}, "")));
  std::set<std::string> defined, undefined;
  for (const llvm::object::ELFSymbolRef &symbol : file.symbols()) {
    const uint32_t flags = llvm::cantFail(symbol.getFlags());
    if (flags & llvm::object::SymbolRef::SF_Global)
      (flags & llvm::object::SymbolRef::SF_Undefined ? undefined : defined)
          .insert(llvm::cantFail(symbol.getName()).str());
  }
  EXPECT_EQ(defined, std::set<std::string>(functions.begin(), functions.end()));
  EXPECT_TRUE(undefined.count("pthread_create"));
  EXPECT_FALSE(undefined.count("not_there")) << "what is not reached is dropped";
}

TEST_F(Relocatable, weightsPastTwoGigabytesCostNothing) {
  const LibraryDescription library = toyLibrary(uint64_t{3} << 30);
  auto object = linkToy(library);
  EXPECT_LT(object.size(), 64u << 10);
  const uint64_t offset = llvm::cantFail(placeObjectWeights(object, library.weightsBytes));
  auto file = llvm::cantFail(llvm::object::ELFFile<Elf>::create({object.data(), object.size()}));
  for (const Elf::Shdr &section : llvm::cantFail(file.sections()))
    if (llvm::cantFail(file.getSectionName(section)) == objectWeightsSection) {
      EXPECT_EQ(section.sh_offset, offset);
      EXPECT_EQ(section.sh_size, library.weightsBytes);
      EXPECT_EQ(section.sh_flags, llvm::ELF::SHF_ALLOC | llvm::ELF::SHF_X86_64_LARGE);
      return;
    }
  FAIL() << "no weights";
}

TEST_F(Relocatable, anArchiveSaysWhenAModelIsTooLarge) {
  llvm::Error error = writeToy(at("toy.a"), toyLibrary(largestMember));
  int exit = 0;
  const std::string why = llvm::toString(
      llvm::handleErrors(std::move(error), [&](std::unique_ptr<ExitError> error) -> llvm::Error {
        exit = static_cast<int>(error->code());
        return llvm::Error(std::move(error));
      }));
  EXPECT_EQ(exit, 3);
  EXPECT_EQ(why.find("cannot write '" + at("toy.a") +
                     "': an archive (.a) has room for 9999999999 bytes, the model has 10000"),
            0u)
      << why;
  EXPECT_TRUE(files().empty());
}

TEST_F(Relocatable, toolsAcceptTheFiles) {
  LibraryDescription library = toyLibrary();
  library.name = "a_name_of_more_than_sixteen_characters";
  ASSERT_EQ(text(writeToy(at("toy.a"), library)), "");
  ASSERT_EQ(text(writeToy(at("toy.o"), library)), "");
  for (const std::string ar : {"ar", "llvm-ar-22"}) {
    ASSERT_TRUE(silent(ar + " t " + at("toy.a")));
    EXPECT_EQ(output, library.name + ".o\n");
    ASSERT_TRUE(silent(ar + " p " + at("toy.a") + " " + library.name + ".o"));
    EXPECT_TRUE(output == contents(at("toy.o"))) << "the member is the object";
  }
  EXPECT_TRUE(silent("readelf -W -a " + at("toy.o")));
  EXPECT_TRUE(silent("nm -s " + at("toy.a")));
  EXPECT_NE(output.find(library.name + "_open in " + library.name + ".o"), std::string::npos);
}

TEST_F(Relocatable, sameInputGivesSameBytes) {
  ASSERT_EQ(text(writeToy(at("toy.a"))), "");
  ASSERT_EQ(text(writeToy(at("other.a"))), "");
  EXPECT_EQ(contents(at("toy.a")), contents(at("other.a")));
  EXPECT_EQ(contents(at("toy.h")), contents(at("other.h")));
}

TEST_F(Relocatable, failuresLeaveTheOldOneAlone) {
  for (const std::string &path : {at("toy.a"), at("toy.o")}) {
    ASSERT_EQ(text(writeToy(path)), "");
    const std::string before = contents(path);
    LibraryDescription library = toyLibrary(3 << 20);
    EXPECT_EQ(text(writeLibrary(
                  library, [](WeightSink &) { return inputError("weights: {}", 7); }, path)),
              "weights: 7");
    // The code needs what nobody has: not left for the user's linker to find.
    library.variants[0].functions[0] = "absent";
    EXPECT_EQ(text(writeToy(path, library)), "linking failed: undefined hidden symbol: absent");
    EXPECT_EQ(contents(path), before);
  }
  EXPECT_EQ(files(), (std::set<std::string>{"toy.a", "toy.h", "toy.o"}));
}
