// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// --attention and --alignment: which words look at which, as a page, a picture or numbers.

#ifndef TFC_TOOLS_RUN_ATTENTION_H
#define TFC_TOOLS_RUN_ATTENTION_H

#include "Generate.h"

namespace tfc::run {

/// Writes the maps of all rows to the file of --attention, and what words belong together to that
/// of --alignment. `continuations` holds what has been generated for each row, or nothing; the
/// maps then are of rows with it.
Failure writeMaps(const TaskContext &context, const Rows &rows,
                  const std::vector<Continuation> &continuations);

} // namespace tfc::run

#endif
