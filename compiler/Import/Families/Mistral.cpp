// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Mistral: Jiang et al. 2023. Llama whose queries see the last few thousand keys.

#include "compiler/Import/Families/Llama.h"

using namespace tfc;

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importMistral(const Folder &folder) {
  static const DecoderFamily mistral = [] {
    DecoderFamily family = llamaFamily("Mistral");
    family.defaultKeyHeads = 8;
    family.defaultPositions = 4096 * 32;
    family.window = {.key = "sliding_window", .otherwise = 4096};
    return family;
  }();
  return importDecoder(mistral, folder);
}
