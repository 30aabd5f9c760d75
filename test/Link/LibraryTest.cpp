// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Long because one file is looked at from many sides: loader, linker, header and runtime.

#include "compiler/Link/Library.h"

#include "TestLibrary.h"
#include "compiler/Link/Image.h"
#include "compiler/Target/Object.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/SourceMgr.h"

#include <csignal>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <map>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace tfc::test {

LibraryDescription toyLibrary(uint64_t weightsBytes, const Variant &variant) {
  // Copies call->weights[0…8) to call->area[TFC_AREA_ROW].
  static std::map<std::string, llvm::SmallVector<char, 0>> codes;
  llvm::SmallVector<char, 0> &code = codes[variant.name.str()];
  if (code.empty()) {
    llvm::LLVMContext context;
    llvm::SMDiagnostic diagnostic;
    auto module = llvm::parseAssemblyString(R"(
      define hidden void @main(ptr %call, ptr %scratch) {
        %weights = load ptr, ptr %call
        %to = getelementptr i8, ptr %call, i64 8
        %area = load ptr, ptr %to
        %word = load i64, ptr %weights
        store i64 %word, ptr %area
        ret void
      })",
                                            diagnostic, context);
    llvm::cantFail(optimize(*module, variant));
    code = llvm::cantFail(emitObject(*module, variant));
  }
  static const std::string runtime = contents(TFC_TEST_RUNTIME);
  LibraryDescription library;
  library.name = "toy";
  library.task = "embed";
  library.entries = {{"main",
                      {{.name = "input_ids", .type = TFC_TYPE_I32, .scalar = true, .limit = 30522},
                       {.name = "token_type_ids",
                        .type = TFC_TYPE_I32,
                        .optional = true,
                        .scalar = true,
                        .offset = 4,
                        .limit = 2}},
                      {{.name = "embedding", .area = TFC_AREA_ROW, .width = 2}},
                      {1024, 2048, 4096}}};
  library.variants = {{variant.name.str(), variant.level, code, {"main"}, 256, 16}};
  library.weightsBytes = weightsBytes;
  library.tokenizer = {'T', 'F', 'C', 'T', 0, 0, 0, 0};
  library.maxSequence = 128;
  if (&variant.architecture == &hostArchitecture())
    library.runtime = runtime;
  return library;
}

llvm::Error writePattern(WeightSink &sink, uint64_t bytes, unsigned seed) {
  std::vector<char> piece;
  uint64_t place = 0;
  for (uint64_t size = 1; place < bytes; size = size * 7 % 300007 + 1) {
    piece.resize(std::min(size, bytes - place));
    for (char &byte : piece)
      byte = static_cast<char>(place++ * 31 + seed);
    if (llvm::Error error = sink.write(piece))
      return error;
  }
  return llvm::Error::success();
}

} // namespace tfc::test

using namespace tfc;
using namespace tfc::test;
using Elf = llvm::object::ELF64LE;

namespace {

std::string pattern(uint64_t bytes, unsigned seed = 7) {
  std::string result(bytes, 0);
  for (uint64_t i = 0; i < bytes; ++i)
    result[i] = static_cast<char>(i * 31 + seed);
  return result;
}

/// A loaded library.
struct Loaded {
  explicit Loaded(const std::string &path) : handle(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    EXPECT_NE(handle, nullptr) << dlerror();
  }
  ~Loaded() {
    if (handle)
      dlclose(handle);
  }
  template <typename Function> Function *function(const char *name) const {
    return reinterpret_cast<Function *>(dlsym(handle, name));
  }

  /// As a loader finds it: by the note in the image, without a name.
  const tfc_library *library() const {
    link_map *map = nullptr;
    dlinfo(handle, RTLD_DI_LINKMAP, &map);
    std::pair<uintptr_t, const tfc_library *> search{map->l_addr, nullptr};
    dl_iterate_phdr(
        [](dl_phdr_info *image, size_t, void *argument) {
          auto &[base, found] = *static_cast<std::pair<uintptr_t, const tfc_library *> *>(argument);
          for (int i = 0; i < image->dlpi_phnum && image->dlpi_addr == base; ++i) {
            const ElfW(Phdr) &segment = image->dlpi_phdr[i];
            auto *at = reinterpret_cast<const char *>(base + segment.p_vaddr),
                 *end = at + segment.p_memsz;
            while (segment.p_type == PT_NOTE && at < end) {
              const auto *note = reinterpret_cast<const ElfW(Nhdr) *>(at);
              const char *description = at + sizeof *note + (note->n_namesz + 3) / 4 * 4;
              int64_t distance;
              std::memcpy(&distance, description + 8, 8);
              if (note->n_namesz == 4 && note->n_type == 1 &&
                  std::memcmp(at + sizeof *note, "tfc", 4) == 0) {
                EXPECT_EQ(*reinterpret_cast<const uint32_t *>(description), TFC_ABI_VERSION);
                found = reinterpret_cast<const tfc_library *>(at + distance);
              }
              at = description + (note->n_descsz + 3) / 4 * 4;
            }
          }
          return 0;
        },
        &search);
    return search.second;
  }

