// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Says what is inside of a compiled library, without running any of it.

#include "tools/tfc-inspect/Describe.h"

#include "tfc/abi.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <new>
#include <unistd.h>

using namespace tfc;

static int fail(const run::Failure &failure) {
  std::fprintf(stderr, "error: %s\n", failure.text.c_str());
  return failure.code;
}

/// Before the first object of this program allocates, CLI's among them: before main.
[[gnu::constructor(101)]] static void exitWhenOutOfMemory() {
  std::set_new_handler([] {
    (void)!write(STDERR_FILENO, run::outOfMemory, sizeof run::outOfMemory - 1);
    _exit(run::exitEnvironment);
  });
}

int main(int argc, char **argv) {
  std::string path;
  bool json = false;
  inspect::Options options;
  CLI::App app("Says what is inside of a library that tfc compiled, without running it.",
               "tfc-inspect");
  app.set_version_flag("--version", fmt::format("tfc-inspect {} (runtime interface {})",
                                                TFC_VERSION, TFC_ABI_VERSION));
  app.add_option("LIB", path, "The compiled library, such as minilm.so")->required();
  app.add_flag("--json", json, "Print one JSON object");
  app.add_flag("--verify", options.verify, "Read the weights, and compare their hash");
  uint64_t memory = 0;
  auto *asksMemory =
      app.add_option("--memory", memory,
                     "Say how many tokens can be generated at once in so much memory: bytes, or as "
                     "in 8GiB and 8GB")
          ->transform(CLI::AsSizeValue(/*kb_is_1000=*/true));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    if (error.get_exit_code() == 0) // help and version
      return app.exit(error);
    return fail({run::exitUsage, fmt::format("{}; see tfc-inspect --help", error.what())});
  }
  inspect::Json description;
  if (*asksMemory)
    options.memory = memory;
  if (run::Failure failure = inspect::describe(path, options, description))
    return fail(failure);
  std::string text = json ? inspect::shown(description, 2) + "\n" : inspect::tableOf(description);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return fail({run::exitEnvironment, "the standard output cannot be written"});
  return run::exitDone;
}
