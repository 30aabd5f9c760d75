// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads what a caller wishes of generation.

#include "runtime/Generator.h"

#include "runtime/Session.h"

#include <float.h>

namespace tfc {
namespace {

/// The caller's wish, or the model's where there is none.
template <typename T> T wishOr(T wish, T otherwise) { return wish ? wish : otherwise; }

} // namespace

tfc_status Generator::read(const tfc_generate_options *given, Wishes &wishes) const {
  const tfc_generate_options options = given ? *given : tfc_generate_options{};
  const tfc_generation &model = *session->model->library->generation;
  Message &error = session->error;
  auto refuse = [&](const char *name, double found, const char *expected) {
    return error.fail(TFC_INVALID_ARGUMENT, "%s is %g, expected %s", name, found, expected);
  };
  // Of each number: what is wrong with it where it is not in the range.
  struct {
    const char *name;
    double found, least, most;
    const char *expected;
  } const numbers[] = {
      {"max_new_tokens", static_cast<double>(options.max_new_tokens), 0, DBL_MAX, "0 or more"},
      {"min_new_tokens", static_cast<double>(options.min_new_tokens), 0, DBL_MAX, "0 or more"},
      {"temperature", options.temperature, 0, DBL_MAX, "0 or more"},
      {"top_k", static_cast<double>(options.top_k), 0, DBL_MAX, "0 or more"},
      {"top_p", options.top_p, 0, 1, "0 … 1"},
      {"min_p", options.min_p, 0, 1, "0 … 1"},
      {"repetition_penalty", options.repetition_penalty, 0, DBL_MAX, "0 or more"},
      {"length_penalty", options.length_penalty, -DBL_MAX, DBL_MAX, "a number"},
  };
  for (const auto &number : numbers)
    if (!(number.found >= number.least && number.found <= number.most))
      return refuse(number.name, number.found, number.expected);
  if (options.log_probabilities > 1)
    return refuse("log_probabilities", options.log_probabilities, "0 or 1");
  if (options.beams > most)
    return error.fail(TFC_INVALID_ARGUMENT, "%u beams asked for, at most %lld are possible",
                      options.beams, static_cast<long long>(most));
  if (options.beams > 1 && (options.temperature > 0 || options.stop_count))
    return error.fail(TFC_INVALID_ARGUMENT, "beams exclude %s",
                      options.stop_count ? "stop texts" : "temperature");
  if (options.n_best > 1 && options.n_best > options.beams)
    return error.fail(TFC_INVALID_ARGUMENT, "n_best is %u, expected at most as many as beams, %u",
                      options.n_best, options.beams);
  if ((options.bias_count && !options.bias) || (options.stop_count && !options.stop))
    return error.fail(TFC_INVALID_ARGUMENT, "%s is null",
                      options.bias_count && !options.bias ? "bias" : "stop");
  for (size_t i = 0; i < options.bias_count; ++i)
    if (options.bias[i].id < 0 || options.bias[i].id >= vocabulary ||
        options.bias[i].bias != options.bias[i].bias)
      return error.fail(TFC_INVALID_ARGUMENT,
                        "bias %zu is %g for id %d, expected a number and an id in [0, %lld)", i,
                        static_cast<double>(options.bias[i].bias), options.bias[i].id,
                        static_cast<long long>(vocabulary));
  for (size_t i = 0; i < options.stop_count; ++i)
    if (!options.stop[i] || !*options.stop[i])
      return error.fail(TFC_INVALID_ARGUMENT, "stop text %zu is %s", i,
                        options.stop[i] ? "empty" : "null");
  if (options.stop_count && !session->model->tokenizer.decoderTables().exist())
    return error.fail(TFC_UNSUPPORTED, "%s cannot stop at a text: it has no tokenizer that decodes",
                      session->model->library->name);
  wishes.demands = {&model, options.bias, options.bias_count,
                    wishOr(options.repetition_penalty, model.repetition_penalty),
                    wishOr(options.min_new_tokens, model.min_new_tokens)};
  wishes.sampling = {options.temperature, options.top_k, wishOr(options.top_p, 1.0), options.min_p,
                     options.seed};
  wishes.maxNewTokens = wishOr(options.max_new_tokens, model.max_new_tokens);
  wishes.beams = wishOr<int64_t>(options.beams, 1);
  wishes.lengthPenalty = wishOr(options.length_penalty, model.length_penalty);
  wishes.stopsEarly = model.early_stopping != 0;
  wishes.logProbabilities = options.log_probabilities != 0;
  wishes.nBest = wishOr<int64_t>(options.n_best, 1);
  wishes.stop = {options.stop, options.stop_count};
  return TFC_OK;
}

} // namespace tfc
