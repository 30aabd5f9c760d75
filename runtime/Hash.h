// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The hash by which a library knows its weights.

#ifndef TFC_RUNTIME_HASH_H
#define TFC_RUNTIME_HASH_H

#include <stddef.h>
#include <stdint.h>

namespace tfc {

/// xxh3_64 with seed 0.
uint64_t hashOf(const void *bytes, size_t size);

} // namespace tfc

#endif
