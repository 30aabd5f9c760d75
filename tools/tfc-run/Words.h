// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which tokens of a text are one word.

#ifndef TFC_TOOLS_RUN_WORDS_H
#define TFC_TOOLS_RUN_WORDS_H

#include <string>
#include <vector>

namespace tfc::run {

/// A token as people read it, and whether it goes on with the word of the one before.
struct WordPart {
  std::string text;
  bool goesOn;
};

/// By the marks of vocabularies: ▁ and Ġ begin words, ## goes on. Tokens in <> or [] stand alone.
std::vector<WordPart> wordParts(const std::vector<std::string> &tokens);

} // namespace tfc::run

#endif
