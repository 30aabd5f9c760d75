// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Runner.h"

#include "runtime/OneDnn.h"
#include "runtime/Session.h"
#include "tfc/tfc.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace tfc::test {

Runner::Runner(const std::string &path, const std::string &variant, unsigned threads,
               int64_t maxTokens) {
  char message[512] = "";
  setenv("TFC_CPU", variant.c_str(), 1);
  tfc_session_options options{threads, 0, maxTokens};
  EXPECT_EQ(tfc_open(path.c_str(), &model, message, sizeof message), TFC_OK) << message;
  EXPECT_TRUE(!model || variant == tfc_variant_name(model)) << tfc_variant_name(model);
  EXPECT_EQ(tfc_session_create(model, &options, &session, message, sizeof message), TFC_OK)
      << message;
}

Runner::~Runner() {
  tfc_session_destroy(session);
  tfc_close(model);
}

void Runner::poison() {
  constexpr int64_t enough = int64_t(8)
                             << 20; // of each area; what lies behind is seldom used by a test
  for (const Region &area : session->areas)
    std::memset(area.data(), 0xff, std::min(enough, area.size()) + 4096);
  for (uint32_t thread = 0; thread < session->pool.threads(); ++thread)
    std::memset(session->scratch.data() + thread * session->scratchStride, 0xff,
                std::min(enough, session->scratchStride));
}

/// Where the units of a row begin: rows, tokens or pairs of tokens.
static int64_t firstUnit(const tfc_value_info &info, const std::vector<int64_t> &offsets,
                         size_t row) {
  if (!info.per_pair)
    return info.per_token ? offsets[row] : row;
  int64_t pairs = 0;
  for (size_t i = 0; i < row; ++i)
    pairs += (offsets[i + 1] - offsets[i]) * (offsets[i + 1] - offsets[i]);
  return pairs;
}

Outputs Runner::run(const Rows &rows) {
  if (!session)
    return {};
  poison();
  std::vector<int32_t> ids;
  std::vector<int64_t> offsets{0};
  for (const auto &row : rows) {
    ids.insert(ids.end(), row.begin(), row.end());
    offsets.push_back(ids.size());
  }
  tfc_input_array input{"input_ids", ids.data(), ids.size(), TFC_I32};
  std::vector<std::vector<float>> floats(tfc_output_count(model));
  std::vector<std::vector<double>> flat(floats.size());
  std::vector<tfc_output_array> arrays;
  std::vector<tfc_value_info> infos(flat.size());
  for (size_t i = 0; i < flat.size(); ++i) {
    tfc_output(model, i, &infos[i]);
    flat[i].assign(firstUnit(infos[i], offsets, rows.size()) * infos[i].width, 0);
    floats[i].assign(flat[i].begin(), flat[i].end());
    void *data = flat[i].data();
    if (infos[i].element != TFC_F64)
      data = floats[i].data();
    arrays.push_back({infos[i].name, data, flat[i].size()});
  }
  const tfc_status status =
      tfc_run(session, rows.size(), offsets.data(), &input, 1, arrays.data(), arrays.size());
  EXPECT_EQ(status, TFC_OK) << tfc_session_error(session);
  Outputs outputs(flat.size());
  for (size_t i = 0; i < flat.size(); ++i) {
    if (infos[i].element != TFC_F64)
      flat[i].assign(floats[i].begin(), floats[i].end());
    for (size_t row = 0; row < rows.size(); ++row) {
      int64_t from = firstUnit(infos[i], offsets, row) * infos[i].width;
      int64_t to = firstUnit(infos[i], offsets, row + 1) * infos[i].width;
      outputs[i].emplace_back(flat[i].begin() + from, flat[i].begin() + to);
    }
  }
  return status ? Outputs() : outputs;
}

bool findsOneDnn() {
  Message message;
  return OneDnn().load("the test", message) == TFC_OK;
}

} // namespace tfc::test
