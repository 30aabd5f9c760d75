// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Memory of a session: regions that are mapped once, and buffers for text that may grow.

#ifndef TFC_RUNTIME_MEMORY_H
#define TFC_RUNTIME_MEMORY_H

#include <new>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

namespace tfc {

/// Sets *result to a * b, or returns false where that is negative or does not fit.
inline bool multiply(int64_t a, int64_t b, int64_t *result) {
  return a >= 0 && b >= 0 && !__builtin_mul_overflow(a, b, result);
}
inline bool add(int64_t a, int64_t b, int64_t *result) {
  return a >= 0 && b >= 0 && !__builtin_add_overflow(a, b, result);
}
inline int64_t roundUp(int64_t value, int64_t unit) { return (value + unit - 1) / unit * unit; }

/// A new T, or null when out of memory; `destroy` is the other half. There is no operator new
/// without libstdc++.
template <typename T> T *create() {
  void *memory = aligned_alloc(alignof(T), (sizeof(T) + alignof(T) - 1) / alignof(T) * alignof(T));
  return memory ? new (memory) T : nullptr;
}
template <typename T> void destroy(T *object) {
  object->~T();
  free(object);
}

/// Anonymous memory, zeroed and backed by pages only where it is touched. Large regions ask for
/// huge pages.
class Region {
public:
  Region() = default;
  Region(const Region &) = delete;
  Region &operator=(const Region &) = delete;
  ~Region() { unmap(); }

  /// Maps `wanted` bytes and 4 KiB of slack behind them. Returns false if the system refuses.
  bool map(int64_t wanted);
  void unmap();

  /// The first byte, aligned to 4 KiB (large regions to 2 MiB).
  char *data() const { return start; }
  /// The bytes that were asked for.
  int64_t size() const { return bytes; }

private:
  char *start = nullptr;
  void *mapped = nullptr;
  size_t mappedBytes = 0;
  int64_t bytes = 0;
};

/// An array of plain elements that keeps its memory between uses. Growing may fail.
template <typename T> class Buffer {
public:
  Buffer() = default;
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;
  ~Buffer() { free(elements); }

  /// Makes room for `count` elements in all and keeps those that are there. Returns false when out
  /// of memory.
  bool reserve(size_t count) {
    if (count <= capacity)
      return true;
    size_t wanted = count > capacity * 2 ? count : capacity * 2;
    if (wanted > SIZE_MAX / sizeof(T))
      return false;
    void *grown = realloc(elements, wanted * sizeof(T));
    if (!grown)
      return false;
    elements = static_cast<T *>(grown);
    capacity = wanted;
    return true;
  }
  T *data() { return elements; }
  T &operator[](size_t index) { return elements[index]; }

private:
  T *elements = nullptr;
  size_t capacity = 0;
};

} // namespace tfc

#endif
