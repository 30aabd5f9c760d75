// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/Hash.h"

#define XXH_INLINE_ALL
#define XXH_NO_STREAM
#include <xxhash.h>

namespace tfc {

uint64_t hashOf(const void *bytes, size_t size) { return XXH3_64bits(bytes, size); }

} // namespace tfc
