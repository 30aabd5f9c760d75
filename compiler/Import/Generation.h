// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a folder asks of the generation of text: generation_config.json, or config.json of folders
// that are older than it.

#ifndef TFC_COMPILER_IMPORT_GENERATION_H
#define TFC_COMPILER_IMPORT_GENERATION_H

#include "compiler/Import/Family.h"

namespace tfc {

/// The attribute `generation` of the model, null where nothing is asked for. Settings that would
/// lead to other texts and that no tool obeys are refused (exit 3), and so are unknown ones.
llvm::Expected<mlir::DictionaryAttr> readGeneration(const Folder &folder, int64_t vocabulary);

/// Marks keys of generation as used: transformers has no use for them in config.json where there is
/// a generation_config.json, or a model that generates nothing.
void ignoreGeneration(const Config &config);

} // namespace tfc

#endif
