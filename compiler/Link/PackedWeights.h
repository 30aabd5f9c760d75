// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The weights of a planned model, in the layouts the plan chose.

#ifndef TFC_COMPILER_LINK_PACKEDWEIGHTS_H
#define TFC_COMPILER_LINK_PACKEDWEIGHTS_H

#include "compiler/Import/Checkpoint.h"
#include "compiler/Link/WeightSink.h"
#include "dialects/Transformer/Transformer.h"

namespace tfc {

/// Writes `bytes` bytes: each `kernel.weight` at its place, zeros between. The checkpoint has been
/// checked against the model before. Needs memory for one panel.
llvm::Error writePackedWeights(transformer::ModelOp model, const Checkpoint &checkpoint,
                               uint64_t bytes, WeightSink &sink);

} // namespace tfc

#endif
