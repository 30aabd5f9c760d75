// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Llama: Touvron et al. 2023.

#include "compiler/Import/Families/Llama.h"

using namespace tfc;

/// Buffers of transformers before 4.32.
static constexpr llvm::StringRef unusedTensors[] = {"layers.#.self_attn.rotary_emb.inv_freq",
                                                    "rotary_emb.inv_freq"};

static constexpr llvm::StringRef harmlessKeys[] = {
    "attention_dropout",
    // how and by whom it was saved; transformers never reads the rest
    "_attn_implementation*",
    "is_llama_config",
    "max_sequence_length",
    "transformers.js_config",
    "unsloth_*",
};

static constexpr llvm::StringRef refusedSwitches[] = {"rope_interleaved", "use_mrope"};

DecoderFamily tfc::llamaFamily(llvm::StringRef classPrefix) {
  return {
      .classPrefix = classPrefix,
      .languageModel = "ForCausalLM",
      .basePrefix = "model.",
      .keyHeads = "num_key_value_heads",
      .headDim = "head_dim",
      .words = "embed_tokens",
      .layer = "layers.#.",
      .attentionNorm = "input_layernorm",
      .query = "self_attn.q_proj",
      .key = "self_attn.k_proj",
      .value = "self_attn.v_proj",
      .attentionOutput = "self_attn.o_proj",
      .feedForwardNorm = "post_attention_layernorm",
      .gate = "mlp.gate_proj",
      .up = "mlp.up_proj",
      .down = "mlp.down_proj",
      .finalNorm = "norm",
      .refusedSwitches = refusedSwitches,
      .unusedTensors = unusedTensors,
      .harmlessKeys = harmlessKeys,
  };
}

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importLlama(const Folder &folder) {
  static const DecoderFamily llama = [] {
    DecoderFamily family = llamaFamily("Llama");
    family.inputBias = family.outputBias = {"attention_bias"};
    family.feedForwardBias = {"mlp_bias"};
    return family;
  }();
  return importDecoder(llama, folder);
}
