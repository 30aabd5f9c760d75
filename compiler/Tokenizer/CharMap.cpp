// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CharMap.h"

#include "runtime/Tokenizer/Unicode.h"

#include "llvm/Support/Endian.h"

#include <fmt/format.h>

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace tfc::tokenizer {
namespace {

struct MapEntry {
  uint32_t scalar;
  StringRef text;
};
#include "MapTables.inc"

CharMap mapOf(llvm::ArrayRef<MapEntry> entries) {
  CharMap map;
  for (auto [scalar, text] : entries) {
    char key[4];
    map.emplace_back(std::string(key, writeScalar(scalar, key)), text.str());
  }
  return map;
}

/// A unit of darts-clone: the byte that leads to it, how far away its children are, and whether it
/// is the end of a key, whose value stands where the child of a zero byte would.
struct DartsUnit {
  uint32_t bits;

  bool isLeaf() const { return bits >> 31; }
  bool endsKey() const { return bits >> 8 & 1; }
  uint32_t value() const { return bits & 0x7FFFFFFF; }
  uint32_t label() const { return bits & 0x800000FF; }
  uint32_t offset() const { return bits >> 10 << ((bits & 1 << 9) >> 6); }
};

bool isText(StringRef text) {
  size_t bad;
  validPrefix(text.data(), text.size(), &bad);
  return !bad;
}

class MapReader {
public:
  MapReader(StringRef units, StringRef texts, MessageToError error, MessageToError unsupported)
      : units(units), texts(texts), error(error), unsupported(unsupported) {}

  Expected<CharMap> run() {
    if (units.empty())
      return error("the map has no units");
    std::vector<Node> todo = {{unit(0)->offset(), ""}};
    while (!todo.empty()) {
      Node node = std::move(todo.back());
      todo.pop_back();
      for (uint32_t byte = 1; byte < 256; ++byte) {
        const uint32_t child = node.base ^ byte;
        auto found = unit(child);
        if (!found || found->label() != byte)
          continue;
        if (!places-- || node.key.size() == longestKey)
          return error("the map has no end");
        Node next = {child ^ found->offset(), node.key + static_cast<char>(byte)};
        if (found->endsKey())
          if (Error failed = addKey(next))
            return failed;
        todo.push_back(std::move(next));
      }
    }
    return std::move(map);
  }

private:
  // Ends of keys are shared, so that a broken map may go round in circles.
  static constexpr size_t longestKey = 255; // and the longest text
  size_t places = 1 << 22;

  struct Node {
    uint32_t base;
    std::string key;
  };

  std::optional<DartsUnit> unit(size_t at) const {
    if (at >= units.size() / 4)
      return std::nullopt;
    return DartsUnit{llvm::support::endian::read32le(units.data() + 4 * at)};
  }

  Error addKey(const Node &node) {
    auto leaf = unit(node.base);
    if (!leaf || !leaf->isLeaf() || leaf->value() >= texts.size())
      return error("a value of the map is out of range");
    StringRef text = texts.drop_front(leaf->value());
    text = text.take_front(text.find('\0'));
    if (text.size() > longestKey)
      return unsupported(fmt::format("a map to a text of {} bytes is not supported, only up to {}",
                                     text.size(), longestKey));
    if (!isText(node.key) || !isText(text))
      return unsupported("a map of parts of characters is not supported");
    map.emplace_back(node.key, text.str());
    return Error::success();
  }

  StringRef units, texts;
  MessageToError error, unsupported;
  CharMap map;
};

} // namespace

CharMap nmtMap() { return mapOf(nmtEntries); }

CharMap compatibilityMap() { return mapOf(compatibilityEntries); }

Expected<CharMap> readPrecompiledMap(StringRef blob, MessageToError error,
                                     MessageToError unsupported) {
  const size_t units = blob.size() < 4 ? 0 : llvm::support::endian::read32le(blob.data());
  if (blob.size() < 4 || units > blob.size() - 4 || units % 4)
    return error(fmt::format("expected a map of {} bytes, found {}", units, blob.size()));
  return MapReader(blob.substr(4, units), blob.substr(4 + units), error, unsupported).run();
}

} // namespace tfc::tokenizer
