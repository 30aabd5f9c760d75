// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The values of a template: those of Python that JSON has, and what Jinja adds to them.

#ifndef TFC_RUNTIME_CHAT_VALUE_H
#define TFC_RUNTIME_CHAT_VALUE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace tfc::chat {

enum class Kind : uint32_t {
  missing,   ///< an argument that was not given
  undefined, ///< with the name that nothing was found under
  none,
  boolean,
  integer,
  string, ///< valid UTF-8
  list,
  tuple,
  view,     ///< of a mapping's keys, values or items
  range,    ///< of integers, all of them there
  iterator, ///< gives each of its elements once
  dict,
  nameSpace,
  macro,
  loop,
};

struct Value;

/// What an iterator has left.
struct Iterator {
  const Value *items;
  uint32_t count, next;
};

/// The only value that changes.
struct NameSpace {
  Value *pairs;
  uint32_t count, capacity;
};

struct Loop;

/// A value of one of the kinds. What it points to lives in the arena, in the template or with the
/// caller, and does not change.
struct Value {
  Kind kind = Kind::undefined;
  uint32_t size = 0; ///< bytes of a text, elements of a list, pairs of a dict
  union {
    int64_t number = 0;
    const char *text;
    const Value *items; ///< of a dict: key, value, key, value …
    Iterator *iterator;
    NameSpace *space;
    Loop *loop;
  };

  static Value undefined(const char *name = "", size_t length = 0) {
    return make(Kind::undefined, name, length);
  }
  static Value none() { return make(Kind::none, 0); }
  static Value missing() { return make(Kind::missing, 0); }
  static Value boolean(bool value) { return make(Kind::boolean, value); }
  static Value integer(int64_t value) { return make(Kind::integer, value); }
  static Value string(const char *text, size_t length) { return make(Kind::string, text, length); }
  static Value between(const char *begin, const char *end) {
    return string(begin, static_cast<size_t>(end - begin));
  }
  static Value sequence(Kind kind, const Value *items, size_t count) {
    Value value;
    value.kind = kind;
    value.size = static_cast<uint32_t>(count);
    value.items = items;
    return value;
  }
  static Value dict(const Value *pairs, size_t count) { return sequence(Kind::dict, pairs, count); }

  bool is(Kind other) const { return kind == other; }
  /// A boolean is an integer, too.
  bool isNumber() const { return kind == Kind::integer || kind == Kind::boolean; }
  bool isText(const char *other) const {
    return kind == Kind::string && size == strlen(other) && memcmp(text, other, size) == 0;
  }
  /// Whether `items` are its elements.
  bool isSequence() const { return kind >= Kind::list && kind <= Kind::range; }

private:
  static Value make(Kind kind, int64_t number) {
    Value value;
    value.kind = kind;
    value.number = number;
    return value;
  }
  static Value make(Kind kind, const char *text, size_t length) {
    Value value;
    value.kind = kind;
    value.size = static_cast<uint32_t>(length);
    value.text = text;
    return value;
  }
};

/// What messages call a kind of value.
const char *nameOf(Kind kind);

} // namespace tfc::chat

#endif
