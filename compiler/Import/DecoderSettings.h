// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a folder says of its decoder, read and checked before anything is written.

#ifndef TFC_COMPILER_IMPORT_DECODERSETTINGS_H
#define TFC_COMPILER_IMPORT_DECODERSETTINGS_H

#include "compiler/Import/Decoder.h"
#include "compiler/Import/Rotary.h"

namespace tfc {

struct DecoderSettings {
  int64_t vocabulary, hidden, layers, heads, keyHeads, headDim, intermediate;
  int64_t positions; ///< that the config allows for
  int64_t maxSequence;
  double eps;
  double scaledBy, scoreCap, logitCap; ///< 0: none
  transformer::ActivationKind activation;
  bool inputBias, outputBias, feedForwardBias, scaled, scaledByLayer;
  std::vector<int64_t> windows; ///< of each layer; 0: none
  Rotary rotary;                ///< where there are neither a table of positions nor slopes
  std::vector<double> slopes;   ///< of each head, by distance
  bool head;                    ///< of a language model
  bool tied;                    ///< it is the words' table
  std::string prefix;           ///< of the decoder's own tensors in this checkpoint
  mlir::DictionaryAttr generation;
};

/// Reads config.json and generation_config.json, and from the checkpoint's names what they leave
/// open. Settings that would make other mathematics of the same weights are refused (exit 3), and
/// so is every key that nobody knows.
llvm::Expected<DecoderSettings> readDecoderSettings(const DecoderFamily &family,
                                                    const Folder &folder);

} // namespace tfc

#endif
