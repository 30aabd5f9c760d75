// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Hugging Face folders: config.json, *.safetensors and the tokenizer's files.

#ifndef TFC_COMPILER_IMPORT_HUGGINGFACE_H
#define TFC_COMPILER_IMPORT_HUGGINGFACE_H

#include "compiler/Import/Import.h"

namespace tfc {

/// Writes the folder's model as a module with one `transformer.model` in plain ops; files are named
/// by absolute path. A `model_type` without a family is refused (exit 3).
llvm::Expected<ImportedModel> importFolder(mlir::MLIRContext &context, llvm::StringRef folder,
                                           const ImportOptions &options);

} // namespace tfc

#endif
