// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The steps that rewrite a text, and the simple ones among them.

#include "Steps.h"
#include "Unicode.h"

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

/// The last character of a text.
static StepText lastOf(const StepText &text) {
  const size_t at = scalarBefore(text.data, text.length);
  return {text.data + at, text.length - at};
}

/// What replaces a text is made of its last character.
static bool replaceAll(uint32_t options, bool runs, const Piece &piece, const Rewritten &out) {
  size_t next = 0;
  StepText what = stepText(piece.tables.texts, options, &next),
           by = stepText(piece.tables.texts, next);
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
    at += what.length;
    for (const StepText again = lastOf(what);
         runs && at + again.length <= piece.span.end && standsAt(again, piece.text + at);)
      at += again.length;
    done = at;
    if (!out.put(by.data, by.length, scalarBefore(piece.text, done)))
      return false;
  }
  return out.copy(piece.text + done, piece.span.end - done, done);
}

bool replaceText(uint32_t options, const Piece &piece, const Rewritten &out) {
  return replaceAll(options, false, piece, out);
}

bool replaceRuns(uint32_t options, const Piece &piece, const Rewritten &out) {
  return replaceAll(options, true, piece, out);
}

bool stripWhite(uint32_t options, const Piece &piece, const Rewritten &out) {
  auto isWhite = [](uint32_t scalar) { return bitsOf(scalar) & unicodeSpace; };
  const char *begin = piece.begin(), *end = begin + piece.size();
  for (const char *next = begin; (options & trimsLeft) && begin < end; begin = next)
    if (!isWhite(readScalar(next)))
      break;
  while ((options & trimsRight) && begin < end && isWhite(lastScalar(end)))
    end = piece.text + scalarBefore(piece.text, static_cast<size_t>(end - piece.text));
  return out.copy(begin, static_cast<size_t>(end - begin), static_cast<size_t>(begin - piece.text));
}

bool trimText(uint32_t options, const Piece &piece, const Rewritten &out) {
  const StepText what = stepText(piece.tables.texts, options >> 2);
  Span kept = piece.span;
  auto fits = [&] { return kept.end - kept.begin >= what.length; };
  while ((options & trimsLeft) && fits() && standsAt(what, piece.text + kept.begin))
    kept.begin += what.length;
  while ((options & trimsRight) && fits() && standsAt(what, piece.text + kept.end - what.length))
    kept.end -= what.length;
  return out.copy(piece.text + kept.begin, kept.end - kept.begin, kept.begin);
}

/// What is put before a text is made of its first character.
bool prefixText(uint32_t options, const Piece &piece, const Rewritten &out) {
  StepText prefix = stepText(piece.tables.texts, options >> 2);
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
    {normalizerBert, normalizeBert, 0, 0},  {normalizerCanonical, normalizeCanonical, 0, 0},
    {normalizerReplace, replaceText, 2, 0}, {normalizerPrefix, prefixText, 1, 2},
    {normalizerMap, normalizeMap, 0, 0},    {normalizerRuns, replaceRuns, 2, 0},
    {normalizerStrip, stripWhite, 0, 0},    {normalizerTrim, trimText, 1, 2},
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

const char *checkNormalizer(uint32_t step, const StepTables &tables) {
  const Kind *kind = find(step);
  return kind ? checkStepTexts(step >> 8 >> kind->textsShift, kind->texts, tables.texts)
              : "a normalizer of an unknown kind";
}

bool normalize(uint32_t step, const Piece &piece, const Rewritten &out) {
  return find(step)->rewrite(step >> 8, piece, out);
}

} // namespace tfc::tokenizer
