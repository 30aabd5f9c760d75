// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What can be found wrong with options before the work begins.

#ifndef TFC_COMPILER_CHECKOPTIONS_H
#define TFC_COMPILER_CHECKOPTIONS_H

#include "compiler/Pipeline.h"
#include "compiler/Target/Registry.h"

namespace tfc {

/// Whether options fit each other, and the output can be written. `device`: the GPU of --target.
llvm::Error checkOptions(const CompileOptions &options, const Variant *device);

} // namespace tfc

#endif
