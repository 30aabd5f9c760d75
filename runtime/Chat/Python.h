// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What Python does with values: truth, text, order, elements, parts.

#ifndef TFC_RUNTIME_CHAT_PYTHON_H
#define TFC_RUNTIME_CHAT_PYTHON_H

#include "runtime/Chat/Format.h"
#include "runtime/Chat/Machine.h"
#include "runtime/Tokenizer/Unicode.h"

namespace tfc::chat {

bool truth(const Value &value);
/// Writes str(value), or what Python shows of it inside a list.
void writeText(Machine &machine, const Value &value);
void writeShown(Machine &machine, const Value &value);
/// str(value).
Value textOf(Machine &machine, const Value &value);

/// Whether the value may be the key of a mapping; if not, that is a failure.
bool needKey(Machine &machine, const Value &value);
bool equal(Machine &machine, const Value &a, const Value &b);
/// a < b; a failure where they have no order.
bool less(Machine &machine, const Value &a, const Value &b);
/// Whether `value` is in `container`.
bool contains(Machine &machine, const Value &container, const Value &value);
Value arithmetic(Machine &machine, Operator what, const Value &a, const Value &b);

/// All elements of what can be gone over: a list or so, with Kind::list; an iterator is empty
/// afterwards.
Value elements(Machine &machine, const Value &value);
/// len(value).
Value lengthOf(Machine &machine, const Value &value);

/// The value under a key of a mapping or the name of a namespace's attribute, or null.
const Value *findKey(Machine &machine, const Value *pairs, size_t count, const Value &key);
/// value.name and value[key], as Jinja looks for them; undefined where there is nothing.
Value attributeOf(Machine &machine, const Value &value, const Value &name);
Value itemOf(Machine &machine, const Value &value, const Value &key);
/// value[from:to:step], each an integer or none.
Value sliceOf(Machine &machine, const Value &value, const Value bounds[3]);

/// What Python takes for white space.
inline bool isWhite(uint32_t scalar) {
  return (tokenizer::bitsOf(scalar) & tokenizer::unicodeSpace) ||
         (scalar >= 0x1C && scalar <= 0x1F);
}
/// Characters of a valid text.
size_t countScalars(const char *text, size_t length);

/// The attributes of the current loop; Evaluator.cpp.
Value loopAttribute(Machine &machine, Loop &loop, const Value &name);

} // namespace tfc::chat

#endif
