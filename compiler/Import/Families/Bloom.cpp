// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bloom: BigScience Workshop 2022. GPT-2 without a table of positions: scores are biased by
// distance.

#include "compiler/Import/Decoder.h"

using namespace tfc;

static constexpr llvm::StringRef refusedSwitches[] = {"apply_residual_connection_post_layernorm"};

static constexpr llvm::StringRef harmlessKeys[] = {
    "attention_dropout",
    "hidden_dropout",
    "pretraining_tp", // with slow_but_exact: another order of the same sums
    "slow_but_exact",
    // transformers never reads these
    "attention_softmax_in_fp32",
    "bias_dropout_fusion",
    "masked_softmax_fusion",
    "n_inner",
    "offset_alibi",
    "skip_bias_add",
    "skip_bias_add_qkv",
    "unk_token_id",
};

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importBloom(const Folder &folder) {
  static const DecoderFamily bloom{
      .classPrefix = "Bloom",
      .languageModel = "ForCausalLM",
      .basePrefix = "transformer.",
      .hidden = {"n_embed", "hidden_size"},
      .layers = {"n_layer", "num_hidden_layers"},
      .heads = {"n_head", "num_attention_heads"},
      .intermediate = {}, // always four times hidden
      .activation = {},
      .eps = "layer_norm_epsilon",
      .positionCount = "seq_length",
      .intermediateFactor = 4,
      .defaultActivation = "gelu_pytorch_tanh",
      .defaultEps = 1e-5,
      .tied = true,
      .layerNorm = true,
      .inputBias = {"", true},
      .outputBias = {"", true},
      .feedForwardBias = {"", true},
      .words = "word_embeddings",
      .linearBias = true,
      .wordsNorm = "word_embeddings_layernorm",
      .layer = "h.#.",
      .attentionNorm = "input_layernorm",
      .queryKeyValue = "self_attention.query_key_value",
      .byHead = true,
      .attentionOutput = "self_attention.dense",
      .feedForwardNorm = "post_attention_layernorm",
      .up = "mlp.dense_h_to_4h",
      .down = "mlp.dense_4h_to_h",
      .finalNorm = "ln_f",
      .refusedSwitches = refusedSwitches,
      .harmlessKeys = harmlessKeys,
  };
  return importDecoder(bloom, folder);
}
