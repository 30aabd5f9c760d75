// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "BpeTables.h"
#include "ByteLevel.h"
#include "Trie.h"

#include "compiler/Support/Error.h"
#include "runtime/Tokenizer/Models.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"

#include <map>

namespace tfc::tokenizer {
namespace {

/// Half of the slots stay free, so that a search ends soon. Of equal pairs the last counts, as in
/// the reference.
std::vector<MergeSlot> mergeSlots(llvm::ArrayRef<Merge> merges) {
  if (merges.empty())
    return {};
  std::vector<MergeSlot> slots(llvm::PowerOf2Ceil(merges.size() * 2), {noToken, 0, 0, 0});
  size_t mask = slots.size() - 1;
  for (const Merge &merge : merges) {
    auto left = static_cast<uint32_t>(merge.left), right = static_cast<uint32_t>(merge.right);
    size_t at = MergeSlot::home(left, right) & mask;
    while (slots[at].left != noToken && (slots[at].left != left || slots[at].right != right))
      at = (at + 1) & mask;
    slots[at] = {left, right, merge.rank, static_cast<uint32_t>(merge.id)};
  }
  return slots;
}

std::vector<int32_t> byteIds(const Vocabulary &vocabulary, uint32_t options) {
  std::vector<int32_t> ids;
  for (int byte = 0; byte < 256 && options & (bpeByteLevel | bpeByteFallback); ++byte) {
    auto value = static_cast<uint8_t>(byte);
    ids.push_back(static_cast<int32_t>(options & bpeByteLevel ? vocabulary.find(letterOf(value))
                                                              : byteToken(vocabulary, value)));
  }
  return ids;
}

/// What words are made of: tokens with their ids or, where the pieces are not the vocabulary,
/// pieces with their numbers.
struct Symbols {
  explicit Symbols(const Description &description)
      : vocabulary(description.piecesAreVocabulary ? description.vocabulary : numbered),
        ids(description.piecesAreVocabulary ? description.modelIds : numbers) {
    if (!description.piecesAreVocabulary)
      for (const ScoredPiece &piece : description.pieces) {
        numbers.push_back(static_cast<int64_t>(numbers.size()));
        numbered.add(piece.text, numbers.back());
      }
  }
  Symbols(const Symbols &) = delete;

  llvm::StringRef textOf(int64_t id) const { return vocabulary.entry(id)->getKey(); }

  Vocabulary numbered{0};
  std::vector<int64_t> numbers;
  const Vocabulary &vocabulary;
  const std::vector<int64_t> &ids;
};

/// The symbols as words have them, with their ids.
using Keys = std::vector<std::pair<std::string, int32_t>>;
Keys modelKeys(const Symbols &symbols, uint32_t options) {
  Keys keys;
  for (int64_t id : symbols.ids) {
    llvm::StringRef text = symbols.textOf(id);
    auto key = options & bpeByteLevel ? bytesOf(text) : text.str();
    if (key && !key->empty())
      keys.emplace_back(std::move(*key), static_cast<int32_t>(id));
  }
  return keys;
}

template <typename Wanted> std::vector<uint64_t> trieOf(const Keys &keys, Wanted wanted) {
  std::vector<std::pair<llvm::StringRef, int32_t>> chosen;
  for (const auto &[key, id] : keys)
    if (wanted(key, id))
      chosen.emplace_back(key, id);
  return buildTrie(std::move(chosen));
}

bool isCharacter(llvm::StringRef text) {
  return llvm::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }) == 1;
}

/// The first character of a text.
llvm::StringRef firstOf(llvm::StringRef text) {
  size_t size = 1;
  while (size < text.size() && (text[size] & 0xC0) == 0x80)
    ++size;
  return text.take_front(size);
}

/// Of the characters that are tokens and that no merge joins to another before them, the one that
/// begins the most tokens: the mark of a space, mostly. As Format.h says.
uint32_t wordBegin(const Description &description, const Symbols &symbols, uint32_t options) {
  // What is taken for a token as a whole needs no merge.
  if (options & bpeByteLevel || description.ignoreMerges)
    return 0;
  std::map<llvm::StringRef, int64_t> begun;
  for (int64_t id : symbols.ids)
    if (llvm::StringRef text = symbols.textOf(id);
        !text.empty() && text.size() == firstOf(text).size())
      begun[text] = 0;
  for (int64_t id : symbols.ids)
    if (auto at = begun.find(firstOf(symbols.textOf(id))); at != begun.end())
      ++at->second;
  for (const Merge &merge : description.merges)
    if (llvm::StringRef first = firstOf(symbols.textOf(merge.right));
        !symbols.textOf(merge.left).ends_with(first))
      begun.erase(first);
  auto most = std::max_element(begun.begin(), begun.end(),
                               [](auto &a, auto &b) { return a.second < b.second; });
  uint32_t character = 0;
  if (most != begun.end() && most->first.size() <= sizeof character)
    memcpy(&character, most->first.data(), most->first.size());
  return character;
}

template <typename T> Table<T> viewOf(const std::vector<T> &elements) {
  return {elements.data(), elements.size()};
}

/// The trie of the tokens that their own text becomes, found out by the code that will run later.
std::vector<uint64_t> wholeWords(const Keys &keys, const BpeTables &tables, bool isNumbered) {
  std::vector<uint64_t> characters =
      trieOf(keys, [](llvm::StringRef key, int32_t) { return isCharacter(key); });
  ModelTables model;
  // The unknown token's id is no number of a piece.
  std::vector<uint32_t> parameters = tables.parameters;
  if (isNumbered)
    parameters[1] = noToken;
  model.parameters = viewOf(parameters);
  model.trie = viewOf(characters);
  model.merges = viewOf(tables.merges);
  model.byteIds = viewOf(tables.byteIds);
  List<int32_t> ids;
  ModelScratch scratch;
  return trieOf(keys, [&](llvm::StringRef key, int32_t id) {
    ids.clear();
    if (!bpeModel.encode(model, key.data(), {0, key.size()}, {ids, nullptr}, scratch))
      llvm::report_bad_alloc_error("merging a token");
    return ids.count == 1 && ids[0] == id;
  });
}

} // namespace

llvm::Expected<BpeTables> bpeTables(const Description &description, llvm::StringRef path) {
  uint32_t options = description.bpeOptions;
  if (options & bpeByteLevel) {
    // Where every byte has a token, nothing falls back to anything.
    if ((options & bpeByteFallback) && !hasAllBytes(description.vocabulary))
      return unsupportedError("{}: $.model: byte_fallback together with ByteLevel is not supported",
                              path);
    options &= ~static_cast<uint32_t>(bpeByteFallback);
  }
  const Symbols symbols(description);
  BpeTables tables;
  tables.parameters = {modelBpe, static_cast<uint32_t>(description.unknown), options,
                       wordBegin(description, symbols, options)};
  tables.merges = mergeSlots(description.merges);
  tables.byteIds = byteIds(symbols.vocabulary, options);
  Keys keys = modelKeys(symbols, options);
  tables.trie = description.ignoreMerges
                    ? trieOf(keys, [](auto &&...) { return true; })
                    : wholeWords(keys, tables, !description.piecesAreVocabulary);
  return tables;
}

} // namespace tfc::tokenizer
