// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What Gemma and its relatives have in common.

#ifndef TFC_COMPILER_IMPORT_FAMILIES_GEMMA_H
#define TFC_COMPILER_IMPORT_FAMILIES_GEMMA_H

#include "compiler/Import/Decoder.h"

namespace tfc {

/// Gemma, of which relatives change what differs.
DecoderFamily gemmaFamily(llvm::StringRef classPrefix);

} // namespace tfc

#endif
