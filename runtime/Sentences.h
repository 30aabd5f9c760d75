// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where a text that is too long is cut in two.

#ifndef TFC_RUNTIME_SENTENCES_H
#define TFC_RUNTIME_SENTENCES_H

#include "runtime/Tokenizer/Tables.h"

namespace tfc {

using tokenizer::Span;

/// The span without white space at its ends.
Span withoutWhite(const char *text, Span span);

/// Cuts `span` of a text at the sentence's end that is nearest to its middle, in its middle half;
/// where there is none at white space, or else between characters. White space at the cut belongs
/// to neither, and there is none at the ends. The text need not be valid UTF-8. False where there
/// is nothing to cut.
bool cutSentence(const char *text, Span span, Span &first, Span &second);

} // namespace tfc

#endif
