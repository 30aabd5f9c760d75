// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tfc-run as a user types it, on the model of test/Runtime/FakeModel.h.

#include "Command.h"
#include "tools/tfc-run/Npy.h"

#include <gtest/gtest.h>

namespace tfc::test {
namespace {

using run::Array;
using run::readNpy;

constexpr char int64Rows[] = "{'descr': '<i8', 'fortran_order': False, 'shape': (3, 4), }";

TEST(Command, PrintsWhatTheModelIsFor) {
  TemporaryFolder folder;
  Result result = fake(folder, "--input input_ids=1,2,3 --input input_ids=4 --output embedding");
  EXPECT_EQ(result.code, 0) << result.error;
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.out.substr(0, 5), "6 36 ");
  result = fake(
      folder, "--input input_ids=1,2 --input token_type_ids=0,1 --output last_hidden_state --json");
  EXPECT_EQ(result.out, "{\"last_hidden_state\": [[2, 0, 2], [5, 1, 2]]}\n");
  result = fake(folder, "--input input_ids=1,2 --input input_ids=3 --output last_hidden_state");
  EXPECT_EQ(result.out, "2 0 2\n4 1 2\n\n6 0 1\n\n");
}

TEST(Command, ScalarsHaveNoDimensionOfTheirOwn) {
  TemporaryFolder folder;
  Result result = fake(folder,
                       "--input input_ids=5,6,7 --input input_ids=8 --output start_logits=@" +
                           folder.file("s.npy"),
                       "fake-answer");
  ASSERT_EQ(result.code, 0) << result.error;
  Array start;
  ASSERT_FALSE(readNpy(folder.file("s.npy"), start));
  EXPECT_EQ(start.shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(start.floats, (std::vector<float>{5, 6, 7, 8, 0, 0}));
  std::string asked = "--input input_ids=5,6,7 --output end_logits";
  EXPECT_EQ(fake(folder, asked, "fake-answer").out, "0\n1\n2\n\n");
  EXPECT_EQ(fake(folder, asked + " --json", "fake-answer").out, "{\"end_logits\": [0, 1, 2]}\n");
}

TEST(Command, RemovesPaddingAndPutsItBack) {
  TemporaryFolder folder;
  // Padding on the right, none of it left, and on both sides with a hole; the last row is wholly
  // masked.
  folder.write("ids.npy",
               npy("{'descr': '<i8', 'fortran_order': False, 'shape': (4, 4), }",
                   bytesOf<int64_t>({5, 6, -1, -1, 1, 2, 3, 4, 999, 7, 999, 8, 0, 0, 0, 0})));
  folder.write("mask.npy", npy("{'descr': '<i4', 'fortran_order': False, 'shape': (4, 4), }",
                               bytesOf<int32_t>({1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 0})));
  std::string inputs = "--input input_ids=@" + folder.file("ids.npy") +
                       " --input attention_mask=@" + folder.file("mask.npy");
  Result result = fake(folder, inputs + " --output last_hidden_state=@" + folder.file("h.npy") +
                                   " --output embedding=@" + folder.file("e.npy"));
  ASSERT_EQ(result.code, 0) << result.error;
  EXPECT_EQ(result.out, "");
  Array hidden, embedding;
  ASSERT_FALSE(readNpy(folder.file("h.npy"), hidden));
  ASSERT_FALSE(readNpy(folder.file("e.npy"), embedding));
  EXPECT_EQ(hidden.shape, (std::vector<int64_t>{4, 4, 3}));
  EXPECT_EQ(hidden.floats,
            (std::vector<float>{10, 0,  2, 12, 1, 2, 0, 0, 0, 0, 0, 0,  2, 0, 4, 4,
                                1,  4,  6, 2,  4, 8, 3, 4, 0, 0, 0, 14, 0, 2, 0, 0,
                                0,  16, 1, 2,  0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0}));
  EXPECT_EQ(embedding.shape, (std::vector<int64_t>{4, 3}));
  std::vector<float> sums;
  for (size_t row = 0; row < 4; ++row)
    sums.push_back(embedding.floats[row * 3]);
  EXPECT_EQ(sums, (std::vector<float>{11, 10, 15, 0}));
  EXPECT_EQ(embedding.floats[11], 0) << "a masked row is zero";
  result = fake(folder, inputs + " --output embedding");
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 4);
  EXPECT_NE(result.out.find("\n0 0 0\n"), std::string::npos);
}

TEST(Command, PadsAndTruncates) {
  TemporaryFolder folder;
  std::string output = " --output last_hidden_state=@" + folder.file("h.npy");
  Result result = fake(folder, "--input input_ids=1,2 --input input_ids=3 --pad-to 5" + output);
  ASSERT_EQ(result.code, 0) << result.error;
  Array hidden;
  ASSERT_FALSE(readNpy(folder.file("h.npy"), hidden));
  EXPECT_EQ(hidden.shape, (std::vector<int64_t>{2, 5, 3}));
  result = fake(folder, "--input input_ids=1,2,3 --pad-to 2" + output);
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.error, "error: --pad-to 2 is less than the longest row of 3 tokens\n");
  result = fake(folder, "--input input_ids=1,2,3 --max-seq 2 --truncate --output embedding");
  EXPECT_EQ(result.out.substr(0, 4), "3 9 ");
  result = fake(folder, "--input input_ids=1,2,3 --max-seq 2");
  EXPECT_EQ(
      result.error,
      "error: input_ids: row 0 has 3 tokens, the limit (--max-seq) is 2; --truncate cuts it\n");
  result = fake(folder, "--input input_ids=1,2,3 --max-seq 17");
  EXPECT_EQ(result.error, "error: --max-seq 17 is more than the library's limit of 16\n");
}

