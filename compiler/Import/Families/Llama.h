// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Llama's table, for the families that took its code and changed a setting or two.

#ifndef TFC_COMPILER_IMPORT_FAMILIES_LLAMA_H
#define TFC_COMPILER_IMPORT_FAMILIES_LLAMA_H

#include "compiler/Import/Decoder.h"

namespace tfc {

/// The table for classes with this prefix: names of tensors, norms, rotary positions and a gate. No
/// layer has a bias.
DecoderFamily llamaFamily(llvm::StringRef classPrefix);

} // namespace tfc

#endif