  void *handle;
};

class Library : public InFolder {
protected:
  void SetUp() override {
    InFolder::SetUp();
    path = at("toy.so");
  }
  void checkWeights(const std::string &file, const std::string &expected) {
    Loaded loaded(file);
    const tfc_library *library = loaded.library();
    ASSERT_NE(library, nullptr);
    ASSERT_EQ(library->weights_bytes, expected.size());
    EXPECT_EQ(std::memcmp(library->weights, expected.data(), expected.size()), 0);
  }

  std::string path;
};

} // namespace

TEST_F(Library, answersThroughItsOwnFunctions) {
  ASSERT_EQ(text(writeToy(path)), "");
  Loaded loaded(path);
  void *model = nullptr, *session = nullptr;
  char message[8];
  auto *open = loaded.function<int(void **, char *, size_t)>("toy_open");
  ASSERT_NE(open, nullptr);
  EXPECT_EQ(open(&model, message, sizeof message), 0);
  EXPECT_STREQ(message, "toy");
  EXPECT_EQ(model, loaded.library());
  EXPECT_EQ(loaded.function<int(void *, void *, void **, char *, size_t)>("toy_session_create")(
                model, nullptr, &session, nullptr, 0),
            1);
  uint64_t word = 0;
  EXPECT_EQ(loaded.function<int(void *, size_t, void *, void *, size_t, void *, size_t)>("toy_run")(
                session, 1, nullptr, nullptr, 0, &word, 0),
            0);
  uint64_t expected;
  std::memcpy(&expected, pattern(8).data(), 8);
  EXPECT_EQ(word, expected);
  const char *texts[] = {"a", "abc"};
  float out[2];
  EXPECT_EQ(loaded.function<int(void *, const char **, void *, size_t, float *)>("toy_embed")(
                session, texts, nullptr, 2, out),
            0);
  EXPECT_EQ(out[1], 3);
  // An argument that is passed on the stack.
  EXPECT_EQ(loaded.function<int(void *, void *, void *, void *, void *, size_t, size_t, void *)>(
                "toy_tokenize")(session, nullptr, nullptr, nullptr, nullptr, 0, 7, nullptr),
            0);
}

TEST_F(Library, carriesTheRuntime) {
  LibraryDescription library = toyLibrary();
  library.runtime = {};
  library.tokenizer.clear();
  ASSERT_EQ(text(writeToy(path, library)), "");
  // By the library's own header, in a program of its own.
  std::ofstream(at("main.c")) << R"(
#include "toy.h"
#include <stdio.h>
#include <string.h>
int main(void) {
  char message[200] = "";
  toy_model *model;
  toy_session *session;
  const toy_session_options one = {.threads = 1};
  if (toy_open(&model, message, sizeof message) ||
      toy_session_create(model, &one, &session, message, sizeof message))
    return puts(message), 1;
  const int64_t offsets[] = {0, 3};
  const int32_t ids[] = {1, 2, 3};
  float embedding[TOY_EMBEDDING_WIDTH];
  const toy_input_array in = {"input_ids", ids, 3, TOY_I32};
  const toy_output_array out = {"embedding", embedding, TOY_EMBEDDING_WIDTH};
  if (toy_run(session, 1, offsets, &in, 1, &out, 1))
    return puts(toy_session_error(session)), 1;
  fwrite(embedding, 1, sizeof embedding, stdout);
  toy_session_destroy(session);
  toy_close(model);
  return 0;
}
)";
  const std::string program = at("main");
  ASSERT_TRUE(silent(std::string(TFC_TEST_CC) + " -std=c11 " + at("main.c") + " " + path + " -o " +
                     program));
  ASSERT_TRUE(silent(program)) << output;
  EXPECT_EQ(output, pattern(8));
}