TEST(Command, WritesATrace) {
  TemporaryFolder folder;
  Result result = fake(folder, "--input input_ids=1 --trace " + folder.file("t.json"));
  EXPECT_EQ(result.code, 0) << result.error;
  std::string trace = folder.read("t.json");
  for (const char *phase : {"open", "session", "read", "run", "write"})
    EXPECT_NE(trace.find(std::string("\"name\": \"") + phase + '"'), std::string::npos) << phase;
}

/// Words, the exit code, and a part of the message.
struct BadCommand {
  const char *words;
  int code;
  const char *message;
};

TEST(Command, RefusesBadInput) {
  TemporaryFolder folder;
  folder.write("f.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }",
                            bytesOf<float>({1, 2})));
  folder.write("r3.npy", npy("{'descr': '<i8', 'fortran_order': False, 'shape': (1, 1, 2), }",
                             bytesOf<int64_t>({1, 2})));
  folder.write("x.npy", npy("{'descr': '<i8', 'fortran_order': False, 'shape': (1, 2), }",
                            bytesOf<int64_t>({1, 2})));
  folder.write("m.npy", npy("{'descr': '<i8', 'fortran_order': False, 'shape': (1, 3), }",
                            bytesOf<int64_t>({1, 1, 1})));
  folder.write("none.npy", npy("{'descr': '<i8', 'fortran_order': False, 'shape': (1, 0), }", ""));
  folder.write("text.npy", "hello");
  folder.write("cut.npy", npy(int64Rows, "12345678"));
  const BadCommand commands[] = {
      {"--input input_ids=3,100,4 --output embedding=@{}/l.npy", 1,
       "input_ids: row 0, position 1: 100 is outside [0, 100)"},
      {"--input input_ids=3,4,-7", 1, "input_ids: row 0, position 2: -7 is outside [0, 100)"},
      {"--input input_ids=3,99999999999999999999", 1,
       "input_ids: position 1: 99999999999999999999 does not fit into 64 bits"},
      {"--input input_ids=3,x", 1, "input_ids: position 1: expected an integer, found 'x'"},
      {"--input input_ids=3,", 1, "input_ids: position 1: expected an integer, found ''"},
      {"--input input_ids=", 1, "input_ids: row 0 has no tokens"},
      {"--input input_ids=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", 1,
       "row 0 has 17 tokens, the limit (--max-seq) is 16"},
      {"--input input_ids=@{}/f.npy", 1, "input_ids: {}/f.npy: expected integers, found float32"},
      {"--input input_ids=@{}/r3.npy", 1,
       "input_ids: {}/r3.npy: expected an array of [rows, tokens], found the shape [1, 1, 2]"},
      {"--input input_ids=@{}/none.npy", 1, "input_ids: {}/none.npy: row 0 has no tokens"},
      {"--input input_ids=@{}/text.npy", 1, "{}/text.npy: is not a .npy file"},
      {"--input input_ids=@{}/cut.npy", 1,
       "{}/cut.npy: holds 8 bytes of data, its shape [3, 4] of int64 needs 96"},
      {"--input input_ids=@{}/missing.npy", 1, "{}/missing.npy: No such file or directory"},
      {"--input input_ids=@{}/x.npy --input attention_mask=@{}/m.npy", 1,
       "attention_mask: {}/m.npy: row 0 has 3 values, but input_ids has 2 there"},
      {"--input input_ids=1,2 --input attention_mask=1,2", 1,
       "attention_mask: row 0, position 1: expected 0 or 1, found 2"},
      {"--input input_ids=1 --input input_ids=2 --input attention_mask=1", 1,
       "attention_mask: found 1 rows typed inline, but input_ids is 2 rows typed inline"},
      {"--input attention_mask=1", 1, "the input input_ids is missing"},
      {"--input input_ids=1 --input input_ids=@{}/x.npy", 2, "--input input_ids is given twice"},
      {"--input pixels=1", 1,
       "the model has no input pixels; it has input_ids, token_type_ids, attention_mask"},
      {"--input input_ids=1 --output pixels=@{}/l.npy", 1,
       "the model has no output pixels; it has last_hidden_state, embedding"},
      {"--input input_ids=1 --output embedding=@/proc/l.npy", 4,
       "/proc/l.npy: cannot be written: "},
      {"--text hello", 1, "fake has no tokenizer"},
      {"", 2, "nothing to run: give --text TEXT, --input NAME=VALUE or --check MODEL"},
      {"--check {} --input input_ids=1", 2,
       "--check makes its own inputs and excludes --text, --input and --output"},
      {"--check {} --output embedding", 2, "--check makes its own inputs and excludes"},
      {"--check {} --similarity", 2, "--similarity needs --text"},
      {"--seed 3 --input input_ids=1", 1, "--seed: fake does not generate text; its task is embed"},
      {"--stop x --input input_ids=1", 1, "--stop: fake does not generate text"},
      {"--greedy --top-k 3 --text a", 2, "--greedy excludes --temperature, --top-k"},
      {"--beams 2 --top-p 0.5 --text a", 2, "--beams and sampling exclude each other"},
      {"--beams 2 --stop a --text a", 2, "--beams and --stop exclude each other"},
      {"--beams 2 --stream --text a", 2, "--beams and --stream exclude each other"},
      {"--beams 65 --text a", 2, "--beams"},
      {"--length-penalty 2 --text a", 2, "--length-penalty needs --beams"},
      {"--n-best 3 --beams 2 --text a", 2, "--n-best needs as many --beams"},
      {"--n-best 2 --beams 2 --explain --text a", 2,
       "--n-best excludes --attention, --alignment and --explain"},
      {"--explain --stream --text a", 2, "--explain and --stream exclude each other"},
      {"--log-probabilities --text a", 2, "--log-probabilities needs --json"},
      {"--stream --input input_ids=1", 2, "--stream needs --text"},
      {"--top-p 0 --text a", 2, "--top-p"},
      {"--temperature 0 --text a", 2, "--temperature"},
      {"--logit-bias 3 --text a", 2, "--logit-bias: expected ID=X, found '3'"},
      {"--logit-bias x=3 --text a", 2, "--logit-bias: expected ID=X, found 'x=3'"},
      {"--logit-bias 3=nan --text a", 2, "expected a number for X of ID=X, found '3=nan'"},
      {"--check {} --stream", 2, "--check and --stream exclude each other"},
      {"--check {} --seed x", 2, "--seed"},
      {"--check {} --max-seq 17", 1, "--max-seq 17 is more than the library's limit of 16"},
      {"--input input_ids=1 --frobnicate", 2, "--frobnicate"},
      {"--input input_ids", 2, "--input: expected NAME=VALUE or NAME=@FILE, found 'input_ids'"},
      {"--input =1", 2, "--input: expected NAME=VALUE or NAME=@FILE, found '=1'"},
      {"--input input_ids=@", 2, "--input: 'input_ids=@' names no file"},
      {"--input input_ids=1 --output embedding=x", 2,
       "--output: expected NAME=@FILE, found 'embedding=x'"},
      {"--input input_ids=1 --threads 0", 2, "--threads"},
      {"--input input_ids=1 --device tpu", 2, "--device: expected cpu or cuda, found 'tpu'"},
      {"--input input_ids=1 --device cuda", 3, "cuda"},
      {"--input input_ids=1 --text a", 2, "--text and --input exclude each other"},
      {"--text a --text b --text-pair c", 2, "1 --text-pair for 2 --text: each text needs its own"},
      {"--text - --text b", 2, "--text - reads all texts"},
      {"--text - --text-pair c", 2, "1 --text-pair for 0 --text: each text needs its own"},
      {"--check {} --text a", 2, "--check makes its own inputs and excludes"},
      {"--tokenize-only --similarity --text a", 2, "--tokenize-only excludes --similarity and"},
      {"--tokenize-only --output embedding --text a", 2,
       "--tokenize-only excludes --similarity and"},
      {"--similarity --output embedding --text a", 2,
       "--similarity and --output exclude each other"},
      {"--tokenize-only --input input_ids=1", 2, "--tokenize-only needs --text"},
      {"--answers 2 --input input_ids=1", 2, "--answers needs --text"},
      {"second.so --input input_ids=1", 2, "second.so"},
  };
  auto fill = [&](std::string text) {
    for (size_t at; (at = text.find("{}")) != std::string::npos;)
      text.replace(at, 2, folder.path);
    return text;
  };
  for (const BadCommand &command : commands) {
    Result result = fake(folder, fill(command.words));
    EXPECT_EQ(result.code, command.code) << command.words;
    EXPECT_EQ(result.out, "") << command.words;
    EXPECT_EQ(result.error.substr(0, 7), "error: ") << command.words;
    EXPECT_NE(result.error.find(fill(command.message)), std::string::npos)
        << command.words << ": " << result.error;
    EXPECT_FALSE(std::filesystem::exists(folder.file("l.npy"))) << command.words;
  }
}

