/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * The public headers are C11: see the flags of this file in CMakeLists.txt. */
#include "tfc/abi.h"
#include "tfc/chat.h"
#include "tfc/tfc.h"

int headersInC(void);
int headersInC(void) {
  tfc_session_options options = {0};
  tfc_value_info info = {0};
  return TFC_OK == 0 && tfc_status_text(TFC_IO) && options.threads == 0 && info.name == NULL;
}
