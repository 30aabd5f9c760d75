// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Methods of strings, lists, mappings and of the loop.

#include "Functions.h"
#include "Python.h"

namespace tfc::chat {

using namespace tokenizer;

namespace {

/// Without the characters of `chars` at its ends; missing or none: without white space.
Value stripped(Machine &machine, const Value &string, const Value &chars, bool left, bool right) {
  const bool isWhiteSpace = chars.is(Kind::missing) || chars.is(Kind::none);
  if (!isWhiteSpace && !needString(machine, "strip", chars))
    return Value();
  if (!machine.spendText(string.size))
    return Value();
  auto goes = [&](const char *at) {
    const char *behind = at;
    const uint32_t scalar = readScalar(behind);
    if (isWhiteSpace)
      return isWhite(scalar);
    return machine.spendText(chars.size) &&
           memmem(chars.text, chars.size, at, static_cast<size_t>(behind - at)) != nullptr;
  };
  const char *begin = string.text, *end = begin + string.size;
  while (left && begin < end && goes(begin))
    readScalar(begin);
  while (right && begin < end) {
    const char *last = end - 1;
    while ((*last & 0xC0) == 0x80)
      --last;
    if (!goes(last))
      break;
    end = last;
  }
  return Value::between(begin, end);
}

/// Whether a string begins or ends with another, or one of a tuple of them.
Value hasEnd(Machine &machine, const Arguments &arguments, bool atEnd) {
  const Value &string = arguments[0], &wanted = arguments[1];
  const Value *all = wanted.is(Kind::tuple) ? wanted.items : &wanted;
  const uint32_t count = wanted.is(Kind::tuple) ? wanted.size : 1;
  bool found = false;
  for (uint32_t i = 0; i < count && !found; ++i) {
    if (!needString(machine, atEnd ? "endswith" : "startswith", all[i]))
      return Value();
    found =
        all[i].size <= string.size && machine.spendText(all[i].size) &&
        !memcmp(string.text + (atEnd ? string.size - all[i].size : 0), all[i].text, all[i].size);
  }
  return Value::boolean(found);
}

/// Where a string has another, in characters, or -1.
int64_t placeOf(Machine &machine, const Value &string, const Value &part, bool last) {
  if (!needString(machine, "find", part) || !machine.spendText(string.size))
    return -1;
  const char *found =
      part.size > string.size ? nullptr
      : last ? lastPlace(machine, string.text, string.text + string.size, part)
             : static_cast<const char *>(memmem(string.text, string.size, part.text, part.size));
  return found ? static_cast<int64_t>(
                     countScalars(string.text, static_cast<size_t>(found - string.text)))
               : -1;
}

Value without(Machine &machine, const Arguments &arguments, bool atEnd) {
  const Value &string = arguments[0], &part = arguments[1];
  const Value has = hasEnd(machine, arguments, atEnd);
  if (!needString(machine, "removeprefix", part) || !truth(has))
    return string;
  return atEnd ? Value::string(string.text, string.size - part.size)
               : Value::string(string.text + part.size, string.size - part.size);
}

/// Whether there are characters and `is` is true of all of them.
template <typename Is> Value allAre(Machine &machine, const Value &string, Is is) {
  const char *at = string.text, *end = at + string.size;
  bool all = machine.spendText(string.size) && at < end;
  while (all && at < end)
    all = is(readScalar(at));
  return Value::boolean(all);
}

/// A view of a mapping: of all or of every second of its keys and values.
Value viewOf(Machine &machine, const Value &dict, uint32_t first) {
  Value *made = machine.values(dict.size);
  for (uint32_t i = 0; made && i < dict.size; ++i)
    made[i] = dict.items[2 * i + first];
  return machine.list(Kind::view, made, dict.size);
}

} // namespace

namespace methods {

Value capitalize(Machine &machine, const Arguments &arguments) {
  return changeCase(machine, arguments[0], Case::title);
}
Value lower(Machine &machine, const Arguments &arguments) {
  return changeCase(machine, arguments[0], Case::lower);
}
Value upper(Machine &machine, const Arguments &arguments) {
  return changeCase(machine, arguments[0], Case::upper);
}

Value title(Machine &machine, const Arguments &arguments) {
  const size_t mark = machine.mark();
  const char *at = arguments[0].text, *end = at + arguments[0].size;
  for (bool inside = false; at < end && !machine.failed();) {
    const uint32_t scalar = readScalar(at);
    if (!writeCase(machine, scalar, inside ? Case::lower : Case::title))
      machine.fail("the lower case of U+03A3 is not supported");
    inside = isCased(scalar);
  }
  return machine.cut(mark);
}

Value strip(Machine &machine, const Arguments &arguments) {
  return stripped(machine, arguments[0], arguments[1], true, true);
}
Value stripLeft(Machine &machine, const Arguments &arguments) {
  return stripped(machine, arguments[0], arguments[1], true, false);
}
Value stripRight(Machine &machine, const Arguments &arguments) {
  return stripped(machine, arguments[0], arguments[1], false, true);
}

Value startsWith(Machine &machine, const Arguments &arguments) {
  return hasEnd(machine, arguments, false);
}
Value endsWith(Machine &machine, const Arguments &arguments) {
  return hasEnd(machine, arguments, true);
}
Value removePrefix(Machine &machine, const Arguments &arguments) {
  return without(machine, arguments, false);
}
Value removeSuffix(Machine &machine, const Arguments &arguments) {
  return without(machine, arguments, true);
}

Value find(Machine &machine, const Arguments &arguments) {
  return Value::integer(placeOf(machine, arguments[0], arguments[1], false));
}
Value findLast(Machine &machine, const Arguments &arguments) {
  return Value::integer(placeOf(machine, arguments[0], arguments[1], true));
}

Value indexOf(Machine &machine, const Arguments &arguments) {
  const Value &value = arguments[0];
  int64_t place = -1;
  if (value.is(Kind::string))
    place = placeOf(machine, value, arguments[1], false);
  else
    for (uint32_t i = 0; i < value.size && place < 0; ++i)
      if (equal(machine, value.items[i], arguments[1]))
        place = i;
  return place < 0 ? machine.fail("index: it is not there") : Value::integer(place);
}

Value countOf(Machine &machine, const Arguments &arguments) {
  const Value &value = arguments[0], &part = arguments[1];
  int64_t count = 0;
  if (!value.is(Kind::string)) {
    for (uint32_t i = 0; i < value.size && !machine.failed(); ++i)
      count += equal(machine, value.items[i], part);
    return Value::integer(count);
  }
  if (!needString(machine, "count", part) || !machine.spendText(value.size))
    return Value();
  if (!part.size)
    return Value::integer(static_cast<int64_t>(countScalars(value.text, value.size)) + 1);
  const char *at = value.text, *end = at + value.size;
  while ((at = static_cast<const char *>(
              memmem(at, static_cast<size_t>(end - at), part.text, part.size)))) {
    ++count;
    at += part.size;
  }
  return Value::integer(count);
}

Value replace(Machine &machine, const Arguments &arguments) {
  const Value &string = arguments[0], &old = arguments[1], &with = arguments[2];
  int64_t most = integerOr(machine, "replace", arguments[3], -1);
  if (!needString(machine, "replace", old) || !needString(machine, "replace", with))
    return Value();
  const size_t mark = machine.mark();
  const char *at = string.text, *end = at + string.size;
  if (!old.size) { // between all characters
    for (; most != 0 && !machine.failed(); --most) {
      machine.write(with);
      if (at == end)
        return machine.cut(mark);
      const char *begin = at;
      readScalar(at);
      machine.write(begin, static_cast<size_t>(at - begin));
    }
  }
  while (old.size && most-- != 0 && machine.spend(1)) {
    const auto *found =
        static_cast<const char *>(memmem(at, static_cast<size_t>(end - at), old.text, old.size));
    if (!found)
      break;
    machine.write(at, static_cast<size_t>(found - at));
    machine.write(with);
    at = found + old.size;
  }
  machine.write(at, static_cast<size_t>(end - at));
  return machine.cut(mark);
}

Value isDigits(Machine &machine, const Arguments &arguments) {
  const Value ascii = allAre(machine, arguments[0], [](uint32_t c) { return c < 0x80; });
  if (!truth(ascii) && arguments[0].size)
    return machine.fail("isdigit: only supported of ASCII");
  return allAre(machine, arguments[0], [](uint32_t c) { return c >= '0' && c <= '9'; });
}
Value isWhite(Machine &machine, const Arguments &arguments) {
  return allAre(machine, arguments[0], [](uint32_t c) { return chat::isWhite(c); });
}

Value joinBy(Machine &machine, const Arguments &arguments) {
  const Value all = elements(machine, arguments[1]);
  const size_t mark = machine.mark();
  for (uint32_t i = 0; i < all.size && !machine.failed(); ++i) {
    if (i)
      machine.write(arguments[0]);
    if (needString(machine, "join", all.items[i]))
      machine.write(all.items[i]);
  }
  return machine.cut(mark);
}

Value get(Machine &machine, const Arguments &arguments) {
  if (!needKey(machine, arguments[1]))
    return Value();
  const Value *found = findKey(machine, arguments[0].items, arguments[0].size, arguments[1]);
  return found ? *found : arguments[2].is(Kind::missing) ? Value::none() : arguments[2];
}
Value keys(Machine &machine, const Arguments &arguments) {
  return viewOf(machine, arguments[0], 0);
}
Value values(Machine &machine, const Arguments &arguments) {
  return viewOf(machine, arguments[0], 1);
}
Value items(Machine &machine, const Arguments &arguments) {
  const Value &dict = arguments[0];
  Value *made = machine.values(dict.size);
  for (uint32_t i = 0; made && i < dict.size; ++i)
    made[i] = Value::sequence(Kind::tuple, dict.items + 2 * i, 2);
  return machine.list(Kind::view, made, dict.size);
}

Value cycle(Machine &machine, const Arguments &arguments) {
  if (arguments.count < 2)
    return machine.fail("cycle: no values");
  const Value index = loopAttribute(machine, *arguments[0].loop, Value::string("index0", 6));
  return arguments[1 + static_cast<uint32_t>(index.number % (arguments.count - 1))];
}

} // namespace methods

bool hasMethod(MethodCode code, Kind kind) {
  constexpr const char *kinds[] = {
#define ROW(name, function, parameters, kinds) kinds,
      TFC_CHAT_METHODS(ROW)
#undef ROW
  };
  const char letter = kind == Kind::string                                               ? 's'
                      : kind == Kind::list || kind == Kind::tuple || kind == Kind::range ? 'l'
                      : kind == Kind::dict                                               ? 'd'
                      : kind == Kind::loop                                               ? 'L'
                                                                                         : ' ';
  return strchr(kinds[static_cast<size_t>(code)], letter) != nullptr;
}

Value runMethod(Machine &machine, MethodCode code, const Arguments &arguments) {
  constexpr decltype(&methods::strip) functions[] = {
#define ROW(name, function, ...) methods::function,
      TFC_CHAT_METHODS(ROW)
#undef ROW
  };
  return functions[static_cast<size_t>(code)](machine, arguments);
}

} // namespace tfc::chat
