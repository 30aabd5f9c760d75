// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rotary positions as a config.json describes them: `rope_parameters`, or `rope_theta` and
// `rope_scaling` of transformers 4.

#ifndef TFC_COMPILER_IMPORT_ROTARY_H
#define TFC_COMPILER_IMPORT_ROTARY_H

#include "compiler/Import/Config.h"

namespace tfc {

/// What `transformer.rotary_table` takes.
struct Rotary {
  llvm::SmallVector<double> frequencies;
  double factor = 1;
};

/// Reads the frequencies of heads of `headDim` columns in a model of `positions` positions, as
/// transformers computes them, in double precision. With `partial`, `partial_rotary_factor` says
/// what share of the columns is turned; it is `defaultShare` where config.json does not say.
llvm::Expected<Rotary> readRotary(const Config &config, int64_t headDim, int64_t positions,
                                  bool partial = false, double defaultShare = 1);

} // namespace tfc

#endif
