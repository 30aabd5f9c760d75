// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Unigram: of all ways to cut a word into pieces, the one with the largest sum of scores. Kudo
// 2018.

#include "Models.h"
#include "Unicode.h"

namespace tfc::tokenizer {

static const char *check(const ModelTables &model, size_t ids) {
  const size_t pieces = model.scores.count ? model.scores.count - 1 : 0;
  if (!model.trie.count || !pieces || (model.pieceIds.count && model.pieceIds.count != pieces) ||
      (!model.pieceIds.count && pieces > ids) || model.unknownTexts.count % 256 ||
      (model.byteIds.count && model.byteIds.count != 256))
    return "a table of the model of a wrong size";
  bool good = model.parameters[1] < ids;
  for (size_t i = 0; i < model.pieceIds.count; ++i)
    good &= static_cast<size_t>(model.pieceIds[i]) < ids;
  for (size_t i = 0; i < model.byteIds.count; ++i)
    good &= model.byteIds[i] == -1 || static_cast<size_t>(model.byteIds[i]) < ids;
  return good ? nullptr : "a parameter of the model out of range";
}

namespace {

/// The best ways to all places of a word, from left to right.
class Search {
public:
  Search(const ModelTables &model, const char *word, size_t length, List<BestCut> &cuts)
      : model(model), word(word), length(length), cuts(cuts),
        isSingle(model.parameters[2] & unigramSingle) {}

  void run() {
    for (size_t at = 0; at <= length; ++at)
      cuts[at] = {0, nowhere, noToken};
    const double unknown = model.scores[model.scores.count - 1];
    for (size_t at = 0; at < length;) {
      const char *behind = word + at;
      readScalar(behind);
      const auto next = static_cast<size_t>(behind - word);
      if (!takePieces(at, next))
        take(at, next, noToken, unknown);
      at = next;
    }
  }

private:
  static constexpr size_t nowhere = SIZE_MAX;

  /// All pieces that begin at `at`. Whether one of them is a single character, up to `next`.
  bool takePieces(size_t at, size_t next) {
    bool hasCharacter = false;
    uint64_t unit = model.trie[0];
    for (size_t end = at; end < length;) {
      auto byte = static_cast<unsigned char>(word[end]);
      unit = model.trie[Unit::base(unit) ^ byte];
      if (Unit::label(unit) != byte)
        break;
      ++end;
      if (int32_t piece = Unit::value(unit); piece >= 0) {
        take(at, end, static_cast<uint32_t>(piece), model.scores[static_cast<size_t>(piece)]);
        hasCharacter |= end == next;
      }
    }
    return hasCharacter;
  }

  /// The first of equal ways is kept.
  void take(size_t begin, size_t end, uint32_t piece, double score) {
    BestCut &best = cuts[end];
    double sum = cuts[begin].score + score;
    if (isSingle)
      sum = static_cast<float>(sum);
    if (best.begin == nowhere || sum > best.score)
      best = {sum, begin, piece};
  }

  const ModelTables &model;
  const char *word;
  const size_t length;
  List<BestCut> &cuts;
  const bool isSingle;
};

/// Unknown characters that stand together: a token of that very text, or bytes, or unknown. Where
/// the pieces' ids are those of another vocabulary, it is asked for what has become bytes already.
bool pushUnknown(const ModelTables &model, const char *text, Span span, const WordTokens &out) {
  const Table<uint64_t> &texts = model.unknownTexts;
  bool hasBytes = model.parameters[2] & unigramByteFallback;
  for (size_t i = span.begin; hasBytes && i < span.end; ++i)
    hasBytes = model.byteIds[static_cast<unsigned char>(text[i])] >= 0;
  const bool isLookedUp = !hasBytes || !texts.count;
  if (int32_t found = isLookedUp ? findText(texts.count ? texts : model.trie, text, span) : -1;
      found >= 0)
    return out.push(
        texts.count || !model.pieceIds.count ? found : model.pieceIds[static_cast<size_t>(found)],
        span);
  if (!hasBytes)
    return out.push(static_cast<int32_t>(model.parameters[1]), span);
  for (size_t i = span.begin; i < span.end; ++i)
    if (!out.push(model.byteIds[static_cast<unsigned char>(text[i])], span))
      return false;
  return true;
}

} // namespace

static bool unigram(const ModelTables &model, const char *text, Span word, const WordTokens &out,
                    ModelScratch &scratch) {
  const size_t length = word.end - word.begin;
  scratch.cuts.clear();
  scratch.pieces.clear();
  if (!scratch.cuts.reserve(length + 1))
    return false;
  Search(model, text + word.begin, length, scratch.cuts).run();
  for (size_t end = length; end; end = scratch.cuts[end].begin)
    if (!scratch.pieces.push({scratch.cuts[end].begin, end}))
      return false;
  auto isUnknown = [&](size_t end) {
    const uint32_t piece = scratch.cuts[end].piece;
    return piece == noToken || piece == model.parameters[3];
  };
  for (size_t left = scratch.pieces.count; left;) {
    Span span = scratch.pieces[--left];
    const uint32_t piece = scratch.cuts[span.end].piece;
    const bool unknown = isUnknown(span.end);
    while (unknown && left && isUnknown(scratch.pieces[left - 1].end))
      span.end = scratch.pieces[--left].end;
    const Span inText = {word.begin + span.begin, word.begin + span.end};
    const int32_t id = unknown                ? -1
                       : model.pieceIds.count ? model.pieceIds[piece]
                                              : static_cast<int32_t>(piece);
    if (!(unknown ? pushUnknown(model, text, inText, out) : out.push(id, inText)))
      return false;
  }
  return true;
}

const ModelKind unigramModel = {modelUnigram, check, unigram};

} // namespace tfc::tokenizer
