// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Program.h"

#include "runtime/Tokenizer/Unicode.h"

#include <string.h>

namespace tfc::chat {

static constexpr const char *nodeParts[] = {
#define NODE(name, parts) parts,
    TFC_CHAT_NODES(NODE)
#undef NODE
};

/// How many codes a kind of node has.
static uint32_t codesOf(NodeKind kind) {
  switch (kind) {
  case NodeKind::sign:
    return 2;
  case NodeKind::arithmetic:
    return static_cast<uint32_t>(Operator::power) + 1;
  case NodeKind::operand:
    return static_cast<uint32_t>(Comparison::notIn) + 1;
  case NodeKind::filter:
    return static_cast<uint32_t>(FilterCode::count_of);
  case NodeKind::test:
    return static_cast<uint32_t>(TestCode::count_of);
  case NodeKind::method:
    return static_cast<uint32_t>(MethodCode::count_of);
  case NodeKind::global:
    return static_cast<uint32_t>(GlobalCode::count_of);
  default:
    return 1;
  }
}

bool Program::checkPart(char part, uint32_t value, uint32_t index) const {
  switch (part) {
  case 'o':
    return value == noPart || value < index;
  case 'n':
    return value < index;
  case 's':
    return value < header->strings;
  case 'l':
  case 'm':
    if (value >= header->lists || lists[value] > header->lists - value - 1)
      return false;
    for (uint32_t i = 0; i < lists[value]; ++i)
      if (!checkPart(part == 'l' ? 'n' : 'o', lists[value + 1 + i], index))
        return false;
    return true;
  default:
    return true;
  }
}

const char *Program::checkNode(uint32_t index) const {
  const Node &node = nodes[index];
  if (node.kind >= NodeKind::count)
    return "a node of an unknown kind";
  if (node.code >= codesOf(node.kind))
    return "a node with an unknown code";
  const char *parts = nodeParts[static_cast<size_t>(node.kind)];
  for (size_t i = 0; parts[i]; ++i)
    if (!checkPart(parts[i], node.parts[i], index))
      return "a node's part out of range";
  return nullptr;
}

const char *Program::check(uint64_t bytes) {
  if (bytes < sizeof *header || header->magic != chatMagic)
    return "no tables";
  uint64_t needed = sizeof *header + uint64_t{header->nodes} * sizeof(Node) +
                    (uint64_t{header->lists} + header->strings + 1) * 4 + header->textBytes;
  if (needed > bytes)
    return "its size";
  nodes = reinterpret_cast<const Node *>(header + 1);
  lists = reinterpret_cast<const uint32_t *>(nodes + header->nodes);
  offsets = lists + header->lists;
  text = reinterpret_cast<const char *>(offsets + header->strings + 1);
  for (uint32_t i = 0; i <= header->strings; ++i)
    if (offsets[i] > header->textBytes || (i && offsets[i] < offsets[i - 1]))
      return "a string out of range";
  for (uint32_t i = 0; i < header->strings; ++i) {
    size_t bad;
    tokenizer::validPrefix(text + offsets[i], offsets[i + 1] - offsets[i], &bad);
    if (bad)
      return "a string that is not UTF-8";
  }
  if (header->root == noPart)
    return header->reason < header->strings ? nullptr : "no reason";
  for (uint32_t i = 0; i < header->nodes; ++i)
    if (const char *wrong = checkNode(i))
      return wrong;
  return header->root < header->nodes ? nullptr : "no root";
}

tfc_status Program::open(const void *tables, uint64_t bytes, Message &message) {
  header = static_cast<const ChatHeader *>(tables);
  const char *wrong =
      reinterpret_cast<uintptr_t>(tables) % alignof(ChatHeader) ? "its place" : check(bytes);
  if (!wrong)
    return TFC_OK;
  *this = Program();
  return message.fail(TFC_INVALID_ARGUMENT, "the chat template is broken: %s", wrong);
}

const char *Program::reason(size_t *length) const {
  if (header->root != noPart)
    return nullptr;
  uint32_t size;
  const char *found = string(header->reason, &size);
  *length = size;
  return found;
}

} // namespace tfc::chat
