// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Texts.h"

#include "Answers.h"
#include "Attention.h"
#include "Chat.h"
#include "Explain.h"
#include "Generate.h"
#include "Json.h"
#include "LineReader.h"
#include "Outputs.h"
#include "Rows.h"
#include "Tasks.h"
#include "tfc/chat.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

namespace tfc::run {
namespace {

/// Texts on their way through the model.
class TextRunner {
public:
  TextRunner(tfc_session *session, const tfc_model *model, const Options &options, Trace &trace)
      : session(session), model(model), options(options), trace(trace) {}

  Failure prepare() {
    if (!tfc_has_tokenizer(model))
      return {exitInput,
              fmt::format("{} has no tokenizer, so it takes no --text; give it --input input_ids=…",
                          tfc_name(model))};
    if (options.chat && !tfc_has_chat(model))
      return {exitInput,
              fmt::format("{} has no chat template, so it takes no --chat: the folder it "
                          "was compiled from has none, or is of a model that does not "
                          "generate",
                          tfc_name(model))};
    if (!options.tokenizeOnly)
      if (Failure failure = longestRow(model, options, limit))
        return failure;
    if (options.similarity && std::string(tfc_task(model)) != "embed")
      return {exitInput,
              fmt::format("--similarity needs a model that embeds texts; {} is made to {}",
                          tfc_name(model), tfc_task(model))};
    answers = std::string(tfc_task(model)) == "answer" && !options.tokenizeOnly &&
              options.outputs.empty();
    if (!answers && !options.answerOption.empty())
      return {
          exitInput,
          fmt::format("{} is for answers to questions, and this run of {}, which is made to {}, "
                      "gives none",
                      options.answerOption, tfc_name(model), tfc_task(model))};
    if (answers && options.pairs.empty())
      return {exitInput, fmt::format("{} answers questions: give each --text, the question, its "
                                     "--text-pair, in which the answer stands",
                                     tfc_name(model))};
    if (answers && options.looksInside())
      return {exitUnsupported, "one can look into models that answer questions only with --input"};
    return {};
  }

  Failure run(const std::vector<std::string> &texts, const std::vector<std::string> &pairs,
              std::string &out) {
    if (texts.empty())
      return {};
    if (options.chat)
      return answerChats(conversationsOf(texts, options), out);
    // Token by token, or as pairs, texts cannot be cut and put together.
    if (generates(model) && tfc_has_source(model) && options.outputs.empty() &&
        !options.looksInside() && !options.tokenizeOnly && !options.streams &&
        !options.logProbabilities && options.nBest == 1 && !options.maxSeq && pairs.empty())
      return translateTexts(
          {session, model, options, trace, std::exchange(done, done + texts.size())}, texts, out);
    tfc_tokens tokens;
    if (Failure failure = tokenize(texts, pairs, tokens))
      return failure;
    if (options.tokenizeOnly) {
      printTokens(tokens, out);
      return {};
    }
    if (answers)
      return answerQuestions({session, model, options, trace}, tokens, limit, pairs, out);
    Rows rows = rowsOf(model, tokens);
    const TaskContext context = {session, model, options, trace,
                                 std::exchange(done, done + rows.count())};
    if (options.looksInside())
      return runAndLook(context, rows, texts, out);
    if (!options.outputs.empty())
      return deliverOutputs(context, rows, options.outputs, out);
    return generates(model) ? generateTexts(context, rows, out)
                            : runTask(context, rows, texts, out);
  }

  /// What is generated looks at the text too, and is looked at.
  Failure runAndLook(const TaskContext &context, const Rows &rows,
                     const std::vector<std::string> &texts, std::string &out) {
    std::vector<Continuation> continuations;
    if (generates(model) && options.outputs.empty())
      if (Failure failure = needText(context))
        return failure;
    if (generates(model))
      if (Failure failure = continueRows(context, rows, continuations))
        return failure;
    if (options.explain)
      if (Failure failure = explain(context, rows, continuations, out))
        return failure;
    if (!options.outputs.empty()) {
      if (Failure failure = deliverOutputs(context, rows, options.outputs, out))
        return failure;
    } else if (generates(model)) {
      printContinuations(context, continuations, out);
    } else if (Failure failure = runTask(context, rows, texts, out)) {
      return failure;
    }
    return options.wantsMaps() ? writeMaps(context, rows, continuations) : Failure{};
  }

