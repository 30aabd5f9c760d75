// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Qwen2: Yang et al. 2024. Llama with biases of query, key and value, and perhaps a window in its
// later layers.

#include "compiler/Import/Families/Llama.h"

using namespace tfc;

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importQwen2(const Folder &folder) {
  static const DecoderFamily qwen2 = [] {
    DecoderFamily family = llamaFamily("Qwen2");
    family.defaultKeyHeads = 32;
    family.defaultPositions = 32768;
    family.inputBias = {"", true};
    family.window = {
        .key = "sliding_window", .otherwise = 4096, .use = "use_sliding_window", .firstLayer = 28};
    return family;
  }();
  return importDecoder(qwen2, folder);
}
