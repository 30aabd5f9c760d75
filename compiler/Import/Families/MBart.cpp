// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// mBART: Liu et al. 2020.

#include "compiler/Import/Families/Bart.h"

using namespace tfc;

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importMBart(const Folder &folder) {
  static const EncoderDecoderFamily family = [] {
    EncoderDecoderFamily mbart{
        .classPrefix = "MBart",
        .languageModel = "ForConditionalGeneration",
        .basePrefix = "model.",
        .preNorm = true,
        .positionKind = PositionKind::table,
        .firstPosition = 2,
        .encoder = bart::encoder(),
        .decoder = bart::decoder(),
        .harmlessKeys = bart::harmlessKeys,
    };
    mbart.encoder.positions = "encoder.embed_positions";
    mbart.encoder.wordsNorm = "encoder.layernorm_embedding";
    mbart.encoder.finalNorm = "encoder.layer_norm";
    mbart.decoder.positions = "decoder.embed_positions";
    mbart.decoder.wordsNorm = "decoder.layernorm_embedding";
    mbart.decoder.finalNorm = "decoder.layer_norm";
    return mbart;
  }();
  return importEncoderDecoder(family, folder);
}
