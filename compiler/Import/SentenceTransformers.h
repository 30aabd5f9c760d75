// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sentence-transformers folders: a Hugging Face folder, and in modules.json what follows the model.

#ifndef TFC_COMPILER_IMPORT_SENTENCETRANSFORMERS_H
#define TFC_COMPILER_IMPORT_SENTENCETRANSFORMERS_H

#include "compiler/Support/Error.h"
#include "dialects/Transformer/Transformer.h"

#include <optional>
#include <string>

namespace tfc {

/// What such a folder says beyond the model's own config.
struct SentenceTransformer {
  std::string folder; ///< that of the model itself: config.json, weights, tokenizer
  transformer::PoolKind pooling = transformer::PoolKind::mean;
  int64_t dimension = 0;      ///< the size of the vectors that are pooled, 0: not said
  std::string dimensionPlace; ///< where it is said, for messages
  bool normalize = false;
  std::optional<int64_t> maxSequence; ///< texts are cut to so many tokens
};

/// Reads `folder`/modules.json; nothing where there is none: without it, a pooling config alone
/// says nothing of what a model's users do with it. Modules other than Transformer, Pooling and
/// Normalize, in this order, are refused (exit 3).
llvm::Expected<std::optional<SentenceTransformer>> readSentenceTransformer(llvm::StringRef folder);

} // namespace tfc

#endif
