// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Outputs.h"

#include "ArrayFile.h"
#include "Json.h"

#include <algorithm>
#include <deque>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tfc::run {
namespace {

constexpr size_t mostNumbers = 20 << 20; // 12 bytes each, where they are f32

size_t widthOf(const Values &values) { return static_cast<size_t>(values.info.width); }

/// Where an output goes: a layer of a file, or to be printed.
struct Target {
  ArrayFile *file;
  size_t layer;
  bool layered;
};

/// The outputs of that name: one, or one for each layer.
Failure findLayers(const tfc_model *model, const std::string &name,
                   std::vector<tfc_value_info> &layers) {
  tfc_value_info info{};
  while (!findOutput(model, fmt::format("{}.{}", name, layers.size()), info))
    layers.push_back(info);
  if (!layers.empty())
    return {};
  Failure failure = findOutput(model, name, info);
  layers.push_back(info);
  return failure;
}

/// Makes room, with zeros, for the rows without tokens among [first, last).
void spread(const Rows &rows, size_t first, size_t last, Values &values) {
  std::vector<double> all((last - first) * widthOf(values));
  auto from = values.data.begin();
  for (size_t row = first; row < last; ++row) {
    if (rows.offsets[row + 1] == rows.offsets[row])
      continue;
    std::copy_n(from, widthOf(values),
                all.begin() + static_cast<ptrdiff_t>((row - first) * widthOf(values)));
    from += values.info.width;
  }
  values.data = std::move(all);
}

/// Appends the rows [first, last) as text: a row (or token) a line, an empty line behind each row
/// of tokens; in JSON an object a row.
void print(const Rows &rows, size_t first, size_t last, const std::vector<const Values *> &printed,
           bool json, std::string &out) {
  for (size_t row = first; row < last; ++row) {
    for (size_t i = 0; i < printed.size(); ++i) {
      const Values &values = *printed[i];
      size_t width = widthOf(values);
      const std::vector<int64_t> &offsets = rows.tokensOf(values.info).offsets;
      size_t begin = 0, end = 0;
      if (values.info.per_token) {
        begin = static_cast<size_t>(offsets[row] - offsets[first]);
        end = static_cast<size_t>(offsets[row + 1] - offsets[first]);
      }
      bool perToken = values.info.per_token;
      if (!perToken)
        begin = row - first, end = begin + 1;
      if (json) {
        out += i ? ", " : "{";
        appendJsonString(out, values.info.name);
        out += perToken ? ": [" : ": ";
      }
      for (size_t unit = begin; unit < end; ++unit) {
        if (json && unit > begin)
          out += ", ";
        appendNumbers(out, &values.data[unit * width], width, values.info.element,
                      json && !values.info.scalar);
        if (!json)
          out += '\n';
      }
      if (json && perToken)
        out += ']';
      else if (!json && perToken)
        out += '\n';
    }
    if (json)
      out += "}\n";
  }
}

} // namespace

Failure findOutput(const tfc_model *model, const std::string &name, tfc_value_info &info) {
  std::vector<std::string> names;
  for (size_t i = 0; tfc_output(model, i, &info) == TFC_OK; ++i) {
    if (name == info.name)
      return {};
    if (info.formula) // asked for by --explain
      continue;
    std::string known = info.name;
    known.erase(std::min(known.find('.'), known.size())); // attentions.0, attentions.1, …
    if (names.empty() || names.back() != known)
      names.push_back(known);
  }
  return {exitInput,
          fmt::format("the model has no output {}; it has {}", name, fmt::join(names, ", "))};
}

/// The offsets of the rows [first, last), which count from the first.
static std::vector<int64_t> offsetsOf(const Layout &layout, size_t first, size_t last) {
  std::vector<int64_t> offsets;
  for (size_t row = first; row <= last && row < layout.offsets.size(); ++row)
    offsets.push_back(layout.offsets[row] - layout.offsets[first]);
  return offsets;
}

