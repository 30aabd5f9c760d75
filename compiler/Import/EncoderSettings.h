// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a folder says of its encoder, read and checked before anything is written.

#ifndef TFC_COMPILER_IMPORT_ENCODERSETTINGS_H
#define TFC_COMPILER_IMPORT_ENCODERSETTINGS_H

#include "compiler/Import/Encoder.h"

namespace tfc {

struct EncoderSettings {
  int64_t vocabulary, hidden, layers, attentionHeads, intermediate;
  int64_t positions, firstPosition = 0; ///< rows of the table, and which of them is position 0
  int64_t types = 1;
  double eps;
  transformer::ActivationKind activation;
  llvm::ArrayRef<EncoderHead> heads; ///< rows of the architecture; none: the bare model
  std::string prefix;                ///< of the encoder's own tensors in this checkpoint
  int64_t maxSequence;

  /// The tensor that a name of the family's table means.
  std::string named(llvm::StringRef name) const {
    return name.consume_front("@") ? prefix + name.str() : name.str();
  }
};

/// Reads config.json, and from the checkpoint's names what it leaves open. Settings that would make
/// other mathematics of the same weights are refused (exit 3), and so is every key that nobody
/// knows.
llvm::Expected<EncoderSettings> readEncoderSettings(const EncoderFamily &family,
                                                    const Folder &folder);

/// The names of the classes by their numbers, from `id2label`; transformers' own default are two.
llvm::Expected<std::vector<std::string>> readLabels(const Config &config);

/// The task of a classifier of texts, from `problem_type`; where that is absent, a single label is
/// a number to be predicted, and several are classes of which one is right.
llvm::Expected<llvm::StringRef> readClassifierTask(const Config &config, size_t labels);

} // namespace tfc

#endif
