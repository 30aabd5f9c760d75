// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Check.h"

#include "Json.h"
#include "Measure.h"
#include "Outputs.h"
#include "Rows.h"
#include "Texts.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tfc::run {
namespace {

/// The most that f32 may be off, as a part of an output's largest value.
constexpr double bound = 1e-5;
constexpr size_t rowCount = 6;

/// How far an output is from its measure.
struct Distance {
  std::string output;
  double error = 0, largest = 0; // the largest |found - exact|, and |exact|

  void add(double found, double exact) {
    double apart = std::abs(found - exact);
    error = std::isnan(apart) ? INFINITY : std::max(error, apart);
    largest = std::max(largest, std::abs(exact));
  }
  double relative() const { return error == 0 ? 0 : error / largest; }
  bool isNear() const { return relative() <= bound; }
};

/// An input or output but for its type, as `[tokens, 384]`.
std::string describe(const tfc_value_info &info) {
  std::string text = info.per_token ? "[tokens" : "[rows";
  if (!info.scalar)
    text += fmt::format(", {}", info.width);
  text += info.per_pair ? ", length, length]" : "]";
  return info.limit ? fmt::format("{} of ids below {}", text, info.limit) : text;
}

using Get = tfc_status (*)(const tfc_model *, size_t, tfc_value_info *);
std::vector<tfc_value_info> all(Get get, const tfc_model *model) {
  std::vector<tfc_value_info> infos;
  tfc_value_info info{};
  for (size_t i = 0; get(model, i, &info) == TFC_OK; ++i)
    if (!info.formula) // steps are computed in another way, for people
      infos.push_back(info);
  return infos;
}

/// What tells a library and a measure apart, or "".
std::string difference(const char *kind, const std::vector<tfc_value_info> &library,
                       const std::vector<tfc_value_info> &measure) {
  auto find = [](const std::vector<tfc_value_info> &infos, std::string_view name) {
    return std::find_if(infos.begin(), infos.end(),
                        [&](const tfc_value_info &info) { return info.name == name; });
  };
  for (const tfc_value_info &info : measure)
    if (find(library, info.name) == library.end())
      return fmt::format("the library has no {} {}", kind, info.name);
  for (const tfc_value_info &info : library) {
    auto other = find(measure, info.name);
    if (other == measure.end())
      return fmt::format("it has no {} {}", kind, info.name);
    if (describe(info) != describe(*other))
      return fmt::format("its {} {} is {}, the library's is {}", kind, info.name, describe(*other),
                         describe(info));
  }
  return "";
}

Failure compareModels(const tfc_model *library, const tfc_model *measure, int64_t longest,
                      const Options &options) {
  std::string text = difference("input", all(tfc_input, library), all(tfc_input, measure));
  if (text.empty())
    text = difference("output", all(tfc_output, library), all(tfc_output, measure));
  if (text.empty() && tfc_max_sequence(measure) < longest)
    text = fmt::format("its rows have up to {} tokens, the library's {}", tfc_max_sequence(measure),
                       longest);
  if (text.empty())
    return {};
  return {exitInput, fmt::format("--check {}: is not the model that {} was compiled from: {}",
                                 options.check, options.library, text)};
}

/// Rows of any ids: one of the longest, one of the shortest, and some between.
Rows randomRows(const tfc_model *model, int64_t longest, uint64_t seed) {
  std::mt19937_64 random(seed);
  auto lay = [&](Layout &layout) {
    layout.width = longest;
    for (size_t row = 0; row < rowCount; ++row) {
      int64_t length = row == 0 ? longest : row == 1 ? 1 : 1 + below(longest, random);
      layout.offsets.push_back(layout.offsets.back() + length);
    }
  };
  Rows rows;
  lay(rows);
  if (tfc_has_source(model))
    lay(rows.source);
  fillIds(model, rows, random);
  return rows;
}

/// The outputs that are compared, in the order in which they come to be. Maps of all pairs of
/// tokens are not: they are large, and what is wrong with one is wrong with the next hidden state.
std::vector<Values> comparedOutputs(const tfc_model *model) {
  std::vector<Values> outputs;
  for (bool ofLayers : {true, false})
    for (const tfc_value_info &info : all(tfc_output, model))
      if ((std::string_view(info.name).find("hidden_states.") == 0) == ofLayers && !info.per_pair &&
          info.element != TFC_I32)
        outputs.push_back({info, {}});
  return outputs;
}

void print(const std::vector<Distance> &distances, std::string &out) {
  size_t width = 6;
  for (const Distance &distance : distances)
    width = std::max(width, distance.output.size());
  out += fmt::format("{:<{}}  {:>9}  {:>11}  {:>8}\n", "output", width, "|error|", "|reference|",
                     "relative");
  for (const Distance &distance : distances)
    out += fmt::format("{:<{}}  {:>9.2e}  {:>11.2e}  {:>8.2e}  {}\n", distance.output, width,
                       distance.error, distance.largest, distance.relative(),
                       distance.isNear() ? "ok" : "too far");
}

void printJson(const std::vector<Distance> &distances, const Rows &rows, const Options &options,
               std::string &out) {
  out += fmt::format("{{\"seed\": {}, \"rows\": [", options.seed);
  for (size_t row = 0; row < rows.count(); ++row)
    out += fmt::format("{}{}", row ? ", " : "", rows.length(row));
  out += fmt::format("], \"bound\": {}, \"outputs\": [", bound);
  for (const Distance &distance : distances) {
    out += &distance == distances.data() ? "{\"output\": " : ", {\"output\": ";
    appendJsonString(out, distance.output);
    out += ", \"error\": ";
    appendNumber(out, distance.error, true);
    out += ", \"reference\": ";
    appendNumber(out, distance.largest, true);
    out += ", \"relative\": ";
    appendNumber(out, distance.relative(), true);
    out += fmt::format(", \"ok\": {}}}", distance.isNear());
  }
  bool near = std::all_of(distances.begin(), distances.end(),
                          [](const Distance &distance) { return distance.isNear(); });
  out += fmt::format("], \"ok\": {}}}\n", near);
}

/// Runs library and measure on the rows and compares what they give.
Failure compare(tfc_session *library, tfc_session *measure, const tfc_model *model,
                const Rows &rows, std::vector<Values> &found, std::vector<Values> &exact,
                std::vector<Distance> &distances, Trace &trace) {
  for (size_t first = 0; first < rows.count();) {
    size_t last = endOfPart(rows, first, exact);
    if (Failure failure = compute(library, model, rows, first, last, found, trace))
      return failure;
    if (Failure failure = compute(measure, model, rows, first, last, exact, trace))
      return failure;
    for (size_t i = 0; i < found.size(); ++i)
      for (size_t at = 0; at < found[i].data.size(); ++at)
        distances[i].add(found[i].data[at], exact[i].data[at]);
    first = last;
  }
  return {};
}

} // namespace

