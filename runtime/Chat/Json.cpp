// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The filter tojson, as transformers has it: json.dumps with its keywords.

#include "Functions.h"
#include "Python.h"

#include <stdio.h>

namespace tfc::chat {

using namespace tokenizer;

namespace {

class Writer {
public:
  Writer(Machine &machine, const Arguments &arguments) : machine(machine) {
    ascii = truth(arguments[1]);
    sorted = truth(arguments[4]);
    const Value &width = arguments[2], &separators = arguments[3];
    lines = !width.is(Kind::missing) && !width.is(Kind::none);
    if (width.is(Kind::string))
      pad = width;
    else
      spaces = integerOr(machine, "tojson's indent", width, 0);
    between = lines ? Value::string(",", 1) : Value::string(", ", 2);
    if (separators.is(Kind::missing) || separators.is(Kind::none))
      return;
    if (!(separators.is(Kind::tuple) || separators.is(Kind::list)) || separators.size != 2 ||
        !separators.items[0].is(Kind::string) || !separators.items[1].is(Kind::string)) {
      machine.wrongKind("tojson's separators", separators);
      return;
    }
    between = separators.items[0];
    behindKey = separators.items[1];
  }

  void write(const Value &value) {
    Deeper deeper(machine);
    if (!machine.spend(1))
      return;
    switch (value.kind) {
    case Kind::none:
      return machine.write("null");
    case Kind::boolean:
      return machine.write(value.number ? "true" : "false");
    case Kind::integer:
      return machine.writeNumber(value.number);
    case Kind::string:
      return writeString(value);
    case Kind::list:
    case Kind::tuple:
      return writeAll('[', value.size, ']', [&](uint32_t i) { write(value.items[i]); });
    case Kind::dict:
      return writeDict(value);
    default:
      machine.wrongKind("tojson", value);
    }
  }

private:
  template <typename Each> void writeAll(char open, uint32_t count, char close, Each each) {
    machine.write(&open, 1);
    ++level;
    for (uint32_t i = 0; i < count && !machine.failed(); ++i) {
      if (i)
        machine.write(between);
      newLine();
      each(i);
    }
    --level;
    if (count)
      newLine();
    machine.write(&close, 1);
  }

  void newLine() {
    if (!lines)
      return;
    machine.write("\n");
    for (uint32_t i = 0; i < level && !machine.failed(); ++i) {
      machine.write(pad);
      for (int64_t k = 0; k < spaces && !machine.failed(); ++k)
        machine.write(" ");
    }
  }

  void writeDict(const Value &dict) {
    Value *order = machine.values(dict.size); // where each pair is
    for (uint32_t i = 0; order && i < dict.size; ++i) {
      uint32_t at = i;
      while (sorted && at && machine.spend(1) &&
             less(machine, dict.items[2 * i], dict.items[2 * order[at - 1].number])) {
        order[at] = order[at - 1];
        --at;
      }
      order[at] = Value::integer(i);
    }
    if (order)
      writeAll('{', dict.size, '}', [&](uint32_t i) {
        const Value *pair = dict.items + 2 * order[i].number;
        writeKey(pair[0]);
        machine.write(behindKey);
        write(pair[1]);
      });
  }

  void writeKey(const Value &key) {
    if (key.is(Kind::string))
      return writeString(key);
    if (!key.isNumber() && !key.is(Kind::none)) {
      machine.wrongKind("a key of JSON", key);
      return;
    }
    machine.write("\"");
    write(key);
    machine.write("\"");
  }

  void writeString(const Value &string) {
    machine.write("\"");
    const char *at = string.text, *end = at + string.size;
    while (at < end && !machine.failed()) {
      const char *begin = at;
      const uint32_t scalar = readScalar(at);
      constexpr char names[] = "btn\0fr"; // from 0x08 on
      char escape[16];
      if (scalar == '"' || scalar == '\\')
        snprintf(escape, sizeof escape, "\\%c", static_cast<char>(scalar));
      else if (scalar >= 8 && scalar <= 13 && names[scalar - 8])
        snprintf(escape, sizeof escape, "\\%c", names[scalar - 8]);
      else if (scalar < 0x20 || (ascii && scalar > 0x7E && scalar < 0x10000))
        snprintf(escape, sizeof escape, "\\u%04x", scalar);
      else if (ascii && scalar >= 0x10000)
        snprintf(escape, sizeof escape, "\\u%04x\\u%04x", 0xD800 + ((scalar - 0x10000) >> 10),
                 0xDC00 + (scalar & 0x3FF));
      else {
        machine.write(begin, static_cast<size_t>(at - begin));
        continue;
      }
      machine.write(escape);
    }
    machine.write("\"");
  }

  Machine &machine;
  bool ascii = false, sorted = false, lines = false;
  Value pad = Value::string("", 0), between, behindKey = Value::string(": ", 2);
  int64_t spaces = 0;
  uint32_t level = 0;
};

} // namespace

Value filters::toJson(Machine &machine, const Arguments &arguments) {
  const size_t mark = machine.mark();
  Writer(machine, arguments).write(arguments[0]);
  return machine.cut(mark);
}

} // namespace tfc::chat
