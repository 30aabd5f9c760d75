// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/Memory.h"

#include <sys/mman.h>

namespace tfc {

static constexpr int64_t page = 4096, hugePage = 2 << 20;

bool Region::map(int64_t wanted) {
  unmap();
  // What starts on a huge page's border gets huge pages from its first byte on.
  int64_t alignment = wanted >= hugePage ? hugePage : page;
  int64_t total;
  if (!add(wanted, 2 * page + (alignment - page), &total))
    return false;
  void *memory = mmap(nullptr, static_cast<size_t>(total), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return false;
  mapped = memory;
  mappedBytes = static_cast<size_t>(total);
  auto address = reinterpret_cast<uintptr_t>(memory);
  uintptr_t misaligned = address % static_cast<uintptr_t>(alignment);
  start = static_cast<char *>(memory) +
          (misaligned ? static_cast<uintptr_t>(alignment) - misaligned : 0);
#ifdef MADV_HUGEPAGE
  if (alignment == hugePage)
    madvise(start, static_cast<size_t>(wanted), MADV_HUGEPAGE); // a wish; a refusal changes nothing
#endif
  bytes = wanted;
  return true;
}

void Region::unmap() {
  if (mapped)
    munmap(mapped, mappedBytes);
  mapped = nullptr;
  start = nullptr;
  bytes = 0;
}

} // namespace tfc
