// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a model says about itself, to the tokenizer and to the runtime.

#ifndef TFC_COMPILER_LINK_DESCRIBE_H
#define TFC_COMPILER_LINK_DESCRIBE_H

#include "compiler/Link/Library.h"
#include "dialects/Transformer/Transformer.h"

namespace tfc {

/// How many ids the model knows: the rows of the table that input_ids are looked up in, before
/// planning or after it; 0: not said.
int64_t vocabularySize(transformer::ModelOp model);

/// Fills everything but the variants, the tokenizer and the name of the library; the model has been
/// planned.
void describeModel(transformer::ModelOp model, LibraryDescription &library);

} // namespace tfc

#endif
