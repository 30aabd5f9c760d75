// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Execution.h"

#include "runtime/Session.h"
#include "tfc/tfc.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace tfc::test {
namespace {

class Here : public Execution {
public:
  explicit Here(const Settings &settings) {
    char message[512] = "";
    setenv("TFC_CPU", settings.variant.c_str(), 1);
    const bool isLonely = settings.threads == lonely;
    tfc_session_options options{isLonely ? 1 : settings.threads, 0, settings.maxTokens, 0};
    if (tfc_open(settings.path.c_str(), &model, message, sizeof message) != TFC_OK ||
        tfc_session_create(model, &options, &session, message, sizeof message) != TFC_OK)
      error = message;
    else if (settings.variant != tfc_variant_name(model))
      error = tfc_variant_name(model);
    if (!isLonely || !error.empty())
      return;
    functions.assign(model->library->entry_count, computeLonely);
    ofVariant = *model->variant;
    ofVariant.functions = functions.data();
    compiled = model->variant->functions;
    model->variant = &ofVariant;
  }
  ~Here() override {
    tfc_session_destroy(session);
    tfc_close(model);
  }
  Outputs run(const Rows &rows) override;

private:
  void poison();

  /// Its own part from the front, then those of both others from the back.
  static void computeLonely(const tfc_call *given, char *scratch) {
    static uint64_t claims[3 * TFC_CLAIMS_STRIDE / sizeof(uint64_t)];
    std::memset(claims, 0, sizeof claims);
    tfc_call call = *given;
    call.threads = 3;
    call.thread = 1;
    call.claims = claims;
    call.ahead_bytes = given->ahead_bytes ? 0 : 16384; // as on another processor
    call.barrier = [](void *, const char *, int64_t) { std::memset(claims, 0, sizeof claims); };
    compiled[0](&call, scratch);
  }
  static inline const tfc_function *compiled = nullptr; // of the model that is lonely
  std::vector<tfc_function> functions;
  tfc_variant ofVariant{};

  tfc_model *model = nullptr;
  tfc_session *session = nullptr;
};

void Here::poison() {
  constexpr int64_t enough = int64_t(8)
                             << 20; // of each area; what lies behind is seldom used by a test
  for (const Region &area : session->areas)
    std::memset(area.data(), 0xff, std::min(enough, area.size()) + 4096);
  for (uint32_t thread = 0; thread < session->pool.threads(); ++thread)
    std::memset(session->scratch.data() + thread * session->scratchStride, 0xff,
                std::min(enough, session->scratchStride));
}

/// Where the units of a row begin: rows, tokens or pairs of tokens.
int64_t firstUnit(const tfc_value_info &info, const std::vector<int64_t> &offsets, size_t row) {
  if (!info.per_pair)
    return info.per_token ? offsets[row] : row;
  int64_t pairs = 0;
  for (size_t i = 0; i < row; ++i)
    pairs += (offsets[i + 1] - offsets[i]) * (offsets[i + 1] - offsets[i]);
  return pairs;
}

Outputs Here::run(const Rows &rows) {
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
  if (status)
    error = tfc_session_error(session);
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

} // namespace

std::unique_ptr<Execution> executeHere(const Settings &settings) {
  return std::make_unique<Here>(settings);
}

} // namespace tfc::test
