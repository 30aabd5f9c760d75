// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a compiled library on text, ids or arrays.

#include "Options.h"
#include "Outputs.h"
#include "Rows.h"
#include "Tasks.h"
#include "Texts.h"
#include "Trace.h"

#include <csignal>
#include <cstdio>
#include <memory>
#include <new>

using namespace tfc::run;

namespace {

struct Closer {
  void operator()(tfc_model *model) const { tfc_close(model); }
  void operator()(tfc_session *session) const { tfc_session_destroy(session); }
};

Failure runArrays(tfc_session *session, const tfc_model *model, const Options &options,
                  Trace &trace) {
  Rows rows;
  {
    Trace::Span span(trace, "read");
    if (Failure failure = readRows(model, options, rows))
      return failure;
  }
  std::vector<Assignment> asked = options.outputs;
  if (asked.empty())
    asked.push_back({naturalOutput(model), "", false});
  std::string out;
  if (Failure failure = deliver(session, model, rows, options, asked, out, trace))
    return failure;
  return writeOut(out);
}

Failure run(const Options &options) {
  Trace trace;
  char message[512];
  tfc_model *opened = nullptr;
  {
    Trace::Span span(trace, "open");
    if (tfc_status status = tfc_open(options.library.c_str(), &opened, message, sizeof message))
      return {exitCodeOf(status), message};
  }
  std::unique_ptr<tfc_model, Closer> model(opened);
  tfc_session *created = nullptr;
  {
    Trace::Span span(trace, "session");
    tfc_session_options wanted{};
    wanted.threads = options.tokenizeOnly ? 1 : static_cast<uint32_t>(options.threads);
    if (tfc_status status = tfc_session_create(opened, &wanted, &created, message, sizeof message))
      return {exitCodeOf(status), message};
  }
  std::unique_ptr<tfc_session, Closer> session(created);
  Failure failure = options.texts.empty() ? runArrays(created, opened, options, trace)
                                          : runTexts(created, opened, options, trace);
  if (!failure && !options.trace.empty())
    failure = trace.write(options.trace);
  return failure;
}

} // namespace

int main(int argc, char **argv) {
  std::signal(SIGXFSZ, SIG_IGN); // a file that gets too large is an error of its write
  try {
    std::optional<Options> options;
    Failure failure = parseOptions(argc, argv, options);
    if (!failure && options)
      failure = run(*options);
    if (failure)
      std::fprintf(stderr, "error: %s\n", failure.text.c_str());
    return failure.code;
  } catch (const std::bad_alloc &) {
    std::fputs("error: out of memory\n", stderr);
    return exitEnvironment;
  }
}
