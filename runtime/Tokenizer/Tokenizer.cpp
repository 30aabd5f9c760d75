// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Tokenizer.h"
#include "Steps.h"
#include "Trim.h"
#include "Unicode.h"

namespace tfc::tokenizer {

// ---- From text to ids ----

size_t Way::given(size_t valid) const {
  size_t low = 0, high = repairs.count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (repairs[middle].valid <= valid)
      low = middle + 1;
    else
      high = middle;
  }
  return low ? repairs[low - 1].given + (valid - repairs[low - 1].valid) : valid;
}

Span Way::back(Span span) const {
  size_t first = origins ? origins[span.begin] : span.begin,
         last = origins ? origins[span.end - 1] : span.end - 1;
  // A token of bytes may begin or end inside a character.
  const char *piece = text + begin;
  while ((piece[first] & 0xC0) == 0x80)
    --first;
  while ((piece[last] & 0xC0) == 0x80)
    --last;
  const char *behind = piece + last;
  readScalar(behind);
  return {given(begin + first), given(static_cast<size_t>(behind - text))};
}

/// Appends a token with what it is called and where it comes from.
static bool pushToken(int32_t id, const char *text, size_t length, const Source &source,
                      Tokens &out) {
  return out.ids.push(id) &&
         (!out.keepText || (out.text.append(text, length) && out.textEnds.push(out.text.count) &&
                            out.sources.push(source)));
}

/// An added token is a word of its own.
bool Tokenizer::pushAdded(int32_t id, const char *text, Span span, const Way &way,
                          Tokens &out) const {
  Span source = out.keepText ? way.back(span) : span;
  return pushToken(id, text + span.begin, span.end - span.begin,
                   {source.begin, source.end, out.words++, 0}, out);
}

/// What is kept of the tokens of a word; they are spelled as in the vocabulary, but for `spelled`.
bool Tokenizer::describeWord(const char *text, const List<Span> &spans, const Way &way,
                             Tokens &out) const {
  for (size_t i = 0; i < spans.count; ++i) {
    size_t length = spans[i].end - spans[i].begin;
    const char *token = text + spans[i].begin;
    if (const int32_t id = out.ids[out.textEnds.count]; id != spelled)
      token = tokenText(id, &length);
    Span source = way.back(spans[i]);
    if (!out.text.append(token, length) || !out.textEnds.push(out.text.count) ||
        !out.sources.push({source.begin, source.end, out.words, 0}))
      return false;
  }
  return true;
}

/// A piece on its way through the pre-tokenizers: its words, in a text that they may rewrite.
struct Draft {
  const char *text;
  Way way;
  List<Span> *words, *next;
  int rewritings = 0; // so far

  void turn() {
    List<Span> *last = words;
    words = next;
    next = last;
    next->clear();
  }
};

/// Puts every word through a step that rewrites it.
bool Tokenizer::rewriteWords(uint32_t step, Draft &draft, bool keepOrigins,
                             Scratch &scratch) const {
  int which = draft.rewritings++ % 2;
  List<char> &made = scratch.rewritten[which];
  List<size_t> *origins = keepOrigins ? &scratch.rewrittenOrigins[which] : nullptr;
  made.clear();
  if (origins)
    origins->clear();
  for (size_t i = 0; i < draft.words->count; ++i) {
    Span word = (*draft.words)[i];
    size_t begin = made.count;
    if (!normalize(step, {draft.text, word, draft.way.isFirst(word.begin), steps},
                   {made, origins, scratch.pending}))
      return false;
    if (made.count > begin && !draft.next->push({begin, made.count}))
      return false;
  }
  draft.way.follow(origins);
  draft.text = made.data();
  return true;
}

/// Words of one piece of normalized text, and their ids. Stops once there are `enough` tokens.
bool Tokenizer::encodeWords(const char *text, Span piece, const Way &way, size_t enough,
                            Tokens &out, Scratch &scratch) const {
  Draft draft = {text, way, &scratch.words[0], &scratch.words[1]};
  draft.words->clear();
  draft.next->clear();
  if (!draft.words->push(piece))
    return false;
  for (size_t step = 0; step < preTokenizers.count; ++step) {
    uint32_t code = preTokenizers[step];
    bool good = true;
    if (code & rewritesWord)
      good = rewriteWords(code & ~rewritesWord, draft, out.keepText, scratch);
    else
      for (size_t i = 0; good && i < draft.words->count; ++i)
        good = preTokenize(code, {draft.text, (*draft.words)[i], false, steps}, *draft.next);
    if (!good)
      return false;
    draft.turn();
  }
  const WordTokens tokens = {out.ids, out.keepText ? &scratch.spans : nullptr};
  for (size_t i = 0; i < draft.words->count && out.ids.count < enough; ++i, ++out.words) {
    scratch.spans.clear();
    if (!kind->encode(model, draft.text, (*draft.words)[i], tokens, scratch.model) ||
        (tokens.spans && !describeWord(draft.text, *tokens.spans, draft.way, out)))
      return false;
  }
  return true;
}

