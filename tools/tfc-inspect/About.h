// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a library says of how it was made: the compiler, the family, the options, the kernels.

#ifndef TFC_TOOLS_INSPECT_ABOUT_H
#define TFC_TOOLS_INSPECT_ABOUT_H

#include "tools/tfc-inspect/Describe.h"
#include "tools/tfc-inspect/LibraryFile.h"

namespace tfc::inspect {

/// Adds it to the description, whose instruction sets are there already. A library need not say it.
void addAbout(LibraryFile &file, Json &description);

} // namespace tfc::inspect

#endif
