// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a planned model says about itself to the runtime.

#ifndef TFC_COMPILER_LINK_DESCRIBE_H
#define TFC_COMPILER_LINK_DESCRIBE_H

#include "compiler/Link/Library.h"
#include "dialects/Transformer/Transformer.h"

namespace tfc {

/// Fills everything but the variants, the tokenizer and the name of the library.
void describeModel(transformer::ModelOp model, LibraryDescription &library);

} // namespace tfc

#endif
