// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The steps that rewrite a text, and the simple ones among them.

#include "Steps.h"

#include <string.h>

namespace tfc::tokenizer {

bool Rewritten::copy(const char *bytes, size_t count, size_t from) const {
  if (!text.append(bytes, count) || (origins && !origins->reserve(count)))
    return false;
  size_t scalar = from;
  for (size_t i = 0; origins && i < count; ++i) {
    if ((bytes[i] & 0xC0) != 0x80)
      scalar = from + i;
    (*origins)[origins->count++] = scalar;
  }
  return true;
}

bool Rewritten::put(const char *bytes, size_t count, size_t origin) const {
  if (!text.append(bytes, count) || (origins && !origins->reserve(count)))
    return false;
  for (size_t i = 0; origins && i < count; ++i)
    (*origins)[origins->count++] = origin;
  return true;
}

/// Where the scalar begins that ends before `end`.
static size_t scalarBefore(const char *text, size_t end) {
  do
    --end;
  while ((text[end] & 0xC0) == 0x80);
  return end;
}

/// What replaces a text is made of its last character.
bool replaceText(uint32_t options, const Piece &piece, const Rewritten &out) {
  size_t next = 0;
  StepText what = stepText(piece.stepTexts, options, &next), by = stepText(piece.stepTexts, next);
  size_t done = piece.span.begin;
  for (size_t at = done; at + what.length <= piece.span.end;) {
    const void *found = memchr(piece.text + at, what.data[0], piece.span.end - at);
    if (!found)
      break;
    at = static_cast<size_t>(static_cast<const char *>(found) - piece.text);
    if (at + what.length > piece.span.end || !standsAt(what, piece.text + at)) {
      ++at;
      continue;
    }
    if (!out.copy(piece.text + done, at - done, done))
      return false;
    done = at += what.length;
    if (!out.put(by.data, by.length, scalarBefore(piece.text, done)))
      return false;
  }
  return out.copy(piece.text + done, piece.span.end - done, done);
}

/// What is put before a text is made of its first character.
bool prefixText(uint32_t options, const Piece &piece, const Rewritten &out) {
  StepText prefix = stepText(piece.stepTexts, options >> 2);
  bool isThere = piece.size() >= prefix.length && standsAt(prefix, piece.begin());
  if (!piece.size() || ((options & prefixUnlessThere) && isThere) ||
      ((options & prefixOnlyFirst) && !piece.isFirst))
    return out.copy(piece.begin(), piece.size(), piece.span.begin);
  return out.put(prefix.data, prefix.length, piece.span.begin) &&
         out.copy(piece.begin(), piece.size(), piece.span.begin);
}

namespace {

struct Kind {
  uint32_t code;
  bool (*rewrite)(uint32_t options, const Piece &piece, const Rewritten &out);
  int texts, textsShift; // how many texts of STXT it names, and where in the options
};
constexpr Kind kinds[] = {
    {normalizerBert, normalizeBert, 0, 0},
    {normalizerCanonical, normalizeCanonical, 0, 0},
    {normalizerReplace, replaceText, 2, 0},
    {normalizerPrefix, prefixText, 1, 2},
};

const Kind *find(uint32_t step) {
  for (const Kind &kind : kinds)
    if (kind.code == (step & 0xFF))
      return &kind;
  return nullptr;
}

} // namespace

const char *checkStepTexts(size_t place, int count, const Table<char> &texts) {
  for (int i = 0; i < count; ++i) {
    size_t length = place < texts.count ? static_cast<unsigned char>(texts[place]) : 0;
    if (place >= texts.count || length >= texts.count - place || (!i && !length))
      return "a step's text out of range";
    place += 1 + length;
  }
  return nullptr;
}

const char *checkNormalizer(uint32_t step, const Table<char> &stepTexts) {
  const Kind *kind = find(step);
  return kind ? checkStepTexts(step >> 8 >> kind->textsShift, kind->texts, stepTexts)
              : "a normalizer of an unknown kind";
}

bool normalize(uint32_t step, const Piece &piece, const Rewritten &out) {
  return find(step)->rewrite(step >> 8, piece, out);
}

} // namespace tfc::tokenizer
