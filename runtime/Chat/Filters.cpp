// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Jinja's filters.

#include "Functions.h"
#include "Python.h"

namespace tfc::chat {

using namespace tokenizer;

namespace {

/// The part of a value that `attribute` names: a key, an index, or some with points between.
Value partOf(Machine &machine, Value value, const Value &attribute) {
  if (attribute.isNumber())
    return itemOf(machine, value, attribute);
  if (!attribute.is(Kind::string))
    return machine.wrongKind("attribute", attribute);
  const char *at = attribute.text, *end = at + attribute.size;
  while (!machine.failed()) {
    const auto *point = static_cast<const char *>(memchr(at, '.', static_cast<size_t>(end - at)));
    const char *behind = point ? point : end;
    Value key = Value::string(at, static_cast<size_t>(behind - at));
    int64_t number = 0;
    bool digits = at < behind && behind - at < 18;
    for (const char *c = at; digits && c < behind; ++c) {
      digits = *c >= '0' && *c <= '9';
      number = number * 10 + (*c - '0');
    }
    value = itemOf(machine, value, digits ? Value::integer(number) : key);
    if (!point)
      break;
    at = point + 1;
  }
  return value;
}

/// The elements of what map and select go over: what counts as false has none.
Value someElements(Machine &machine, const Value &value) {
  return truth(value) ? elements(machine, value) : Value::sequence(Kind::list, nullptr, 0);
}

Value partOrWhole(Machine &machine, const Value &value, const Value &attribute) {
  return attribute.is(Kind::missing) || attribute.is(Kind::none)
             ? value
             : partOf(machine, value, attribute);
}

Value iterate(Machine &machine, const Value *items, size_t count) {
  auto *rest = machine.make<Iterator>();
  if (!rest || machine.failed())
    return Value();
  *rest = {items, static_cast<uint32_t>(count), 0};
  Value value;
  value.kind = Kind::iterator;
  value.iterator = rest;
  return value;
}

/// What sorting and `unique` compare: strings in lower case.
Value caseless(Machine &machine, const Value &value) {
  return value.is(Kind::string) ? changeCase(machine, value, Case::lower) : value;
}

Value extreme(Machine &machine, const Value &value, bool wantsLargest) {
  const Value all = elements(machine, value);
  if (!all.size)
    return Value::undefined("the extreme of nothing", 22);
  uint32_t best = 0;
  for (uint32_t i = 1; i < all.size && !machine.failed(); ++i) {
    const Value a = caseless(machine, all.items[i]), b = caseless(machine, all.items[best]);
    if (wantsLargest ? less(machine, b, a) : less(machine, a, b))
      best = i;
  }
  return all.items[best];
}

/// An integer at the beginning of a text, as Python reads it; false where there is none.
bool readInteger(const Value &string, int64_t *result) {
  const char *at = string.text, *end = at + string.size;
  auto skip = [&] {
    for (const char *next = at; at < end && isWhite(readScalar(next)); at = next)
      ;
  };
  skip();
  const bool negative = at < end && *at == '-';
  at += at < end && (*at == '-' || *at == '+');
  *result = 0;
  const char *first = at;
  for (; at < end && *at >= '0' && *at <= '9'; ++at)
    if (__builtin_mul_overflow(*result, int64_t{10}, result) ||
        __builtin_sub_overflow(*result, int64_t{*at - '0'}, result))
      return false;
  if (at == first || (!negative && *result == INT64_MIN))
    return false;
  if (at < end && *at == '.') // a fraction is cut off
    for (++at; at < end && *at >= '0' && *at <= '9';)
      ++at;
  skip();
  *result = negative ? *result : -*result;
  return at == end;
}

} // namespace

namespace filters {

Value absolute(Machine &machine, const Arguments &arguments) {
  const Value &value = arguments[0];
  if (!value.isNumber() || value.number == INT64_MIN)
    return machine.wrongKind("abs", value);
  return Value::integer(value.number < 0 ? -value.number : value.number);
}

Value capitalize(Machine &machine, const Arguments &arguments) {
  return changeCase(machine, textOf(machine, arguments[0]), Case::title);
}
Value lower(Machine &machine, const Arguments &arguments) {
  return changeCase(machine, textOf(machine, arguments[0]), Case::lower);
}
Value upper(Machine &machine, const Arguments &arguments) {
  return changeCase(machine, textOf(machine, arguments[0]), Case::upper);
}

/// Unlike the method, words begin only behind white space, hyphens and opening brackets.
Value titleWords(Machine &machine, const Arguments &arguments) {
  const Value string = textOf(machine, arguments[0]);
  const size_t mark = machine.mark();
  const char *at = string.text, *end = at + string.size;
  for (bool begins = true; at < end && !machine.failed();) {
    const uint32_t scalar = readScalar(at);
    if (!writeCase(machine, scalar, begins ? Case::upper : Case::lower))
      machine.fail("the lower case of U+03A3 is not supported");
    begins = isWhite(scalar) || scalar == '-' || scalar == '(' || scalar == '{' || scalar == '[' ||
             scalar == '<';
  }
  return machine.cut(mark);
}

Value fallback(Machine &machine, const Arguments &arguments) {
  const Value &value = arguments[0];
  if (!value.is(Kind::undefined) && !(truth(arguments[2]) && !truth(value)))
    return value;
  return arguments[1].is(Kind::missing) ? Value::string("", 0) : arguments[1];
}

Value first(Machine &machine, const Arguments &arguments) {
  if (arguments[0].is(Kind::iterator)) {
    Iterator &rest = *arguments[0].iterator;
    return rest.next < rest.count ? rest.items[rest.next++] : Value::undefined("first", 5);
  }
  const Value all = elements(machine, arguments[0]);
  return all.size ? all.items[0] : Value::undefined("first", 5);
}

Value last(Machine &machine, const Arguments &arguments) {
  if (arguments[0].is(Kind::iterator))
    return machine.wrongKind("last", arguments[0]);
  const Value all = elements(machine, arguments[0]);
  return all.size ? all.items[all.size - 1] : Value::undefined("last", 4);
}

Value indent(Machine &machine, const Arguments &arguments) {
  const Value &width = arguments[1];
  const bool isText = width.is(Kind::string), blank = truth(arguments[3]);
  const int64_t spaces = isText ? 0 : integerOr(machine, "indent", width, 4);
  if (!arguments[0].is(Kind::string))
    return machine.wrongKind("indent", arguments[0]);
  // One more line end, so that a text that ends with one has an empty last line.
  Value line[2] = {arithmetic(machine, Operator::add, arguments[0], Value::string("\n", 1)),
                   Value::missing()};
  const Value lines = methods::splitLines(machine, {line, 2});
  const size_t mark = machine.mark();
  for (uint32_t i = 0; i < lines.size && !machine.failed(); ++i) {
    if (i)
      machine.write("\n");
    if (i ? blank || lines.items[i].size : truth(arguments[2])) {
      for (int64_t k = 0; k < spaces && !machine.failed(); ++k)
        machine.write(" ");
      if (isText)
        machine.write(width);
    }
    machine.write(lines.items[i]);
  }
  return machine.cut(mark);
}

Value toInteger(Machine &machine, const Arguments &arguments) {
  const Value &value = arguments[0];
  int64_t number;
  if (value.isNumber())
    return Value::integer(value.number);
  if (value.is(Kind::undefined))
    return machine.wrongKind("int", value);
  if (value.is(Kind::string) && readInteger(value, &number))
    return Value::integer(number);
  return arguments[1].is(Kind::missing) ? Value::integer(0) : arguments[1];
}

Value items(Machine &machine, const Arguments &arguments) {
  if (arguments[0].is(Kind::undefined))
    return iterate(machine, nullptr, 0);
  if (!arguments[0].is(Kind::dict))
    return machine.wrongKind("items", arguments[0]);
  const Value all = methods::items(machine, arguments);
  return iterate(machine, all.items, all.size);
}

Value join(Machine &machine, const Arguments &arguments) {
  const Value all = elements(machine, arguments[0]);
  const Value separator =
      arguments[1].is(Kind::missing) ? Value::string("", 0) : textOf(machine, arguments[1]);
  const size_t mark = machine.mark();
  for (uint32_t i = 0; i < all.size && !machine.failed(); ++i) {
    if (i)
      machine.write(separator);
    writeText(machine, partOrWhole(machine, all.items[i], arguments[2]));
  }
  return machine.cut(mark);
}

Value length(Machine &machine, const Arguments &arguments) {
  return lengthOf(machine, arguments[0]);
}

Value toList(Machine &machine, const Arguments &arguments) {
  return elements(machine, arguments[0]);
}

Value map(Machine &machine, const Arguments &arguments) {
  const Value all = someElements(machine, arguments[0]);
  Value *made = machine.values(all.size);
  Value *called = machine.values(arguments.count);
  for (uint32_t i = 0; made && called && i < all.size && !machine.failed(); ++i) {
    if (!arguments.names) {
      made[i] = partOf(machine, all.items[i], arguments[1]);
      const Value &otherwise = arguments[2];
      if (made[i].is(Kind::undefined) && !otherwise.is(Kind::missing) && !otherwise.is(Kind::none))
        made[i] = otherwise;
      continue;
    }
    memcpy(static_cast<void *>(called), arguments.values, arguments.count * sizeof(Value));
    called[0] = all.items[i];
    made[i] =
        runFilter(machine, static_cast<FilterCode>(arguments.names - 1), {called, arguments.count});
  }
  return iterate(machine, made, all.size);
}

Value largest(Machine &machine, const Arguments &arguments) {
  return extreme(machine, arguments[0], true);
}
Value smallest(Machine &machine, const Arguments &arguments) {
  return extreme(machine, arguments[0], false);
}

Value replace(Machine &machine, const Arguments &arguments) {
  Value texts[4] = {textOf(machine, arguments[0]), textOf(machine, arguments[1]),
                    textOf(machine, arguments[2]), arguments[3]};
  return methods::replace(machine, {texts, 4});
}

Value reverse(Machine &machine, const Arguments &arguments) {
  const Value &value = arguments[0];
  const Value all = elements(machine, value);
  Value *made = machine.values(all.size);
  for (uint32_t i = 0; made && i < all.size; ++i)
    made[i] = all.items[all.size - 1 - i];
  if (!value.is(Kind::string))
    return iterate(machine, made, all.size);
  const size_t mark = machine.mark();
  for (uint32_t i = 0; made && i < all.size; ++i)
    machine.write(made[i]);
  return machine.cut(mark);
}

/// select, reject, and both by an attribute.
Value select(Machine &machine, const Arguments &arguments) {
  const FilterCode row = arguments.filter;
  const bool byPart = row == FilterCode::selectattr_ || row == FilterCode::rejectattr_,
             keeps = row == FilterCode::select_ || row == FilterCode::selectattr_;
  const Value all = someElements(machine, arguments[0]);
  Value *made = machine.values(all.size), *called = machine.values(arguments.count);
  size_t count = 0;
  for (uint32_t i = 0; made && called && i < all.size && !machine.failed(); ++i) {
    // The test's own arguments stand behind the attribute.
    const uint32_t given = byPart ? 1 : 0;
    memcpy(static_cast<void *>(called), arguments.values + given,
           (arguments.count - given) * sizeof(Value));
    called[0] = byPart ? partOf(machine, all.items[i], arguments[1]) : all.items[i];
    const bool holds = arguments.names
                           ? runTest(machine, static_cast<TestCode>(arguments.names - 1),
                                     {called, arguments.count - given})
                           : truth(called[0]);
    if (holds == keeps)
      made[count++] = all.items[i];
  }
  return iterate(machine, made, count);
}

Value sum(Machine &machine, const Arguments &arguments) {
  const Value all = elements(machine, arguments[0]);
  Value total = arguments[2].is(Kind::missing) ? Value::integer(0) : arguments[2];
  for (uint32_t i = 0; i < all.size && !machine.failed(); ++i)
    total =
        arithmetic(machine, Operator::add, total, partOrWhole(machine, all.items[i], arguments[1]));
  return total;
}

Value toText(Machine &machine, const Arguments &arguments) { return textOf(machine, arguments[0]); }

Value trim(Machine &machine, const Arguments &arguments) {
  Value texts[2] = {textOf(machine, arguments[0]), arguments[1]};
  return methods::strip(machine, {texts, 2});
}

Value unique(Machine &machine, const Arguments &arguments) {
  const Value all = elements(machine, arguments[0]);
  Value *made = machine.values(all.size), *seen = machine.values(all.size);
  size_t count = 0;
  for (uint32_t i = 0; made && seen && i < all.size && !machine.failed(); ++i) {
    Value key = partOrWhole(machine, all.items[i], arguments[2]);
    if (!truth(arguments[1]))
      key = caseless(machine, key);
    if (!needKey(machine, key) || contains(machine, Value::sequence(Kind::list, seen, count), key))
      continue;
    seen[count] = key;
    made[count++] = all.items[i];
  }
  return iterate(machine, made, count);
}

} // namespace filters

Value runFilter(Machine &machine, FilterCode code, Arguments arguments) {
  constexpr decltype(&filters::trim) functions[] = {
#define ROW(name, function, ...) filters::function,
      TFC_CHAT_FILTERS(ROW)
#undef ROW
  };
  arguments.filter = code;
  return functions[static_cast<size_t>(code)](machine, arguments);
}

} // namespace tfc::chat
