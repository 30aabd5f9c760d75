// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tools/tfc-bench/Works.h"

#include "runtime/Cpu.h"
#include "runtime/Generator.h"
#include "tfc/abi.h"
#include "tools/tfc-run/Generate.h"
#include "tools/tfc-run/Outputs.h"
#include "tools/tfc-run/Tasks.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>

namespace tfc::bench {

using inspect::Json;
using run::Failure;
using Clock = std::chrono::steady_clock;

static constexpr int64_t usualLength = 128, usualNewTokens = 32, usualSessionTokens = 4096;

static double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return (values[values.size() / 2] + values[(values.size() - 1) / 2]) / 2;
}

int64_t threadsOf(const Wish &wish) { return wish.threads ? wish.threads : coresAvailable(); }

/// Checks a number of the command line, or takes the usual one where it is 0.
static Failure settle(int64_t &value, int64_t usual, int64_t most, const char *option,
                      const char *of) {
  if (value > most)
    return {run::exitInput, fmt::format("{} {}: {} at most {}", option, value, of, most)};
  if (!value)
    value = std::min(usual, most);
  return {};
}

/// The first entry of a kind that gives an output; nothing with a library that says no costs.
static Failure findEntry(const Json &description, const char *kind, const std::string &output,
                         Json &found) {
  for (const Json &entry : description["entries"]) {
    const auto &outputs = entry["outputs"];
    const bool gives = std::any_of(outputs.begin(), outputs.end(), [&](const Json &one) {
      return output.empty() || one["name"] == output;
    });
    if (entry["kind"] != kind || !gives)
      continue;
    if (!entry.contains("costs"))
      break;
    found = entry;
    return {};
  }
  return {run::exitUnsupported,
          fmt::format("{}: the library does not say what its runs cost; compile it anew",
                      description["name"].get<std::string>())};
}

static void addRows(run::Layout &layout, int64_t rows, int64_t length) {
  layout.width = length;
  for (int64_t row = 0; row < rows; ++row)
    layout.offsets.push_back(layout.offsets.back() + length);
}

Failure Bench::open(tfc_model *model, const Wish &wish, int64_t cacheTokens) {
  threads = threadsOf(wish);
  tfc_session_options options{};
  options.threads = static_cast<uint32_t>(threads);
  options.cache_tokens = cacheTokens;
  // All at once, so that a prompt is one step, and every other step a token of each row.
  options.max_tokens = std::max(usualSessionTokens, rows.given().tokens());
  std::mt19937_64 random(0);
  run::fillIds(model, rows, random);
  given = run::idsName(model, rows, rows.hasSource());
  return run::makeSession(model, options, session);
}

namespace {

Failure failureOf(tfc_status status, tfc_session *session) {
  return {run::exitCodeOf(status), tfc_session_error(session)};
}

/// Rows of ids in, one output out.
class RowsBench : public Bench {
public:
  Failure make(tfc_model *model, const Json &description, Wish wish) {
    const int64_t most = tfc_max_sequence(model);
    if (Failure failure =
            settle(wish.length, usualLength, most, "--length", "a row of this model has"))
      return failure;
    if (const int64_t batch = tfc_max_batch(model))
      if (Failure failure = settle(wish.rows, 1, batch, "--rows", "a batch of this model has"))
        return failure;
    Json entry;
    if (Failure failure = run::findOutput(model, run::naturalOutput(model), info))
      return failure;
    if (Failure failure = findEntry(description, "rows", info.name, entry))
      return failure;
    addRows(rows, wish.rows, wish.length);
    works.push_back({fmt::format("{} × {} tokens", wish.rows, wish.length),
                     rows.tokens(),
                     amountsOf(entry, {wish.rows, wish.length}),
                     {}});
    const size_t units = size_t(info.per_pair    ? wish.length * rows.tokens()
                                : info.per_token ? rows.tokens()
                                                 : wish.rows);
    output.resize(units * size_t(info.width) * (info.element == TFC_F64 ? 8 : 4));
    count = units * size_t(info.width);
    return open(model, wish, 0);
  }

