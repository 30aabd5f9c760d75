// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Qwen3: Yang et al. 2025. Llama whose queries and keys have norms.

#include "compiler/Import/Families/Llama.h"

using namespace tfc;

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importQwen3(const Folder &folder) {
  static const DecoderFamily qwen3 = [] {
    DecoderFamily family = llamaFamily("Qwen3");
    family.defaultKeyHeads = 32;
    family.defaultHeadDim = 128;
    family.defaultPositions = 32768;
    family.inputBias = family.outputBias = {"attention_bias"};
    family.queryNorm = "self_attn.q_norm";
    family.keyNorm = "self_attn.k_norm";
    family.window = {
        .key = "sliding_window", .otherwise = 4096, .use = "use_sliding_window", .firstLayer = 28};
    return family;
  }();
  return importDecoder(qwen3, folder);
}
