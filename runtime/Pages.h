// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which pages of a session's cache are free.

#ifndef TFC_RUNTIME_PAGES_H
#define TFC_RUNTIME_PAGES_H

#include "runtime/Memory.h"

namespace tfc {

/// Numbers of pages, given out and taken back; the one given back last goes first, for it is warm.
class Pages {
public:
  /// Makes `count` pages, all of them free. Returns false when out of memory.
  bool make(int64_t count) {
    if (!free.map(count * static_cast<int64_t>(sizeof(int32_t))))
      return false;
    all = freeCount = count;
    for (int64_t i = 0; i < count; ++i)
      numbers()[i] = static_cast<int32_t>(count - 1 - i);
    return true;
  }

  int64_t count() const { return all; }
  int64_t available() const { return freeCount; }

  /// Takes `count` pages, of which there must be as many.
  void take(int32_t *pages, int64_t count) {
    for (int64_t i = 0; i < count; ++i)
      pages[i] = numbers()[--freeCount];
  }
  void giveBack(const int32_t *pages, int64_t count) {
    while (count)
      numbers()[freeCount++] = pages[--count];
  }

private:
  int32_t *numbers() { return reinterpret_cast<int32_t *>(free.data()); }

  Region free; // int32 [all], the first freeCount are free
  int64_t all = 0, freeCount = 0;
};

} // namespace tfc

#endif
