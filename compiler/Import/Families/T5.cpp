// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// T5: Raffel et al. 2020; with gated feed-forward parts T5 1.1 and Flan-T5.

#include "compiler/Import/EncoderDecoder.h"

using namespace tfc;

static constexpr llvm::StringRef unusedTensors[] = {
    "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"};

static constexpr llvm::StringRef harmlessKeys[] = {
    "classifier_dropout",
    "dense_act_fn", // feed_forward_proj again, in two pieces
    "dropout_rate",       "gradient_checkpointing", "initializer_factor", "is_gated_act",
    "output_past",
};

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importT5(const Folder &folder) {
  static const EncoderDecoderFamily t5{
      .classPrefix = "T5",
      .languageModel = "ForConditionalGeneration",
      .basePrefix = "",
      .headDim = "d_kv",
      .eps = "layer_norm_epsilon",
      .positionCount = "n_positions",
      .activation = "feed_forward_proj",
      .defaultActivation = "relu",
      .defaultEps = 1e-6,
      .defaultPositions = 512,
      .defaultHeadDim = 64,
      .preNorm = true,
      .rmsNorm = true,
      .bias = false,
      .scaledScores = false,
      .positionKind = PositionKind::distances,
      .ownHead = true,
      .scaledHidden = true,
      .encoder = {.layers = "num_layers",
                  .heads = "num_heads",
                  .intermediate = "d_ff",
                  .words = "encoder.embed_tokens",
                  .positions = "encoder.block.0.layer.0.SelfAttention.relative_attention_bias",
                  .layer = "encoder.block.#.",
                  .self = {.query = "layer.0.SelfAttention.q",
                           .key = "layer.0.SelfAttention.k",
                           .value = "layer.0.SelfAttention.v",
                           .output = "layer.0.SelfAttention.o",
                           .norm = "layer.0.layer_norm"},
                  .up = "layer.1.DenseReluDense.wi",
                  .down = "layer.1.DenseReluDense.wo",
                  .feedForwardNorm = "layer.1.layer_norm",
                  .gate = "layer.1.DenseReluDense.wi_0",
                  .gatedUp = "layer.1.DenseReluDense.wi_1",
                  .finalNorm = "encoder.final_layer_norm"},
      .decoder = {.layers = "num_decoder_layers",
                  .heads = "num_heads",
                  .intermediate = "d_ff",
                  .words = "decoder.embed_tokens",
                  .positions = "decoder.block.0.layer.0.SelfAttention.relative_attention_bias",
                  .layer = "decoder.block.#.",
                  .self = {.query = "layer.0.SelfAttention.q",
                           .key = "layer.0.SelfAttention.k",
                           .value = "layer.0.SelfAttention.v",
                           .output = "layer.0.SelfAttention.o",
                           .norm = "layer.0.layer_norm"},
                  .cross = {.query = "layer.1.EncDecAttention.q",
                            .key = "layer.1.EncDecAttention.k",
                            .value = "layer.1.EncDecAttention.v",
                            .output = "layer.1.EncDecAttention.o",
                            .norm = "layer.1.layer_norm"},
                  .up = "layer.2.DenseReluDense.wi",
                  .down = "layer.2.DenseReluDense.wo",
                  .feedForwardNorm = "layer.2.layer_norm",
                  .gate = "layer.2.DenseReluDense.wi_0",
                  .gatedUp = "layer.2.DenseReluDense.wi_1",
                  .finalNorm = "decoder.final_layer_norm"},
      .unusedTensors = unusedTensors,
      .harmlessKeys = harmlessKeys,
  };
  return importEncoderDecoder(t5, folder);
}