TEST_F(Library, describesItself) {
  LibraryDescription description = toyLibrary();
  description.labels = {"yes", "no"};
  description.chat = {'c', 'h', 'a', 't'};
  ASSERT_EQ(text(writeToy(path, description)), "");
  Loaded loaded(path);
  const tfc_library *library = loaded.library();
  ASSERT_NE(library, nullptr);
  EXPECT_EQ(library->abi_version, TFC_ABI_VERSION);
  EXPECT_STREQ(library->name, "toy");
  EXPECT_STREQ(library->task, "embed");
  ASSERT_EQ(library->label_count, 2u);
  EXPECT_STREQ(library->labels[1], "no");
  ASSERT_EQ(library->entry_count, 1u);
  ASSERT_EQ(library->entries->input_count, 2u);
  const tfc_value &types = library->entries->inputs[1];
  EXPECT_STREQ(types.name, "token_type_ids");
  EXPECT_EQ(types.type, TFC_TYPE_I32);
  EXPECT_EQ(types.area, TFC_AREA_TOKEN);
  EXPECT_EQ(types.optional, 1);
  EXPECT_EQ(types.scalar, 1);
  EXPECT_EQ(types.offset, 4);
  EXPECT_EQ(types.width, 1);
  EXPECT_EQ(types.limit, 2);
  ASSERT_EQ(library->entries->output_count, 1u);
  EXPECT_EQ(library->entries->outputs->width, 2);
  ASSERT_EQ(library->variant_count, 1u);
  EXPECT_STREQ(library->variants->name, "x86-64");
  EXPECT_EQ(library->variants->level, 1u);
  EXPECT_EQ(library->variants->scratch_bytes, 256);
  EXPECT_EQ(library->variants->scratch_bytes_per_token, 16);
  EXPECT_EQ(library->tokenizer_bytes, 8u);
  EXPECT_EQ(library->tokenizer->magic, 0x54434654u);
  EXPECT_EQ(std::string(library->chat, library->chat_bytes), "chat");
  EXPECT_EQ(library->max_sequence, 128);
  EXPECT_EQ(library->max_batch, 0);
  EXPECT_EQ(library->entries[0].area_bytes[TFC_AREA_PAIR], 4096);
  EXPECT_EQ(library->weights_file, nullptr);
}

TEST_F(Library, holdsItsWeights) {
  for (uint64_t bytes : {uint64_t{1}, uint64_t{1} << 20, (uint64_t{1} << 20) + 4097,
                         uint64_t{5} << 20, (uint64_t{17} << 20) + 1}) {
    ASSERT_EQ(text(writeToy(path, toyLibrary(bytes))), "");
    const std::string expected = pattern(bytes);
    Loaded loaded(path);
    const tfc_library *library = loaded.library();
    ASSERT_EQ(library->weights_bytes, bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(library->weights) % weightsAlignment, 0u);
    EXPECT_EQ(std::memcmp(library->weights, expected.data(), bytes), 0);
    EXPECT_EQ(library->weights_hash, XXH3_64bits(expected.data(), bytes));
    EXPECT_EQ(std::filesystem::file_size(path) % weightsAlignment, bytes % weightsAlignment)
        << "nothing behind";
  }
}

TEST_F(Library, mapsItsWeightsReadOnlyWhereHugePagesFit) {
  ASSERT_EQ(text(writeToy(path)), "");
  Loaded loaded(path);
  const auto weights = reinterpret_cast<uintptr_t>(loaded.library()->weights);
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin, end, offset;
    char access[5];
    if (sscanf(line.c_str(), "%lx-%lx %4s %lx", &begin, &end, access, &offset) != 4 ||
        begin > weights || weights >= end)
      continue;
    EXPECT_STREQ(access, "r--p");
    EXPECT_EQ((begin - offset) % hugePage, 0u);
    return;
  }
  FAIL() << "the weights are not mapped";
}

TEST_F(Library, mayHaveNoWeights) {
  ASSERT_EQ(text(writeToy(path, toyLibrary(0))), "");
  EXPECT_EQ(Loaded(path).library()->weights, nullptr);
}

