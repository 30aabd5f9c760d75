// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// BART: Lewis et al. 2020.

#include "compiler/Import/Families/Bart.h"

using namespace tfc;

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importBart(const Folder &folder) {
  static const llvm::StringRef refused[] = {"normalize_before", "add_final_layer_norm",
                                            "static_position_embeddings"};
  static const EncoderDecoderFamily family = [] {
    EncoderDecoderFamily bart{
        .classPrefix = "Bart",
        .languageModel = "ForConditionalGeneration",
        .basePrefix = "model.",
        .encoder = bart::encoder(),
        .decoder = bart::decoder(),
        .refusedSwitches = refused,
        .harmlessKeys = bart::harmlessKeys,
    };
    bart::learnPositions(bart);
    return bart;
  }();
  return importEncoderDecoder(family, folder);
}
