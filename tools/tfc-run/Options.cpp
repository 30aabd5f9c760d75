// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OptionRules.h"
#include "tfc/abi.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace tfc::run {
namespace {

Failure parseAssignments(const char *option, const std::vector<std::string> &words,
                         bool valueNeeded, std::vector<Assignment> &assignments) {
  for (const std::string &word : words) {
    size_t equals = word.find('=');
    Assignment assignment;
    assignment.name = word.substr(0, equals);
    if (assignment.name.empty() || (equals == std::string::npos && valueNeeded))
      return usage(fmt::format("{}: expected NAME=VALUE or NAME=@FILE, found '{}'", option, word));
    assignment.value = equals == std::string::npos ? "" : word.substr(equals + 1);
    if (!assignment.value.empty() && assignment.value[0] == '@') {
      assignment.isFile = true;
      assignment.value.erase(0, 1);
      if (assignment.value.empty())
        return usage(fmt::format("{}: '{}' names no file", option, word));
    } else if (!valueNeeded && equals != std::string::npos) {
      return usage(fmt::format("{}: expected NAME=@FILE, found '{}'", option, word));
    }
    assignments.push_back(std::move(assignment));
  }
  return {};
}

/// ID=X of --logit-bias.
Failure parseBiases(const std::vector<std::string> &words,
                    std::vector<std::pair<int32_t, float>> &biases) {
  for (const std::string &word : words) {
    auto &[id, value] = biases.emplace_back();
    const char *end = word.data() + word.size();
    auto [equals, wrongId] = std::from_chars(word.data(), end, id);
    if (wrongId != std::errc() || equals == end || *equals != '=')
      return usage(fmt::format("--logit-bias: expected ID=X, found '{}'", word));
    auto [last, wrongValue] = std::from_chars(equals + 1, end, value);
    if (wrongValue != std::errc() || last != end || std::isnan(value))
      return usage(fmt::format("--logit-bias: expected a number for X of ID=X, found '{}'", word));
  }
  return {};
}

} // namespace

