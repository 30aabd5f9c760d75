// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A view of a compiled chat template, see Format.h.

#ifndef TFC_RUNTIME_CHAT_PROGRAM_H
#define TFC_RUNTIME_CHAT_PROGRAM_H

#include "runtime/Chat/Format.h"
#include "runtime/Status.h"

#include <stddef.h>

namespace tfc::chat {

class Program {
public:
  /// Checks the tables and points into them. TFC_INVALID_ARGUMENT where they are broken.
  tfc_status open(const void *tables, uint64_t bytes, Message &message);

  bool isOpen() const { return header != nullptr; }
  /// Why the template cannot be used, or null.
  const char *reason(size_t *length) const;

  uint32_t root() const { return header->root; }
  const Node &node(uint32_t index) const { return nodes[index]; }
  uint32_t listCount(uint32_t list) const { return lists[list]; }
  uint32_t element(uint32_t list, uint32_t index) const { return lists[list + 1 + index]; }
  uint32_t stringCount() const { return header->strings; }
  const char *string(uint32_t index, uint32_t *length) const {
    *length = offsets[index + 1] - offsets[index];
    return text + offsets[index];
  }

private:
  const char *check(uint64_t bytes);
  const char *checkNode(uint32_t index) const;
  bool checkPart(char part, uint32_t value, uint32_t index) const;

  const ChatHeader *header = nullptr;
  const Node *nodes = nullptr;
  const uint32_t *lists = nullptr, *offsets = nullptr;
  const char *text = nullptr;
};

} // namespace tfc::chat

#endif
