// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Machine.h"

#include <stdarg.h>
#include <stdio.h>

namespace tfc::chat {

void *Arena::take(size_t bytes) {
  constexpr size_t unit = 16, usual = 64 << 10, head = (sizeof(Block) + unit - 1) / unit * unit;
  if (bytes > SIZE_MAX / 2)
    return nullptr;
  bytes = (bytes + unit - 1) / unit * unit;
  if (!block || block->size - block->used < bytes) {
    size_t size = head + (bytes > usual ? bytes : usual);
    auto *more = static_cast<Block *>(malloc(size));
    if (!more)
      return nullptr;
    *more = {block, head, size};
    block = more;
  }
  char *result = reinterpret_cast<char *>(block) + block->used;
  block->used += bytes;
  total += bytes;
  return result;
}

void Arena::clear() {
  while (block) {
    Block *last = block->last;
    free(block);
    block = last;
  }
  total = 0;
}

const char *nameOf(Kind kind) {
  constexpr const char *names[] = {"nothing",     "an undefined value",
                                   "none",        "a boolean",
                                   "an integer",  "a string",
                                   "a list",      "a tuple",
                                   "a view",      "a range",
                                   "an iterator", "a mapping",
                                   "a namespace", "a macro",
                                   "a loop"};
  return names[static_cast<size_t>(kind)];
}

Value Machine::fail(const char *format, ...) {
  if (failed())
    return Value();
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  status = message.fail(TFC_INVALID_ARGUMENT, "chat template, line %u: %s", line, text);
  return Value();
}

Value Machine::failWithoutMemory() {
  if (!failed())
    status = message.fail(TFC_OUT_OF_MEMORY, "out of memory while filling in the chat template");
  return Value();
}

Value Machine::wrongKind(const char *what, const Value &value) {
  if (value.is(Kind::undefined))
    return fail("%s: '%.*s' is undefined", what,
                static_cast<int>(value.size < 100 ? value.size : 100), value.text);
  return fail("%s: expected another value than %s", what, nameOf(value.kind));
}

bool Machine::spend(uint64_t count) {
  steps += count;
  if (steps > limits.steps)
    fail("it takes more than %llu steps", static_cast<unsigned long long>(limits.steps));
  return !failed();
}

void *Machine::take(size_t bytes) {
  if (failed())
    return nullptr;
  if (bytes > limits.memoryBytes || arena.taken() > limits.memoryBytes - bytes) {
    fail("it takes more than %zu bytes of memory", limits.memoryBytes);
    return nullptr;
  }
  void *memory = arena.take(bytes);
  if (!memory)
    failWithoutMemory();
  return memory;
}

Value *Machine::values(size_t count) {
  if (count > UINT32_MAX / 2) {
    fail("it makes a list of %zu elements", count);
    return nullptr;
  }
  if (!spend(count))
    return nullptr;
  auto *made = static_cast<Value *>(take(count * sizeof(Value) + 1));
  for (size_t i = 0; made && i < count; ++i)
    made[i] = Value();
  return made;
}

void Machine::write(const char *text, size_t length) {
  if (!spendText(length))
    return;
  if (length > limits.outputBytes - out.count)
    fail("it writes more than %zu bytes", limits.outputBytes);
  else if (!out.append(text, length))
    failWithoutMemory();
}

void Machine::writeNumber(int64_t number) {
  char text[24];
  write(text,
        static_cast<size_t>(snprintf(text, sizeof text, "%lld", static_cast<long long>(number))));
}

Value Machine::cut(size_t from) {
  size_t length = out.count - from;
  auto *kept = static_cast<char *>(take(length + 1));
  if (kept && length)
    memcpy(kept, out.data() + from, length);
  out.count = from;
  return kept ? Value::string(kept, length) : Value();
}

} // namespace tfc::chat
