// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How much memory a session takes: known from the numbers of a library, before there is a session.

#ifndef TFC_RUNTIME_SESSIONSIZE_H
#define TFC_RUNTIME_SESSIONSIZE_H

#include "tfc/abi.h"

namespace tfc {

/// The tokens of a session that does not ask for a number of them.
constexpr int64_t defaultTokens = 4096;

/// What a session holds, and the bytes of it that all its threads share.
struct SessionSize {
  int64_t tokens = 0, rows = 0;
  int64_t unitBytes[TFC_AREAS] = {}; // arena bytes per unit of each area
  int64_t areaBytes[TFC_AREAS] = {}; // the arena
  int64_t bytes = 0;                 // all of it
};

/// Sizes a session for `tokens` tokens, or for those of the longest row where these are more. Of
/// the library only its limits and the areas of its entries are read. Returns false where a number
/// is negative or the bytes cannot be counted.
bool sizeSession(const tfc_library &library, int64_t tokens, SessionSize *size);

/// The scratch bytes of each thread, by the numbers of its variant. Returns false likewise.
bool sizeScratch(const tfc_variant &variant, int64_t maxSequence, int64_t *bytes);

/// What a cache in some memory has room for: pages, their tokens, and rows as long as they may be.
struct CacheRoom {
  int64_t pages, tokens, rows;
};

/// Of a library that generates; nothing fits into less than nothing.
CacheRoom roomInCache(const tfc_library &library, int64_t bytes);

} // namespace tfc

#endif
