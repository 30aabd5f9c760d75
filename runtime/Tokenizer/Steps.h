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

/// Puts the normalized text into `out`, which is emptied first, and into `origins`, if that is not
/// null, for each of its bytes where in `text` the scalar began that it was made of. Characters
/// that change their order keep the order of their origins. `pending` is memory to work in.
bool normalize(uint32_t step, const char *text, size_t length, List<char> &out,
               List<size_t> *origins, Pending &pending);

/// Appends the words of one piece of the text to `out`.
bool preTokenize(uint32_t step, const char *text, Span piece, List<Span> &out);

/// WordPiece with the four parameters of MODL: appends the ids of one word, and to `spans`, if that
/// is not null, the bytes that each stands for.
bool wordPiece(const uint32_t *model, const uint64_t *trie, const char *text, Span word,
               List<int32_t> &out, List<Span> *spans);

} // namespace tfc::tokenizer

#endif
