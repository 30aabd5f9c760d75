// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// --explain: a run step by step, with the formula and the numbers of each.

#ifndef TFC_TOOLS_RUN_EXPLAIN_H
#define TFC_TOOLS_RUN_EXPLAIN_H

#include "Generate.h"

namespace tfc::run {

/// Appends the steps of every row: tables for people, or in JSON an object a row. `continuations`
/// holds what has been generated for each row, or nothing; the steps then are of rows with it.
Failure explain(const TaskContext &context, const Rows &rows,
                const std::vector<Continuation> &continuations, std::string &out);

} // namespace tfc::run

#endif
