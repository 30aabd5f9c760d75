// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a folder's tokenizer files to the tables that the runtime tokenizes with.

#ifndef TFC_COMPILER_TOKENIZER_TOKENIZER_H
#define TFC_COMPILER_TOKENIZER_TOKENIZER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <vector>

namespace tfc {

/// Compiles tokenizer.json or, where there is none, the older files that Tokenizer.cpp lists.
/// `path` is the folder or a tokenizer.json itself; `vocabularySize` is how many ids the model
/// knows, 0 for any number. The result is a `tfc_tokenizer` (abi.h), to be placed at a multiple of
/// 8 bytes; it is empty where the folder has no such file. Errors name the file and the place in
/// it: exit code 1 for a bad file, 3 for a kind of tokenizer that is not supported.
llvm::Expected<std::vector<char>> compileTokenizer(llvm::StringRef path, int64_t vocabularySize);

} // namespace tfc

#endif