TEST(Command, RefusesBadLibraries) {
  TemporaryFolder folder;
  folder.write("empty.so", "");
  for (const char *name : {"none.so", "empty.so"}) {
    Result result = tool(folder, folder.file(name) + " --input input_ids=1");
    EXPECT_EQ(result.code, 1);
    EXPECT_EQ(result.out, "");
    EXPECT_NE(result.error.find(folder.file(name)), std::string::npos) << result.error;
  }
}

TEST(Command, ExplainsItself) {
  TemporaryFolder folder;
  Result result = tool(folder, "--help");
  EXPECT_EQ(result.code, 0);
  for (const char *option :
       {"--text", "--text-pair", "--similarity", "--input", "--output", "--json", "--threads",
        "--max-seq", "--truncate", "--pad-to", "--tokenize-only", "--trace", "--device",
        "--version", "--answers", "--max-answer", "--no-answer"})
    EXPECT_NE(result.out.find(option), std::string::npos) << option;
  result = tool(folder, "--version");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out.substr(0, 8), "tfc-run ");
}

TEST(Command, LeavesNothingOfAnArrayThatDoesNotFit) {
  TemporaryFolder folder;
  std::string command =
      "ulimit -f 16; " TFC_RUN " " TFC_FAKE_LIBRARIES
      "/fake.so --input input_ids=1 --pad-to 100000 --output last_hidden_state=@" +
      folder.file("h.npy") + " 2>" + folder.file("stderr");
  int status = system(command.c_str());
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 4);
  EXPECT_EQ(folder.read("stderr"),
            "error: " + folder.file("h.npy") + ": cannot be written: File too large\n");
  EXPECT_EQ(folder.count(), 1u);
}

TEST(Command, SaysWhenStandardOutputIsFull) {
  TemporaryFolder folder;
  std::string command = TFC_RUN " " TFC_FAKE_LIBRARIES
                                "/fake.so --input input_ids=1 >/dev/full 2>" +
                        folder.file("stderr");
  int status = system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 4);
  EXPECT_EQ(folder.read("stderr"), "error: standard output: No space left on device\n");
}

} // namespace
} // namespace tfc::test
