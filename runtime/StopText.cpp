// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/StopText.h"

#include <string.h>

namespace tfc {

void StoppedText::reset(const tokenizer::DecoderTables *tables, StopTexts stops) {
  this->stops = stops;
  decodes = tables != nullptr;
  if (decodes)
    decoder.reset(*tables, /*keepSpecial=*/false);
  pending.clear();
  certain = 0;
  stopped = false;
  good = true;
}

bool StoppedText::push(int32_t id, bool last) {
  const size_t held = pending.count - certain;
  if (held)
    memmove(pending.data(), pending.data() + certain, held);
  pending.count = held;
  certain = 0;
  if (decodes)
    good = good && decoder.push(id, pending) && (!last || decoder.flush(pending));
  if (good)
    look(last);
  return good;
}

/// Finds the first stop text, or how many bytes at the end may be the beginning of one.
void StoppedText::look(bool last) {
  size_t held = 0;
  certain = pending.count;
  for (size_t i = 0; i < stops.count; ++i) {
    const char *stop = stops.texts[i];
    const size_t length = strlen(stop);
    for (size_t at = 0; at < certain; ++at) {
      const size_t rest = pending.count - at, common = rest < length ? rest : length;
      if (memcmp(pending.data() + at, stop, common) != 0)
        continue;
      if (common == length) {
        certain = at;
        stopped = true;
      } else if (rest > held) {
        held = rest;
      }
      break;
    }
  }
  if (!stopped && !last)
    certain = pending.count - held;
}

} // namespace tfc