  Failure answerChats(const std::vector<Conversation> &conversations, std::string &out) {
    Rows rows;
    Failure failure = chatRows({session, model, options, trace}, conversations, rows, out);
    if (failure || options.tokenizeOnly)
      return failure;
    // Cut at its end, a prompt would lose the very place where the model is to answer.
    for (size_t row = 0; row < rows.count(); ++row)
      if (const int64_t length = rows.offsets[row + 1] - rows.offsets[row]; length > limit)
        return {exitInput,
                fmt::format("conversation {} has {} tokens, the longest row of {} has {}", row,
                            length, tfc_name(model), limit)};
    if (!options.outputs.empty())
      return deliverOutputs({session, model, options, trace}, rows, options.outputs, out);
    return generateTexts({session, model, options, trace, std::exchange(done, done + rows.count())},
                         rows, out);
  }

private:
  Failure tokenize(const std::vector<std::string> &texts, const std::vector<std::string> &pairs,
                   tfc_tokens &tokens) {
    Trace::Span span(trace, "tokenize");
    std::vector<const char *> starts, pairStarts;
    std::vector<size_t> lengths, pairLengths;
    for (const std::string &text : texts) {
      starts.push_back(text.data());
      lengths.push_back(text.size());
    }
    for (const std::string &pair : pairs) {
      pairStarts.push_back(pair.data());
      pairLengths.push_back(pair.size());
    }
    tfc_status status = tfc_tokenize(session, starts.data(), lengths.data(),
                                     pairs.empty() ? nullptr : pairStarts.data(),
                                     pairs.empty() ? nullptr : pairLengths.data(), texts.size(),
                                     answers ? SIZE_MAX : static_cast<size_t>(limit), &tokens);
    return status ? Failure{exitCodeOf(status), tfc_session_error(session)} : Failure{};
  }

  tfc_session *session;
  const tfc_model *model;
  const Options &options;
  Trace &trace;
  int64_t limit = 0;    // 0: as the tokenizer says
  size_t done = 0;      // rows that were continued
  bool answers = false; // to questions; long contexts are then cut into windows
};

} // namespace

Failure writeOut(const std::string &text) {
  for (size_t at = 0; at < text.size();) {
    ssize_t written = write(STDOUT_FILENO, text.data() + at, text.size() - at);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return {exitEnvironment, fmt::format("standard output: {}", std::strerror(errno))};
    at += static_cast<size_t>(written);
  }
  return {};
}

Failure runTexts(tfc_session *session, const tfc_model *model, const Options &options,
                 Trace &trace) {
  TextRunner runner(session, model, options, trace);
  if (Failure failure = runner.prepare())
    return failure;
  std::string out;
  if (!options.messages.empty()) {
    std::vector<Conversation> conversations(options.messages.size());
    for (size_t i = 0; i < conversations.size(); ++i)
      if (Failure failure = readConversation(options.messages[i], conversations[i]))
        return failure;
    if (Failure failure = runner.answerChats(conversations, out))
      return failure;
    return writeOut(out);
  }
  if (!options.textsFromStdin) {
    if (Failure failure = runner.run(options.texts, options.pairs, out))
      return failure;
    return writeOut(out);
  }
  // A table of similarities, and arrays, are made of all texts at once.
  bool together = options.similarity || !options.outputs.empty() || options.looksInside();
  LineReader reader(STDIN_FILENO);
  std::vector<std::string> texts;
  for (bool more = true; more;) {
    if (!together)
      texts.clear();
    if (Failure failure = reader.read(texts, options.json, more))
      return failure;
    if (together && more)
      continue;
    out.clear();
    if (Failure failure = runner.run(texts, {}, out))
      return failure;
    if (Failure failure = writeOut(out))
      return failure;
  }
  return {};
}

} // namespace tfc::run