TEST_F(Library, exportsItsFunctionsAndNothingElse) {
  ASSERT_EQ(text(writeToy(path)), "");
  const std::string bytes = contents(path);
  auto file =
      llvm::cantFail(llvm::object::ELFObjectFile<Elf>::create(llvm::MemoryBufferRef(bytes, path)));
  std::set<std::string> names;
  for (const llvm::object::ELFSymbolRef &symbol : file.getDynamicSymbolIterators())
    if (!(llvm::cantFail(symbol.getFlags()) & llvm::object::SymbolRef::SF_Undefined))
      names.insert(llvm::cantFail(symbol.getName()).str());
  EXPECT_EQ(names, (std::set<std::string>{"toy_close", "toy_detokenize", "toy_embed", "toy_open",
                                          "toy_run", "toy_session_create", "toy_session_destroy",
                                          "toy_session_error", "toy_status_text", "toy_tokenize",
                                          "toy_variant_name"}));
}

TEST_F(Library, needsLibcLibmAndLibpthreadAtOldVersions) {
  ASSERT_EQ(text(writeToy(path)), "");
  ASSERT_TRUE(silent("readelf -W -d " + path));
  std::set<std::string> needed;
  for (size_t at = 0; (at = output.find("Shared library: [", at)) != std::string::npos;) {
    at += 17;
    needed.insert(output.substr(at, output.find(']', at) - at));
  }
  EXPECT_EQ(needed, (std::set<std::string>{"libc.so.6", "libm.so.6", "libpthread.so.0"}));
  ASSERT_TRUE(silent("readelf -W --dyn-syms " + path));
  EXPECT_NE(output.find("pthread_create@GLIBC_2.2.5"), std::string::npos) << output;
}

TEST_F(Library, toolsAcceptTheFile) {
  const uint64_t bytes = (3 << 20) + 5;
  ASSERT_EQ(text(writeToy(path, toyLibrary(bytes))), "");
  EXPECT_TRUE(silent("readelf -W -a " + path));
  EXPECT_NE(output.find(".tfc.weights"), std::string::npos);
  EXPECT_NE(output.find("GNU_RELRO"), std::string::npos);
  EXPECT_TRUE(silent("objdump -d " + path));
  if (std::system("command -v gdb >/dev/null") == 0) {
    EXPECT_TRUE(silent("gdb -nx -batch -ex 'info functions toy_' " + path));
    EXPECT_NE(output.find("toy_open"), std::string::npos);
  }
  for (const std::string strip : {"strip", "strip --strip-all", "llvm-strip-22"}) {
    std::filesystem::copy_file(path, at("stripped.so"));
    ASSERT_TRUE(silent(strip + " " + at("stripped.so"))) << strip;
    checkWeights(at("stripped.so"), pattern(bytes));
    EXPECT_LT(std::filesystem::file_size(at("stripped.so")), bytes + hugePage + (1 << 20));
    std::filesystem::remove(at("stripped.so"));
  }
}

TEST_F(Library, needsNothingOfTheUsersMachine) {
  // No compiler, no linker, and no place for temporary files.
  const std::string old = getenv("PATH");
  setenv("PATH", "", 1);
  setenv("TMPDIR", "/nowhere", 1);
  auto restore = llvm::scope_exit([&] {
    setenv("PATH", old.c_str(), 1);
    unsetenv("TMPDIR");
  });
  EXPECT_EQ(text(writeToy(path)), "");
  EXPECT_EQ(files(), (std::set<std::string>{"toy.h", "toy.so"}));
  checkWeights(path, pattern(1 << 20));
}

TEST_F(Library, sameInputGivesSameBytes) {
  ASSERT_EQ(text(writeToy(path)), "");
  ASSERT_EQ(text(writeToy(at("other.so"))), "");
  EXPECT_EQ(contents(path), contents(at("other.so")));
  EXPECT_EQ(contents(at("toy.h")), contents(at("other.h")));
}

TEST_F(Library, buildIdCoversTheWeights) {
  const LibraryDescription library = toyLibrary();
  std::string ids[2];
  for (unsigned seed : {0u, 1u}) {
    ASSERT_EQ(text(writeLibrary(
                  library,
                  [&](WeightSink &sink) { return writePattern(sink, library.weightsBytes, seed); },
                  path)),
              "");
    ASSERT_TRUE(silent("readelf -n " + path));
    ids[seed] = output.substr(output.find("Build ID: "), 42);
  }
  EXPECT_NE(ids[0], ids[1]);
}

