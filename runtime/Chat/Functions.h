// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What templates call: filters, tests, methods and global functions, a function for each row of the
// tables in Format.h.

#ifndef TFC_RUNTIME_CHAT_FUNCTIONS_H
#define TFC_RUNTIME_CHAT_FUNCTIONS_H

#include "runtime/Chat/Format.h"
#include "runtime/Chat/Machine.h"

namespace tfc::chat {

/// What a function is called with: what it is for (but for a global function), and its parameters,
/// those that are not given with Kind::missing.
struct Arguments {
  const Value *values;
  uint32_t count;
  FilterCode filter = FilterCode::count_of; ///< its row
  uint32_t names = 0; ///< the code of the test or filter that it applies, plus 1

  const Value &operator[](uint32_t index) const { return values[index]; }
};

/// Each of these gives an undefined value after a failure.
Value runFilter(Machine &machine, FilterCode code, Arguments arguments);
bool runTest(Machine &machine, TestCode code, const Arguments &arguments);
Value runMethod(Machine &machine, MethodCode code, const Arguments &arguments);
Value runGlobal(Machine &machine, GlobalCode code, const Arguments &arguments);

/// Whether values of that kind have the method.
bool hasMethod(MethodCode code, Kind kind);

/// Characters in upper case, lower case, or the first in title case and the others in lower case.
enum class Case { upper, lower, title };
/// Appends a character in another case; false where its lower case depends on its neighbours.
bool writeCase(Machine &machine, uint32_t scalar, Case wanted);
/// Whether the character has another case.
bool isCased(uint32_t scalar);
Value changeCase(Machine &machine, const Value &string, Case wanted);

#define ROW(name, function, ...) Value function(Machine &machine, const Arguments &arguments);
namespace filters {
TFC_CHAT_FILTERS(ROW)
}
namespace methods {
TFC_CHAT_METHODS(ROW)
}
namespace globals {
TFC_CHAT_GLOBALS(ROW)
}
#undef ROW
#define ROW(name, function, ...) bool function(Machine &machine, const Arguments &arguments);
namespace tests {
TFC_CHAT_TESTS(ROW)
}
#undef ROW

/// An argument that must be a string; false after a failure.
inline bool needString(Machine &machine, const char *what, const Value &value) {
  if (!value.is(Kind::string))
    machine.wrongKind(what, value);
  return !machine.failed();
}

/// The last place of `part` in a text that is not shorter, or null.
const char *lastPlace(Machine &machine, const char *begin, const char *end, const Value &part);

/// An argument that must be an integer, or is left out.
inline int64_t integerOr(Machine &machine, const char *what, const Value &value,
                         int64_t otherwise) {
  if (value.is(Kind::missing) || value.is(Kind::none))
    return otherwise;
  if (!value.isNumber())
    machine.wrongKind(what, value);
  return value.number;
}

} // namespace tfc::chat

#endif
