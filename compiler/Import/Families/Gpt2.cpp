// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// GPT-2: Radford, Wu, Child, Luan, Amodei and Sutskever 2019.

#include "compiler/Import/Decoder.h"

using namespace tfc;

static constexpr llvm::StringRef unusedTensors[] = {"h.#.attn.bias", "h.#.attn.masked_bias"};

static constexpr llvm::StringRef harmlessKeys[] = {
    "attn_pdrop",
    "embd_pdrop",
    "resid_pdrop",
    "reorder_and_upcast_attn", // another order of roundings, in narrower types
    "summary_*",               // of a head that is not supported
    // transformers never reads these
    "_num_labels",
    "n_ctx",
    "predict_special_tokens",
};

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importGpt2(const Folder &folder) {
  static const DecoderFamily gpt2{
      .classPrefix = "GPT2",
      .languageModel = "LMHeadModel",
      .basePrefix = "transformer.",
      .hidden = {"n_embd", "hidden_size"},
      .layers = {"n_layer", "num_hidden_layers"},
      .heads = {"n_head", "num_attention_heads"},
      .intermediate = "n_inner",
      .activation = "activation_function",
      .eps = "layer_norm_epsilon",
      .positionCount = {"n_positions", "max_position_embeddings"},
      .intermediateFactor = 4,
      .defaultPositions = 1024,
      .defaultActivation = "gelu_new",
      .defaultEps = 1e-5,
      .tied = true,
      .layerNorm = true,
      .transposed = true,
      .inputBias = {"", true},
      .outputBias = {"", true},
      .feedForwardBias = {"", true},
      .scaled = {"scale_attn_weights", true},
      .scaledByLayer = {"scale_attn_by_inverse_layer_idx", false},
      .words = "wte",
      .positions = "wpe",
      .layer = "h.#.",
      .attentionNorm = "ln_1",
      .queryKeyValue = "attn.c_attn",
      .attentionOutput = "attn.c_proj",
      .feedForwardNorm = "ln_2",
      .up = "mlp.c_fc",
      .down = "mlp.c_proj",
      .finalNorm = "ln_f",
      .unusedTensors = unusedTensors,
      .harmlessKeys = harmlessKeys,
  };
  return importDecoder(gpt2, folder);
}
