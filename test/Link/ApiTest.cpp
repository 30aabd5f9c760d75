// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Link/Api.h"

#include "TestLibrary.h"

#include <cstdlib>

using namespace tfc;
using namespace tfc::test;

namespace {

class Api : public InFolder {
protected:
  /// Whether the header can be used as a language, every warning an error.
  bool compiles(const LibraryDescription &library, const std::string &options) {
    std::ofstream(at("m.h")) << headerText(library);
    const std::string command = std::string(TFC_TEST_CC) +
                                " -fsyntax-only -Wall -Wextra -Wpedantic -Werror " + options +
                                " -include " + at("m.h") + " /dev/null";
    return std::system(command.c_str()) == 0;
  }
};

LibraryDescription generator() {
  LibraryDescription library = toyLibrary();
  library.task = "generate";
  library.pageBytes = 32 * 48;
  return library;
}

LibraryDescription chatter() {
  LibraryDescription library = generator();
  library.chat = {'T', 'F', 'C', 'H'};
  return library;
}

LibraryDescription classifier() {
  LibraryDescription library = toyLibrary();
  library.task = "classify";
  library.labels = {"good", "*/ int x;", "\xE2\x82\xAC\"\\\n"};
  return library;
}

bool offers(const LibraryDescription &library, llvm::StringRef name) {
  for (const ApiFunction &function : apiFunctions(library))
    if (function.name == name)
      return true;
  return false;
}

} // namespace

TEST_F(Api, headerIsC11AndCxx17) {
  LibraryDescription ids = toyLibrary();
  ids.tokenizer.clear();
  for (const LibraryDescription &library :
       {toyLibrary(), classifier(), generator(), chatter(), ids}) {
    EXPECT_TRUE(compiles(library, "-x c -std=c11"));
    EXPECT_TRUE(compiles(library, "-x c++ -std=c++17"));
  }
}

TEST_F(Api, headersOfTwoModelsLiveTogether) {
  LibraryDescription other = toyLibrary();
  other.name = "other";
  std::ofstream(at("other.h")) << headerText(other);
  EXPECT_TRUE(compiles(toyLibrary(), "-x c -std=c11 -include " + at("other.h")));
}

TEST_F(Api, functionsFollowTheTask) {
  EXPECT_TRUE(offers(toyLibrary(), "embed"));
  EXPECT_FALSE(offers(toyLibrary(), "classify"));
  EXPECT_FALSE(offers(toyLibrary(), "label"));
  EXPECT_FALSE(offers(toyLibrary(), "generate"));
  EXPECT_TRUE(offers(generator(), "generate"));
  EXPECT_FALSE(offers(generator(), "chat"));
  EXPECT_TRUE(offers(chatter(), "chat"));
  EXPECT_TRUE(offers(classifier(), "classify"));
  EXPECT_TRUE(offers(classifier(), "label"));
  for (auto [task, says] : {std::pair("classify", "which add up to 1"),
                            {"classify-multilabel", "each by itself"},
                            {"regress", "the numbers that the model predicts"}}) {
    LibraryDescription library = classifier();
    library.task = task;
    EXPECT_TRUE(offers(library, "classify"));
    EXPECT_NE(headerText(library).find(says), std::string::npos) << headerText(library);
  }
  LibraryDescription ids = toyLibrary();
  ids.tokenizer.clear();
  EXPECT_FALSE(offers(ids, "embed")) << "there is no text without a tokenizer";
  EXPECT_TRUE(offers(ids, "run"));
}

TEST_F(Api, sizesAndLimitsAreConstants) {
  const std::string header = headerText(toyLibrary());
  for (const char *line : {"#define TOY_MAX_SEQUENCE 128 ", "#define TOY_MAX_BATCH 0 ",
                           "#define TOY_INPUT_IDS_LIMIT 30522 ", "#define TOY_EMBEDDING_WIDTH 2 "})
    EXPECT_NE(header.find(line), std::string::npos) << line;
  EXPECT_EQ(header.find("CACHE"), std::string::npos) << "nothing is kept of tokens";
  const std::string generating = headerText(generator());
  for (const char *line : {"#define TOY_CACHE_TOKEN_BYTES 48 ", "#define TOY_CACHE_PAGE_TOKENS 32 ",
                           "#define TOY_CACHE_PAGE_BYTES 1536 "})
    EXPECT_NE(generating.find(line), std::string::npos) << line;
}

