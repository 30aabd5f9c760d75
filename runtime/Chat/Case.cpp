// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Upper, lower and title case, as Python has them.

#include "Functions.h"
#include "Python.h"

namespace tfc::chat {

using namespace tokenizer;

namespace {

struct CaseLong {
  uint32_t scalar, sequence[3];
};

#include "CaseTables.inc"

constexpr uint32_t capitalSigma = 0x3A3; // its lower case is another at the end of a word

const uint32_t *findLong(const CaseLong *table, uint32_t count, uint32_t scalar) {
  for (uint32_t i = 0; i < count; ++i)
    if (table[i].scalar == scalar)
      return table[i].sequence;
  return nullptr;
}

uint32_t upperOf(uint32_t scalar) {
  if (scalar < 0x80)
    return scalar >= 'a' && scalar <= 'z' ? scalar - 32 : scalar;
  for (const LowerRun &run : upperRuns)
    if (scalar >= run.first && scalar <= run.last &&
        (scalar - run.first) % static_cast<uint32_t>(run.step) == 0)
      return scalar + static_cast<uint32_t>(run.delta);
  return scalar;
}

} // namespace

bool writeCase(Machine &machine, uint32_t scalar, Case wanted) {
  uint32_t made[3] = {scalar, 0, 0};
  const uint32_t *sequence = nullptr;
  if (wanted == Case::lower) {
    if (scalar == capitalSigma)
      return false;
    if (bitsOf(scalar) & unicodeLowerChanges && lowerScalar(scalar, made) < 3)
      made[2] = 0;
  } else if (scalar >= 0x80) {
    if (wanted == Case::title)
      sequence = findLong(titleLong, titleLongCount, scalar);
    if (!sequence)
      sequence = findLong(upperLong, upperLongCount, scalar);
  }
  if (wanted != Case::lower && !sequence)
    made[0] = upperOf(scalar);
  char text[12], *end = text;
  for (int i = 0; i < 3; ++i)
    if (uint32_t part = (sequence ? sequence : made)[i]; part || !i)
      end = writeScalar(part, end);
  machine.write(text, static_cast<size_t>(end - text));
  return true;
}

bool isCased(uint32_t scalar) {
  return (bitsOf(scalar) & unicodeLowerChanges) || upperOf(scalar) != scalar ||
         (scalar >= 0x80 && findLong(upperLong, upperLongCount, scalar));
}

Value changeCase(Machine &machine, const Value &string, Case wanted) {
  const size_t mark = machine.mark();
  const char *at = string.text, *end = at + string.size;
  Case next = wanted;
  while (at < end && !machine.failed()) {
    if (!writeCase(machine, readScalar(at), next))
      machine.fail("the lower case of U+03A3 is not supported");
    if (wanted == Case::title)
      next = Case::lower;
  }
  return machine.cut(mark);
}

} // namespace tfc::chat
