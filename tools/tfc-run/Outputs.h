// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs rows and delivers arrays: into .npy files, or as text.

#ifndef TFC_TOOLS_RUN_OUTPUTS_H
#define TFC_TOOLS_RUN_OUTPUTS_H

#include "Failure.h"
#include "Options.h"
#include "Rows.h"
#include "Trace.h"
#include "tfc/tfc.h"

#include <string>
#include <vector>

namespace tfc::run {

/// One output of some rows: [tokens of these rows, width] or [rows, width].
struct Values {
  tfc_value_info info{};
  std::vector<double> data; // whatever the output's type: all of f32 are among them
};

/// The output of that name, or a failure that names those there are.
Failure findOutput(const tfc_model *model, const std::string &name, tfc_value_info &info);

/// Runs the rows [first, last) and fills `data` of each of `outputs`; rows without tokens give
/// zeros.
Failure compute(tfc_session *session, const tfc_model *model, const Rows &rows, size_t first,
                size_t last, std::vector<Values> &outputs, Trace &trace);

/// Where a part of rows that starts at `first` shall end so that its outputs stay below some 256
/// MB.
size_t endOfPart(const Rows &rows, size_t first, const std::vector<Values> &outputs);

/// Runs all rows; writes the outputs that have files and appends the others to `out` as text.
Failure deliver(tfc_session *session, const tfc_model *model, const Rows &rows,
                const Options &options, const std::vector<Assignment> &asked, std::string &out,
                Trace &trace);

} // namespace tfc::run

#endif
