// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/Status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

namespace tfc {

tfc_status Message::fail(tfc_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return status;
}

void Message::copyTo(char *buffer, size_t size) const {
  if (!buffer || !size)
    return;
  size_t length = strlen(text);
  if (length >= size)
    length = size - 1;
  memcpy(buffer, text, length);
  buffer[length] = 0;
}

const char *errorText(int number) {
  const char *text = strerrordesc_np(number);
  return text ? text : "unknown error";
}

} // namespace tfc

extern "C" const char *tfc_status_text(tfc_status status) {
  switch (status) {
  case TFC_OK:
    return "ok";
  case TFC_INVALID_ARGUMENT:
    return "invalid argument";
  case TFC_OUT_OF_MEMORY:
    return "out of memory";
  case TFC_UNSUPPORTED:
    return "not supported";
  case TFC_UNAVAILABLE:
    return "not available";
  case TFC_IO:
    return "input/output error";
  }
  return "unknown status";
}
