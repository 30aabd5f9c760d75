// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The steps of a tokenizer, one function each. All return false when out of memory, and take valid
// UTF-8.

#ifndef TFC_RUNTIME_TOKENIZER_STEPS_H
#define TFC_RUNTIME_TOKENIZER_STEPS_H

#include "runtime/Tokenizer/Tokenizer.h"

namespace tfc::tokenizer {

/// Whether this runtime knows the step of NORM or PRET.
bool knowsNormalizer(uint32_t step);
bool knowsPreTokenizer(uint32_t step);

/// Puts the normalized text into `out`, which is emptied first. `pending` is memory to work in.
bool normalize(uint32_t step, const char *text, size_t length, List<char> &out,
               List<uint64_t> &pending);

/// Appends the words of one piece of the text to `out`.
bool preTokenize(uint32_t step, const char *text, Span piece, List<Span> &out);

/// WordPiece with the four parameters of MODL: appends the ids of one word.
bool wordPiece(const uint32_t *model, const uint64_t *trie, const char *text, Span word,
               List<int32_t> &out);

} // namespace tfc::tokenizer

#endif
