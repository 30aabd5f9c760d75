// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Times a compiled library beside the roofline of the machine it runs on.

#include "tools/tfc-bench/Results.h"

#include "tfc/abi.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <new>
#include <system_error>
#include <unistd.h>

using namespace tfc;
using namespace tfc::bench;

namespace {

struct Options {
  std::string library;
  Wish wish;
  int64_t rounds = 20;
  bool json = false, machine = false;
};

run::Failure parse(int argc, char **argv, Options &options, bool &done) {
  CLI::App app("Times a library that tfc compiled, beside what this machine can do at most: both "
               "are measured in turns.",
               "tfc-bench");
  app.set_version_flag("--version", fmt::format("tfc-bench {} (runtime interface {})", TFC_VERSION,
                                                TFC_ABI_VERSION));
  app.add_option("LIB", options.library, "The compiled library, such as minilm.so");
  const CLI::Range count(int64_t{1}, int64_t{1} << 20);
  app.add_option("--rows", options.wish.rows, "Rows at once (default: 1)")
      ->type_name("N")
      ->check(count);
  app.add_option("--length", options.wish.length,
                 "Tokens of each row, prompt or source (default: 128)")
      ->type_name("N")
      ->check(count);
  app.add_option("--new-tokens", options.wish.newTokens,
                 "Tokens that each row is continued by (default: 32)")
      ->type_name("N")
      ->check(count);
  app.add_option("--threads", options.wish.threads, "Threads to compute with (default: all cores)")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{1024}));
  app.add_option("--rounds", options.rounds, "Take the medians of N rounds (default: 20)")
      ->type_name("N")
      ->check(count);
  app.add_flag("--json", options.json, "Print one JSON object, with the time of each round");
  auto *machine =
      app.add_flag("--machine", options.machine, "Only measure the machine, without LIB");
  for (const char *name : {"LIB", "--rows", "--length", "--new-tokens", "--rounds"})
    machine->excludes(app.get_option(name));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    done = error.get_exit_code() == 0; // help and version
    if (done) {
      app.exit(error);
      return {};
    }
    return {run::exitUsage, fmt::format("{}; see tfc-bench --help", error.what())};
  }
  if (options.library.empty() && !options.machine)
    return {run::exitUsage, "expected a library, or --machine; see tfc-bench --help"};
  return {};
}

void showProgress(int64_t round, int64_t rounds) {
  if (isatty(STDERR_FILENO))
    std::fprintf(stderr, round < rounds ? "\rround %lld of %lld" : "\r\033[K",
                 static_cast<long long>(round + 1), static_cast<long long>(rounds));
}

run::Failure print(const std::string &text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return {run::exitEnvironment, "the standard output cannot be written"};
  return {};
}

/// Runs all rounds; of each round the ceilings are measured just before the works.
run::Failure measure(Bench &bench, int64_t rounds, Arithmetic arithmetic,
                     std::vector<Result> &results) {
  double most = 0;
  for (const Work &work : bench.works)
    most = std::max(most, work.amounts.bytes);
  const Machine machine(bench.threads, most);
  for (int round = 0; round < 2; ++round) // warms up; the first also reads the library
    if (run::Failure failure = bench.round())
      return failure;
  double longest = 0, longestOfBytes = 0;
  for (Work &work : bench.works) {
    longest = std::max(longest, work.seconds.back());
    if (work.amounts.byteOperations > 0)
      longestOfBytes = longest;
    work.seconds.clear();
  }
  std::vector<double> operations, byteOperations;
  std::vector<std::vector<double>> bandwidths(bench.works.size());
  for (int64_t round = 0; round < rounds; ++round) {
    showProgress(round, rounds);
    operations.push_back(machine.operations(arithmetic, longest));
    byteOperations.push_back(machine.operations(Arithmetic::bytes, longestOfBytes));
    for (size_t i = 0; i < bench.works.size(); ++i)
      bandwidths[i].push_back(machine.readBandwidth(bench.works[i].amounts.bytes));
    if (run::Failure failure = bench.round())
      return failure;
  }
  showProgress(rounds, rounds);
  for (size_t i = 0; i < bench.works.size(); ++i)
    results.push_back(
        {bench.works[i], {median(operations), median(byteOperations), median(bandwidths[i])}});
  return {};
}

run::Failure benchLibrary(const Options &options) {
  inspect::Json description;
  if (run::Failure failure = inspect::describe(options.library, {}, description))
    return failure;
  run::ModelHandle model;
  if (run::Failure failure = run::openModel(options.library, model))
    return failure;
  std::unique_ptr<Bench> bench;
  if (run::Failure failure = makeBench(model.get(), description, options.wish, bench))
    return failure;
  const bool f64 = description["options"]["dtype"] == "f64";
  std::vector<Result> results;
  if (run::Failure failure =
          measure(*bench, options.rounds, f64 ? Arithmetic::f64 : Arithmetic::f32, results))
    return failure;
  const Setting setting = {tfc_name(model.get()), tfc_variant_name(model.get()), Machine::name(),
                           bench->threads};
  return print(options.json ? inspect::shown(jsonOf(setting, results), 2) + "\n"
                            : tableOf(setting, results));
}

/// The ceilings themselves, reading from a memory that no cache holds.
run::Failure benchMachine(const Options &options) {
  constexpr double bytes = 512 << 20, seconds = 0.1;
  const int64_t threads = threadsOf(options.wish);
  const Machine machine(threads, bytes);
  const double floats = machine.operations(Arithmetic::f32, seconds) / 1e9,
               doubles = machine.operations(Arithmetic::f64, seconds) / 1e9,
               codes = machine.operations(Arithmetic::bytes, seconds) / 1e9,
               read = machine.readBandwidth(bytes) / 1e9;
  if (!options.json)
    return print(fmt::format("{} of {}\n{:.1f} GFLOP/s in f32, {:.1f} in f64\n{:.1f} G "
                             "operations/s on bytes\n{:.1f} GB/s read from memory\n",
                             threadsAs(threads), Machine::name(), floats, doubles, codes, read));
  const inspect::Json json = {{"machine", Machine::name()}, {"threads", threads},
                              {"gflops", floats},           {"gflops_f64", doubles},
                              {"gops_bytes", codes},        {"read_gb_s", read}};
  return print(inspect::shown(json, 2) + "\n");
}

} // namespace

int main(int argc, char **argv) {
  try {
    Options options;
    bool done = false;
    run::Failure failure = parse(argc, argv, options, done);
    if (!failure && !done)
      failure = options.machine ? benchMachine(options) : benchLibrary(options);
    if (failure)
      std::fprintf(stderr, "error: %s\n", failure.text.c_str());
    return failure.code;
  } catch (const std::system_error &error) {
    std::fprintf(stderr, "error: a thread could not be started: %s\n", error.what());
    return run::exitEnvironment;
  } catch (const std::bad_alloc &) {
    std::fputs(run::outOfMemory, stderr);
    return run::exitEnvironment;
  }
}
