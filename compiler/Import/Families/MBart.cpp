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
        .encoder = bart::encoder(),
        .decoder = bart::decoder(),
        .harmlessKeys = bart::harmlessKeys,
    };
    bart::learnPositions(mbart);
    mbart.encoder.finalNorm = "encoder.layer_norm";
    mbart.decoder.finalNorm = "decoder.layer_norm";
    return mbart;
  }();
  return importEncoderDecoder(family, folder);
}
