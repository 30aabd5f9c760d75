// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What can be found wrong with options before the work begins.

#ifndef TFC_COMPILER_CHECKOPTIONS_H
#define TFC_COMPILER_CHECKOPTIONS_H

#include "compiler/Pipeline.h"
#include "compiler/Target/Registry.h"
#include "dialects/Transformer/Transformer.h"

namespace tfc {

/// Whether options fit each other, and the output can be written. `device`: the GPU of --target.
llvm::Error checkOptions(const CompileOptions &options, const Variant *device);

/// An error unless the model, whose steps are there, keeps keys and values as `cache` says; "" is
/// content with anything.
llvm::Error checkCache(transformer::ModelOp model, llvm::StringRef cache);

} // namespace tfc

#endif
