// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The constructors of all passes.

#ifndef TFC_COMPILER_PASSES_H
#define TFC_COMPILER_PASSES_H

#include "compiler/Plan/KernelTable.h"
#include "dialects/Kernel/Kernel.h"
#include "dialects/Transformer/Transformer.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Pass/Pass.h"

namespace tfc {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "compiler/Passes.h.inc"

} // namespace tfc

#endif
