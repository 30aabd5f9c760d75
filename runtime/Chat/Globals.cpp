// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The functions that templates have by name.

#include "Functions.h"
#include "Python.h"

#include <stdio.h>

namespace tfc::chat {

namespace {

/// The pairs of a mapping and those of keywords, which win.
Value merged(Machine &machine, const Arguments &arguments) {
  const Value &from = arguments[0], &keywords = arguments[1];
  if (!from.is(Kind::missing) && !from.is(Kind::dict))
    return machine.wrongKind("what a mapping is made of", from);
  const size_t most = size_t{from.size} + keywords.size;
  Value *pairs = machine.values(2 * most);
  size_t count = 0;
  const Value *const both[] = {&from, &keywords};
  for (const Value *dict : both)
    for (uint32_t i = 0; pairs && i < dict->size; ++i) {
      const Value *old = findKey(machine, pairs, count, dict->items[2 * i]);
      const size_t at = old ? static_cast<size_t>(old - pairs) / 2 : count++;
      if (!old)
        pairs[2 * at] = dict->items[2 * i];
      pairs[2 * at + 1] = dict->items[2 * i + 1];
    }
  return machine.failed() ? Value() : Value::dict(pairs, count);
}

/// A date of the Gregorian calendar.
struct Date {
  int64_t year;
  int month, day, dayOfYear, weekday; // from 1; Sunday is 0

  explicit Date(int64_t days) { // since 1970-01-01
    weekday = static_cast<int>(((days + 4) % 7 + 7) % 7);
    year = 1970;
    auto isLeap = [&] { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; };
    for (; days < 0; days += isLeap() ? 366 : 365)
      --year;
    for (; days >= (isLeap() ? 366 : 365); ++year)
      days -= isLeap() ? 366 : 365;
    dayOfYear = static_cast<int>(days) + 1;
    const int lengths[] = {31, isLeap() ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (month = 1; days >= lengths[month - 1]; ++month)
      days -= lengths[month - 1];
    day = static_cast<int>(days) + 1;
  }
};

void writePadded(Machine &machine, int64_t number, int width) {
  char text[24];
  snprintf(text, sizeof text, "%0*lld", width, static_cast<long long>(number));
  machine.write(text);
}

} // namespace

namespace globals {

Value makeDict(Machine &machine, const Arguments &arguments) { return merged(machine, arguments); }

Value makeNamespace(Machine &machine, const Arguments &arguments) {
  const Value dict = merged(machine, arguments);
  for (uint32_t i = 0; i < dict.size; ++i)
    if (const Value &key = dict.items[2 * i]; key.is(Kind::string) && key.size && *key.text == '_')
      return machine.fail("the attribute '%.*s' of a namespace begins with an underscore",
                          static_cast<int>(key.size < 100 ? key.size : 100), key.text);
  auto *space = machine.make<NameSpace>();
  if (!space || machine.failed())
    return Value();
  *space = {const_cast<Value *>(dict.items), dict.size, dict.size};
  Value value;
  value.kind = Kind::nameSpace;
  value.space = space;
  return value;
}

Value makeRange(Machine &machine, const Arguments &arguments) {
  constexpr int64_t most = 100000; // as in the sandbox of transformers
  for (uint32_t i = 0; i < 3; ++i)
    if (!arguments[i].isNumber() && !(i && arguments[i].is(Kind::missing)))
      return machine.wrongKind("range", arguments[i]);
  const bool onlyEnd = arguments[1].is(Kind::missing);
  const int64_t begin = onlyEnd ? 0 : arguments[0].number, end = arguments[onlyEnd ? 0 : 1].number,
                step = arguments[2].is(Kind::missing) ? 1 : arguments[2].number;
  if (!step)
    return machine.fail("range: the step is zero");
  int64_t count = 0, value = begin;
  while ((step > 0 ? value < end : value > end) && count <= most && machine.spend(1)) {
    ++count;
    if (__builtin_add_overflow(value, step, &value))
      break;
  }
  if (count > most)
    return machine.fail("range: more than %lld elements", static_cast<long long>(most));
  Value *made = machine.values(static_cast<size_t>(count));
  for (int64_t i = 0; made && i < count; ++i)
    made[i] = Value::integer(begin + i * step);
  return machine.list(Kind::range, made, static_cast<size_t>(count));
}

Value refuse(Machine &machine, const Arguments &arguments) {
  const Value text = textOf(machine, arguments[0]);
  // What is cut must stay UTF-8.
  uint32_t length = text.size < 400 ? text.size : 400;
  while (length && length < text.size && (text.text[length] & 0xC0) == 0x80)
    --length;
  return machine.fail("the template refuses: %.*s", static_cast<int>(length), text.text);
}

Value formatTime(Machine &machine, const Arguments &arguments) {
  constexpr const char *days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                  "Thursday", "Friday", "Saturday"},
                       *months[] = {"January",   "February", "March",    "April",
                                    "May",       "June",     "July",     "August",
                                    "September", "October",  "November", "December"};
  const Value &format = arguments[0];
  if (!format.is(Kind::string))
    return machine.wrongKind("strftime_now", format);
  if (!machine.now)
    return machine.fail("strftime_now: the template writes the time, and none was given");
  constexpr int64_t secondsOfDay = 86400, furthest = 10000 * 366 * secondsOfDay;
  if (machine.now > furthest || machine.now < -1900 * 366 * secondsOfDay)
    return machine.fail("strftime_now: the time is out of range");
  const int64_t second = ((machine.now % secondsOfDay) + secondsOfDay) % secondsOfDay;
  const Date date((machine.now - second) / secondsOfDay);
  const int64_t hour = second / 3600;
  const size_t mark = machine.mark();
  for (uint32_t i = 0; i < format.size && !machine.failed(); ++i) {
    if (format.text[i] != '%' || i + 1 == format.size) {
      machine.write(format.text + i, 1);
      continue;
    }
    const char *name;
    switch (format.text[++i]) {
    case 'Y':
      writePadded(machine, date.year, 1);
      break;
    case 'y':
      writePadded(machine, date.year % 100, 2);
      break;
    case 'm':
      writePadded(machine, date.month, 2);
      break;
    case 'd':
      writePadded(machine, date.day, 2);
      break;
    case 'j':
      writePadded(machine, date.dayOfYear, 3);
      break;
    case 'H':
      writePadded(machine, hour, 2);
      break;
    case 'I':
      writePadded(machine, (hour + 11) % 12 + 1, 2);
      break;
    case 'M':
      writePadded(machine, second / 60 % 60, 2);
      break;
    case 'S':
      writePadded(machine, second % 60, 2);
      break;
    case 'p':
      machine.write(hour < 12 ? "AM" : "PM");
      break;
    case 'a':
    case 'A':
      name = days[date.weekday];
      machine.write(name, format.text[i] == 'a' ? 3 : strlen(name));
      break;
    case 'b':
    case 'B':
      name = months[date.month - 1];
      machine.write(name, format.text[i] == 'b' ? 3 : strlen(name));
      break;
    case '%':
      machine.write("%");
      break;
    default:
      machine.fail("strftime_now: '%%%c' is not supported", format.text[i]);
    }
  }
  return machine.cut(mark);
}

} // namespace globals

Value runGlobal(Machine &machine, GlobalCode code, const Arguments &arguments) {
  constexpr decltype(&globals::refuse) functions[] = {
#define ROW(name, function, ...) globals::function,
      TFC_CHAT_GLOBALS(ROW)
#undef ROW
  };
  return functions[static_cast<size_t>(code)](machine, arguments);
}

} // namespace tfc::chat
