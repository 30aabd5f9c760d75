// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Marian: Junczys-Dowmunt et al. 2018; the translators of OPUS-MT: Tiedemann and Thottingal 2020.

#include "compiler/Import/Families/Bart.h"

using namespace tfc;

/// Checkpoints of old keep the table of sines.
static constexpr llvm::StringRef unusedTensors[] = {"encoder.embed_positions.weight",
                                                    "decoder.embed_positions.weight"};

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importMarian(const Folder &folder) {
  static const llvm::StringRef refused[] = {"normalize_before", "normalize_embedding",
                                            "add_final_layer_norm"};
  static const EncoderDecoderFamily marian{
      .classPrefix = "Marian",
      .languageModel = "MTModel",
      .basePrefix = "model.",
      .positionKind = PositionKind::sinusoids,
      .shared = {"share_encoder_decoder_embeddings", true},
      .encoder = bart::encoder(),
      .decoder = bart::decoder(),
      .refusedSwitches = refused,
      .unusedTensors = unusedTensors,
      .harmlessKeys = bart::harmlessKeys,
  };
  return importEncoderDecoder(marian, folder);
}
