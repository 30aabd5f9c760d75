// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The measure of a library: its model, compiled in f64.

#ifndef TFC_TOOLS_RUN_MEASURE_H
#define TFC_TOOLS_RUN_MEASURE_H

#include "Handles.h"

#include <string>

namespace tfc::run {

/// Compiles `input`, a folder or a text as tfc takes them, in f64 for `cpu` and opens the result.
/// Its file is gone afterwards, also where a signal ends this process.
Failure openMeasure(const std::string &input, const std::string &cpu, ModelHandle &model);

} // namespace tfc::run

#endif