Failure compute(tfc_session *session, const tfc_model *model, const Rows &rows, size_t first,
                size_t last, std::vector<Values> &outputs, Trace &trace) {
  Trace::Span span(trace, "run");
  std::vector<int64_t> offsets = offsetsOf(rows, first, last),
                       sources = offsetsOf(rows.source, first, last);
  if (!rows.hasSource()) // the runtime takes no empty rows
    offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
  size_t count = rows.hasSource() ? last - first : offsets.size() - 1;
  std::vector<tfc_input_array> in;
  tfc_value_info info{};
  for (size_t i = 0; tfc_input(model, i, &info) == TFC_OK; ++i) {
    auto ids = rows.ids.find(info.name);
    if (ids == rows.ids.end())
      continue;
    const Layout &layout = rows.tokensOf(info);
    in.push_back({info.name, ids->second.data() + layout.offsets[first],
                  static_cast<size_t>(layout.offsets[last] - layout.offsets[first]), TFC_I64});
  }
  std::vector<tfc_output_array> to;
  std::deque<std::vector<float>> floats; // of the outputs that are not f64
  for (Values &values : outputs) {
    if (!values.info.of_source && rows.hasSource() && offsets.size() < 2)
      return {exitInput, fmt::format("{} needs the rows themselves, not only their sources; "
                                     "expected --input decoder_input_ids=…",
                                     values.info.name)};
    const bool perRow = !values.info.per_token && !values.info.per_pair;
    size_t units = perRow ? count : 0;
    for (size_t row = first; !perRow && row < last; ++row)
      units += rows.units(values.info, row);
    size_t size = units * widthOf(values);
    values.data.resize(size);
    bool wide = values.info.element == TFC_F64;
    void *data = wide ? static_cast<void *>(values.data.data()) : floats.emplace_back(size).data();
    to.push_back({values.info.name, data, size});
  }
  tfc_status status =
      rows.hasSource()
          ? tfc_run_with_source(session, count, sources.data(), offsets.data(), in.data(),
                                in.size(), to.data(), to.size())
          : tfc_run(session, count, offsets.data(), in.data(), in.size(), to.data(), to.size());
  if (status)
    return {exitCodeOf(status), tfc_session_error(session)};
  for (Values &values : outputs) {
    if (values.info.element != TFC_F64) {
      values.data.assign(floats.front().begin(), floats.front().end());
      floats.pop_front();
    }
    if (!values.info.per_token && !values.info.per_pair && count < last - first)
      spread(rows, first, last, values);
  }
  return {};
}

size_t endOfPart(const Rows &rows, size_t first, const std::vector<Values> &outputs) {
  size_t end = first, numbers = 0;
  for (; end < rows.count() && (end == first || numbers <= mostNumbers); ++end) {
    numbers += static_cast<size_t>(rows.given().length(end));
    for (const Values &values : outputs)
      if (rows.tokensOf(values.info).offsets.size() > end + 1)
        numbers += rows.units(values.info, end) * widthOf(values);
    if (end > first && numbers > mostNumbers)
      break;
  }
  return end;
}

Failure deliver(tfc_session *session, const tfc_model *model, const Rows &rows,
                const Options &options, const std::vector<Assignment> &asked, std::string &out,
                Trace &trace) {
  const int64_t longest = std::max(rows.width, rows.source.width);
  if (options.padTo && options.padTo < longest)
    return {exitInput, fmt::format("--pad-to {} is less than the longest row of {} tokens",
                                   options.padTo, longest)};
  std::vector<Values> outputs;
  std::deque<ArrayFile> files;
  std::vector<Target> targets; // of each of `outputs`
  for (size_t i = 0; i < asked.size(); ++i) {
    for (size_t j = 0; j < i; ++j)
      if (asked[j].name == asked[i].name)
        return {exitUsage, fmt::format("--output {} is given twice", asked[i].name)};
    std::vector<tfc_value_info> layers;
    if (Failure failure = findLayers(model, asked[i].name, layers))
      return failure;
    bool layered = asked[i].name != layers[0].name;
    if (!asked[i].isFile && (layered || layers[0].per_pair))
      return {exitUsage, fmt::format("--output {0} has more dimensions than can be printed; give "
                                     "it a file, {0}=@FILE",
                                     asked[i].name)};
    ArrayFile *file = nullptr;
    if (asked[i].isFile)
      file = &files.emplace_back(
          asked[i].value, std::max(options.padTo, rows.tokensOf(layers[0]).width),
          std::max(options.padTo, rows.keysOf(layers[0]).width), layers.size());
    for (const tfc_value_info &info : layers) {
      targets.push_back({file, static_cast<size_t>(&info - layers.data()), layered});
      outputs.push_back({info, {}});
    }
  }
  std::vector<const Values *> printed;
  for (size_t i = 0; i < outputs.size(); ++i)
    if (!targets[i].file)
      printed.push_back(&outputs[i]);
  bool begun = false;
  for (size_t first = 0; first < rows.count() || !begun;) {
    size_t last = endOfPart(rows, first, outputs);
    if (Failure failure = compute(session, model, rows, first, last, outputs, trace))
      return failure;
    Trace::Span span(trace, "write");
    for (size_t i = 0; i < outputs.size(); ++i) {
      auto [file, layer, layered] = targets[i];
      if (!file)
        continue;
      if (!begun && layer == 0)
        if (Failure failure = file->begin(outputs[i], rows.count(), layered))
          return failure;
      if (Failure failure = file->append(rows, first, last, layer, outputs[i]))
        return failure;
    }
    if (!printed.empty())
      print(rows, first, last, printed, options.json, out);
    begun = true;
    first = last;
  }
  for (ArrayFile &file : files)
    if (Failure failure = file.commit())
      return failure;
  return {};
}

} // namespace tfc::run
