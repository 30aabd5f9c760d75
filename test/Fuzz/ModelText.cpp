// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Models as MLIR text, of any stage. Whatever the bytes, a valid module or an error: what MLIR's
// parser cannot survive has to be refused before it.

#include "Fuzz.h"

#include "compiler/Import/ModelFile.h"
#include "dialects/Kernel/Kernel.h"
#include "dialects/Transformer/Transformer.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"

using namespace tfc;
using namespace tfc::fuzz;

static std::unique_ptr<mlir::MLIRContext> makeContext() {
  mlir::DialectRegistry registry;
  registry.insert<mlir::arith::ArithDialect, mlir::func::FuncDialect, mlir::math::MathDialect,
                  mlir::scf::SCFDialect, kernel::KernelDialect, transformer::TransformerDialect>();
  return std::make_unique<mlir::MLIRContext>(registry, mlir::MLIRContext::Threading::DISABLED);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const Folder folder;
  std::string path = folder.write("model.mlir", textOf(data, size));
  auto model = importModelFile(renewed<mlir::MLIRContext>(makeContext), path, {});
  if (!accepted(model))
    return 0;
  require(succeeded(mlir::verify(*model->module)), "models that are read are valid");
  llvm::nulls() << *model->module; // which takes no longer than reading
  return 0;
}
