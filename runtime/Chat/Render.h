// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fills in a chat template.

#ifndef TFC_RUNTIME_CHAT_RENDER_H
#define TFC_RUNTIME_CHAT_RENDER_H

#include "runtime/Chat/Machine.h"
#include "runtime/Chat/Program.h"

namespace tfc::chat {

/// A variable that the template is given.
struct Global {
  const char *name;
  Value value;
};

/// Appends to `out` what the template makes of the variables, whose strings must be valid UTF-8.
/// `now` is the local time in seconds since 1970, for templates that write it, or 0. Values are
/// made in `arena`. TFC_UNSUPPORTED where the template cannot be used, TFC_INVALID_ARGUMENT where
/// it refuses the variables or a limit is reached; then `out` is as it was.
tfc_status render(const Program &program, const Global *globals, size_t count, int64_t now,
                  const Limits &limits, Arena &arena, tokenizer::List<char> &out, Message &message);

} // namespace tfc::chat

#endif
