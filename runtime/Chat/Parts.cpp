// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Elements, keys and slices of values.

#include "Python.h"

namespace tfc::chat {

using namespace tokenizer;

Value elements(Machine &machine, const Value &value) {
  if (value.isSequence())
    return Value::sequence(Kind::list, value.items, value.size);
  switch (value.kind) {
  case Kind::undefined:
    return Value::sequence(Kind::list, nullptr, 0);
  case Kind::dict: {
    Value *keys = machine.values(value.size);
    for (uint32_t i = 0; keys && i < value.size; ++i)
      keys[i] = value.items[2 * i];
    return machine.list(Kind::list, keys, value.size);
  }
  case Kind::string: {
    const size_t count = countScalars(value.text, value.size);
    Value *made = machine.values(count);
    const char *at = value.text;
    for (size_t i = 0; made && i < count; ++i) {
      const char *begin = at;
      readScalar(at);
      made[i] = Value::string(begin, static_cast<size_t>(at - begin));
    }
    return machine.list(Kind::list, made, count);
  }
  case Kind::iterator: {
    Iterator &rest = *value.iterator;
    Value left = Value::sequence(Kind::list, rest.items + rest.next, rest.count - rest.next);
    rest.next = rest.count;
    return left;
  }
  default:
    return machine.wrongKind("elements", value);
  }
}

Value lengthOf(Machine &machine, const Value &value) {
  if (value.is(Kind::string))
    return machine.spendText(value.size)
               ? Value::integer(static_cast<int64_t>(countScalars(value.text, value.size)))
               : Value();
  if (value.isSequence() || value.is(Kind::dict))
    return Value::integer(value.size);
  if (value.is(Kind::undefined))
    return Value::integer(0);
  if (value.is(Kind::loop))
    return loopAttribute(machine, *value.loop, Value::string("length", 6));
  return machine.wrongKind("length", value);
}

const Value *findKey(Machine &machine, const Value *pairs, size_t count, const Value &key) {
  for (size_t i = 0; i < count && machine.spend(1); ++i) {
    const Value &other = pairs[2 * i];
    const bool same = key.is(Kind::string) && other.is(Kind::string)
                          ? key.size == other.size && !memcmp(key.text, other.text, key.size)
                          : equal(machine, other, key);
    if (same)
      return &pairs[2 * i + 1];
  }
  return nullptr;
}

/// Whether Python has a method of that name, and value.name would be it.
static bool hasMethod(const Value &value, const Value &name) {
  constexpr const char *ofDict =
                           " clear copy fromkeys get items keys pop popitem setdefault update "
                           "values ",
                       *ofList = " append clear copy count extend index insert pop remove reverse "
                                 "sort ",
                       *ofString =
                           " capitalize casefold center count encode endswith expandtabs "
                           "find format format_map index isalnum isalpha isascii isdecimal "
                           "isdigit isidentifier islower isnumeric isprintable isspace "
                           "istitle isupper join ljust lower lstrip maketrans partition "
                           "removeprefix removesuffix replace rfind rindex rjust rpartition "
                           "rsplit rstrip split splitlines startswith strip swapcase title "
                           "translate upper zfill ",
                       *ofTuple = " count index ";
  const char *names = value.is(Kind::dict)                             ? ofDict
                      : value.is(Kind::list)                           ? ofList
                      : value.is(Kind::tuple) || value.is(Kind::range) ? ofTuple
                      : value.is(Kind::string)                         ? ofString
                                                                       : "";
  if (!name.size || memchr(name.text, ' ', name.size))
    return false;
  for (const char *at = names;
       (at = static_cast<const char *>(memmem(at, strlen(at), name.text, name.size))); ++at)
    if (at[-1] == ' ' && at[name.size] == ' ')
      return true;
  return false;
}

static Value loneMethod(Machine &machine, const Value &name) {
  return machine.fail("the method '%.*s' is not called, which is not supported",
                      static_cast<int>(name.size), name.text);
}

Value attributeOf(Machine &machine, const Value &value, const Value &name) {
  switch (value.kind) {
  case Kind::undefined:
    return machine.wrongKind("an attribute", value);
  case Kind::loop:
    return loopAttribute(machine, *value.loop, name);
  case Kind::nameSpace:
    if (const Value *found = findKey(machine, value.space->pairs, value.space->count, name))
      return *found;
    break;
  default:
    if (hasMethod(value, name))
      return loneMethod(machine, name);
    if (value.is(Kind::dict))
      if (const Value *found = findKey(machine, value.items, value.size, name))
        return *found;
  }
  return Value::undefined(name.text, name.size);
}

/// Character `index` of a string, which it has.
static Value scalarAt(Machine &machine, const Value &string, size_t index) {
  if (!machine.spendText(string.size))
    return Value();
  const char *at = string.text;
  while (index--)
    readScalar(at);
  const char *begin = at;
  readScalar(at);
  return Value::string(begin, static_cast<size_t>(at - begin));
}

Value itemOf(Machine &machine, const Value &value, const Value &key) {
  if (value.is(Kind::undefined))
    return machine.wrongKind("an element", value);
  const bool isText = value.is(Kind::string);
  if (key.isNumber() && (isText || (value.isSequence() && !value.is(Kind::view)))) {
    const auto count =
        static_cast<int64_t>(isText ? countScalars(value.text, value.size) : value.size);
    const int64_t index = key.number < 0 ? key.number + count : key.number;
    if (index < 0 || index >= count)
      return Value::undefined("an element", 10);
    return isText ? scalarAt(machine, value, static_cast<size_t>(index)) : value.items[index];
  }
  if (value.is(Kind::dict))
    if (const Value *found = findKey(machine, value.items, value.size, key))
      return *found;
  if (!key.is(Kind::string))
    return Value::undefined("an element", 10);
  if (value.is(Kind::loop) || value.is(Kind::nameSpace))
    return attributeOf(machine, value, key);
  return hasMethod(value, key) ? loneMethod(machine, key) : Value::undefined(key.text, key.size);
}

Value sliceOf(Machine &machine, const Value &value, const Value bounds[3]) {
  const bool isText = value.is(Kind::string);
  if (!isText && (!value.isSequence() || value.is(Kind::view)))
    return machine.wrongKind("a slice", value);
  for (int i = 0; i < 3; ++i)
    if (!bounds[i].isNumber() && !bounds[i].is(Kind::none))
      return machine.wrongKind("the bounds of a slice", bounds[i]);
  const int64_t step = bounds[2].is(Kind::none) ? 1 : bounds[2].number;
  if (!step)
    return machine.fail("the step of a slice is zero");
  const Value all = isText ? elements(machine, value) : value;
  const int64_t count = all.size, low = step < 0 ? -1 : 0, high = step < 0 ? count - 1 : count;
  auto place = [&](const Value &bound, int64_t otherwise) {
    if (bound.is(Kind::none))
      return otherwise;
    const int64_t at = bound.number < 0 ? bound.number + count : bound.number;
    return at < low ? low : at > high ? high : at;
  };
  const int64_t from = place(bounds[0], step < 0 ? high : low),
                to = place(bounds[1], step < 0 ? low : high);
  // How many; steps may be as large as integers are.
  const uint64_t stride = step < 0 ? 0 - static_cast<uint64_t>(step) : static_cast<uint64_t>(step);
  const int64_t distance = step < 0 ? from - to : to - from;
  const uint64_t taken = distance <= 0 ? 0 : (static_cast<uint64_t>(distance) - 1) / stride + 1;
  if (isText && step == 1) {
    const char *begin = taken ? all.items[from].text : value.text;
    const Value &last = taken ? all.items[to - 1] : value;
    return taken ? Value::string(begin, static_cast<size_t>(last.text + last.size - begin))
                 : Value::string(begin, 0);
  }
  if (!isText && step == 1)
    return machine.list(value.kind, value.items + (taken ? from : 0), taken);
  Value *made = machine.values(taken);
  for (uint64_t i = 0; made && i < taken; ++i)
    made[i] = all.items[from + (step < 0 ? -1 : 1) * static_cast<int64_t>(i * stride)];
  if (!isText)
    return machine.list(value.kind, made, taken);
  const size_t mark = machine.mark();
  for (uint64_t i = 0; made && i < taken; ++i)
    machine.write(made[i]);
  return machine.cut(mark);
}

} // namespace tfc::chat