TEST_F(Api, typesAreTheRuntimes) {
  // A mirrored type that drifts from tfc.h would break callers silently: compare all fields.
  const std::string source = at("same.c");
  std::ofstream(source) << headerText(chatter()) << R"(
#include "tfc/chat.h"
#define SAME(condition) _Static_assert(condition, #condition);
#define SIZE(type) SAME(sizeof(toy_##type) == sizeof(tfc_##type))
#define FIELD(type, field) SAME(offsetof(toy_##type, field) == offsetof(tfc_##type, field))
#define VALUE(name) SAME((int)TOY_##name == (int)TFC_##name)
SIZE(status) SIZE(element) SIZE(session_options) SIZE(input_array) SIZE(output_array) SIZE(tokens)
FIELD(session_options, threads) FIELD(session_options, max_tokens) FIELD(session_options, cache_tokens)
SIZE(generate_options) FIELD(generate_options, max_new_tokens) FIELD(generate_options, n_best)
SIZE(new_token) FIELD(new_token, end) FIELD(new_token, rank) FIELD(new_token, score)
SIZE(chat_message) FIELD(chat_message, role) FIELD(chat_message, content) FIELD(chat_message, length)
SIZE(chat_options) FIELD(chat_options, add_generation_prompt) FIELD(chat_options, now)
FIELD(input_array, name) FIELD(input_array, data) FIELD(input_array, count)
FIELD(input_array, element)
FIELD(output_array, name) FIELD(output_array, data) FIELD(output_array, count)
FIELD(tokens, rows) FIELD(tokens, offsets) FIELD(tokens, ids) FIELD(tokens, types)
FIELD(tokens, text) FIELD(tokens, text_ends) FIELD(tokens, sequences) FIELD(tokens, words)
FIELD(tokens, begins) FIELD(tokens, ends)
VALUE(OK) VALUE(INVALID_ARGUMENT) VALUE(OUT_OF_MEMORY) VALUE(UNSUPPORTED) VALUE(UNAVAILABLE) VALUE(IO)
VALUE(I32) VALUE(F32) VALUE(I64) VALUE(F64)
)";
  const std::string command =
      std::string(TFC_TEST_CC) + " -std=c11 -fsyntax-only -I" TFC_TEST_INCLUDE " " + source;
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST_F(Api, functionsAreTheRuntimes) {
  // Each forwarder's declaration, spelled as the runtime's, must agree with the one in tfc.h.
  std::string source = "#include \"tfc/chat.h\"\n";
  for (const LibraryDescription &library : {toyLibrary(), classifier(), chatter()})
    for (const ApiFunction &function : apiFunctions(library)) {
      std::string parameters = function.parameters.str();
      if (function.opens)
        parameters = "const struct tfc_library *library, " + parameters;
      std::string line =
          function.result.str() + " " + function.runtime.str() + "(" + parameters + ");\n";
      for (size_t at; (at = line.find("$_")) != std::string::npos;)
        line.replace(at, 2, "tfc_");
      source += line;
    }
  std::ofstream(at("same.c")) << source;
  const std::string command =
      std::string(TFC_TEST_CC) + " -std=c11 -fsyntax-only -I" TFC_TEST_INCLUDE " " + at("same.c");
  EXPECT_EQ(std::system(command.c_str()), 0) << source;
}

TEST(Identifier, comesFromTheStem) {
  EXPECT_EQ(identifierFor("a/b/minilm.so"), "minilm");
  EXPECT_EQ(identifierFor("libminilm.so.1"), "minilm");
  EXPECT_EQ(identifierFor("all-MiniLM-L6-v2.so"), "all_MiniLM_L6_v2");
}

TEST(Identifier, isNeverReservedOrSomebodyElses) {
  EXPECT_EQ(identifierFor("2-fast.so"), "model_2_fast");
  EXPECT_EQ(identifierFor("__x__y__.so"), "x_y");
  EXPECT_EQ(identifierFor("größe; rm -rf.so"), "gr_e_rm_rf");
  EXPECT_EQ(identifierFor(".so"), "model");
  EXPECT_EQ(identifierFor("…"), "model");
  EXPECT_EQ(identifierFor("tfc.so"), "model_tfc");
  EXPECT_EQ(identifierFor("tfc-session.so"), "model_tfc_session");
  EXPECT_EQ(identifierFor("sem.so"), "model_sem");
}
