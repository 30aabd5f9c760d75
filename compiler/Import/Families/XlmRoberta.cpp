// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// XLM-RoBERTa: Conneau et al. 2019. RoBERTa on a hundred languages.

#include "compiler/Import/Families/Roberta.h"

using namespace tfc;

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importXlmRoberta(const Folder &folder) {
  static const EncoderFamily xlmRoberta = robertaFamily("XLMRoberta");
  return importEncoder(xlmRoberta, folder);
}
