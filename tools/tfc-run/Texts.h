// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a model does with text, as lines for standard output.

#ifndef TFC_TOOLS_RUN_TEXTS_H
#define TFC_TOOLS_RUN_TEXTS_H

#include "Failure.h"
#include "Options.h"
#include "Trace.h"
#include "tfc/tfc.h"

#include <string>
#include <vector>

namespace tfc::run {

/// Answers all texts of the command line or of standard input. Standard input is answered as it
/// comes: what has arrived is one batch.
Failure runTexts(tfc_session *session, const tfc_model *model, const Options &options,
                 Trace &trace);

/// Writes all of `text` to standard output.
Failure writeOut(const std::string &text);

} // namespace tfc::run

#endif
