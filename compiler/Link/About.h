// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a library says of how it was made.

#ifndef TFC_COMPILER_LINK_ABOUT_H
#define TFC_COMPILER_LINK_ABOUT_H

#include "dialects/Transformer/Transformer.h"

#include <string>

namespace tfc {

/// The JSON text of the library's second note, which docs/decisions describes: the compiler, the
/// model's family, the options, and the kernels of each of `targets`. The model has been planned;
/// `maxBatch` is the library's. All of it follows from the plan, so that the same plan gives the
/// same text, whatever words of the command line have led to it.
std::string aboutModel(transformer::ModelOp model, llvm::ArrayRef<llvm::StringRef> targets,
                       int64_t maxBatch);

} // namespace tfc

#endif
