// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What tools call: the dialects, the passes, and the stages in order.

#ifndef TFC_COMPILER_COMPILER_H
#define TFC_COMPILER_COMPILER_H

#include "compiler/Plan/KernelTable.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"

namespace tfc {

/// Every dialect that a stage's text may hold.
void registerDialects(mlir::DialectRegistry &registry);

/// Every pass, for the pass driver.
void registerPasses();

/// The passes of the fuse stage, in order; with `explain`, Explain among them.
void addFusePasses(mlir::OpPassManager &model, bool explain = false);

/// The passes of the plan stage, in order; kernels are chosen for each of `targets`, best first;
/// products go to `gemm`; `cache` as AddStep's option.
void addPlanPasses(mlir::OpPassManager &model, llvm::ArrayRef<std::string> targets,
                   KernelLibrary gemm = KernelLibrary::native, llvm::StringRef cache = "");

} // namespace tfc

#endif
