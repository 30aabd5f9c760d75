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
  for (auto [rank, merge] : llvm::enumerate(merges)) {
    auto left = static_cast<uint32_t>(merge.left), right = static_cast<uint32_t>(merge.right);
    size_t at = MergeSlot::home(left, right) & mask;
    while (slots[at].left != noToken && (slots[at].left != left || slots[at].right != right))
      at = (at + 1) & mask;
    slots[at] = {left, right, static_cast<uint32_t>(rank), static_cast<uint32_t>(merge.id)};
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

/// The model's tokens as words have them, with their ids.
using Keys = std::vector<std::pair<std::string, int32_t>>;
Keys modelKeys(const Description &description, uint32_t options) {
  Keys keys;
  for (int64_t id : description.modelIds) {
    llvm::StringRef text = description.vocabulary.entry(id)->getKey();
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
uint32_t wordBegin(const Description &description, uint32_t options) {
  // What is taken for a token as a whole needs no merge.
  if (options & bpeByteLevel || description.ignoreMerges)
    return 0;
  auto textOf = [&](int64_t id) { return description.vocabulary.entry(id)->getKey(); };
  std::map<llvm::StringRef, int64_t> begun;
  for (int64_t id : description.modelIds)
    if (llvm::StringRef text = textOf(id); !text.empty() && text.size() == firstOf(text).size())
      begun[text] = 0;
  for (int64_t id : description.modelIds)
    if (auto at = begun.find(firstOf(textOf(id))); at != begun.end())
      ++at->second;
  for (const Merge &merge : description.merges)
    if (llvm::StringRef first = firstOf(textOf(merge.right)); !textOf(merge.left).ends_with(first))
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
std::vector<uint64_t> wholeWords(const Keys &keys, const BpeTables &tables) {
  std::vector<uint64_t> characters =
      trieOf(keys, [](llvm::StringRef key, int32_t) { return isCharacter(key); });
  ModelTables model;
  model.parameters = viewOf(tables.parameters);
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
  BpeTables tables;
  tables.parameters = {modelBpe, static_cast<uint32_t>(description.unknown), options,
                       wordBegin(description, options)};
  tables.merges = mergeSlots(description.merges);
  tables.byteIds = byteIds(description.vocabulary, options);
  Keys keys = modelKeys(description, options);
  tables.trie = description.ignoreMerges ? trieOf(keys, [](auto &&...) { return true; })
                                         : wholeWords(keys, tables);
  return tables;
}

} // namespace tfc::tokenizer