/// A code at the beginning of a piece is one token, of the vocabulary or unknown; what follows is
/// the piece.
bool Tokenizer::encodeCode(const char *text, Span &piece, Tokens &out,
                           const Scratch &scratch) const {
  const StepText begin = stepText(steps.texts, code[0]), end = stepText(steps.texts, code[1]);
  if (piece.end - piece.begin < begin.length || !standsAt(begin, text + piece.begin))
    return true;
  size_t at = piece.begin + begin.length;
  while (at + end.length <= piece.end && !standsAt(end, text + at))
    ++at;
  at += end.length;
  if (at > piece.end)
    return true;
  const Span span = {piece.begin, at};
  int32_t id = findText(model.unknownTexts.count ? model.unknownTexts : model.trie, text, span);
  piece.begin = at;
  if (id < 0)
    id = static_cast<int32_t>(model.parameters[1]);
  size_t length = 0;
  const char *token = tokenText(id, &length);
  const Span source = out.keepText ? Way{text, 0, nullptr, scratch.repairs}.back(span) : span;
  return pushToken(id, token, length, {source.begin, source.end, out.words++, 0}, out);
}

/// A piece without added tokens of the first kind: normalizes it and cuts out those of the second.
bool Tokenizer::encodePiece(const char *whole, Span span, size_t enough, Tokens &out,
                            Scratch &scratch) const {
  if (code.count && !encodeCode(whole, span, out, scratch))
    return false;
  Way way{whole, span.begin, nullptr, scratch.repairs};
  const char *text = whole + span.begin;
  size_t length = span.end - span.begin;
  for (size_t step = 0; step < normalizers.count; ++step) {
    List<char> &made = scratch.normalized[step % 2];
    List<size_t> *origins = out.keepText || asksForFirst ? &scratch.origins[step % 2] : nullptr;
    made.clear();
    if (origins)
      origins->clear();
    if (!normalize(normalizers[step], {text, {0, length}, span.begin == 0, steps},
                   {made, origins, scratch.pending}))
      return false;
    way.follow(origins);
    text = made.data();
    length = made.count;
  }
  bool good = true;
  cutAdded(
      normalized, added, text, length,
      [&](Span piece) {
        good = encodeWords(text, piece, way, enough, out, scratch);
        return good && out.ids.count < enough;
      },
      [&](int32_t id, Span span) {
        good = pushAdded(id, text, span, way, out);
        return good && out.ids.count < enough;
      });
  return good;
}

bool Tokenizer::encodeText(const char *text, size_t length, size_t enough, Tokens &out,
                           Scratch &scratch) const {
  size_t bad, valid = validPrefix(text, length, &bad);
  scratch.repairs.clear();
  if (bad) {
    scratch.valid.clear();
    for (size_t at = 0; at < length;) {
      if (!scratch.valid.append(text + at, valid))
        return false;
      at += valid + bad;
      if (bad && (!scratch.valid.append("\xEF\xBF\xBD", 3) ||
                  !scratch.repairs.push({scratch.valid.count, at})))
        return false;
      valid = validPrefix(text + at, length - at, &bad);
    }
    text = scratch.valid.data();
    length = scratch.valid.count;
  }
  const Way way{text, 0, nullptr, scratch.repairs};
  bool good = true;
  cutAdded(
      raw, added, text, length,
      [&](Span piece) {
        good = encodePiece(text, piece, enough, out, scratch);
        return good && out.ids.count < enough;
      },
      [&](int32_t id, Span span) {
        good = pushAdded(id, text, span, way, out);
        return good && out.ids.count < enough;
      });
  return good;
}

// ---- Truncation and template ----

