// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Rows.h"

#include "Npy.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

namespace tfc::run {
namespace {

constexpr char maskName[] = "attention_mask";

/// One --input name with all its rows; short rows are not padded.
struct Given {
  std::string source; // the file, for messages
  std::vector<std::vector<int64_t>> rows;
  std::string shape; // as found, for messages
};

Failure input(std::string text) { return {exitInput, std::move(text)}; }

Failure parseInline(const Assignment &assignment, std::vector<int64_t> &row) {
  const std::string &text = assignment.value;
  if (text.empty())
    return {};
  for (size_t at = 0; at <= text.size();) {
    size_t comma = std::min(text.find(',', at), text.size());
    std::string word = text.substr(at, comma - at);
    word.erase(0, word.find_first_not_of(' '));
    word.erase(word.find_last_not_of(' ') + 1);
    int64_t value = 0;
    auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error == std::errc::result_out_of_range)
      return input(fmt::format("{}: position {}: {} does not fit into 64 bits", assignment.name,
                               row.size(), word));
    if (error != std::errc() || end != word.data() + word.size())
      return input(fmt::format("{}: position {}: expected an integer, found '{}'", assignment.name,
                               row.size(), word));
    row.push_back(value);
    at = comma + 1;
  }
  return {};
}

Failure readArray(const Assignment &assignment, Given &given) {
  Array array;
  if (Failure failure = readNpy(assignment.value, array))
    return Failure{failure.code, assignment.name + ": " + failure.text};
  given.source = assignment.value + ": ";
  if (!array.isInteger)
    return input(fmt::format("{}: {}: expected integers, found {}", assignment.name,
                             assignment.value, array.type));
  if (array.shape.size() != 1 && array.shape.size() != 2)
    return input(fmt::format("{}: {}: expected an array of [rows, tokens], found the shape [{}]",
                             assignment.name, assignment.value, fmt::join(array.shape, ", ")));
  auto width = static_cast<size_t>(array.shape.back());
  size_t count = array.shape.size() == 2 ? static_cast<size_t>(array.shape[0]) : 1;
  for (size_t row = 0; row < count; ++row)
    given.rows.emplace_back(array.integers.begin() + static_cast<ptrdiff_t>(row * width),
                            array.integers.begin() + static_cast<ptrdiff_t>((row + 1) * width));
  given.shape = fmt::format("[{}, {}]", count, width);
  return {};
}

/// Collects all --input by name and checks the names.
Failure collect(const tfc_model *model, const Options &options, std::map<std::string, Given> &all) {
  std::vector<std::string> known;
  tfc_value_info info;
  for (size_t i = 0; tfc_input(model, i, &info) == TFC_OK; ++i) {
    if (!info.per_token || info.width != 1 || info.element != TFC_I32)
      return {
          exitUnsupported,
          fmt::format("the model's input {} is not a row of ids, which tfc-run does not support",
                      info.name)};
    known.push_back(info.name);
  }
  known.push_back(maskName);
  std::set<std::string> files;
  for (const Assignment &assignment : options.inputs) {
    if (std::find(known.begin(), known.end(), assignment.name) == known.end())
      return input(fmt::format("the model has no input {}; it has {}", assignment.name,
                               fmt::join(known, ", ")));
    bool again = all.count(assignment.name);
    Given &given = all[assignment.name];
    if (again && (assignment.isFile || files.count(assignment.name)))
      return {exitUsage, fmt::format("--input {} is given twice; only rows typed inline repeat",
                                     assignment.name)};
    if (assignment.isFile) {
      files.insert(assignment.name);
      if (Failure failure = readArray(assignment, given))
        return failure;
      continue;
    }
    given.rows.emplace_back();
    if (Failure failure = parseInline(assignment, given.rows.back()))
      return failure;
    given.shape = fmt::format("{} rows typed inline", given.rows.size());
  }
  return {};
}

/// Other arrays must have the shape of the ids.
Failure checkShapes(const std::string &first, const Given &ids, const std::string &name,
                    const Given &other) {
  if (other.rows.size() != ids.rows.size())
    return input(fmt::format("{}: {}found {}, but {} is {}", name, other.source, other.shape, first,
                             ids.shape));
  for (size_t row = 0; row < ids.rows.size(); ++row)
    if (other.rows[row].size() != ids.rows[row].size())
      return input(fmt::format("{}: {}row {} has {} values, but {} has {} there", name,
                               other.source, row, other.rows[row].size(), first,
                               ids.rows[row].size()));
  return {};
}

/// Inputs whose arrays have one shape: those of the rows, or of their sources.
struct Group {
  std::vector<std::string> names; // the first is the one that must be there
  const Given *mask = nullptr;
};

Failure readGroup(const Group &group, const std::map<std::string, Given> &all, int64_t limit,
                  bool truncate, Rows &rows, Layout &layout) {
  const std::string &first = group.names.front();
  const Given &ids = all.at(first);
  if (ids.rows.empty())
    return input(fmt::format("{}: {}has no rows", first, ids.source));
  for (const auto &[name, given] : all)
    if (&given == group.mask ||
        std::find(group.names.begin(), group.names.end(), name) != group.names.end())
      if (Failure failure = checkShapes(first, ids, name, given))
        return failure;
  for (size_t row = 0; row < ids.rows.size(); ++row) {
    auto length = static_cast<int64_t>(ids.rows[row].size());
    if (!length)
      return input(fmt::format("{}: {}row {} has no tokens", first, ids.source, row));
    layout.width = std::max(layout.width, length);
    int64_t kept = 0;
    for (int64_t column = 0; column < length; ++column) {
      auto at = static_cast<size_t>(column);
      int64_t value = group.mask ? group.mask->rows[row][at] : 1;
      if (value != 0 && value != 1)
        return input(fmt::format("{}: row {}, position {}: expected 0 or 1, found {}", maskName,
                                 row, column, value));
      if (!value || (truncate && kept == limit))
        continue;
      ++kept;
      layout.columns.push_back(column);
      for (const std::string &name : group.names)
        if (auto given = all.find(name); given != all.end())
          rows.ids[name].push_back(given->second.rows[row][at]);
    }
    if (kept > limit)
      return input(
          fmt::format("{}: row {} has {} tokens, the limit (--max-seq) is {}; --truncate cuts it",
                      first, row, kept, limit));
    layout.offsets.push_back(layout.offsets.back() + kept);
  }
  return {};
}

} // namespace

