// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// StableLM: Bellagente et al. 2024. Llama with LayerNorm, whose heads are turned in part.

#include "compiler/Import/Families/Llama.h"

using namespace tfc;

static constexpr llvm::StringRef refusedSwitches[] = {"qk_layernorm", "use_parallel_residual"};

static constexpr llvm::StringRef harmlessKeys[] = {"attention_dropout", "hidden_dropout"};

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importStableLm(const Folder &folder) {
  static const DecoderFamily stableLm = [] {
    DecoderFamily family = llamaFamily("StableLm");
    family.headDim = {};
    family.eps = "layer_norm_eps";
    family.defaultEps = 1e-5;
    family.defaultKeyHeads = 32;
    family.defaultPositions = 4096;
    family.layerNorm = true;
    family.inputBias = {"use_qkv_bias"};
    family.partialRotary = true;
    family.rotaryShare = 0.25;
    family.refusedSwitches = refusedSwitches;
    family.harmlessKeys = harmlessKeys;
    return family;
  }();
  return importDecoder(stableLm, folder);
}
