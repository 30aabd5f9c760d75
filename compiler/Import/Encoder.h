// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Post-norm encoders as data: BERT and its kin differ in nothing but names, sizes and heads.

#ifndef TFC_COMPILER_IMPORT_ENCODER_H
#define TFC_COMPILER_IMPORT_ENCODER_H

#include "compiler/Import/Config.h"
#include "compiler/Import/Family.h"

namespace tfc {

/// What follows the encoder, row by row of a family's table; an architecture may have several rows
/// in succession. A step whose name is empty is left out. `@` at the start of a name stands for the
/// prefix of the encoder's own tensors.
struct EncoderHead {
  llvm::StringRef architecture;                 ///< the end of the class's name, `ForMaskedLM`
  llvm::StringRef task = "";                    ///< of the model; empty in further rows
  llvm::StringRef output = "logits";            ///< its name
  llvm::ArrayRef<llvm::StringRef> columns = {}; ///< or its columns are outputs, [tokens], named so

  bool firstToken = false;                                    ///< sees the first token alone
  llvm::StringRef dense = "";                                 ///< a linear layer [hidden, hidden]
  std::optional<transformer::ActivationKind> activation = {}; ///< after it; none: the config's
  llvm::StringRef norm = "";

  llvm::StringRef labels = "";     ///< a linear layer [labels, hidden]
  int64_t labelCount = 0;          ///< 0: the config's labels
  llvm::StringRef vocabulary = ""; ///< a linear layer [vocabulary, hidden], tied to the words
  llvm::StringRef bias = "";       ///< the name of that layer's bias where they are tied
};

/// The columns of an extractive question answerer.
inline constexpr llvm::StringRef answerColumns[] = {"start_logits", "end_logits"};

/// One family. Names of tensors are without `.weight` and `.bias`; those of a layer's follow
/// `layer`, in which `#` is its number.
struct EncoderFamily {
  llvm::StringRef classPrefix; ///< of architectures: `Bert`
  llvm::StringRef basePrefix;  ///< of the encoder's tensors in a model with a head: `bert.`

  Key hidden, layers, heads, intermediate, activation; ///< keys of config.json
  Key eps = "layer_norm_eps"; ///< of the norms; without spellings: always the default
  double defaultEps = 1e-12;
  bool startsAfterPadding = false; ///< position 0 is row `pad_token_id` + 1 of the table

  llvm::StringRef words, positions, types, embeddingNorm; ///< no types: empty
  llvm::StringRef layer, query, key, value, attentionOutput, attentionNorm, up, down, outputNorm;
  /// tanh(linear(first token)) of the bare model, where the checkpoint has it.
  llvm::StringRef pooler;

  llvm::ArrayRef<EncoderHead> headTable;
  /// Buffers and leftovers of training that are known to be unused; see refuseUnused.
  llvm::ArrayRef<llvm::StringRef> unusedTensors;
  /// The head of pretraining, a leftover where another follows the encoder.
  llvm::StringRef languageModel;
  /// Of config.json, see Config::refuseUnknown.
  llvm::ArrayRef<llvm::StringRef> harmlessKeys;
};

/// Writes the model that the folder holds.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> importEncoder(const EncoderFamily &family,
                                                                const Folder &folder);

} // namespace tfc

#endif
