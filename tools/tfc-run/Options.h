// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The command line of tfc-run.

#ifndef TFC_TOOLS_RUN_OPTIONS_H
#define TFC_TOOLS_RUN_OPTIONS_H

#include "Failure.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tfc::run {

/// NAME=VALUE of --input and --output.
struct Assignment {
  std::string name, value;
  bool isFile = false; // the value was written as @file
};

struct Options {
  std::string library;
  std::vector<std::string> texts, pairs;
  std::vector<Assignment> inputs, outputs;
  bool textsFromStdin = false;
  bool similarity = false, json = false, truncate = false, tokenizeOnly = false;
  int64_t threads = 0; // 0: all cores
  int64_t maxSeq = 0;  // 0: the library's
  int64_t padTo = 0;   // 0: the longest row
  std::string trace;   // a file, or empty

  std::string attention; // a file for the maps, or empty
  std::string alignment; // a file for the words that belong together, or empty

  bool explain = false; // every step is shown

  // What to compile in f64 and to compare with, or empty.
  std::string check;

  uint64_t seed = 0; // of the inputs of --check, or of sampling

  // For models that generate.
  std::string generateOption; // the last that was given, or empty
  int64_t maxNewTokens = 0;   // 0: as many as there is room for
  int64_t minNewTokens = 0;
  bool greedy = false;  // as is the default
  bool samples = false; // one of the next four is given
  std::optional<double> temperature, topP, minP;
  std::optional<int64_t> topK;
  double repetitionPenalty = 0; // 0: the model's
  int64_t beams = 1, nBest = 1;
  std::optional<double> lengthPenalty;
  std::vector<std::pair<int32_t, float>> bias; // of logits, by id
  std::vector<std::string> stop;
  bool streams = false, logProbabilities = false;

  // For models that chat.
  bool chat = false;                 // each text is what a user says
  std::optional<std::string> system; // what comes before it
  std::vector<std::string> messages; // files with whole conversations

  // For models that answer questions.
  std::string answerOption; // the last that was given, or empty
  int64_t answers = 1;      // for each question
  int64_t maxAnswer = 15;   // tokens
  bool noAnswer = false;    // that there is none is an answer, too

  /// Whether more is wanted of a run than its answer.
  bool looksInside() const { return explain || wantsMaps(); }
  bool wantsMaps() const { return !attention.empty() || !alignment.empty(); }
};

/// Reads the command line. An empty optional: help or version was printed, and there is nothing
/// more to do.
Failure parseOptions(int argc, char **argv, std::optional<Options> &options);

} // namespace tfc::run

#endif
