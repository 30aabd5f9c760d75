// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Encoder-decoders as data: the architecture of "Attention is all you need", a stack that reads a
// source and a stack that writes, which sees the source by cross-attention. Marian, BART and T5
// differ in norms, positions and names.

#ifndef TFC_COMPILER_IMPORT_ENCODERDECODER_H
#define TFC_COMPILER_IMPORT_ENCODERDECODER_H

#include "compiler/Import/Decoder.h"

namespace tfc {

/// The layers of an attention, and the norm beside it.
struct AttentionNames {
  llvm::StringRef query, key, value, output, norm;
};

/// One of the two stacks. Names of tensors are without `.weight` and `.bias`; those of a layer's
/// follow `layer`, in which `#` is its number. A part whose name is empty is left out.
struct Stack {
  Key layers, heads, intermediate;
  llvm::StringRef words; ///< the table that it has of its own where they share none
  llvm::StringRef positions = "";
  llvm::StringRef wordsNorm = "";
  llvm::StringRef layer;
  AttentionNames self, cross = {};
  llvm::StringRef up, down, feedForwardNorm;
  llvm::StringRef gate = "", gatedUp = ""; ///< where the feed-forward part is gated
  llvm::StringRef finalNorm = "";
};

/// Where tokens stand.
enum class PositionKind {
  sinusoids,       ///< the paper's table, sines first
  closedSinusoids, ///< the same with fairseq's exponents
  table,           ///< one that was learnt
  distances, ///< a bias of the scores by distance, `positions` of each stack being its buckets
};

struct EncoderDecoderFamily {
  llvm::StringRef classPrefix;   ///< of architectures: `Marian`
  llvm::StringRef languageModel; ///< the end of the name of the class with a head: `MTModel`
  llvm::StringRef basePrefix;    ///< of all tensors but those of the head: `model.`
  Key headDim = {}, eps = {}, positionCount = "max_position_embeddings";
  /// The nonlinearity's name; with `gated-` before it the feed-forward part is gated.
  Key activation = "activation_function";
  llvm::StringRef defaultActivation = "gelu";
  double defaultEps = 1e-5;
  int64_t defaultPositions = 1024, defaultHeadDim = 0; ///< 0: hidden / heads

  bool preNorm = false;     ///< norms stand before each part, and one behind the last
  bool rmsNorm = false;     ///< norms have neither a mean nor a bias
  bool bias = true;         ///< of all linear layers
  bool scaledScores = true; ///< scores are divided by √head_dim
  PositionKind positionKind = PositionKind::table;
  int64_t firstPosition = 0;  ///< the table's row of the first token
  Switch shared = {"", true}; ///< both stacks have the table `words`
  llvm::StringRef words = "shared";
  llvm::StringRef logitsBias = "final_logits_bias";
  bool ownHead = false;      ///< a head of the checkpoint counts, whatever config.json says of ties
  bool scaledHidden = false; ///< what goes to a tied head is divided by √hidden
  Stack encoder, decoder;

  /// Switches that would make other mathematics, and have to be off.
  llvm::ArrayRef<llvm::StringRef> refusedSwitches = {};
  /// Tensors that are known to be unused; see refuseUnused.
  llvm::ArrayRef<llvm::StringRef> unusedTensors = {};
  /// Of config.json, see Config::refuseUnknown.
  llvm::ArrayRef<llvm::StringRef> harmlessKeys = {};
};

/// Writes the model that the folder holds: a function `encode` and a function `decode`.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
importEncoderDecoder(const EncoderDecoderFamily &family, const Folder &folder);

} // namespace tfc

#endif
