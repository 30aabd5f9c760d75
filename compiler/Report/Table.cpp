// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The report as a table.

#include "compiler/Report/Report.h"

#include "compiler/Support/Error.h"

#include "llvm/ADT/StringExtras.h"

#include <fmt/format.h>

namespace tfc {

/// At least three digits that mean something.
static std::string digits(double value) {
  return value >= 100 ? fmt::format("{:.0f}", value)
         : value >= 1 ? fmt::format("{:.2f}", value)
                      : fmt::format("{:.4f}", value);
}

static std::string line(const std::string &step, const std::string &kernel, const Totals &totals,
                        const char *bound) {
  const double bytes = totals.weightBytes + totals.activationBytes;
  std::string text = fmt::format(
      "{:<28} {:<26} {:>9} {:>10} {:>14} {:>10} {:>9} {:>8}", step, kernel,
      digits(totals.operations / 1e6), digits(totals.weightBytes / 1e6),
      digits(totals.activationBytes / 1e6), digits(bytes ? totals.operations / bytes : 0),
      digits(totals.seconds * 1e3), bound);
  return text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
}

static std::string tableOf(const EntryReport &entry, const Ceilings &ceilings, ReportBatch batch) {
  std::string text =
      fmt::format("\n{}, {} × {} tokens\n{:<28} {:<26} {:>9} {:>10} {:>14} {:>10} {:>9} {:>8}\n",
                  entry.name, batch.rows, batch.length, "step", "kernel", "MFLOP", "MB weights",
                  "MB activations", "FLOP/byte", "ms", "bound by");
  for (const FunctionReport &function : entry.functions) {
    if (&function != &entry.functions.front())
      text += line(fmt::format("{} {} times:", function.name, function.times), "",
                   totalsOf(function, ceilings, batch), "");
    for (const StepReport &step : function.steps) {
      const Totals totals = totalsOf(step, ceilings, batch);
      text += line("  " + step.step, step.kernel.empty() ? "-" : step.kernel, totals,
                   totals.computeBound ? "compute" : "memory");
    }
  }
  return text + line("all", "", totalsOf(entry, ceilings, batch), "");
}

std::string tableOf(const Report &report) {
  std::string text;
  auto row = [&](const char *name, const std::string &value) {
    text += fmt::format("{:<14} {}\n", name, value);
  };
  row("name", report.model);
  if (!report.family.empty())
    row("family", report.family);
  row("task", report.task);
  row("dtype", report.dtype);
  row("code for", llvm::join(report.targets, ", "));
  row("products", report.gemm == "native" ? "by tfc's own kernels" : "by oneDNN");
  row("weights", fmt::format("{} bytes{}{}", report.weightsBytes,
                             report.schemes.empty() ? "" : ", matrices stored as ",
                             llvm::join(report.schemes, ", ")));
  const SessionSize &session = report.session;
  row("memory",
      fmt::format("rows * {} + tokens * {} + tokens * {} * {} bytes, and those of each thread",
                  session.unitBytes[TFC_AREA_ROW], session.unitBytes[TFC_AREA_TOKEN],
                  report.maxSequence, session.unitBytes[TFC_AREA_PAIR]));
  row("session", fmt::format("{} bytes for {} tokens in at most {} rows", session.bytes,
                             session.tokens, session.rows));
  row("thread", fmt::format("{} bytes with {}", report.threadBytes, report.targets.front()));
  if (report.pageBytes)
    row("cache", fmt::format("{} bytes a token, {} a page of {} tokens, as {}",
                             report.pageBytes / TFC_PAGE_TOKENS, report.pageBytes, TFC_PAGE_TOKENS,
                             report.cache));
  row("ceilings", fmt::format("{:.0f} GFLOP/s and {:.0f} GB/s, assumed for one core with {}, not "
                              "measured",
                              report.ceilings.operations / 1e9, report.ceilings.bytes / 1e9,
                              report.targets.front()));
  for (const EntryReport &entry : report.entries)
    for (ReportBatch batch : batchesOf(report))
      text += tableOf(entry, report.ceilings, batch);
  return printable(text);
}

} // namespace tfc
