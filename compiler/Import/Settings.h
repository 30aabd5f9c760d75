// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What families of every shape read from config.json, and write, in the same way.

#ifndef TFC_COMPILER_IMPORT_SETTINGS_H
#define TFC_COMPILER_IMPORT_SETTINGS_H

#include "compiler/Import/Family.h"
#include "compiler/Import/ModelWriter.h"

namespace tfc {

/// What is added to a variance, a number above 0 and below 1.
llvm::Expected<double> readEps(const Config &config, const Key &key, double otherwise);

/// The nonlinearity by transformers' name for it; others are refused. Where `gated` is not null,
/// `gated-` may stand before the name, and is said there.
llvm::Expected<transformer::ActivationKind> readActivation(const Config &config, const Key &key,
                                                           llvm::StringRef otherwise,
                                                           bool *gated = nullptr);

/// The end of the class's name, which is one of `endings`: `ForMaskedLM` of BertForMaskedLM.
/// Nothing where config.json names no class.
llvm::Expected<std::optional<std::string>>
readArchitecture(const Config &config, llvm::StringRef classPrefix,
                 llvm::ArrayRef<llvm::StringRef> endings);

/// An error unless the weights can hold so many layers. Each has tensors of its own: what follows
/// takes no more time and memory than the checkpoint's header.
llvm::Error checkLayers(const Folder &folder, const Key &key, int64_t layers);

/// The longest row in tokens, `limit` unless the options or sentence-transformers set a shorter
/// one. `place` is where the limit is written, for messages.
llvm::Expected<int64_t> readMaxSequence(const Folder &folder, int64_t limit,
                                        const std::string &place);

/// An error where one of the switches is on: settings that would make other mathematics of the same
/// weights.
llvm::Error refuseSwitches(const Config &config, llvm::ArrayRef<llvm::StringRef> keys,
                           llvm::StringRef why);

/// An error where `pruned_heads` names any.
llvm::Error refusePrunedHeads(const Config &config);

/// An error where both tensors are there and differ: `copy` is tied to `original`.
llvm::Error refuseUntied(const Folder &folder, llvm::StringRef copy, llvm::StringRef original);

/// What sentence-transformers makes of the last hidden state, [tokens, hidden]. `key` is where
/// config.json gives its width.
llvm::Error writeSentence(ModelWriter &writer, const Folder &folder, mlir::Value hidden,
                          const Key &key);

} // namespace tfc

#endif
