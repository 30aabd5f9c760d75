/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * A library that must be refused before any of it runs. */
#include <stdlib.h>

__attribute__((constructor)) static void tell(void) { setenv("TFC_STRANGER_RAN", "1", 1); }
