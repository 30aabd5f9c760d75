// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Attention.h"

#include "Alignment.h"
#include "AttentionPicture.h"
#include "Json.h"
#include "OptionRules.h"
#include "Outputs.h"
#include "SafeFile.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace tfc::run {
namespace {

constexpr std::string_view kinds[] = {"attentions", "encoder_attentions", "decoder_attentions",
                                      "cross_attentions"};
constexpr size_t mostNumbers = 20 << 20;

/// The maps that the model gives, a layer each.
Failure findMaps(const tfc_model *model, std::vector<Values> &outputs) {
  tfc_value_info info{};
  for (std::string_view kind : kinds)
    for (size_t i = 0; tfc_output(model, i, &info) == TFC_OK; ++i)
      if (std::string_view(info.name).substr(0, kind.size() + 1) == fmt::format("{}.", kind))
        outputs.push_back({info, {}});
  return outputs.empty()
             ? Failure{exitInput, fmt::format("{} has no attention maps", tfc_name(model))}
             : Failure{};
}

/// The maps of a row, the layers of each kind together.
std::vector<AttentionMaps> mapsOf(const tfc_model *model, const Rows &rows, size_t row,
                                  const std::vector<Values> &outputs) {
  std::vector<AttentionMaps> all;
  for (const Values &values : outputs) {
    const tfc_value_info &info = values.info;
    const std::string kind = std::string(info.name).substr(0, std::string(info.name).find('.'));
    if (all.empty() || all.back().kind != kind) {
      all.push_back({kind,
                     0,
                     static_cast<size_t>(info.width),
                     tokensOf(model, rows, info.of_source, row),
                     tokensOf(model, rows, info.of_source || info.source_keys, row),
                     {}});
    }
    ++all.back().layers;
    all.back().shares.insert(all.back().shares.end(), values.data.begin(), values.data.end());
  }
  return all;
}

std::string jsonOf(const std::vector<std::vector<AttentionMaps>> &rows) {
  std::string out = "{\"rows\": [";
  for (size_t row = 0; row < rows.size(); ++row) {
    out += row ? ",\n {" : "\n {";
    for (size_t i = 0; i < rows[row].size(); ++i) {
      const AttentionMaps &maps = rows[row][i];
      out += fmt::format("{}\"{}\": {{\"queries\": ", i ? ",\n  " : "", maps.kind);
      appendStrings(out, maps.queries);
      out += ", \"keys\": ";
      appendStrings(out, maps.keys);
      out += ",\n   \"weights\": ";
      const size_t sizes[] = {maps.layers, maps.heads, maps.queries.size(), maps.keys.size()};
      const double *from = maps.shares.data();
      appendNested(out, from, sizes, 4);
      out += '}';
    }
    out += '}';
  }
  return out + "]}\n";
}

Failure writeFile(const std::string &path, const std::string &text) {
  if (text.empty())
    return {exitInput, fmt::format("--attention {}: these maps make a picture of more lines than "
                                   "PNG allows; give fewer texts",
                                   path)};
  SafeFile file(path);
  if (Failure failure = file.open())
    return failure;
  if (Failure failure = file.write(text.data(), text.size()))
    return failure;
  return file.commit();
}

/// Whether an id stands for no word: it is text only where special tokens are.
bool isSpecial(const TaskContext &context, int64_t id) {
  size_t count = 0, length = 0;
  const char *text = nullptr;
  const int32_t *ends = tfc_end_ids(context.model, &count), token = static_cast<int32_t>(id);
  if (id == tfc_pad_id(context.model) || id == tfc_start_id(context.model) ||
      std::find(ends, ends + count, id) != ends + count)
    return true;
  auto isText = [&](int special) {
    return !tfc_detokenize(context.session, &token, 1, 0, special, &text, &length) && length;
  };
  return !isText(0) && isText(1);
}

/// A line for each row. A query writes the token behind the one it stands at.
Failure align(const TaskContext &context, const Rows &rows,
              const std::vector<Continuation> &continuations,
              const std::vector<std::vector<AttentionMaps>> &all) {
  const tfc_model *model = context.model;
  std::string out;
  for (size_t row = 0; row < all.size(); ++row) {
    if (all[row].empty() || all[row].back().kind != "cross_attentions")
      return {exitInput, fmt::format("--alignment: {} does not translate", tfc_name(model))};
    Alignable words{all[row].back(), {}, {}, {}};
    auto add = [&](int64_t id, std::string text) {
      words.written.push_back(std::move(text));
      words.isSpecial.push_back(isSpecial(context, id));
    };
    const std::vector<int64_t> &target = rows.ids.at("decoder_input_ids"),
                               &source = rows.ids.at("input_ids");
    for (int64_t i = rows.offsets[row] + 1; i < rows.offsets[row + 1]; ++i)
      add(target[static_cast<size_t>(i)], tokenName(model, target[static_cast<size_t>(i)]));
    if (!continuations.empty() && !continuations[row].ids.empty())
      add(continuations[row].ids.back(), tokenName(model, continuations[row].ids.back()));
    for (int64_t i = rows.source.offsets[row]; i < rows.source.offsets[row + 1]; ++i)
      words.sourceIsSpecial.push_back(isSpecial(context, source[static_cast<size_t>(i)]));
    out += alignment(words) + '\n';
  }
  return writeFile(context.options.alignment, out);
}

Failure collect(const TaskContext &context, const Rows &rows, std::vector<Values> &outputs,
                std::vector<std::vector<AttentionMaps>> &all) {
  size_t numbers = 0;
  for (const Values &values : outputs)
    for (size_t row = 0; row < rows.count(); ++row)
      numbers += rows.units(values.info, row) * static_cast<size_t>(values.info.width);
  if (numbers > mostNumbers)
    return {exitInput, fmt::format("these maps have {} numbers, more than a page holds ({}); give "
                                   "fewer or shorter texts, or an array: --output attentions=@FILE",
                                   numbers, mostNumbers)};
  for (size_t row = 0; row < rows.count(); ++row) {
    if (Failure failure =
            compute(context.session, context.model, rows, row, row + 1, outputs, context.trace))
      return failure;
    all.push_back(mapsOf(context.model, rows, row, outputs));
  }
  return {};
}

} // namespace

Failure writeMaps(const TaskContext &context, const Rows &given,
                  const std::vector<Continuation> &continuations) {
  const std::string &path = context.options.attention;
  std::vector<Values> outputs;
  if (Failure failure = findMaps(context.model, outputs))
    return failure;
  const Rows rows = continuations.empty() ? given : extended(context.model, given, continuations);
  const std::optional<MapFormat> format = mapFormatOf(path);
  const bool isArray = format == MapFormat::npy;
  if (isArray) {
    std::string out, name = outputs.back().info.name;
    if (Failure failure =
            deliver(context.session, context.model, rows, context.options,
                    {{name.substr(0, name.find('.')), path, true}}, out, context.trace))
      return failure;
  }
  std::vector<std::vector<AttentionMaps>> all;
  if (!isArray || !context.options.alignment.empty())
    if (Failure failure = collect(context, rows, outputs, all))
      return failure;
  if (!context.options.alignment.empty())
    if (Failure failure = align(context, rows, continuations, all))
      return failure;
  if (!format || isArray)
    return {};
  return writeFile(path, format == MapFormat::json  ? jsonOf(all)
                         : format == MapFormat::svg ? attentionSvg(all)
                         : format == MapFormat::png ? attentionPng(all)
                                                    : attentionPage(tfc_name(context.model), all));
}

} // namespace tfc::run
