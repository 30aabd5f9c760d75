// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The public headers are C++17, too: see the flags of this file in CMakeLists.txt.
#include "tfc/tfc.h"

#include "tfc/abi.h"
#include "tfc/chat.h"

int headersInCpp();
int headersInCpp() {
  return tfc_status_text(TFC_OUT_OF_MEMORY) != nullptr && tfc_session_error(nullptr)[0] == 0;
}
