// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Decoders without an encoder as data: pre-norm blocks with causal attention, and a language
// model's head. GPT-2 and Llama differ in norms, positions, the feed-forward part and names.

#ifndef TFC_COMPILER_IMPORT_DECODER_H
#define TFC_COMPILER_IMPORT_DECODER_H

#include "compiler/Import/Config.h"
#include "compiler/Import/Family.h"

namespace tfc {

/// A switch of config.json; without a key it is always as `otherwise` says.
struct Switch {
  llvm::StringRef key = "";
  bool otherwise = false;
};

/// How far back a query sees.
struct SlidingWindow {
  llvm::StringRef key = ""; ///< its size; without: no family's model has one
  int64_t otherwise = 0;    ///< where config.json has no such key; null: every query sees all
  /// `use_sliding_window`: off unless this is on, and by `layer_types` or `max_window_layers` not
  /// in all layers. Without: in all layers.
  llvm::StringRef use = "";
  int64_t firstLayer = 0; ///< `max_window_layers` where config.json does not say
  /// Every other layer has it, beginning with the first, unless `layer_types` says which.
  bool alternates = false;
};

/// A number above 0 of config.json, or null where it has no such key or says null.
struct Number {
  llvm::StringRef key = "";
  double otherwise = 0; ///< where config.json has no such key
};

/// One family. Names of tensors are without `.weight` and `.bias`; those of a layer's follow
/// `layer`, in which `#` is its number. A part whose name is empty is left out.
struct DecoderFamily {
  llvm::StringRef classPrefix;   ///< of architectures: `Llama`
  llvm::StringRef languageModel; ///< the end of the name of the class with a head: `ForCausalLM`
  llvm::StringRef basePrefix;    ///< of the decoder's tensors in a model with a head: `model.`

  Key hidden = "hidden_size", layers = "num_hidden_layers", heads = "num_attention_heads",
      keyHeads = {}, headDim = {}, intermediate = "intermediate_size", activation = "hidden_act",
      eps = "rms_norm_eps", positionCount = "max_position_embeddings";
  /// Where config.json does not say: times `hidden`, of heads of keys, and so on; 0 for keyHeads
  /// is as many as heads.
  int64_t intermediateFactor = 0, defaultKeyHeads = 0, defaultHeadDim = 0, defaultPositions = 2048;
  llvm::StringRef defaultActivation = "silu";
  bool geluIsTanh = false; ///< "gelu" stands for its approximation, as it once did for this family
  double defaultEps = 1e-6;
  bool tied = false; ///< tie_word_embeddings

  bool layerNorm = false;      ///< norms have a mean and a bias; without: RMSNorm
  double normOffset = 0;       ///< what RMSNorm's factors are the tensors' numbers plus
  bool scaledWords = false;    ///< embeddings are multiplied with √hidden
  bool transposed = false;     ///< linear layers are stored as [in, out]
  Switch inputBias = {};       ///< of query, key and value
  Switch outputBias = {};      ///< of attention's output
  Switch feedForwardBias = {}; ///< of all layers of the feed-forward part
  Switch scaled = {"", true};  ///< scores are divided by √head_dim
  Number scaledBy = {};        ///< or by the root of this
  Switch scaledByLayer = {};   ///< and by the layer's number, from 1
  Number scoreCap = {};        ///< scores become cap · tanh(score / cap)
  Number logitCap = {};        ///< and logits
  SlidingWindow window = {};
  bool partialRotary = false; ///< `partial_rotary_factor`
  double rotaryShare = 1;     ///< where config.json does not say

  llvm::StringRef words;
  llvm::StringRef positions = ""; ///< a table; without: rotary positions, or:
  bool linearBias = false;        ///< ALiBi, a bias of the scores by distance
  llvm::StringRef wordsNorm = "";
  llvm::StringRef layer, attentionNorm;
  llvm::StringRef queryKeyValue = ""; ///< one layer, or three
  bool byHead = false;                ///< the one has query, key and value of each head together
  llvm::StringRef query = "", key = "", value = "";
  llvm::StringRef queryNorm = "", keyNorm = ""; ///< of each head, before rotary positions
  llvm::StringRef attentionOutput;
  llvm::StringRef attentionOutputNorm = ""; ///< before the residual connection
  llvm::StringRef feedForwardNorm;
  llvm::StringRef gate = "";
  llvm::StringRef up, down;
  llvm::StringRef feedForwardOutputNorm = ""; ///< before the residual connection
  llvm::StringRef finalNorm;

  /// Switches that would make other mathematics, and have to be off.
  llvm::ArrayRef<llvm::StringRef> refusedSwitches = {};
  /// Buffers that are known to be unused, `#` in them the number of a layer; see refuseUnused.
  llvm::ArrayRef<llvm::StringRef> unusedTensors = {};
  /// Of config.json, see Config::refuseUnknown.
  llvm::ArrayRef<llvm::StringRef> harmlessKeys = {};
};

/// Writes the model that the folder holds.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> importDecoder(const DecoderFamily &family,
                                                                const Folder &folder);

} // namespace tfc

#endif
