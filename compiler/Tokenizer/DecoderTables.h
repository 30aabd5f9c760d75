// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each id becomes in a text, as runtime/Tokenizer/Format.h says.

#ifndef TFC_COMPILER_TOKENIZER_DECODERTABLES_H
#define TFC_COMPILER_TOKENIZER_DECODERTABLES_H

#include "Description.h"

namespace tfc::tokenizer {

/// The texts of all ids, one behind the other.
struct TextTable {
  std::vector<char> texts;
  std::vector<uint32_t> offsets = {0};

  /// False where the texts get too long for the offsets.
  bool add(llvm::StringRef text);
};

struct DecoderLayout {
  std::vector<uint32_t> parameters;
  std::vector<uint8_t> kinds;
  TextTable later, first; // `first` is empty where it is the same
};

/// Exit code 3 where the texts are too long. Nothing where there is no decoder.
llvm::Expected<std::optional<DecoderLayout>> decoderTables(const Description &description,
                                                           llvm::StringRef path);

} // namespace tfc::tokenizer

#endif
