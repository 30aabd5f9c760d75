// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Models as MLIR text: written by hand, or by an earlier stage of tfc.

#ifndef TFC_COMPILER_IMPORT_MODELFILE_H
#define TFC_COMPILER_IMPORT_MODELFILE_H

#include "compiler/Import/Import.h"
#include "dialects/Transformer/Transformer.h"

namespace tfc {

/// Reads `path`, which holds exactly one `transformer.model`, of any stage. File names in it are
/// relative to its folder, and absolute in the result. Everything wrong with the text is an input
/// error of the form `file:line:col: error: …`.
llvm::Expected<ImportedModel> importModelFile(mlir::MLIRContext &context, llvm::StringRef path,
                                              const ImportOptions &options);

/// The inverse: names the files of a model relative to the folder of `textPath`, where its text
/// goes.
void nameFilesRelativeTo(llvm::StringRef textPath, transformer::ModelOp model);

/// Whether the model is the plan stage's: kernels on buffers.
bool isPlanned(transformer::ModelOp model);

/// An error with its place if the text holds what MLIR's parser would not survive: deeply nested
/// brackets, endless words, affine maps, aliases.
llvm::Error checkText(llvm::StringRef text, llvm::StringRef path);

} // namespace tfc

#endif
