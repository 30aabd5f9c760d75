// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which pages of a session's cache are free, and how many rows read each of the others.

#ifndef TFC_RUNTIME_PAGES_H
#define TFC_RUNTIME_PAGES_H

#include "runtime/Memory.h"

#include "tfc/abi.h"

namespace tfc {

/// What a page has of a piece. The piece's pages lie one behind the other, without what rounds up
/// the offset of the next piece.
inline size_t bytesOf(const tfc_page_piece &piece) {
  return static_cast<size_t>(piece.heads * piece.head_bytes);
}

/// Numbers of pages, given out and taken back; the one given back last goes first, for it is warm.
/// A page that several rows share is free again when the last of them has given it back.
///
/// Rows take pages as they grow. So that none of them finds the cache full on its way, a row
/// promises beforehand how many it will take at most.
class Pages {
public:
  /// Makes `count` pages, all of them free. Returns false when out of memory.
  bool make(int64_t count) {
    if (!free.map(count * static_cast<int64_t>(sizeof(int32_t))) ||
        !readers.map(count * static_cast<int64_t>(sizeof(int32_t))))
      return false;
    all = freeCount = count;
    for (int64_t i = 0; i < count; ++i)
      numbers()[i] = static_cast<int32_t>(count - 1 - i);
    return true;
  }

  int64_t count() const { return all; }
  /// How many may still be promised.
  int64_t available() const { return freeCount - promised; }

  void promise(int64_t count) { promised += count; }
  /// Takes back what was promised and not taken.
  void release(int64_t count) { promised -= count; }

  /// Takes one of those that were promised.
  int32_t take() {
    --promised;
    const int32_t page = numbers()[--freeCount];
    readersOf(page) = 1;
    return page;
  }
  /// One more row reads the page, which is never written again.
  void share(int32_t page) { ++readersOf(page); }
  /// Whether the page is free now.
  bool giveBack(int32_t page) {
    if (--readersOf(page))
      return false;
    numbers()[freeCount++] = page;
    return true;
  }

private:
  int32_t *numbers() { return reinterpret_cast<int32_t *>(free.data()); }
  int32_t &readersOf(int32_t page) { return reinterpret_cast<int32_t *>(readers.data())[page]; }

  Region free;    // int32 [all], the first freeCount are free
  Region readers; // int32 [all]
  int64_t all = 0, freeCount = 0, promised = 0;
};

} // namespace tfc

#endif
