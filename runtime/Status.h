// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The text that goes with a status code.

#ifndef TFC_RUNTIME_STATUS_H
#define TFC_RUNTIME_STATUS_H

#include "tfc/tfc.h"

namespace tfc {

/// Why a call failed: one line, lower case, without a full stop. Longer texts are cut.
class Message {
public:
  /// Writes the text (printf's format; integers and strings only, so that no locale matters) and
  /// returns `status`.
  __attribute__((format(printf, 3, 4))) tfc_status fail(tfc_status status, const char *format, ...);

  void clear() { text[0] = 0; }
  const char *c_str() const { return text; }

  /// Copies the text to a caller's buffer of `size` bytes, which may be null.
  void copyTo(char *buffer, size_t size) const;

private:
  char text[768] = "";
};

/// What the system calls an error number; unlike strerror's, from any thread and in no language.
const char *errorText(int number);

} // namespace tfc

#endif
