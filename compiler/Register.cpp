// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What tools know: the dialects and the passes.

#include "compiler/Compiler.h"
#include "compiler/Passes.h"

#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void tfc::registerDialects(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, func::FuncDialect, math::MathDialect, scf::SCFDialect,
                  kernel::KernelDialect, transformer::TransformerDialect>();
}

void tfc::registerPasses() {
  registertfcPasses();
  registerTransformsPasses();
  PassPipelineRegistration<>("transformer-fuse", "The fuse stage", [](OpPassManager &module) {
    addFusePasses(module.nest<transformer::ModelOp>());
  });
  PassPipelineRegistration<>("kernel-plan", "The plan stage", [](OpPassManager &module) {
    addPlanPasses(module.nest<transformer::ModelOp>(), {"x86-64-v4", "x86-64-v3", "x86-64"});
  });
}
