// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Models.h"

namespace tfc::tokenizer {

const ModelKind *findModel(uint32_t code) {
  static const ModelKind *const kinds[] = {&wordPieceModel, &bpeModel, &wordLevelModel,
                                           &unigramModel};
  for (const ModelKind *kind : kinds)
    if (kind->code == code)
      return kind;
  return nullptr;
}

} // namespace tfc::tokenizer
