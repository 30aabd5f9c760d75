// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// M2M-100: Fan et al. 2020; NLLB: NLLB Team et al. 2022.

#include "compiler/Import/Families/Bart.h"

using namespace tfc;

/// Some checkpoints keep the table of sines.
static constexpr llvm::StringRef unusedTensors[] = {"encoder.embed_positions.weights",
                                                    "decoder.embed_positions.weights"};

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importM2M100(const Folder &folder) {
  static const EncoderDecoderFamily family = [] {
    EncoderDecoderFamily m2m{
        .classPrefix = "M2M100",
        .languageModel = "ForConditionalGeneration",
        .basePrefix = "model.",
        .defaultActivation = "relu",
        .preNorm = true,
        .positionKind = PositionKind::closedSinusoids,
        .firstPosition = 2,
        .encoder = bart::encoder(),
        .decoder = bart::decoder(),
        .unusedTensors = unusedTensors,
        .harmlessKeys = bart::harmlessKeys,
    };
    m2m.encoder.finalNorm = "encoder.layer_norm";
    m2m.decoder.finalNorm = "decoder.layer_norm";
    return m2m;
  }();
  return importEncoderDecoder(family, folder);
}
