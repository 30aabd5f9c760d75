// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a compiled library on text, ids or arrays.

#include "Attention.h"
#include "Check.h"
#include "Explain.h"
#include "Generate.h"
#include "Handles.h"
#include "Options.h"
#include "Outputs.h"
#include "Rows.h"
#include "Tasks.h"
#include "Texts.h"
#include "Trace.h"

#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <new>

using namespace tfc::run;

namespace {

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
    asked.push_back({generates(model) ? sequencesName : naturalOutput(model), "", false});
  const TaskContext context = {session, model, options, trace};
  std::vector<Continuation> continuations;
  const bool writes = rows.hasSource() ? rows.tokens() == 0 : options.outputs.empty();
  if (options.looksInside() && generates(model) && writes)
    if (Failure failure = continueRows(context, rows, continuations))
      return failure;
  std::string out;
  if (options.explain)
    if (Failure failure = explain(context, rows, continuations, out))
      return failure;
  if (Failure failure = deliverOutputs(context, rows, asked, out))
    return failure;
  if (options.wantsMaps())
    if (Failure failure = writeMaps(context, rows, continuations))
      return failure;
  return writeOut(out);
}

Failure run(const Options &options) {
  Trace trace;
  ModelHandle model;
  {
    Trace::Span span(trace, "open");
    if (Failure failure = openModel(options.library, model))
      return failure;
  }
  if (!options.generateOption.empty() && !generates(model.get()))
    return {exitInput,
            fmt::format("{}: {} does not generate text; its task is {}", options.generateOption,
                        tfc_name(model.get()), tfc_task(model.get()))};
  Failure failure;
  if (options.check.empty()) {
    SessionHandle session;
    {
      Trace::Span span(trace, "session");
      if (Failure made =
              makeSession(model.get(), options.tokenizeOnly ? 1 : options.threads, session))
        return made;
    }
    failure = (options.texts.empty() && !options.chat ? runArrays : runTexts)(
        session.get(), model.get(), options, trace);
  } else {
    failure = checkNumbers(model.get(), options, trace);
  }
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
    std::fputs(outOfMemory, stderr);
    return exitEnvironment;
  }
}
