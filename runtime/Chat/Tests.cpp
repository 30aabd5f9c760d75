// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Jinja's tests, which stand behind `is`.

#include "Functions.h"
#include "Python.h"

namespace tfc::chat {

/// The remainder of an integer, with the sign that Python gives it; zero after a failure.
static int64_t restOf(Machine &machine, const Value &value, const Value &divisor) {
  return arithmetic(machine, Operator::modulo, value, divisor).number;
}

namespace tests {

bool isBoolean(Machine &, const Arguments &arguments) { return arguments[0].is(Kind::boolean); }
bool isDefined(Machine &, const Arguments &arguments) { return !arguments[0].is(Kind::undefined); }
bool isUndefined(Machine &, const Arguments &arguments) { return arguments[0].is(Kind::undefined); }
bool isNone(Machine &, const Arguments &arguments) { return arguments[0].is(Kind::none); }
bool isTrue(Machine &, const Arguments &arguments) {
  return arguments[0].is(Kind::boolean) && arguments[0].number;
}
bool isFalse(Machine &, const Arguments &arguments) {
  return arguments[0].is(Kind::boolean) && !arguments[0].number;
}
bool isInteger(Machine &, const Arguments &arguments) { return arguments[0].is(Kind::integer); }
bool isNumber(Machine &, const Arguments &arguments) { return arguments[0].isNumber(); }
bool isString(Machine &, const Arguments &arguments) { return arguments[0].is(Kind::string); }
bool isMapping(Machine &, const Arguments &arguments) { return arguments[0].is(Kind::dict); }

/// What has a length and elements by number or key; an undefined value passes for one in Jinja.
bool isSequence(Machine &, const Arguments &arguments) {
  const Value &value = arguments[0];
  return value.is(Kind::string) || value.is(Kind::dict) || value.is(Kind::undefined) ||
         (value.isSequence() && !value.is(Kind::view));
}
bool isIterable(Machine &, const Arguments &arguments) {
  const Value &value = arguments[0];
  return value.is(Kind::string) || value.is(Kind::dict) || value.is(Kind::undefined) ||
         value.is(Kind::iterator) || value.is(Kind::loop) || value.isSequence();
}

bool isEven(Machine &machine, const Arguments &arguments) {
  return restOf(machine, arguments[0], Value::integer(2)) == 0;
}
bool isOdd(Machine &machine, const Arguments &arguments) {
  return restOf(machine, arguments[0], Value::integer(2)) == 1;
}
bool isDivisible(Machine &machine, const Arguments &arguments) {
  return restOf(machine, arguments[0], arguments[1]) == 0;
}

bool isEqual(Machine &machine, const Arguments &arguments) {
  return equal(machine, arguments[0], arguments[1]);
}
bool isUnequal(Machine &machine, const Arguments &arguments) {
  return !equal(machine, arguments[0], arguments[1]);
}
bool isLess(Machine &machine, const Arguments &arguments) {
  return less(machine, arguments[0], arguments[1]);
}
bool isLessEqual(Machine &machine, const Arguments &arguments) {
  return !less(machine, arguments[1], arguments[0]);
}
bool isGreater(Machine &machine, const Arguments &arguments) {
  return less(machine, arguments[1], arguments[0]);
}
bool isGreaterEqual(Machine &machine, const Arguments &arguments) {
  return !less(machine, arguments[0], arguments[1]);
}
bool isIn(Machine &machine, const Arguments &arguments) {
  return contains(machine, arguments[1], arguments[0]);
}

} // namespace tests

bool runTest(Machine &machine, TestCode code, const Arguments &arguments) {
  constexpr decltype(&tests::isNone) functions[] = {
#define ROW(name, function, ...) tests::function,
      TFC_CHAT_TESTS(ROW)
#undef ROW
  };
  return functions[static_cast<size_t>(code)](machine, arguments);
}

} // namespace tfc::chat