Failure checkNumbers(tfc_model *model, const Options &options, Trace &trace) {
  int64_t longest;
  if (Failure failure = longestRow(model, options, longest))
    return failure;
  ModelHandle measure;
  {
    Trace::Span span(trace, "compile");
    if (Failure failure = openMeasure(options.check, tfc_variant_name(model), measure))
      return failure;
  }
  if (Failure failure = compareModels(model, measure.get(), longest, options))
    return failure;
  SessionHandle session, exactly;
  if (Failure failure = makeSession(model, options.threads, session))
    return failure;
  if (Failure failure = makeSession(measure.get(), options.threads, exactly))
    return failure;
  Rows rows = randomRows(model, longest, options.seed);
  std::vector<Values> found = comparedOutputs(model), exact = found;
  std::vector<Distance> distances;
  for (Values &values : exact) {
    distances.push_back({values.info.name});
    if (Failure failure = findOutput(measure.get(), distances.back().output, values.info))
      return failure;
  }
  if (Failure failure =
          compare(session.get(), exactly.get(), model, rows, found, exact, distances, trace))
    return failure;
  std::string out;
  options.json ? printJson(distances, rows, options, out) : print(distances, out);
  if (Failure failure = writeOut(out))
    return failure;
  auto isFar = [](const Distance &distance) { return !distance.isNear(); };
  auto firstFar = std::find_if(distances.begin(), distances.end(), isFar);
  if (firstFar == distances.end())
    return {};
  return {exitInput,
          fmt::format("{}: {} of {} outputs are farther from {} in f64 than {} of their largest "
                      "value; {} is the first",
                      options.library, std::count_if(firstFar, distances.end(), isFar),
                      distances.size(), options.check, bound, firstFar->output)};
}

} // namespace tfc::run
