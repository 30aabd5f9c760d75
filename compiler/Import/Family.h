// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The families of models that a Hugging Face folder may hold. A new one is a file in Families/ and
// a line in Families.def.

#ifndef TFC_COMPILER_IMPORT_FAMILY_H
#define TFC_COMPILER_IMPORT_FAMILY_H

#include "compiler/Import/Config.h"
#include "compiler/Import/Import.h"
#include "compiler/Import/SentenceTransformers.h"

namespace tfc {

/// What a family's importer reads.
struct Folder {
  mlir::MLIRContext &context;
  std::string model; ///< the model's name, a C identifier
  std::string path;
  const Config &config;
  const Checkpoint &weights;
  const std::optional<SentenceTransformer> &sentences;
  const ImportOptions &options;
};

/// Writes the function and sets the model's task, labels and max_sequence; the files are set by the
/// caller. All tensors of the checkpoint have been accounted for.
using ImportFamily = llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> (*)(const Folder &folder);

struct Family {
  llvm::StringLiteral modelType; ///< `model_type` of config.json
  ImportFamily read;
  llvm::StringLiteral
      vocabulary; ///< the tokenizer's file where there is no tokenizer.json, or empty
};

llvm::ArrayRef<Family> families();

#define FAMILY(type, function, vocabulary)                                                         \
  llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> function(const Folder &folder);
#include "compiler/Import/Families/Families.def"

} // namespace tfc

#endif
