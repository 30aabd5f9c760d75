// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a planned model costs: its memory, and for each step operations, bytes, the kernel, and the
// least time that a core needs by the roofline model (Williams, Waterman and Patterson 2009).

#ifndef TFC_COMPILER_REPORT_REPORT_H
#define TFC_COMPILER_REPORT_REPORT_H

#include "dialects/Kernel/Cost.h"
#include "dialects/Transformer/Transformer.h"
#include "runtime/SessionSize.h"

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace tfc {

struct StepReport {
  std::string step;   ///< the op, and the shape of what it computes for a row
  std::string kernel; ///< the row of the kernel table, or empty
  kernel::Cost cost;  ///< of one run
};

struct FunctionReport {
  std::string name;
  int64_t times; ///< that a run of the entry calls it
  std::vector<StepReport> steps;
};

struct EntryReport {
  std::string name;
  std::vector<FunctionReport> functions; ///< the entry first
};

/// What a core is assumed to reach, per second. Nothing is measured.
struct Ceilings {
  double operations, integerOperations, bytes;
};

struct Report {
  std::string model, family, task, dtype, gemm;
  std::vector<std::string> schemes; ///< by which matrices are stored; none: as computed with
  std::vector<std::string> targets; ///< the first is the one that the rest is about
  uint64_t weightsBytes = 0;
  int64_t maxSequence = 0, threadBytes = 0;
  std::string cache;     ///< the type that keys and values are kept as
  int64_t pageBytes = 0; ///< of the cache of a model that generates, for TFC_PAGE_TOKENS tokens
  SessionSize session;
  Ceilings ceilings;
  std::vector<EntryReport> entries;
};

/// Rows of the same length, and sources of as many tokens.
struct ReportBatch {
  int64_t rows, length;
};

/// What some steps come to for a batch.
struct Totals {
  double operations = 0; ///< those on whole numbers among them
  double weightBytes = 0;
  double activationBytes = 0; ///< those of the cache among them
  double seconds = 0;
  bool computeBound = false; ///< of a single step

  Totals &operator+=(const Totals &other);
};
Totals totalsOf(const StepReport &step, const Ceilings &ceilings, ReportBatch batch);
Totals totalsOf(const FunctionReport &function, const Ceilings &ceilings, ReportBatch batch);
Totals totalsOf(const EntryReport &entry, const Ceilings &ceilings, ReportBatch batch);

/// The batches a report is printed for: a row that is not long, and a session full of the longest.
std::vector<ReportBatch> batchesOf(const Report &report);

/// The report on a planned model, for `targets`, best first; `maxBatch` as for the library.
llvm::Expected<Report> reportOn(transformer::ModelOp model, llvm::ArrayRef<llvm::StringRef> targets,
                                int64_t maxBatch);

/// A report as people read it.
std::string tableOf(const Report &report);

} // namespace tfc

#endif
