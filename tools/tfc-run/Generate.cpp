// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Generate.h"

#include "Json.h"
#include "Npy.h"
#include "Outputs.h"
#include "SafeFile.h"
#include "Texts.h"

#include <algorithm>
#include <cfloat>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>
#include <utility>

namespace tfc::run {
namespace {

/// Gets each new token; a failure ends the generation.
using Receive = std::function<Failure(const tfc_new_token &)>;

/// Prints a token as it comes: its text, or {"row": …, "id": …, "text": …}.
Failure stream(const tfc_new_token &token, size_t row, bool json) {
  std::string line(token.text, token.length);
  if (json) {
    line = fmt::format("{{\"row\": {}, \"id\": {}, \"text\": ", row, token.id);
    appendJsonString(line, {token.text, token.length});
    line += '}';
  }
  if (json || token.end)
    line += '\n';
  return writeOut(line);
}

/// The caller's wishes as the library takes them. Where there are any of sampling, the model's own
/// count for the others.
tfc_generate_options wishesOf(const TaskContext &context, std::vector<const char *> &stop,
                              std::vector<tfc_logit_bias> &bias) {
  const Options &given = context.options;
  tfc_generate_options model{}, options{};
  tfc_generate_defaults(context.model, &model);
  options.max_new_tokens = given.maxNewTokens;
  options.min_new_tokens = given.minNewTokens;
  options.seed = given.seed;
  options.repetition_penalty = given.repetitionPenalty;
  options.log_probabilities = given.logProbabilities;
  if (given.samples) {
    options.temperature = given.temperature.value_or(model.temperature ? model.temperature : 1);
    options.top_k = given.topK.value_or(model.top_k);
    options.top_p = given.topP.value_or(model.top_p);
    options.min_p = given.minP.value_or(model.min_p);
  }
  options.beams = static_cast<uint32_t>(given.beams);
  options.n_best = static_cast<uint32_t>(given.nBest);
  if (given.lengthPenalty) // 0 asks for the model's
    options.length_penalty = *given.lengthPenalty ? *given.lengthPenalty : DBL_MIN;
  for (const std::string &text : given.stop)
    stop.push_back(text.c_str());
  for (auto [id, value] : given.bias)
    bias.push_back({id, value});
  options.stop = stop.data();
  options.stop_count = stop.size();
  options.bias = bias.data();
  options.bias_count = bias.size();
  return options;
}

/// What rows of ids are padded with: the pad id, or the end id where there is none.
int64_t padOf(const tfc_model *model) {
  size_t ends = 0;
  const int32_t *end = tfc_end_ids(model, &ends);
  return tfc_pad_id(model) >= 0 ? tfc_pad_id(model) : ends ? end[0] : 0;
}

/// Continues the rows [first, last).
Failure generate(const TaskContext &context, const Rows &rows, size_t first, size_t last,
                 const Receive &receive) {
  auto given = rows.ids.find("input_ids");
  if (given == rows.ids.end())
    return {exitInput, "the input input_ids is missing"};
  std::vector<int64_t> offsets;
  for (size_t row = first; row <= last; ++row)
    offsets.push_back(rows.given().offsets[row] - rows.given().offsets[first]);
  std::vector<int32_t> ids;
  for (int64_t i = rows.given().offsets[first]; i < rows.given().offsets[last]; ++i)
    ids.push_back(static_cast<int32_t>(std::clamp<int64_t>(
        given->second[i], INT32_MIN, INT32_MAX))); // what does not fit is refused as it is
  Trace::Span span(context.trace, "generate");
  std::vector<const char *> stop;
  std::vector<tfc_logit_bias> bias;
  tfc_generate_options options = wishesOf(context, stop, bias);
  options.seed += context.firstRow + first;
  std::pair<const Receive &, Failure> user{receive, {}};
  auto each = [](void *user, const tfc_new_token *token) {
    auto &[receive, failure] = *static_cast<std::pair<const Receive &, Failure> *>(user);
    failure = failure ? failure : receive(*token);
    return int(bool(failure));
  };
  tfc_status status = tfc_generate(context.session, last - first, offsets.data(), ids.data(),
                                   &options, each, &user);
  return status ? Failure{exitCodeOf(status), tfc_session_error(context.session)} : user.second;
}

/// Prints the tokens of all rows as they come; as plain text a row after the other.
Failure streamTexts(const TaskContext &context, const Rows &rows) {
  const bool json = context.options.json;
  const size_t together = json ? rows.count() : 1;
  for (size_t first = 0; first < rows.count(); first += together)
    if (Failure failure =
            generate(context, rows, first, first + together, [&](const tfc_new_token &token) {
              return stream(token, context.firstRow + first + token.row, json);
            }))
      return failure;
  return {};
}

Failure deliverSequences(const TaskContext &context, const Rows &rows, const Assignment &target,
                         std::string &out) {
  std::vector<Continuation> continuations;
  if (Failure failure = continueRows(context, rows, continuations))
    return failure;
  const std::vector<int64_t> &given = rows.ids.at("input_ids");
  std::vector<std::vector<int64_t>> sequences;
  size_t width = 0;
  for (size_t i = 0; i < continuations.size(); ++i) {
    const size_t row = i / static_cast<size_t>(context.options.nBest);
    auto &sequence = sequences.emplace_back();
    if (context.options.nBest > 1 && continuations[i].ids.empty())
      continue;
    if (rows.hasSource())
      sequence.push_back(tfc_start_id(context.model));
    else
      sequence.assign(given.begin() + rows.offsets[row], given.begin() + rows.offsets[row + 1]);
    const std::vector<int32_t> &newIds = continuations[i].ids;
    sequence.insert(sequence.end(), newIds.begin(), newIds.end());
    width = std::max(width, sequence.size());
  }
  if (!target.isFile) {
    for (const auto &sequence : sequences)
      if (!sequence.empty())
        out += context.options.json
                   ? fmt::format("{{\"{}\": [{}]}}\n", sequencesName, fmt::join(sequence, ", "))
                   : fmt::format("{}\n", fmt::join(sequence, " "));
    return {};
  }
  SafeFile file(target.value);
  if (Failure failure = file.open())
    return failure;
  const std::string header =
      npyHeader({static_cast<int64_t>(sequences.size()), static_cast<int64_t>(width)}, TFC_I64);
  if (Failure failure = file.write(header.data(), header.size()))
    return failure;
  for (auto &sequence : sequences) {
    sequence.resize(width, padOf(context.model));
    if (Failure failure = file.write(sequence.data(), width * sizeof(int64_t)))
      return failure;
  }
  return file.commit();
}

} // namespace

bool generates(const tfc_model *model) { return std::string(tfc_task(model)) == "generate"; }

Failure continueRows(const TaskContext &context, const Rows &rows,
                     std::vector<Continuation> &continuations) {
  const auto each = static_cast<size_t>(context.options.nBest);
  continuations.assign(rows.count() * each, {});
  return generate(context, rows, 0, rows.count(), [&](const tfc_new_token &token) -> Failure {
    Continuation &row = continuations[token.row * each + token.rank];
    row.score = token.score;
    row.ids.push_back(token.id);
    row.logProbabilities.push_back(token.log_probability);
    row.text.append(token.text, token.length);
    return {};
  });
}

Failure translateTexts(const TaskContext &context, const std::vector<std::string> &texts,
                       std::string &out) {
  Trace::Span span(context.trace, "translate");
  std::vector<const char *> starts;
  std::vector<size_t> lengths;
  for (const std::string &text : texts) {
    starts.push_back(text.data());
    lengths.push_back(text.size());
  }
  std::vector<const char *> stop;
  std::vector<tfc_logit_bias> bias;
  tfc_generate_options options = wishesOf(context, stop, bias);
  options.seed += context.firstRow;
  std::pair<bool, std::string &> user{context.options.json, out};
  auto each = [](void *user, const tfc_text *text) {
    auto &[json, out] = *static_cast<std::pair<bool, std::string &> *>(user);
    const std::string_view made(text->text, text->length);
    if (!json) {
      out += std::string(made) + '\n';
      return 0;
    }
    out += "{\"text\": ";
    appendJsonString(out, made);
    out +=
        fmt::format(", \"ids\": [{}]}}\n", fmt::join(text->ids, text->ids + text->id_count, ", "));
    return 0;
  };
  tfc_status status = tfc_translate(context.session, starts.data(), lengths.data(), texts.size(),
                                    &options, each, &user);
  return status ? Failure{exitCodeOf(status), tfc_session_error(context.session)} : Failure{};
}

Failure needText(const TaskContext &context) {
  const char *text = nullptr;
  size_t length = 0;
  tfc_status status = tfc_detokenize(context.session, nullptr, 0, 0, 0, &text, &length);
  return status ? Failure{exitCodeOf(status), tfc_session_error(context.session)} : Failure{};
}

Failure generateTexts(const TaskContext &context, const Rows &rows, std::string &out) {
  if (Failure failure = needText(context))
    return failure;
  if (context.options.streams)
    return streamTexts(context, rows);
  std::vector<Continuation> continuations;
  if (Failure failure = continueRows(context, rows, continuations))
    return failure;
  printContinuations(context, continuations, out);
  return {};
}

void printContinuations(const TaskContext &context, const std::vector<Continuation> &continuations,
                        std::string &out) {
  for (const Continuation &row : continuations) {
    if (context.options.nBest > 1 && row.ids.empty()) // fewer have finished
      continue;
    if (!context.options.json) {
      out += row.text + '\n';
      continue;
    }
    out += "{\"text\": ";
    appendJsonString(out, row.text);
    out += fmt::format(", \"ids\": [{}]", fmt::join(row.ids, ", "));
    if (context.options.nBest > 1)
      out += fmt::format(", \"score\": {:.9g}", row.score);
    if (context.options.logProbabilities)
      out +=
          fmt::format(", \"log_probabilities\": [{:.9g}]", fmt::join(row.logProbabilities, ", "));
    out += "}\n";
  }
}

Rows extended(const tfc_model *model, const Rows &rows,
              const std::vector<Continuation> &continuations) {
  const char *name = rows.hasSource() ? "decoder_input_ids" : "input_ids";
  Layout layout;
  std::vector<int64_t> ids;
  for (size_t row = 0; row < rows.count(); ++row) {
    const size_t begin = ids.size();
    if (rows.hasSource()) {
      ids.push_back(tfc_start_id(model));
    } else {
      const std::vector<int64_t> &given = rows.ids.at(name);
      ids.insert(ids.end(), given.begin() + rows.offsets[row],
                 given.begin() + rows.offsets[row + 1]);
    }
    const std::vector<int32_t> &made = continuations[row].ids;
    ids.insert(ids.end(), made.begin(), made.end() - (made.empty() ? 0 : 1));
    const auto length = static_cast<int64_t>(ids.size() - begin);
    layout.offsets.push_back(static_cast<int64_t>(ids.size()));
    layout.width = std::max(layout.width, length);
    for (int64_t i = 0; i < length; ++i)
      layout.columns.push_back(i);
  }
  Rows longer = rows;
  static_cast<Layout &>(longer) = layout;
  longer.ids[name] = ids;
  return longer;
}

Failure deliverOutputs(const TaskContext &context, const Rows &rows,
                       const std::vector<Assignment> &asked, std::string &out) {
  std::vector<Assignment> arrays;
  bool continued = false;
  for (const Assignment &each : asked) {
    if (!generates(context.model) || each.name != sequencesName) {
      arrays.push_back(each);
      continue;
    }
    if (std::exchange(continued, true))
      return {exitUsage, fmt::format("--output {} is given twice", each.name)};
    if (Failure failure = deliverSequences(context, rows, each, out))
      return failure;
  }
  if (arrays.empty())
    return {};
  return deliver(context.session, context.model, rows, context.options, arrays, out, context.trace);
}

} // namespace tfc::run
