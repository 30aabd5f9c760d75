// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The codegen stage: a planned model becomes machine code for each of its instruction sets.

#ifndef TFC_COMPILER_CODEGEN_COMPILEVARIANTS_H
#define TFC_COMPILER_CODEGEN_COMPILEVARIANTS_H

#include "compiler/Link/Library.h"
#include "compiler/Target/Registry.h"
#include "dialects/Transformer/Transformer.h"

namespace tfc {

/// How far a variant is taken when it is to be looked at.
enum class CodeText { kernels, llvm, assembly, object };

/// The objects of all `variants`, which are among the model's `kernel.targets`. They are compiled
/// side by side.
llvm::Expected<std::vector<VariantDescription>>
compileVariants(transformer::ModelOp model, llvm::ArrayRef<const Variant *> variants);

/// One variant as text (MLIR, LLVM IR, assembly), or its object's bytes.
llvm::Expected<std::string> variantText(transformer::ModelOp model, const Variant &variant,
                                        CodeText kind);

} // namespace tfc

#endif