/// Finds the tokens of each text that are kept, or returns why that is not possible.
const char *Tokenizer::truncate(const Truncation &how, bool pair, size_t special,
                                const Tokens tokens[2], Span keep[2]) const {
  size_t count[2] = {tokens[0].ids.count, pair ? tokens[1].ids.count : 0};
  size_t kept[2] = {count[0], count[1]};
  if (how.limit < special)
    return "has no room for the special tokens";
  size_t limit = how.limit - special, total = count[0] + count[1];
  if (total > limit && limit > 0 && how.strategy != longestFirst) {
    int which = how.strategy == onlySecond;
    if (which && !pair)
      return "is to shorten a second text, and there is none";
    if (count[which] <= total - limit)
      return "is to shorten one text, and it is too short";
    kept[which] -= total - limit;
  } else if (total > limit && limit > 0 && pair) {
    // The shorter text stays whole if it fits into half of the room.
    int shorter = count[0] > count[1];
    size_t a = count[shorter], b = a > limit || limit - a < a ? a : limit - a;
    if (a + b > limit) {
      a = limit / 2;
      b = a + limit % 2;
    }
    kept[shorter] = a < count[shorter] ? a : count[shorter];
    kept[!shorter] = b < count[!shorter] ? b : count[!shorter];
  } else if (total > limit) {
    kept[0] = limit;
    kept[1] = 0;
  }
  for (int i = 0; i < 2; ++i)
    keep[i] = how.left ? Span{count[i] - kept[i], count[i]} : Span{0, kept[i]};
  return nullptr;
}

bool Tokenizer::applyTemplate(const char *const given[2], bool special, const Tokens tokens[2],
                              const Span keep[2], Encoding &out) const {
  bool pair = given[1] != nullptr;
  const Table<uint32_t> &parts = templates[pair];
  for (size_t i = 0; i < parts.count; i += 2) {
    uint32_t part = parts[i] & 0xFF;
    auto type = static_cast<int32_t>(parts[i] >> 8);
    size_t before = out.tokens.ids.count;
    if (part == partToken) {
      size_t length = 0;
      const char *text = special ? tokenText(parts[i + 1], &length) : nullptr;
      if (special &&
          !pushToken(static_cast<int32_t>(parts[i + 1]), text, length, {0, 0, -1, -1}, out.tokens))
        return false;
    } else {
      const Tokens &from = tokens[part];
      const Span &span = keep[part];
      if (!out.tokens.ids.append(from.ids.data() + span.begin, span.end - span.begin))
        return false;
      for (size_t k = span.begin; out.tokens.keepText && k < span.end; ++k) {
        size_t begin = k ? from.textEnds[k - 1] : 0;
        if (!out.tokens.text.append(from.text.data() + begin, from.textEnds[k] - begin) ||
            !out.tokens.textEnds.push(out.tokens.text.count) ||
            !out.tokens.sources.push(from.sources[k]))
          return false;
        Source &source = out.tokens.sources[out.tokens.sources.count - 1];
        source.sequence = static_cast<int32_t>(part);
        if (trim.count)
          trimSource(trim[0], from.text.data() + begin, from.textEnds[k] - begin, k == span.begin,
                     given[part], source);
      }
    }
    size_t more = out.tokens.ids.count - before;
    if (!out.types.reserve(more))
      return false;
    while (more--)
      out.types[out.types.count++] = type;
  }
  return true;
}

tfc_status Tokenizer::encode(const char *text, size_t length, const char *pair, size_t pairLength,
                             const EncodeOptions &options, Encoding &out, Scratch &scratch,
                             Message &message) const {
  out.tokens.clear(options.keepText);
  out.types.clear();
  Truncation how = {0, longestFirst, truncation.count && truncation[2]};
  bool truncates = true;
  if (options.truncateTo)
    how.limit = options.truncateTo;
  else if (truncation.count && !options.neverTruncate)
    how = {truncation[0], truncation[1], truncation[2] != 0};
  else
    truncates = false;
  // What is cut off at the right of a single text need not be looked at; for a pair, the lengths of
  // both decide.
  bool early =
      truncates && !pair && !how.left && how.strategy == longestFirst && how.limit < SIZE_MAX;
  size_t enough = early ? how.limit + 1 : SIZE_MAX;
  const char *given[2] = {text, pair};
  size_t lengths[2] = {length, pairLength};
  Span keep[2] = {{0, 0}, {0, 0}};
  for (int i = 0; i <= (pair != nullptr); ++i) {
    scratch.tokens[i].clear(options.keepText);
    if (lengths[i] && !encodeText(given[i], lengths[i], enough, scratch.tokens[i], scratch))
      return message.fail(TFC_OUT_OF_MEMORY, "out of memory: the tokens of a text of %zu bytes",
                          lengths[i]);
    keep[i] = {0, scratch.tokens[i].ids.count};
  }
  size_t special = options.addSpecialTokens ? specials[pair != nullptr] : 0;
  if (truncates)
    if (const char *why = truncate(how, pair != nullptr, special, scratch.tokens, keep))
      return message.fail(TFC_INVALID_ARGUMENT, "truncation to %zu tokens %s", how.limit, why);
  if (!applyTemplate(given, options.addSpecialTokens, scratch.tokens, keep, out))
    return message.fail(TFC_OUT_OF_MEMORY, "out of memory: %zu tokens",
                        scratch.tokens[0].ids.count);
  return TFC_OK;
}

} // namespace tfc::tokenizer
