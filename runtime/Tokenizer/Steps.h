// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The steps of a tokenizer before its model: those that rewrite a text, and those that cut it. All
// return false when out of memory, and take valid UTF-8.

#ifndef TFC_RUNTIME_TOKENIZER_STEPS_H
#define TFC_RUNTIME_TOKENIZER_STEPS_H

#include "runtime/Tokenizer/Tokenizer.h"

namespace tfc::tokenizer {

/// What a step works on: a piece of a text, and the tables that it may name.
struct Piece {
  const char *text;
  Span span;
  bool isFirst; // where the text as it was given begins
  const StepTables &tables;

  const char *begin() const { return text + span.begin; }
  size_t size() const { return span.end - span.begin; }
};

/// A text of STXT. `next`, if not null, receives the place behind it.
struct StepText {
  const char *data;
  size_t length;
};
/// Whether the text stands at `at`; that many bytes are there.
inline bool standsAt(const StepText &text, const char *at) {
  size_t i = 0;
  while (i < text.length && at[i] == text.data[i])
    ++i;
  return i == text.length;
}
inline StepText stepText(const Table<char> &texts, size_t place, size_t *next = nullptr) {
  size_t length = static_cast<unsigned char>(texts[place]);
  if (next)
    *next = place + 1 + length;
  return {texts.data + place + 1, length};
}

/// Where rewritten text goes: behind what is in `text`, and into `origins`, if that is not null,
/// for each of its bytes where in the old text the scalar began that it was made of. Characters
/// that change their order keep the order of their origins. `pending` is memory to work in.
struct Rewritten {
  List<char> &text;
  List<size_t> *origins;
  Pending &pending;

  /// Appends bytes that stay as they are: `from` is where they stand in the old text.
  bool copy(const char *bytes, size_t count, size_t from) const;
  /// Appends bytes that all have one origin.
  bool put(const char *bytes, size_t count, size_t origin) const;
};

/// What is wrong with a step of NORM or PRET, or null.
const char *checkNormalizer(uint32_t step, const StepTables &tables);
const char *checkPreTokenizer(uint32_t step, const StepTables &tables);
/// What is wrong with `count` texts of a step at `place`, of which the first may not be empty.
const char *checkStepTexts(size_t place, int count, const Table<char> &stepTexts);

/// Rewrites a piece by a step of NORM.
bool normalize(uint32_t step, const Piece &piece, const Rewritten &out);

/// Appends the words of a piece to `out`, by a step of PRET without rewritesWord.
bool preTokenize(uint32_t step, const Piece &piece, List<Span> &out);

// The steps themselves; each has the options of its step.
bool normalizeBert(uint32_t options, const Piece &piece, const Rewritten &out);
bool normalizeCanonical(uint32_t options, const Piece &piece, const Rewritten &out);
bool replaceText(uint32_t options, const Piece &piece, const Rewritten &out);
bool replaceRuns(uint32_t options, const Piece &piece, const Rewritten &out);
bool prefixText(uint32_t options, const Piece &piece, const Rewritten &out);
bool normalizeMap(uint32_t options, const Piece &piece, const Rewritten &out);
bool stripWhite(uint32_t options, const Piece &piece, const Rewritten &out);
bool trimText(uint32_t options, const Piece &piece, const Rewritten &out);

} // namespace tfc::tokenizer

#endif
