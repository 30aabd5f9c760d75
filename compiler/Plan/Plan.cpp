// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The plan stage: its passes in order.

#include "compiler/Compiler.h"
#include "compiler/Passes.h"

#include "mlir/Transforms/Passes.h"

void tfc::addPlanPasses(mlir::OpPassManager &model, llvm::ArrayRef<std::string> targets,
                        KernelLibrary gemm, llvm::StringRef cache) {
  model.addPass(createSplitOutputs());
  model.addPass(mlir::createCanonicalizerPass());
  model.addPass(mlir::createCSEPass());
  model.addPass(createKeepSource({cache.str()}));
  model.addPass(createAddStep({cache.str()}));
  model.addPass(mlir::createCanonicalizerPass());
  model.addPass(mlir::createCSEPass());
  model.addPass(createOutlineLayers());
  SelectKernelsOptions options;
  options.targets.assign(targets.begin(), targets.end());
  options.gemm = gemm;
  model.addPass(createSelectKernels(options));
  model.addPass(mlir::createCSEPass());
  model.addPass(createFuseQuantize());
  model.addPass(createFuseAppend());
  model.addPass(createFuseLargest());
  model.addPass(createPackWeights());
  model.addPass(createPlanParallel());
  model.addPass(createPlanMemory());
}
