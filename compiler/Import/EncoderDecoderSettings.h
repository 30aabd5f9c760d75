// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a folder says of its encoder-decoder, read and checked before anything is written.

#ifndef TFC_COMPILER_IMPORT_ENCODERDECODERSETTINGS_H
#define TFC_COMPILER_IMPORT_ENCODERDECODERSETTINGS_H

#include "compiler/Import/EncoderDecoder.h"

namespace tfc {

struct StackSettings {
  int64_t layers, heads, headDim, intermediate;
  int64_t vocabulary;
  std::string words; ///< the table's name
};

struct EncoderDecoderSettings {
  int64_t hidden;
  int64_t positions; ///< that the config allows for
  int64_t maxSequence;
  double eps;
  int64_t buckets, maxDistance; ///< of positions by distance
  transformer::ActivationKind activation;
  bool gated = false; ///< the feed-forward part
  bool scaledWords;   ///< embeddings are multiplied with √hidden
  bool scaledHidden;
  bool tied; ///< the head's matrix is the decoder's table
  StackSettings encoder, decoder;
  mlir::DictionaryAttr generation;
};

/// Reads config.json and generation_config.json, and from the checkpoint's names what they leave
/// open. Settings that would make other mathematics of the same weights are refused (exit 3), and
/// so is every key that nobody knows.
llvm::Expected<EncoderDecoderSettings>
readEncoderDecoderSettings(const EncoderDecoderFamily &family, const Folder &folder);

} // namespace tfc

#endif
