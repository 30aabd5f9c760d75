// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Tables.h"

#include <algorithm>

namespace tfc::chat {

uint32_t Tables::node(NodeKind kind, uint32_t line, llvm::ArrayRef<uint32_t> parts, uint32_t code) {
  static constexpr const char *shapes[] = {
#define NODE(name, parts) parts,
      TFC_CHAT_NODES(NODE)
#undef NODE
  };
  Node made = {kind, static_cast<uint16_t>(code), line, {0, 0, 0, 0}};
  llvm::copy(parts, made.parts);
  uint32_t deepest = 0;
  auto reach = [&](uint32_t child) {
    if (child != noPart)
      deepest = std::max(deepest, depths[child]);
  };
  for (const auto &[i, part] : llvm::enumerate(parts)) {
    const char shape = shapes[static_cast<size_t>(kind)][i];
    if (shape == 'n' || shape == 'o')
      reach(part);
    if (shape == 'l' || shape == 'm')
      for (uint32_t element : llvm::ArrayRef(lists).slice(part + 1, lists[part]))
        reach(element);
  }
  nodes.push_back(made);
  depths.push_back(deepest + 1);
  return static_cast<uint32_t>(nodes.size() - 1);
}

uint32_t Tables::list(llvm::ArrayRef<uint32_t> elements) {
  const auto place = static_cast<uint32_t>(lists.size());
  lists.push_back(static_cast<uint32_t>(elements.size()));
  lists.insert(lists.end(), elements.begin(), elements.end());
  return place;
}

uint32_t Tables::string(llvm::StringRef text) {
  auto [place, isNew] = places.try_emplace(text, static_cast<uint32_t>(strings.size()));
  if (isNew)
    strings.push_back(text.str());
  return place->second;
}

std::vector<char> Tables::finish(uint32_t root, uint32_t reason) const {
  std::string text;
  std::vector<uint32_t> offsets = {0};
  for (const std::string &string : strings) {
    text += string;
    offsets.push_back(static_cast<uint32_t>(text.size()));
  }
  const ChatHeader header = {chatMagic,
                             static_cast<uint32_t>(nodes.size()),
                             static_cast<uint32_t>(lists.size()),
                             static_cast<uint32_t>(strings.size()),
                             static_cast<uint32_t>(text.size()),
                             root,
                             reason,
                             0};
  std::vector<char> bytes;
  auto append = [&](const void *data, size_t size) {
    bytes.insert(bytes.end(), static_cast<const char *>(data),
                 static_cast<const char *>(data) + size);
  };
  append(&header, sizeof header);
  append(nodes.data(), nodes.size() * sizeof(Node));
  append(lists.data(), lists.size() * sizeof(uint32_t));
  append(offsets.data(), offsets.size() * sizeof(uint32_t));
  append(text.data(), text.size());
  bytes.resize((bytes.size() + 7) / 8 * 8);
  return bytes;
}

std::vector<char> Tables::refusal(llvm::StringRef reason) {
  Tables tables;
  const uint32_t text = tables.string(reason);
  return tables.finish(noPart, text);
}

} // namespace tfc::chat
