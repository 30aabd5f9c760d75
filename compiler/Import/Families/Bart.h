// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the descendants of BART's code have in common: the names of their layers.

#ifndef TFC_COMPILER_IMPORT_FAMILIES_BART_H
#define TFC_COMPILER_IMPORT_FAMILIES_BART_H

#include "compiler/Import/EncoderDecoder.h"

namespace tfc::bart {

inline constexpr AttentionNames self{.query = "self_attn.q_proj",
                                     .key = "self_attn.k_proj",
                                     .value = "self_attn.v_proj",
                                     .output = "self_attn.out_proj",
                                     .norm = "self_attn_layer_norm"};
inline constexpr AttentionNames cross{.query = "encoder_attn.q_proj",
                                      .key = "encoder_attn.k_proj",
                                      .value = "encoder_attn.v_proj",
                                      .output = "encoder_attn.out_proj",
                                      .norm = "encoder_attn_layer_norm"};

/// Without what stands before and behind the layers.
inline Stack encoder() {
  return {.layers = {"encoder_layers"},
          .heads = {"encoder_attention_heads"},
          .intermediate = {"encoder_ffn_dim"},
          .words = "encoder.embed_tokens",
          .layer = "encoder.layers.#.",
          .self = self,
          .up = "fc1",
          .down = "fc2",
          .feedForwardNorm = "final_layer_norm"};
}

inline Stack decoder() {
  return {.layers = {"decoder_layers"},
          .heads = {"decoder_attention_heads"},
          .intermediate = {"decoder_ffn_dim"},
          .words = "decoder.embed_tokens",
          .layer = "decoder.layers.#.",
          .self = self,
          .cross = cross,
          .up = "fc1",
          .down = "fc2",
          .feedForwardNorm = "final_layer_norm"};
}

/// Positions that were learnt, behind two rows that none has, and a norm of the embeddings.
inline void learnPositions(EncoderDecoderFamily &family) {
  family.positionKind = PositionKind::table;
  family.firstPosition = 2;
  family.encoder.positions = "encoder.embed_positions";
  family.encoder.wordsNorm = "encoder.layernorm_embedding";
  family.decoder.positions = "decoder.embed_positions";
  family.decoder.wordsNorm = "decoder.layernorm_embedding";
}

/// How the models were trained, and heads that are not supported.
inline constexpr llvm::StringRef harmlessKeys[] = {
    "activation_dropout", "attention_dropout", "classif_dropout",
    "classifier_dropout", "decoder_layerdrop", "dropout",
    "encoder_layerdrop",  "init_std",          "gradient_checkpointing",
};

} // namespace tfc::bart

#endif
