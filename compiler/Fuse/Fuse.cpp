// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The fuse stage.

#include "compiler/Compiler.h"
#include "compiler/Passes.h"

#include "mlir/Transforms/Passes.h"

using namespace mlir;

void tfc::addFusePasses(OpPassManager &model, bool explain) {
  model.addPass(createCanonicalizerPass());
  model.addPass(createCSEPass());
  if (explain)
    model.addPass(createExplain());
  model.addPass(createFuseAttention());
  // Before FuseQKV, which would take `up` where a block's two parts read the same input.
  model.addPass(createFuseFeedForward());
  model.addPass(createFuseQKV());
  model.addPass(createFuseAddNorm());
  model.addPass(createCanonicalizerPass());
  model.addPass(createCSEPass());
  model.addPass(createOutlineLayers());
}
