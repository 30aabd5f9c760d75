// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the evaluation of a template works with: memory, the text that is written, and limits. The
// first failure stays; after it everything gives undefined values and writes nothing.

#ifndef TFC_RUNTIME_CHAT_MACHINE_H
#define TFC_RUNTIME_CHAT_MACHINE_H

#include "runtime/Chat/Value.h"
#include "runtime/Status.h"
#include "runtime/Tokenizer/List.h"

namespace tfc::chat {

/// What the evaluation of a template may take; beyond, it is an error.
struct Limits {
  uint64_t steps = 20'000'000;     ///< nodes, elements, and 16 bytes of text each
  size_t outputBytes = 64u << 20;  ///< of what is written, at any time
  size_t memoryBytes = 256u << 20; ///< of values
  uint32_t depth = 200;            ///< of expressions, blocks, macros and values inside each other
};

/// Memory that is given back as a whole.
class Arena {
public:
  Arena() = default;
  Arena(const Arena &) = delete;
  ~Arena() { clear(); }
  /// Aligned to 16 bytes; null when there is none left.
  void *take(size_t bytes);
  void clear();
  size_t taken() const { return total; }

private:
  struct Block {
    Block *last;
    size_t used, size;
  };
  Block *block = nullptr;
  size_t total = 0;
};

class Machine {
public:
  Machine(const Limits &limits, Arena &arena, tokenizer::List<char> &out, Message &message)
      : limits(limits), arena(arena), out(out), message(message) {}

  bool failed() const { return status != TFC_OK; }
  /// Notes what is wrong, unless something was before; the line comes from `line`.
  __attribute__((format(printf, 2, 3))) Value fail(const char *format, ...);
  Value failWithoutMemory();
  /// What a value of this kind cannot do.
  Value wrongKind(const char *what, const Value &value);

  /// Counts steps; false where something has failed.
  bool spend(uint64_t count);
  bool spendText(size_t bytes) { return spend(1 + bytes / 16); }

  /// Room for values, or null, which is a failure.
  Value *values(size_t count);
  template <typename T> T *make() { return static_cast<T *>(take(sizeof(T))); }

  /// Appends to the text that is written.
  void write(const char *text, size_t length);
  void write(const char *text) { write(text, strlen(text)); }
  void write(const Value &string) { write(string.text, string.size); }
  void writeNumber(int64_t number);
  /// A place in the text, and what was written behind it, which is taken off again.
  size_t mark() const { return out.count; }
  Value cut(size_t from);

  Value list(Kind kind, const Value *items, size_t count) {
    return failed() ? Value() : Value::sequence(kind, items, count);
  }

  const Limits &limits;
  uint32_t line = 0;  ///< of the template
  uint32_t depth = 0; ///< see Limits
  int64_t now = 0;    ///< local time in seconds since 1970, 0: not known
  tfc_status status = TFC_OK;

private:
  void *take(size_t bytes);

  Arena &arena;
  tokenizer::List<char> &out;
  Message &message;
  uint64_t steps = 0;
};

/// Something inside something else.
class Deeper {
public:
  explicit Deeper(Machine &machine) : machine(machine) {
    if (++machine.depth > machine.limits.depth)
      machine.fail("it nests deeper than %u", machine.limits.depth);
  }
  Deeper(const Deeper &) = delete;
  ~Deeper() { --machine.depth; }

private:
  Machine &machine;
};

} // namespace tfc::chat

#endif