Failure parseOptions(int argc, char **argv, std::optional<Options> &result) {
  Options options;
  std::vector<std::string> inputs, outputs;
  std::string device = "cpu";
  CLI::App app("Runs a library that tfc compiled, on text, ids or arrays.", "tfc-run");
  app.set_version_flag(
      "--version", fmt::format("tfc-run {} (runtime interface {})", TFC_VERSION, TFC_ABI_VERSION),
      "Print the version and exit");
  app.add_option("LIB", options.library, "The compiled library, such as minilm.so")->required();
  auto repeatable = [&](const char *name, std::vector<std::string> &words, const char *type,
                        const char *help) {
    app.add_option(name, words, help)->type_name(type)->allow_extra_args(false);
  };
  repeatable(
      "--text", options.texts, "TEXT",
      "A text for the model's natural job, repeatable; '-' reads one a line from standard input");
  app.add_flag("--chat", options.chat,
               "Each --text is what a user says: the model's chat template makes the prompt");
  app.add_option("--system", options.system, "With --chat: the system message before each --text")
      ->type_name("TEXT");
  repeatable("--messages", options.messages, "FILE",
             "A conversation to answer: a JSON list of {\"role\": …, \"content\": …}; repeatable");
  repeatable("--text-pair", options.pairs, "TEXT",
             "The second sentence of a --text, for models that take pairs");
  app.add_flag("--similarity", options.similarity, "Print the table of cosines between the texts");
  repeatable("--input", inputs, "NAME=VALUE",
             "An input by name: @FILE.npy, or ids such as 1,2,3; ids repeat for more rows");
  repeatable("--output", outputs, "NAME=@FILE",
             "Write an output as a .npy file; without =@FILE print it");
  app.add_option(
         "--check", options.check,
         "Compile MODEL, a folder or a .mlir, in f64 and print how far the library's numbers are "
         "from its; exit 1 beyond 1e-5")
      ->type_name("MODEL");
  app.add_option("--seed", options.seed,
                 "What is drawn: tokens, or the ids of --check (default: 0)")
      ->type_name("N");
  app.add_option("--answers", options.answers, "The best N answers to each question (default: 1)")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{1000}));
  app.add_option("--max-answer", options.maxAnswer,
                 "The longest answer in tokens (default: 15); its first and last word stay whole")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 30));
  app.add_flag("--no-answer", options.noAnswer, "Let the empty answer compete with the others");
  app.add_option("--max-new-tokens", options.maxNewTokens,
                 "How many tokens a row is continued by at most (default: what there is room for)")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 30));
  app.add_option("--min-new-tokens", options.minNewTokens, "No end token comes before")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 30));
  app.add_flag("--greedy", options.greedy, "Always choose the most likely token (the default)");
  const CLI::Range positive(std::numeric_limits<double>::min(), std::numeric_limits<double>::max(),
                            "a number above 0");
  app.add_option("--temperature", options.temperature,
                 "Draw tokens by chance, from logits that are divided by T")
      ->type_name("T")
      ->check(positive);
  app.add_option("--top-k", options.topK, "Draw among the K likeliest tokens; 0: among all")
      ->type_name("K")
      ->check(CLI::Range(int64_t{0}, int64_t{1} << 30));
  app.add_option("--top-p", options.topP,
                 "Draw among the fewest tokens that together have the probability P")
      ->type_name("P")
      ->check(CLI::Range(std::numeric_limits<double>::min(), 1.0, "a number above 0, up to 1"));
  app.add_option("--min-p", options.minP,
                 "Draw among tokens that have this share of the likeliest one's probability")
      ->type_name("P")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--repetition-penalty", options.repetitionPenalty,
                 "Above 1: what was there before comes less often")
      ->type_name("X")
      ->check(positive);
  std::vector<std::string> biases;
  repeatable("--logit-bias", biases, "ID=X", "Add X to the logits of a token; -inf forbids it");
  app.add_option("--beams", options.beams, "Beam search: follow the B likeliest continuations")
      ->type_name("B")
      ->check(CLI::Range(int64_t{1}, int64_t{64}));
  app.add_option("--length-penalty", options.lengthPenalty,
                 "Beams: divide a continuation's score by its length to the power A")
      ->type_name("A");
  app.add_option("--n-best", options.nBest, "Beams: give the N best of each text, best first")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{64}));
  repeatable("--stop", options.stop, "TEXT", "End a row before this text");
  app.add_flag("--stream", options.streams, "Print the text as it comes, token by token");
  app.add_flag("--log-probabilities", options.logProbabilities,
               "With --json: the logarithm of each token's probability");
  app.add_flag("--json", options.json,
               "Print JSON, an object a line; lines of standard input are JSON strings");
  app.add_option("--threads", options.threads, "Threads to compute with (default: all cores)")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{1024}));
  app.add_option("--max-seq", options.maxSeq,
                 "The longest row in tokens; longer texts are cut, longer ids refused")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 30));
  app.add_flag("--truncate", options.truncate,
               "Cut rows of ids that are too long instead of refusing them");
  app.add_option("--pad-to", options.padTo,
                 "Pad arrays of tokens to N tokens a row (default: the longest row)")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 30));
  app.add_flag("--tokenize-only", options.tokenizeOnly,
               "Print ids and tokens of the texts as JSON");
  app.add_option(
         "--attention", options.attention,
         "Write who looks at whom: a page (.html), a picture (.svg, .png) or numbers (.json, .npy)")
      ->type_name("FILE");
  app.add_option("--alignment", options.alignment,
                 "Write which word of the source each word of a translation comes from")
      ->type_name("FILE");
  app.add_flag("--explain", options.explain,
               "Show every step with its formula and numbers (tfc --explain)");
  app.add_option("--trace", options.trace, "Write where the time went, for Chrome's trace viewer")
      ->type_name("FILE");
  app.add_option("--device", device, "cpu")->type_name("NAME");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    if (error.get_exit_code() == 0) { // help and version
      app.exit(error);
      return {};
    }
    return usage(error.what());
  }
  for (const char *name : {"--answers", "--max-answer", "--no-answer"})
    if (app.count(name))
      options.answerOption = name;
  for (const char *name :
       {"--max-new-tokens", "--min-new-tokens", "--greedy", "--temperature", "--top-k", "--top-p",
        "--min-p", "--repetition-penalty", "--logit-bias", "--beams", "--length-penalty",
        "--n-best", "--stop", "--stream", "--log-probabilities"})
    if (app.count(name))
      options.generateOption = name;
  if (app.count("--seed") && options.check.empty())
    options.generateOption = "--seed";
  options.samples = options.temperature || options.topK || options.topP || options.minP;
  if (Failure failure = parseBiases(biases, options.bias))
    return failure;
  if (device == "cuda")
    return {exitUnsupported, "--device cuda: the library holds code for cpu only"};
  if (device != "cpu")
    return usage(fmt::format("--device: expected cpu or cuda, found '{}'", device));
  if (Failure failure = parseAssignments("--input", inputs, true, options.inputs))
    return failure;
  if (Failure failure = parseAssignments("--output", outputs, false, options.outputs))
    return failure;
  if (Failure failure = checkTogether(options))
    return failure;
  result = std::move(options);
  return {};
}

} // namespace tfc::run
