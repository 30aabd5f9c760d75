// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RoBERTa's table, for the families that took its code and gave it another name.

#ifndef TFC_COMPILER_IMPORT_FAMILIES_ROBERTA_H
#define TFC_COMPILER_IMPORT_FAMILIES_ROBERTA_H

#include "compiler/Import/Encoder.h"

namespace tfc {

/// The table for classes with this prefix; names of tensors are the same in all of them.
EncoderFamily robertaFamily(llvm::StringRef classPrefix);

} // namespace tfc

#endif
