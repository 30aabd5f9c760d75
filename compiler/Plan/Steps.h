// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a planned model will do in a run: its steps, how often, and by which kernels.

#ifndef TFC_COMPILER_PLAN_STEPS_H
#define TFC_COMPILER_PLAN_STEPS_H

#include "compiler/Plan/KernelTable.h"
#include "dialects/Kernel/Kernel.h"
#include "dialects/Transformer/Transformer.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"

#include <map>
#include <optional>
#include <string>

namespace tfc {

/// Which of the model's `kernel.targets` is called `name`; their number where none is.
unsigned targetNumber(transformer::ModelOp model, llvm::StringRef name);

/// The functions of one run of `entry` and how often each is called, in the order of the first
/// call.
llvm::MapVector<mlir::func::FuncOp, int64_t> callsOf(mlir::func::FuncOp entry);

/// What computes an op; nothing where that is no row's business.
std::optional<KernelKind> kindOf(mlir::Operation *op);

/// The row of the kernel table that computes an op for target number `target`, which has been
/// planned; null where that is no row's business.
const KernelRow *rowOf(mlir::Operation *op, unsigned target);

/// A row of which `which` is true and that computes an op of a planned model, or null.
const KernelRow *findRowOf(transformer::ModelOp model,
                           llvm::function_ref<bool(const KernelRow &)> which);

/// What one run of a planned entry point costs.
kernel::Cost costOf(mlir::func::FuncOp entry);

/// Who computes products: the words of --gemm.
llvm::StringRef gemmOf(transformer::ModelOp model);

/// How many steps of a run each row computes, for target number `target`; of several entries, in
/// the one with the most, explained ones aside.
std::map<std::string, int64_t> kernelsOf(transformer::ModelOp model, unsigned target);

/// What the model computes with: the type of the first numbers that a step gives, such as f32.
mlir::Type elementOf(transformer::ModelOp model);

/// What keys and values are kept as, in the words of `--cache`; "" where nothing is kept.
std::string keptAs(transformer::ModelOp model);

/// Whether a planned entry point gives what every step computes: one that is only looked at.
bool isExplained(mlir::func::FuncOp entry);

/// Which rows compute with numbers of that type, or with shapes of them.
ElementType elementTypeOf(mlir::Type type);

} // namespace tfc

#endif
