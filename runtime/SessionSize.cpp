// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/SessionSize.h"

#include "runtime/Memory.h"
#include "runtime/Model.h"

namespace tfc {

bool sizeSession(const tfc_library &library, int64_t tokens, SessionSize *size) {
  size->tokens = tokens > library.max_sequence ? tokens : library.max_sequence;
  size->rows = size->tokens;
  if (library.max_batch && library.max_batch < size->rows)
    size->rows = library.max_batch;
  for (uint32_t i = 0; i < library.entry_count; ++i)
    for (int area = 0; area < TFC_AREAS; ++area) {
      const int64_t bytes = library.entries[i].area_bytes[area];
      if (bytes < 0)
        return false;
      // An entry that is seldom run gets its room for pairs when it is.
      if (bytes > size->unitBytes[area] && (area != TFC_AREA_PAIR || i == mainEntry))
        size->unitBytes[area] = bytes;
    }
  // Strides are rounded up to 16 units, see tfc_call.
  int64_t pairs;
  if (!multiply(size->tokens, library.max_sequence, &pairs) || pairs > INT64_MAX - 16)
    return false;
  const int64_t units[TFC_AREAS] = {roundUp(size->rows, 16), roundUp(size->tokens, 16),
                                    roundUp(pairs, 16)};
  for (int area = 0; area < TFC_AREAS; ++area)
    if (!multiply(units[area], size->unitBytes[area], &size->areaBytes[area]) ||
        !add(size->bytes, size->areaBytes[area], &size->bytes))
      return false;
  return true;
}

bool sizeScratch(const tfc_variant &variant, int64_t maxSequence, int64_t *bytes) {
  if (!multiply(variant.scratch_bytes_per_token, maxSequence, bytes) ||
      !add(*bytes, variant.scratch_bytes, bytes) || *bytes > INT64_MAX / 2)
    return false;
  *bytes = roundUp(*bytes, 4096) + 4096; // whole pages, and one more of slack
  return true;
}

CacheRoom roomInCache(const tfc_library &library, int64_t bytes) {
  const int64_t pages = bytes > 0 ? bytes / library.page_bytes : 0;
  return {pages, pages * TFC_PAGE_TOKENS,
          pages / (roundUp(library.max_sequence, TFC_PAGE_TOKENS) / TFC_PAGE_TOKENS)};
}

} // namespace tfc
