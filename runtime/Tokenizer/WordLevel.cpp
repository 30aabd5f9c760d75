// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// WordLevel: a word is a token, or unknown.

#include "Models.h"

namespace tfc::tokenizer {

static const char *check(const ModelTables &model, size_t ids) {
  return model.parameters[1] < ids ? nullptr : "a parameter of the model out of range";
}

static bool wordLevel(const ModelTables &model, const char *text, Span word, const WordTokens &out,
                      ModelScratch &) {
  int32_t id = findText(model.trie, text, word);
  return out.push(id >= 0 ? id : static_cast<int32_t>(model.parameters[1]), word);
}

const ModelKind wordLevelModel = {modelWordLevel, check, wordLevel};

} // namespace tfc::tokenizer
