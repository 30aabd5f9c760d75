// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Views of arrays and texts that the tokenizer is written with.

#ifndef TFC_RUNTIME_TOKENIZER_TABLES_H
#define TFC_RUNTIME_TOKENIZER_TABLES_H

#include "runtime/Tokenizer/Format.h"

#include <stddef.h>

namespace tfc::tokenizer {

/// A read-only array inside the tables.
template <typename T> struct Table {
  using Element = T;
  const T *data = nullptr;
  size_t count = 0;
  const T &operator[](size_t index) const { return data[index]; }
};

/// What the steps of a tokenizer name: STXT, MAPS and MTXT.
struct StepTables {
  Table<char> texts;
  Table<uint64_t> maps;
  Table<char> mapTexts;
};

/// A piece of a text: the bytes [begin, end).
struct Span {
  size_t begin, end;
};

} // namespace tfc::tokenizer

#endif
