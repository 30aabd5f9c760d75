// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// White space at the ends of a token, left out of where the token comes from.

#ifndef TFC_RUNTIME_TOKENIZER_TRIM_H
#define TFC_RUNTIME_TOKENIZER_TRIM_H

#include "runtime/Tokenizer/Tokenizer.h"

namespace tfc::tokenizer {

/// Moves the ends of `source` by the spaces in `token`, but not past each other. `options`:
/// TrimOptions; `isFirst`: of all the tokens of `text`, which is the text as it was given.
void trimSource(uint32_t options, const char *token, size_t length, bool isFirst, const char *text,
                Source &source);

} // namespace tfc::tokenizer

#endif
