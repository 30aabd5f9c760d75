// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// --attention: which words look at which, as a page, as JSON or as an array.

#ifndef TFC_TOOLS_RUN_ATTENTION_H
#define TFC_TOOLS_RUN_ATTENTION_H

#include "Generate.h"

namespace tfc::run {

/// Writes the maps of all rows to the file of --attention. `continuations` holds what has been
/// generated for each row, or nothing; the maps then are of rows with it.
Failure writeAttention(const TaskContext &context, Rows rows,
                       const std::vector<Continuation> &continuations);

} // namespace tfc::run

#endif
