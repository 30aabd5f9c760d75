// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Python.h"

#include <stdio.h>

namespace tfc::chat {

using namespace tokenizer;

bool truth(const Value &value) {
  switch (value.kind) {
  case Kind::missing:
  case Kind::undefined:
  case Kind::none:
    return false;
  case Kind::boolean:
  case Kind::integer:
    return value.number != 0;
  case Kind::iterator:
  case Kind::nameSpace:
  case Kind::macro:
  case Kind::loop:
    return true;
  default:
    return value.size != 0;
  }
}

// ---- Text ----

/// A string as Python writes it in its sources.
static void writeQuoted(Machine &machine, const Value &string) {
  const bool doubled =
      memchr(string.text, '\'', string.size) && !memchr(string.text, '"', string.size);
  const char quote = doubled ? '"' : '\'';
  machine.write(&quote, 1);
  const char *end = string.text + string.size;
  for (const char *at = string.text; at < end && !machine.failed();) {
    const char *begin = at;
    const uint32_t scalar = readScalar(at);
    char escape[16];
    if (scalar == static_cast<unsigned char>(quote) || scalar == '\\')
      snprintf(escape, sizeof escape, "\\%c", static_cast<char>(scalar));
    else if (scalar == '\n' || scalar == '\r' || scalar == '\t')
      snprintf(escape, sizeof escape, "\\%c", scalar == '\n' ? 'n' : scalar == '\r' ? 'r' : 't');
    else if (scalar != ' ' && (scalar < 0x20 || (bitsOf(scalar) & (unicodeControl | unicodeSpace))))
      snprintf(escape, sizeof escape,
               scalar < 0x100     ? "\\x%02x"
               : scalar < 0x10000 ? "\\u%04x"
                                  : "\\U%08x",
               scalar);
    else {
      machine.write(begin, static_cast<size_t>(at - begin));
      continue;
    }
    machine.write(escape);
  }
  machine.write(&quote, 1);
}

void writeShown(Machine &machine, const Value &value) {
  Deeper deeper(machine);
  if (!machine.spend(1))
    return;
  switch (value.kind) {
  case Kind::missing:
    return;
  case Kind::undefined:
    return machine.write("Undefined");
  case Kind::none:
    return machine.write("None");
  case Kind::boolean:
    return machine.write(value.number ? "True" : "False");
  case Kind::integer:
    return machine.writeNumber(value.number);
  case Kind::string:
    return writeQuoted(machine, value);
  case Kind::list:
  case Kind::tuple: {
    const bool isTuple = value.is(Kind::tuple);
    machine.write(isTuple ? "(" : "[");
    for (uint32_t i = 0; i < value.size && !machine.failed(); ++i) {
      machine.write(i ? ", " : "");
      writeShown(machine, value.items[i]);
    }
    return machine.write(!isTuple ? "]" : value.size == 1 ? ",)" : ")");
  }
  case Kind::dict:
    machine.write("{");
    for (uint32_t i = 0; i < value.size && !machine.failed(); ++i) {
      machine.write(i ? ", " : "");
      writeShown(machine, value.items[2 * i]);
      machine.write(": ");
      writeShown(machine, value.items[2 * i + 1]);
    }
    return machine.write("}");
  default:
    machine.fail("%s has no text here", nameOf(value.kind));
  }
}

void writeText(Machine &machine, const Value &value) {
  if (value.is(Kind::string))
    machine.write(value);
  else if (!value.is(Kind::undefined))
    writeShown(machine, value);
}

Value textOf(Machine &machine, const Value &value) {
  if (value.is(Kind::string))
    return value;
  const size_t mark = machine.mark();
  writeText(machine, value);
  return machine.cut(mark);
}

size_t countScalars(const char *text, size_t length) {
  size_t count = 0;
  for (size_t i = 0; i < length; ++i)
    count += (text[i] & 0xC0) != 0x80;
  return count;
}

// ---- Order ----

static bool sameText(const Value &a, const Value &b) {
  return a.size == b.size && memcmp(a.text, b.text, a.size) == 0;
}

bool equal(Machine &machine, const Value &a, const Value &b) {
  Deeper deeper(machine);
  if (!machine.spend(1))
    return false;
  if (a.isNumber() && b.isNumber())
    return a.number == b.number;
  if (a.kind != b.kind)
    return false;
  switch (a.kind) {
  case Kind::string:
    return machine.spendText(a.size) && sameText(a, b);
  case Kind::list:
  case Kind::tuple:
  case Kind::range:
    for (uint32_t i = 0; i < a.size && a.size == b.size; ++i)
      if (!equal(machine, a.items[i], b.items[i]))
        return false;
    return a.size == b.size;
  case Kind::dict:
    for (uint32_t i = 0; i < a.size && a.size == b.size; ++i) {
      const Value *other = findKey(machine, b.items, b.size, a.items[2 * i]);
      if (!other || !equal(machine, a.items[2 * i + 1], *other))
        return false;
    }
    return a.size == b.size;
  case Kind::view:
    machine.fail("the views of mappings are not compared");
    return false;
  case Kind::undefined:
  case Kind::none:
    return true;
  default:
    return a.space == b.space;
  }
}

bool less(Machine &machine, const Value &a, const Value &b) {
  Deeper deeper(machine);
  if (!machine.spend(1))
    return false;
  if (a.isNumber() && b.isNumber())
    return a.number < b.number;
  if (a.is(Kind::string) && b.is(Kind::string)) {
    // UTF-8 has the order of its characters.
    int order = memcmp(a.text, b.text, a.size < b.size ? a.size : b.size);
    return machine.spendText(a.size) && (order ? order < 0 : a.size < b.size);
  }
  if ((a.is(Kind::list) && b.is(Kind::list)) || (a.is(Kind::tuple) && b.is(Kind::tuple))) {
    for (uint32_t i = 0; i < a.size && i < b.size; ++i)
      if (!equal(machine, a.items[i], b.items[i]))
        return less(machine, a.items[i], b.items[i]);
    return a.size < b.size;
  }
  machine.fail("%s and %s have no order", nameOf(a.kind), nameOf(b.kind));
  return false;
}

bool needKey(Machine &machine, const Value &value) {
  Deeper deeper(machine);
  if (value.is(Kind::tuple))
    for (uint32_t i = 0; i < value.size && !machine.failed(); ++i)
      needKey(machine, value.items[i]);
  else if (value.is(Kind::list) || value.is(Kind::dict))
    machine.wrongKind("a key", value);
  return machine.spend(1);
}

bool contains(Machine &machine, const Value &container, const Value &value) {
  if (container.is(Kind::string)) {
    if (!value.is(Kind::string))
      return machine.wrongKind("what is looked for in a string", value), false;
    return machine.spendText(container.size) &&
           (!value.size || memmem(container.text, container.size, value.text, value.size));
  }
  if (container.is(Kind::dict))
    return needKey(machine, value) && findKey(machine, container.items, container.size, value);
  const Value all = elements(machine, container);
  for (uint32_t i = 0; i < all.size && !machine.failed(); ++i)
    if (equal(machine, all.items[i], value))
      return true;
  return false;
}

// ---- Arithmetic ----

static Value repeat(Machine &machine, const Value &what, int64_t times) {
  times = times < 0 ? 0 : times;
  if (what.is(Kind::string)) {
    const size_t mark = machine.mark();
    for (int64_t i = 0; i < times && what.size && !machine.failed(); ++i)
      machine.write(what);
    return machine.cut(mark);
  }
  int64_t count;
  Value *made = multiply(times, what.size, &count) ? machine.values(static_cast<size_t>(count))
                                                   : (machine.failWithoutMemory(), nullptr);
  for (int64_t i = 0; made && i < count; ++i)
    made[i] = what.items[i % what.size];
  return machine.list(what.kind, made, static_cast<size_t>(count));
}

static Value join(Machine &machine, const Value &a, const Value &b) {
  if (a.is(Kind::string)) {
    const size_t mark = machine.mark();
    machine.write(a);
    machine.write(b);
    return machine.cut(mark);
  }
  Value *made = machine.values(size_t{a.size} + b.size);
  if (made && a.size)
    memcpy(static_cast<void *>(made), a.items, a.size * sizeof(Value));
  if (made && b.size)
    memcpy(static_cast<void *>(made + a.size), b.items, b.size * sizeof(Value));
  return machine.list(a.kind, made, size_t{a.size} + b.size);
}

/// Of integers; false where the result does not fit.
static bool compute(Operator what, int64_t a, int64_t b, int64_t *result) {
  switch (what) {
  case Operator::add:
    return !__builtin_add_overflow(a, b, result);
  case Operator::subtract:
    return !__builtin_sub_overflow(a, b, result);
  case Operator::multiply:
    return !__builtin_mul_overflow(a, b, result);
  case Operator::floorDivide:
  case Operator::modulo: {
    if (a == INT64_MIN && b == -1)
      return what == Operator::modulo ? (*result = 0, true) : false;
    // Python rounds down: the remainder has the sign of the divisor.
    int64_t quotient = a / b, rest = a % b;
    if (rest && (rest < 0) != (b < 0)) {
      --quotient;
      rest += b;
    }
    *result = what == Operator::modulo ? rest : quotient;
    return true;
  }
  case Operator::power:
    *result = 1;
    if (a == 0 || a == 1 || a == -1) {
      *result = b == 0 ? 1 : a == -1 && b % 2 == 0 ? 1 : a;
      return true;
    }
    for (; b > 0; --b)
      if (__builtin_mul_overflow(*result, a, result))
        return false;
    return true;
  }
  return false;
}

Value arithmetic(Machine &machine, Operator what, const Value &a, const Value &b) {
  constexpr const char *signs[] = {"+", "-", "*", "//", "%", "**"};
  const char *sign = signs[static_cast<size_t>(what)];
  if (a.isNumber() && b.isNumber()) {
    const bool divides = what == Operator::floorDivide || what == Operator::modulo;
    if (divides && !b.number)
      return machine.fail("%s: division by zero", sign);
    if (what == Operator::power && b.number < 0)
      return machine.fail("%s: fractions are not supported", sign);
    int64_t result;
    return compute(what, a.number, b.number, &result)
               ? Value::integer(result)
               : machine.fail("%s: integers beyond 64 bits are not supported", sign);
  }
  auto isRow = [](const Value &value) {
    return value.is(Kind::string) || value.is(Kind::list) || value.is(Kind::tuple);
  };
  if (what == Operator::add && a.kind == b.kind && isRow(a))
    return join(machine, a, b);
  if (what == Operator::multiply && isRow(a) && b.isNumber())
    return repeat(machine, a, b.number);
  if (what == Operator::multiply && isRow(b) && a.isNumber())
    return repeat(machine, b, a.number);
  if (a.is(Kind::undefined) || b.is(Kind::undefined))
    return machine.wrongKind(sign, a.is(Kind::undefined) ? a : b);
  return machine.fail("%s: not for %s and %s", sign, nameOf(a.kind), nameOf(b.kind));
}

} // namespace tfc::chat
