// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Methods that cut strings into pieces.

#include "Functions.h"
#include "Python.h"

namespace tfc::chat {

using namespace tokenizer;

const char *lastPlace(Machine &machine, const char *begin, const char *end, const Value &part) {
  for (const char *at = end - part.size; at >= begin; --at)
    if (!machine.spendText(part.size) || !memcmp(at, part.text, part.size))
      return machine.failed() ? nullptr : at;
  return nullptr;
}

namespace {

/// Pieces of a string, gathered as a list.
class Pieces {
public:
  explicit Pieces(Machine &machine) : machine(machine) {}
  void add(const char *begin, const char *end) {
    if (count == capacity) {
      const size_t more = capacity ? capacity * 2 : 8;
      Value *grown = machine.values(more);
      if (grown && count)
        memcpy(static_cast<void *>(grown), pieces, count * sizeof(Value));
      pieces = grown;
      capacity = more;
    }
    if (pieces && !machine.failed())
      pieces[count++] = Value::between(begin, end);
  }
  Value list(bool reversed = false) {
    for (size_t i = 0; reversed && i < count / 2; ++i) {
      const Value first = pieces[i];
      pieces[i] = pieces[count - 1 - i];
      pieces[count - 1 - i] = first;
    }
    return machine.list(Kind::list, pieces, count);
  }

private:
  Machine &machine;
  Value *pieces = nullptr;
  size_t count = 0, capacity = 0;
};

Value splitWords(Machine &machine, const Value &string, int64_t most) {
  Pieces pieces(machine);
  const char *at = string.text, *end = at + string.size;
  while (!machine.failed()) {
    const char *begin = at;
    while (begin < end && (at = begin, isWhite(readScalar(at))))
      begin = at;
    if (begin == end)
      return pieces.list();
    if (most-- == 0) {
      pieces.add(begin, end);
      return pieces.list();
    }
    const char *behind = at = begin;
    while (at < end && !isWhite(readScalar(at)))
      behind = at;
    pieces.add(begin, behind);
    at = behind;
  }
  return Value();
}

Value splitAt(Machine &machine, const Value &string, const Value &separator, int64_t most) {
  Pieces pieces(machine);
  const char *at = string.text, *end = at + string.size;
  while (most-- != 0 && !machine.failed()) {
    const auto *found = static_cast<const char *>(
        memmem(at, static_cast<size_t>(end - at), separator.text, separator.size));
    if (!found)
      break;
    pieces.add(at, found);
    at = found + separator.size;
  }
  pieces.add(at, end);
  return pieces.list();
}

Value splitFromRight(Machine &machine, const Value &string, const Value &separator, int64_t most) {
  Pieces pieces(machine);
  const char *end = string.text + string.size;
  while (most-- != 0 && !machine.failed()) {
    const char *found = end - string.text < separator.size
                            ? nullptr
                            : lastPlace(machine, string.text, end, separator);
    if (!found)
      break;
    pieces.add(found + separator.size, end);
    end = found;
  }
  pieces.add(string.text, end);
  return pieces.list(true);
}

Value anySplit(Machine &machine, const Arguments &arguments, bool fromRight) {
  const int64_t most = integerOr(machine, "split", arguments[2], -1);
  const Value &string = arguments[0], &separator = arguments[1];
  if (!machine.spendText(string.size))
    return Value();
  if (separator.is(Kind::missing) || separator.is(Kind::none))
    return fromRight && most >= 0
               ? machine.fail("rsplit: a limit without a separator is not supported")
               : splitWords(machine, string, most);
  if (!needString(machine, "split", separator))
    return Value();
  if (!separator.size)
    return machine.fail("split: the separator is empty");
  return (fromRight ? splitFromRight : splitAt)(machine, string, separator, most);
}

} // namespace

namespace methods {

Value split(Machine &machine, const Arguments &arguments) {
  return anySplit(machine, arguments, false);
}
Value splitRight(Machine &machine, const Arguments &arguments) {
  return anySplit(machine, arguments, true);
}

Value splitLines(Machine &machine, const Arguments &arguments) {
  const bool keep = truth(arguments[1]);
  Pieces pieces(machine);
  const char *begin = arguments[0].text, *at = begin, *end = at + arguments[0].size;
  while (at < end && machine.spend(1)) {
    const char *before = at;
    const uint32_t c = readScalar(at);
    if (!((c >= 0xA && c <= 0xD) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 ||
          c == 0x2029))
      continue;
    if (c == '\r' && at < end && *at == '\n')
      ++at;
    pieces.add(begin, keep ? at : before);
    begin = at;
  }
  if (begin < end)
    pieces.add(begin, end);
  return pieces.list();
}

} // namespace methods

} // namespace tfc::chat
