// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// All rows of one call, from their prompts to their ends.

#ifndef TFC_RUNTIME_GENERATE_H
#define TFC_RUNTIME_GENERATE_H

#include "runtime/Session.h"

namespace tfc {

/// Prompts or sources, one behind the other: row r has ids[offsets[r]] … ids[offsets[r + 1] - 1].
struct Prompts {
  size_t rows;
  const int64_t *offsets;
  const int32_t *ids;
  const size_t *numbers = nullptr; // what each adds to the seed; null: which row it is
};

/// Nothing of the session may be running, and it generates.
tfc_status refuseToGenerate(tfc_session &session);

/// Continues all rows side by side, each drawing with its own seed, until they end or `stops`
/// is set, which `each` may do.
tfc_status generate(tfc_session &session, const Prompts &prompts, Wishes wishes,
                    tfc_token_function each, void *user, const bool *stops = nullptr);

} // namespace tfc

#endif
