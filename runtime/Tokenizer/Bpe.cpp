// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Byte pair encoding: a word begins as its characters, or bytes; of all pairs of neighbours that
// can be merged, that of the lowest rank is, the leftmost of these first, until none is left.
//
// A word that becomes one token by itself is found in the trie. Others are merged in a small array
// or, when they are long, by a heap, in the time n log n. Where the splitter leaves whole texts, as
// Llama 2's does, they are first cut where no merge could join them.

#include "Models.h"

#include <algorithm>
#include <string.h>

namespace tfc::tokenizer {
namespace {

constexpr size_t shortWord = 48; // in bytes
constexpr uint32_t none = 0xFFFFFFFF;

const MergeSlot *findMerge(const Table<MergeSlot> &merges, int32_t leftId, int32_t rightId) {
  auto left = static_cast<uint32_t>(leftId), right = static_cast<uint32_t>(rightId);
  size_t mask = merges.count - 1;
  for (size_t at = merges.count ? MergeSlot::home(left, right) & mask : 0; at < merges.count;
       at = (at + 1) & mask) {
    const MergeSlot &slot = merges[at];
    if (slot.left == left && slot.right == right)
      return &slot;
    if (slot.left == noToken)
      break;
  }
  return nullptr;
}

/// What stands for unknown characters in a word: the token or, where symbols are numbers of pieces,
/// a number behind them. No merge has either.
int32_t unknownSymbol(const ModelTables &model) {
  return static_cast<int32_t>(model.pieceIds.count ? model.pieceIds.count : model.parameters[1]);
}

/// The id of a symbol once all is merged. Where symbols are numbers of pieces, unknown characters
/// may be a token of that very text.
bool pushSymbol(const ModelTables &model, const char *text, int32_t symbol, Span span,
                const WordTokens &out) {
  if (!model.pieceIds.count)
    return out.push(symbol, span);
  if (const auto piece = static_cast<uint32_t>(symbol); piece < model.pieceIds.count)
    return out.push(model.pieceIds[piece], span);
  const int32_t found = findText(model.unknownTexts, text, span);
  return out.push(found >= 0 ? found : static_cast<int32_t>(model.parameters[1]), span);
}

/// The characters of a word as symbols: add(id, bytes) for each. Unknown ones become bytes, or the
/// unknown token, or nothing.
template <typename Add>
bool cutIntoSymbols(const ModelTables &model, const char *text, Span word, Add add) {
  uint32_t options = model.parameters[2];
  bool byteLevel = options & bpeByteLevel;
  size_t unknownLength = 0; // of the unknown token that waits for more
  auto addUnknown = [&] {
    bool good = !unknownLength || add(unknownSymbol(model), unknownLength);
    unknownLength = 0;
    return good;
  };
  auto byteId = [&](size_t at) { return model.byteIds[static_cast<unsigned char>(text[at])]; };
  for (size_t at = word.begin, end; at < word.end; at = end) {
    end = at + 1;
    while (!byteLevel && end < word.end && (text[end] & 0xC0) == 0x80)
      ++end;
    int32_t id = byteLevel ? byteId(at) : findText(model.trie, text, {at, end});
    if (id >= 0) {
      if (!addUnknown() || !add(id, end - at))
        return false;
      continue;
    }
    bool hasBytes = options & bpeByteFallback;
    for (size_t i = at; hasBytes && i < end; ++i)
      hasBytes = byteId(i) >= 0;
    // An unknown token that waits goes on waiting: the reference has it so.
    if (hasBytes) {
      for (size_t i = at; i < end; ++i)
        if (!add(byteId(i), 1))
          return false;
    } else if (model.parameters[1] != noToken) {
      if (!(options & bpeFuseUnknown) && !addUnknown())
        return false;
      unknownLength += end - at;
    }
  }
  return addUnknown();
}

/// Merges a short word: every round looks at all pairs.
bool mergeShort(const ModelTables &model, const char *text, Span word, const WordTokens &out) {
  struct {
    int32_t id;
    uint32_t length, rank; // of the merge with the next
    int32_t merged;
  } symbols[shortWord + 1];
  size_t count = 0;
  cutIntoSymbols(model, text, word, [&](int32_t id, size_t length) {
    symbols[count++] = {id, static_cast<uint32_t>(length), none, -1};
    return true;
  });
  auto look = [&](size_t at) {
    const MergeSlot *merge =
        at + 1 < count ? findMerge(model.merges, symbols[at].id, symbols[at + 1].id) : nullptr;
    symbols[at].rank = merge ? merge->rank : none;
    symbols[at].merged = merge ? static_cast<int32_t>(merge->id) : -1;
  };
  for (size_t i = 0; i < count; ++i)
    look(i);
  while (count) {
    size_t best = 0;
    for (size_t i = 1; i < count; ++i)
      if (symbols[i].rank < symbols[best].rank)
        best = i;
    if (symbols[best].rank == none)
      break;
    symbols[best].id = symbols[best].merged;
    symbols[best].length += symbols[best + 1].length;
    --count;
    for (size_t i = best + 1; i < count; ++i)
      symbols[i] = symbols[i + 1];
    look(best);
    if (best)
      look(best - 1);
  }
  size_t at = word.begin;
  for (size_t i = 0; i < count; ++i) {
    size_t end = at + symbols[i].length;
    if (!pushSymbol(model, text, symbols[i].id, {at, end}, out))
      return false;
    at = end;
  }
  return true;
}

/// Merges a word of any length.
class LongWord {
public:
  LongWord(const ModelTables &model, ModelScratch &scratch)
      : model(model), symbols(scratch.symbols), queue(scratch.queue) {}

