// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the passes share that decide what is kept of tokens: transformer-keep-source and
// transformer-add-step.

#ifndef TFC_COMPILER_PLAN_KEPT_H
#define TFC_COMPILER_PLAN_KEPT_H

#include "dialects/Transformer/Transformer.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tfc {

/// Caches of one attention's keys and values; scales where they are codes, else null.
struct KeptPages {
  mlir::Value keys, values, keyScales, valueScales;
};

/// Makes the caches before `attention`, kept as `type` (f32, bf16, int8; empty: as computed), which
/// is refused where it is none. `layer` is in their names.
mlir::FailureOr<KeptPages> keepAs(llvm::StringRef type, transformer::AttentionOp attention,
                                  unsigned layer, bool source);

/// The same caches at another place.
KeptPages cloneOf(const KeptPages &pages, mlir::OpBuilder &builder);

/// Whether `op` computes each token by itself, its tensors being [tokens, …] or the same for all.
bool isTokenWise(mlir::Operation *op);

} // namespace tfc

#endif
