// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass driver: every dialect and every pass of tfc, for tests and for exploring.

#include "compiler/Compiler.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  tfc::registerDialects(registry);
  tfc::registerPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "tfc pass driver\n", registry));
}
