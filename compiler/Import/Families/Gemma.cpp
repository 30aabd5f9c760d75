// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gemma: Gemma Team 2024. Llama with wide heads, scaled embeddings, and norms around 1.

#include "compiler/Import/Families/Gemma.h"

#include "compiler/Import/Families/Llama.h"

using namespace tfc;

static constexpr llvm::StringRef refusedSwitches[] = {"use_bidirectional_attention"};

static constexpr llvm::StringRef harmlessKeys[] = {
    "attention_dropout",
    "hidden_activation", // transformers reads hidden_act
};

DecoderFamily tfc::gemmaFamily(llvm::StringRef classPrefix) {
  DecoderFamily family = llamaFamily(classPrefix);
  family.defaultHeadDim = 256;
  family.defaultPositions = 8192;
  family.defaultActivation = "gelu_pytorch_tanh";
  family.tied = true;
  family.normOffset = 1;
  family.scaledWords = true;
  family.inputBias = family.outputBias = {"attention_bias"};
  family.refusedSwitches = refusedSwitches;
  family.harmlessKeys = harmlessKeys;
  return family;
}

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importGemma(const Folder &folder) {
  static const DecoderFamily gemma = [] {
    DecoderFamily family = gemmaFamily("Gemma");
    family.defaultKeyHeads = 16;
    family.geluIsTanh = true;
    return family;
  }();
  return importDecoder(gemma, folder);
}
