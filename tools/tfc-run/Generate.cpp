// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Generate.h"

#include "Json.h"
#include "Npy.h"
#include "Outputs.h"
#include "SafeFile.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tfc::run {
namespace {

int addToken(void *user, size_t row, int32_t id) {
  (*static_cast<std::vector<std::vector<int32_t>> *>(user))[row].push_back(id);
  return 0;
}

/// What rows of ids are padded with: the pad id, or the end id where there is none.
int64_t padOf(const tfc_model *model) {
  size_t ends = 0;
  const int32_t *end = tfc_end_ids(model, &ends);
  const int32_t pad = tfc_pad_id(model);
  return pad >= 0 ? pad : ends ? end[0] : 0;
}

} // namespace

bool generates(const tfc_model *model) { return std::string(tfc_task(model)) == "generate"; }

Failure generate(const TaskContext &context, const Rows &rows,
                 std::vector<std::vector<int32_t>> &newIds) {
  auto given = rows.ids.find("input_ids");
  if (given == rows.ids.end())
    return {exitInput, "the input input_ids is missing"};
  std::vector<int32_t> ids;
  for (int64_t id : given->second)
    ids.push_back(static_cast<int32_t>(
        std::clamp<int64_t>(id, INT32_MIN, INT32_MAX))); // what does not fit is refused as it is
  newIds.assign(rows.count(), {});
  Trace::Span span(context.trace, "generate");
  tfc_generate_options options{};
  options.max_new_tokens = context.options.maxNewTokens;
  tfc_status status = tfc_generate(context.session, rows.count(), rows.offsets.data(), ids.data(),
                                   &options, addToken, &newIds);
  return status ? Failure{exitCodeOf(status), tfc_session_error(context.session)} : Failure{};
}

namespace {
Failure deliverSequences(const TaskContext &context, const Rows &rows, const Assignment &target,
                         std::string &out) {
  std::vector<std::vector<int32_t>> newIds;
  if (Failure failure = generate(context, rows, newIds))
    return failure;
  const std::vector<int64_t> &given = rows.ids.at("input_ids");
  std::vector<std::vector<int64_t>> sequences;
  size_t width = 0;
  for (size_t row = 0; row < rows.count(); ++row) {
    auto &sequence = sequences.emplace_back(given.begin() + rows.offsets[row],
                                            given.begin() + rows.offsets[row + 1]);
    sequence.insert(sequence.end(), newIds[row].begin(), newIds[row].end());
    width = std::max(width, sequence.size());
  }
  if (!target.isFile) {
    for (const auto &sequence : sequences)
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

Failure generateTexts(const TaskContext &context, const Rows &rows, std::string &out) {
  std::vector<std::vector<int32_t>> newIds;
  if (Failure failure = generate(context, rows, newIds))
    return failure;
  const std::vector<int64_t> &given = rows.ids.at("input_ids");
  for (size_t row = 0; row < rows.count(); ++row) {
    std::vector<int32_t> ids(given.begin() + rows.offsets[row],
                             given.begin() + rows.offsets[row + 1]);
    const size_t prompt = ids.size();
    ids.insert(ids.end(), newIds[row].begin(), newIds[row].end());
    const char *text = nullptr;
    size_t length = 0;
    if (tfc_status status = tfc_detokenize(context.session, ids.data(), ids.size(), prompt,
                                           /*keep_special=*/0, &text, &length))
      return {exitCodeOf(status), tfc_session_error(context.session)};
    if (context.options.json) {
      out += "{\"text\": ";
      appendJsonString(out, {text, length});
      out += fmt::format(", \"ids\": [{}]}}\n", fmt::join(newIds[row], ", "));
    } else {
      out.append(text, length);
      out += '\n';
    }
  }
  return {};
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
