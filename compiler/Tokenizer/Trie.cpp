// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Trie.h"

#include "runtime/Tokenizer/Format.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace tfc::tokenizer {
namespace {

constexpr uint32_t blockSize = 256;
/// Children are placed only into the last blocks: looking for holes in all of them would take
/// quadratic time.
constexpr uint32_t openBlocks = 16;

class Builder {
public:
  explicit Builder(std::vector<std::pair<llvm::StringRef, int32_t>> sorted)
      : keys(std::move(sorted)) {}

  std::vector<uint64_t> run() {
    addBlock();
    take(0, Unit::freeLabel);
    llvm::SmallVector<Node> todo = {{0, keys.size(), 0, 0}};
    while (!todo.empty())
      place(todo.pop_back_val(), todo);
    // Nodes without children point to a block in which nothing matches.
    auto nothing = static_cast<uint32_t>(units.size());
    addBlock();
    for (uint32_t leaf : leaves)
      units[leaf] = Unit::make(Unit::label(units[leaf]), Unit::value(units[leaf]), nothing);
    return std::move(units);
  }

private:
  /// The keys [begin, end), which share their first `depth` bytes, belong below `unit`.
  struct Node {
    size_t begin, end, depth;
    uint32_t unit;
  };

  void place(Node node, llvm::SmallVectorImpl<Node> &todo) {
    int32_t value = -1;
    if (keys[node.begin].first.size() == node.depth)
      value = keys[node.begin++].second;
    uint32_t label = Unit::label(units[node.unit]);
    if (node.begin == node.end) {
      units[node.unit] = Unit::make(label, value, 0);
      leaves.push_back(node.unit);
      return;
    }
    llvm::SmallVector<Node> children;
    llvm::SmallVector<uint8_t> labels;
    for (size_t i = node.begin; i < node.end; ++i) {
      auto byte = static_cast<uint8_t>(keys[i].first[node.depth]);
      if (labels.empty() || labels.back() != byte) {
        labels.push_back(byte);
        children.push_back({i, i, node.depth + 1, 0});
      }
      children.back().end = i + 1;
    }
    uint32_t base = findBase(labels);
    baseUsed[base] = true;
    units[node.unit] = Unit::make(label, value, base);
    for (auto [child, byte] : llvm::zip(children, labels)) {
      child.unit = base ^ byte;
      take(child.unit, byte);
      todo.push_back(child);
    }
  }

  uint32_t findBase(llvm::ArrayRef<uint8_t> labels) {
    for (uint32_t link = ring[0].next; link; link = ring[link].next) {
      uint32_t base = (link - 1) ^ labels[0];
      if (!baseUsed[base] &&
          llvm::all_of(labels, [&](uint8_t label) { return isFree(base ^ label); }))
        return base;
    }
    auto first = static_cast<uint32_t>(units.size());
    addBlock();
    return first ^ labels[0];
  }

  bool isFree(uint32_t unit) const { return ring[unit + 1].free; }

  void addBlock() {
    auto first = static_cast<uint32_t>(units.size());
    units.resize(first + blockSize, Unit::make(Unit::freeLabel, -1, 0));
    baseUsed.resize(units.size());
    ring.resize(units.size() + 1);
    for (uint32_t unit = first; unit < first + blockSize; ++unit) {
      uint32_t last = ring[0].previous;
      ring[unit + 1] = {last, 0, true};
      ring[last].next = ring[0].previous = unit + 1;
    }
    if (first / blockSize >= openBlocks)
      for (uint32_t unit = first - openBlocks * blockSize, i = 0; i < blockSize; ++i)
        if (isFree(unit + i))
          unlink(unit + i);
  }

  void unlink(uint32_t unit) {
    ring[ring[unit + 1].previous].next = ring[unit + 1].next;
    ring[ring[unit + 1].next].previous = ring[unit + 1].previous;
    ring[unit + 1].free = false;
  }

  void take(uint32_t unit, uint32_t label) {
    unlink(unit);
    units[unit] = Unit::make(label, -1, 0);
  }

  /// The free units of the open blocks; unit u is element u + 1, and element 0 joins the ends.
  struct Link {
    uint32_t previous, next;
    bool free;
  };

  std::vector<std::pair<llvm::StringRef, int32_t>> keys;
  std::vector<uint64_t> units;
  std::vector<bool> baseUsed;
  std::vector<Link> ring = {{0, 0, false}};
  std::vector<uint32_t> leaves;
};

} // namespace

std::vector<uint64_t> buildTrie(std::vector<std::pair<llvm::StringRef, int32_t>> keys) {
  if (keys.empty())
    return {};
  llvm::sort(keys, llvm::less_first());
  return Builder(std::move(keys)).run();
}

uint32_t findNode(const std::vector<uint64_t> &units, llvm::StringRef prefix) {
  if (units.empty())
    return noNode;
  uint32_t node = 0;
  for (unsigned char byte : prefix.bytes()) {
    node = Unit::base(units[node]) ^ byte;
    if (Unit::label(units[node]) != byte)
      return noNode;
  }
  return node;
}

} // namespace tfc::tokenizer
