// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How far a library is from its model in f64, layer by layer.

#ifndef TFC_TOOLS_RUN_CHECK_H
#define TFC_TOOLS_RUN_CHECK_H

#include "Failure.h"
#include "Options.h"
#include "Trace.h"
#include "tfc/tfc.h"

namespace tfc::run {

/// Runs the model and its measure, what `options.check` names compiled in f64, on the same rows of
/// seeded ids, and prints for each output how far they are apart. A failure where they are not of
/// the same model, or where an output is too far away.
Failure checkNumbers(tfc_model *model, const Options &options, Trace &trace);

} // namespace tfc::run

#endif
