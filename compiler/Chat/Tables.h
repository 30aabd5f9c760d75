// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gathers the tables of a chat template, see runtime/Chat/Format.h.

#ifndef TFC_COMPILER_CHAT_TABLES_H
#define TFC_COMPILER_CHAT_TABLES_H

#include "runtime/Chat/Format.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"

#include <string>
#include <vector>

namespace tfc::chat {

class Tables {
public:
  /// Each gives the place of what it adds. Equal strings are one.
  uint32_t node(NodeKind kind, uint32_t line, llvm::ArrayRef<uint32_t> parts, uint32_t code = 0);
  uint32_t list(llvm::ArrayRef<uint32_t> elements);
  uint32_t string(llvm::StringRef text);

  bool hasString(llvm::StringRef text) const { return places.contains(text); }
  const Node &at(uint32_t node) const { return nodes[node]; }
  llvm::StringRef text(uint32_t string) const { return strings[string]; }
  /// How many nodes lie inside each other from this one on.
  uint32_t depth(uint32_t node) const { return depths[node]; }

  /// The bytes of a template, or of one that is not supported and why.
  std::vector<char> finish(uint32_t root) const { return finish(root, 0); }
  static std::vector<char> refusal(llvm::StringRef reason);

private:
  std::vector<char> finish(uint32_t root, uint32_t reason) const;

  std::vector<Node> nodes;
  std::vector<uint32_t> lists, depths;
  std::vector<std::string> strings;
  llvm::StringMap<uint32_t> places;
};

} // namespace tfc::chat

#endif