TEST_F(Library, failuresLeaveTheOldOneAlone) {
  ASSERT_EQ(text(writeToy(path)), "");
  const std::string before = contents(path), header = contents(at("toy.h"));
  LibraryDescription library = toyLibrary(3 << 20);
  // The weights cannot be read.
  EXPECT_EQ(text(writeLibrary(
                library, [](WeightSink &) { return inputError("weights: {}", 7); }, path)),
            "weights: 7");
  // The writer stops short: a bug of the compiler.
  llvm::Error error =
      writeLibrary(library, [](WeightSink &sink) { return writePattern(sink, 10); }, path);
  EXPECT_EQ(text(std::move(error)), "expected 3145728 bytes of weights, found 10");
  // The code needs what nobody has.
  library.variants[0].functions[0] = "absent";
  error = writeToy(path, library);
  const std::string why = text(std::move(error));
  EXPECT_NE(why.find("undefined hidden symbol: absent"), std::string::npos) << why;
  EXPECT_EQ(contents(path), before);
  EXPECT_EQ(contents(at("toy.h")), header);
  EXPECT_EQ(files().size(), 2u);
}

TEST_F(Library, aKilledCompileLeavesTheOldOneAlone) {
  ASSERT_EQ(text(writeToy(path)), "");
  const std::string before = contents(path);
  if (pid_t child = fork()) {
    int status;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  } else {
    llvm::consumeError(writeLibrary(
        toyLibrary(3 << 20),
        [](WeightSink &sink) {
          llvm::cantFail(writePattern(sink, 2 << 20));
          raise(SIGKILL);
          return llvm::Error::success();
        },
        path));
    _exit(0);
  }
  EXPECT_EQ(contents(path), before);
  EXPECT_EQ(files().size(), 2u);
}

TEST_F(Library, aLimitOnFileSizesIsAnErrorThatNamesTheFile) {
  ASSERT_EQ(text(writeToy(path)), "");
  const std::string before = contents(path);
  // Below the size of the objects, below that of the image, below that of the library.
  for (rlim_t limit : {1000, 4096, 30000, 1000000}) {
    if (pid_t child = fork()) {
      int status;
      waitpid(child, &status, 0);
      EXPECT_EQ(status, 0) << limit;
    } else {
      signal(SIGXFSZ, SIG_IGN);
      const rlimit limits{limit, limit};
      setrlimit(RLIMIT_FSIZE, &limits);
      llvm::Error error = writeToy(path);
      int result = 0;
      llvm::handleAllErrors(std::move(error), [&](const ExitError &exit) {
        if (exit.code() != ExitCode::environment ||
            exit.message().find("toy.so") == std::string::npos) {
          fprintf(stderr, "%s\n", exit.message().c_str());
          result = 1;
        }
      });
      _exit(result);
    }
  }
  EXPECT_EQ(contents(path), before);
  EXPECT_EQ(files().size(), 2u);
}

TEST_F(Library, refusesPlacesWhereItCannotBe) {
  EXPECT_EQ(code(writeToy(at("none/toy.so"))), 4);
  EXPECT_EQ(code(writeToy(folder)), 4);
  EXPECT_EQ(code(writeToy("/proc/toy.so")), 4);
  EXPECT_EQ(code(writeToy("/dev/null")), 4);
  EXPECT_EQ(code(writeToy(at("toy.h"))), 2);
  std::filesystem::create_directory(at("toy.h"));
  EXPECT_EQ(text(writeToy(path)), "cannot write '" + at("toy.h") + "': it is a folder");
  EXPECT_EQ(files(), std::set<std::string>{"toy.h"});
}

TEST_F(Library, needsTheRuntimeOfItsArchitecture) {
  EXPECT_EQ(text(checkLinkable(hostArchitecture(), path)), "");
  const Architecture other = {"abacus", "abacus-unknown-linux-gnu", nullptr, "a"};
  EXPECT_EQ(
      text(checkLinkable(other, "toy.so")),
      "cannot write 'toy.so': this tfc was built without the runtime for abacus, which takes "
      "headers of libc and libstdc++ for it; supported: --emit=plan, codegen, llvm, asm, obj");
  EXPECT_EQ(code(checkLinkable(other, path)), 3);
}

TEST_F(Library, linksIntoAProgram) {
  ASSERT_EQ(text(writeToy(path)), "");
  std::ofstream(at("main.c"))
      << "#include \"toy.h\"\n"
         "int main(void) {\n  toy_model *model;\n"
         "  return toy_open(&model, NULL, 0) != TOY_OK || *toy_variant_name(model) != 'x';\n}\n";
  const std::string program = at("main");
  ASSERT_TRUE(silent(std::string(TFC_TEST_CC) + " -std=c11 " + at("main.c") + " " + path + " -o " +
                     program));
  EXPECT_TRUE(silent(program));
}