Failure longestRow(const tfc_model *model, const Options &options, int64_t &limit) {
  limit = tfc_max_sequence(model);
  if (options.maxSeq > limit)
    return input(
        fmt::format("--max-seq {} is more than the library's limit of {}", options.maxSeq, limit));
  if (options.maxSeq)
    limit = options.maxSeq;
  return {};
}

Failure readRows(const tfc_model *model, const Options &options, Rows &rows) {
  int64_t limit;
  if (Failure failure = longestRow(model, options, limit))
    return failure;
  std::map<std::string, Given> all;
  if (Failure failure = collect(model, options, all))
    return failure;
  Group groups[2]; // of the sources, of the rows
  tfc_value_info info{};
  for (size_t i = 0; tfc_input(model, i, &info) == TFC_OK; ++i)
    groups[info.of_source ? 0 : 1].names.push_back(info.name);
  Group &given = groups[tfc_has_source(model) ? 0 : 1];
  const std::string &first = given.names.front();
  if (!all.count(first))
    return input(fmt::format("the input {} is missing", first));
  given.mask = all.count(maskName) ? &all[maskName] : nullptr;
  if (Failure failure = readGroup(given, all, limit, options.truncate, rows,
                                  tfc_has_source(model) ? rows.source : rows))
    return failure;
  const std::string &second = groups[1].names.front();
  if (!tfc_has_source(model) || !all.count(second))
    return {};
  if (all[second].rows.size() != rows.count())
    return input(fmt::format("{}: {}found {}, but {} has {} rows", second, all[second].source,
                             all[second].shape, first, rows.count()));
  return readGroup(groups[1], all, limit, options.truncate, rows, rows);
}

int64_t below(int64_t limit, std::mt19937_64 &random) {
  return static_cast<int64_t>(random() % static_cast<uint64_t>(limit));
}

void fillIds(const tfc_model *model, Rows &rows, std::mt19937_64 &random) {
  tfc_value_info info{};
  for (size_t i = 0; tfc_input(model, i, &info) == TFC_OK; ++i) {
    std::vector<int64_t> &ids = rows.ids[info.name];
    for (int64_t token = 0; token < rows.tokensOf(info).tokens(); ++token)
      ids.push_back(below(info.limit, random));
  }
}

std::string tokenName(const tfc_model *model, int64_t id) {
  size_t length = 0;
  const char *token = tfc_token(model, static_cast<int32_t>(id), &length);
  return token ? std::string(token, length) : fmt::format("{}", id);
}

std::string idsName(const tfc_model *model, const Rows &rows, bool source) {
  tfc_value_info info{};
  for (size_t i = 0; tfc_input(model, i, &info) == TFC_OK; ++i)
    if (info.element == TFC_I32 && (info.of_source != 0) == source && rows.ids.count(info.name))
      return info.name;
  return "";
}

std::vector<std::string> tokensOf(const tfc_model *model, const Rows &rows, bool source,
                                  size_t row) {
  const Layout &layout = source ? rows.source : static_cast<const Layout &>(rows);
  const std::vector<int64_t> &ids = rows.ids.at(idsName(model, rows, source));
  std::vector<std::string> tokens;
  for (int64_t i = layout.offsets[row]; i < layout.offsets[row + 1]; ++i)
    tokens.push_back(tokenName(model, ids[static_cast<size_t>(i)]));
  return tokens;
}

Rows rowsOf(const tfc_model *model, const tfc_tokens &tokens) {
  Rows rows;
  Layout &layout = tfc_has_source(model) ? rows.source : rows;
  auto total = static_cast<size_t>(tokens.offsets[tokens.rows]);
  tfc_value_info info{};
  for (size_t i = 0; tfc_input(model, i, &info) == TFC_OK; ++i) {
    std::string name = info.name;
    const int32_t *values = name == "input_ids"        ? tokens.ids
                            : name == "token_type_ids" ? tokens.types
                                                       : nullptr;
    if (values && total)
      rows.ids[name].assign(values, values + total);
  }
  for (size_t row = 0; row < tokens.rows; ++row) {
    int64_t length = tokens.offsets[row + 1] - tokens.offsets[row];
    layout.width = std::max(layout.width, length);
    for (int64_t column = 0; column < length; ++column)
      layout.columns.push_back(column);
    layout.offsets.push_back(tokens.offsets[row + 1]);
  }
  return rows;
}

} // namespace tfc::run
