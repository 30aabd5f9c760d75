// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The text of a row as its tokens come, up to the first of some texts that end it.

#ifndef TFC_RUNTIME_STOPTEXT_H
#define TFC_RUNTIME_STOPTEXT_H

#include "runtime/Tokenizer/Decoder.h"

namespace tfc {

/// The texts that end a row, each with a zero behind it.
struct StopTexts {
  const char *const *texts = nullptr;
  size_t count = 0;
};

/// Decodes ids and holds back what may be the beginning of a stop text. Once there is no memory,
/// every push returns false.
class StoppedText {
public:
  /// Begins a new row. Without tables there is never any text.
  void reset(const tokenizer::DecoderTables *tables, StopTexts stops);
  void skip(int32_t id) { good = good && (!decodes || decoder.skip(id)); }
  /// Takes the next id. `last`: nothing follows, and nothing is held back.
  bool push(int32_t id, bool last);

  /// What the last push made certain.
  const char *text() const { return pending.data(); }
  size_t length() const { return certain; }
  /// Whether a stop text has come; the text ends before it.
  bool isStopped() const { return stopped; }

private:
  void look(bool last);

  StopTexts stops;
  tokenizer::Decoder decoder;
  tokenizer::List<char> pending; // what was certain, and what is held back
  size_t certain = 0;            // bytes of it
  bool decodes = false, stopped = false, good = true;
};

} // namespace tfc

#endif