  Failure round() override {
    std::vector<tfc_input_array> inputs;
    for (const auto &[name, ids] : rows.ids)
      inputs.push_back({name.c_str(), ids.data(), ids.size(), TFC_I64});
    const tfc_output_array wanted = {info.name, output.data(), count};
    const Clock::time_point start = Clock::now();
    if (tfc_status status = tfc_run(session.get(), rows.count(), rows.offsets.data(), inputs.data(),
                                    inputs.size(), &wanted, 1))
      return failureOf(status, session.get());
    works[0].seconds.push_back(secondsSince(start));
    return {};
  }

private:
  tfc_value_info info{};
  std::vector<char> output;
  size_t count = 0;
};

int count(void *user, const tfc_new_token *) {
  ++*static_cast<size_t *>(user);
  return 0;
}

/// A prompt or a source in, one token after another out.
class TokensBench : public Bench {
public:
  Failure make(tfc_model *model, const Json &description, Wish wish) {
    const int64_t most = tfc_max_sequence(model);
    const bool hasSource = tfc_has_source(model);
    if (Failure failure = settle(wish.rows, 1, mostSequences, "--rows", "a session generates"))
      return failure;
    // The last token needs no place. A row of a translation begins with one that is not of its
    // source; a prompt wants room.
    const int64_t usual =
        hasSource ? usualNewTokens : std::min(usualNewTokens, std::max<int64_t>(most / 2, 1));
    if (Failure failure = settle(wish.newTokens, usual, most, "--new-tokens",
                                 "a row of this model can be continued by"))
      return failure;
    if (Failure failure = settle(wish.length, usualLength,
                                 hasSource ? most : most + 1 - wish.newTokens, "--length",
                                 hasSource ? "a source of this model has"
                                           : "beside the new tokens a row of this model has"))
      return failure;
    Json step, source;
    if (Failure failure = findEntry(description, "step", "", step))
      return failure;
    newTokens = wish.newTokens;
    addRows(hasSource ? rows.source : rows, wish.rows, wish.length);
    const int64_t tokens = wish.rows * wish.length, past = hasSource ? 1 : wish.length,
                  of = hasSource ? wish.length : 0;
    Amounts first = amountsOf(step, {wish.rows, past, 0, of});
    if (hasSource) {
      if (Failure failure = findEntry(description, "source", "", source))
        return failure;
      first += amountsOf(source, {wish.rows, wish.length});
    }
    works.push_back(
        {fmt::format("{} {} × {} tokens", hasSource ? "source" : "prompt", wish.rows, wish.length),
         tokens,
         first,
         {}});
    // Half of the steps come before the one that costs as much as they do on average.
    if (newTokens > 1)
      works.push_back({fmt::format("{} × 1 token behind {}", wish.rows, past + newTokens / 2 - 1),
                       wish.rows,
                       amountsOf(step, {wish.rows, 1, past + newTokens / 2 - 1, of}),
                       {}});
    const auto pages = [](int64_t count) {
      return (count + TFC_PAGE_TOKENS - 1) / TFC_PAGE_TOKENS * TFC_PAGE_TOKENS;
    };
    return open(model, wish, wish.rows * (pages(past + newTokens) + pages(of)));
  }

  Failure round() override {
    tfc_generate_options options{};
    options.max_new_tokens = options.min_new_tokens = newTokens;
    const run::Layout &layout = rows.given();
    const std::vector<int64_t> &all = rows.ids[given];
    const std::vector<int32_t> ids(all.begin(), all.end());
    const Clock::time_point start = Clock::now();
    for (size_t row = 0; row < rows.count(); ++row) {
      size_t number;
      if (tfc_status status = tfc_add(session.get(), ids.data() + layout.offsets[row],
                                      size_t(layout.length(row)), &options, &number))
        return failureOf(status, session.get());
    }
    size_t received = 0;
    std::vector<double> steps;
    for (Clock::time_point last = start; received < rows.count() * size_t(newTokens);) {
      const size_t before = received;
      if (tfc_status status = tfc_step(session.get(), count, &received))
        return failureOf(status, session.get());
      if (received < before + rows.count())
        return {run::exitInput,
                fmt::format("a row ended before the {} tokens that it was to be continued by",
                            newTokens)};
      const double seconds = secondsSince(last);
      last = Clock::now();
      before ? steps.push_back(seconds) : works[0].seconds.push_back(seconds);
    }
    if (!steps.empty())
      works[1].seconds.push_back(median(steps));
    return {};
  }

private:
  int64_t newTokens = 0;
};

} // namespace

template <typename Kind>
static Failure make(tfc_model *model, const Json &description, const Wish &wish,
                    std::unique_ptr<Bench> &bench) {
  auto made = std::make_unique<Kind>();
  Failure failure = made->make(model, description, wish);
  bench = std::move(made);
  return failure;
}

Failure makeBench(tfc_model *model, const Json &description, const Wish &wish,
                  std::unique_ptr<Bench> &bench) {
  if (run::generates(model))
    return make<TokensBench>(model, description, wish, bench);
  if (wish.newTokens)
    return {run::exitInput, fmt::format("--new-tokens: {} does not generate text; its task is {}",
                                        tfc_name(model), tfc_task(model))};
  return make<RowsBench>(model, description, wish, bench);
}

} // namespace tfc::bench
