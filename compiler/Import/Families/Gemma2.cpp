// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gemma 2: Gemma Team 2024. Gemma with norms behind both parts of a layer, too, bounded scores and
// logits, and a window in every other layer.

#include "compiler/Import/Families/Gemma.h"

using namespace tfc;

static constexpr llvm::StringRef harmlessKeys[] = {
    "attention_dropout",
    "cache_implementation", // how what is computed is kept
    "hidden_act",           // transformers reads hidden_activation
};

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importGemma2(const Folder &folder) {
  static const DecoderFamily gemma2 = [] {
    DecoderFamily family = gemmaFamily("Gemma2");
    family.activation = "hidden_activation";
    family.defaultKeyHeads = 4;
    family.scaledBy = {"query_pre_attn_scalar", 256};
    family.scoreCap = {"attn_logit_softcapping", 50};
    family.logitCap = {"final_logit_softcapping", 30};
    family.window = {.key = "sliding_window", .otherwise = 4096, .alternates = true};
    family.attentionOutputNorm = "post_attention_layernorm";
    family.feedForwardNorm = "pre_feedforward_layernorm";
    family.feedForwardOutputNorm = "post_feedforward_layernorm";
    family.harmlessKeys = harmlessKeys;
    return family;
  }();
  return importDecoder(gemma2, folder);
}