  bool run(const char *text, Span word, const WordTokens &out) {
    symbols.clear();
    queue.clear();
    bool good = cutIntoSymbols(model, text, word, [&](int32_t id, size_t length) {
      auto at = static_cast<uint32_t>(symbols.count);
      return symbols.push({id, at - 1, at + 1, static_cast<uint32_t>(length)});
    });
    if (!good)
      return false;
    if (symbols.count)
      symbols[symbols.count - 1].next = none;
    for (uint32_t at = 0; at < symbols.count; ++at)
      if (!enqueue(at))
        return false;
    while (queue.count)
      if (!merge(pop()))
        return false;
    size_t at = word.begin;
    for (size_t i = 0; i < symbols.count; ++i) {
      if (symbols[i].id < 0)
        continue;
      size_t end = at + symbols[i].length;
      if (!pushSymbol(model, text, symbols[i].id, {at, end}, out))
        return false;
      at = end;
    }
    return true;
  }

private:
  const MergeSlot *mergeAt(uint32_t at) const {
    const Symbol &symbol = symbols[at];
    return symbol.id < 0 || symbol.next == none
               ? nullptr
               : findMerge(model.merges, symbol.id, symbols[symbol.next].id);
  }

  bool enqueue(uint32_t at) {
    const MergeSlot *found = mergeAt(at);
    if (!found)
      return true;
    if (!queue.push(static_cast<uint64_t>(found->rank) << 32 | at))
      return false;
    std::push_heap(queue.data(), queue.data() + queue.count, isLater);
    return true;
  }

  uint64_t pop() {
    std::pop_heap(queue.data(), queue.data() + queue.count, isLater);
    return queue[--queue.count];
  }

  /// Merges what stands in the queue, if it is still there.
  bool merge(uint64_t entry) {
    auto at = static_cast<uint32_t>(entry);
    const MergeSlot *found = mergeAt(at);
    if (!found || found->rank != entry >> 32)
      return true;
    Symbol &left = symbols[at], &right = symbols[left.next];
    left.id = static_cast<int32_t>(found->id);
    left.length += right.length;
    left.next = right.next;
    right.id = -1;
    if (left.next != none)
      symbols[left.next].previous = at;
    return (left.previous == none || enqueue(left.previous)) && enqueue(at);
  }

  static bool isLater(uint64_t a, uint64_t b) { return a > b; }

  const ModelTables &model;
  List<Symbol> &symbols;
  List<uint64_t> &queue;
};

const char *check(const ModelTables &model, size_t ids) {
  if (model.merges.count & (model.merges.count - 1))
    return "merges of a wrong size";
  uint32_t options = model.parameters[2];
  bool needsBytes = options & (bpeByteLevel | bpeByteFallback);
  if (model.byteIds.count != (needsBytes ? 256 : 0))
    return "a table of bytes of a wrong size";
  const size_t symbols = model.pieceIds.count ? model.pieceIds.count : ids;
  for (size_t i = 0; i < model.byteIds.count; ++i)
    if (model.byteIds[i] < -1 || model.byteIds[i] >= static_cast<int64_t>(symbols))
      return "a byte's token out of range";
  if (model.unknownTexts.count % 256)
    return "a table of the model of a wrong size";
  for (size_t i = 0; i < model.pieceIds.count; ++i)
    if (static_cast<size_t>(model.pieceIds[i]) >= ids)
      return "a piece's token out of range";
  return model.parameters[1] < ids || (model.parameters[1] == noToken && !model.pieceIds.count)
             ? nullptr
             : "a parameter of the model out of range";
}

bool mergeWord(const ModelTables &model, const char *text, Span word, const WordTokens &out,
               ModelScratch &scratch) {
  if (int32_t id = findText(model.trie, text, word); id >= 0)
    return pushSymbol(model, text, id, word, out);
  if (word.end - word.begin <= shortWord)
    return mergeShort(model, text, word, out);
  // Symbols are numbered by 32 bits.
  return word.end - word.begin < none && LongWord(model, scratch).run(text, word, out);
}

/// Where the first part of a word ends that no merge joins to the next: before the character that
/// begins words, unless it follows itself.
size_t endOfPart(uint32_t character, const char *text, Span word) {
  char bytes[sizeof character];
  memcpy(bytes, &character, sizeof bytes);
  size_t size = 0;
  while (size < sizeof bytes && bytes[size])
    ++size;
  auto isAt = [&](size_t at) { return memcmp(text + at, bytes, size) == 0; };
  for (size_t at = word.begin + 1; size && at + size <= word.end; ++at) {
    const auto *found =
        static_cast<const char *>(memchr(text + at, bytes[0], word.end - at - (size - 1)));
    if (!found)
      break;
    at = static_cast<size_t>(found - text);
    if (isAt(at) && (at - word.begin < size || !isAt(at - size)))
      return at;
  }
  return word.end;
}

bool bpe(const ModelTables &model, const char *text, Span word, const WordTokens &out,
         ModelScratch &scratch) {
  for (size_t begin = word.begin, end; begin < word.end; begin = end) {
    end = endOfPart(model.parameters[3], text, {begin, word.end});
    if (!mergeWord(model, text, {begin, end}, out, scratch))
      return false;
  }
  return true;
}

} // namespace

const ModelKind bpeModel = {modelBpe, check, bpe};

} // namespace tfc::tokenizer
