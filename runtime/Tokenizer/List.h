// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An array that grows: a Buffer that knows how many elements it holds.

#ifndef TFC_RUNTIME_TOKENIZER_LIST_H
#define TFC_RUNTIME_TOKENIZER_LIST_H

#include "runtime/Memory.h"

#include <string.h>

namespace tfc::tokenizer {

/// Plain elements; the memory is kept between uses. What may need memory returns false when there
/// is none.
template <typename T> struct List {
  size_t count = 0;

  void clear() { count = 0; }
  T *data() { return buffer.data(); }
  const T *data() const { return const_cast<List *>(this)->buffer.data(); }
  T &operator[](size_t index) { return data()[index]; }
  const T &operator[](size_t index) const { return data()[index]; }

  /// Makes room for `more` elements behind those that are there.
  bool reserve(size_t more) { return more <= SIZE_MAX - count && buffer.reserve(count + more); }
  bool push(const T &value) {
    if (!reserve(1))
      return false;
    data()[count++] = value;
    return true;
  }
  bool append(const T *values, size_t more) {
    if (!reserve(more))
      return false;
    if (more)
      memcpy(data() + count, values, more * sizeof(T));
    count += more;
    return true;
  }

private:
  Buffer<T> buffer;
};

} // namespace tfc::tokenizer

#endif
