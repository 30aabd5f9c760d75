// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Telling a regular expression that is none from one that is only not supported.

#ifndef TFC_COMPILER_TOKENIZER_REGEXSYNTAX_H
#define TFC_COMPILER_TOKENIZER_REGEXSYNTAX_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace tfc::tokenizer {

/// What is wrong with the expression in the syntax of Oniguruma, as far as brackets, parentheses
/// and repetitions go; empty where nothing is.
std::string whatIsWrong(llvm::StringRef regex);

} // namespace tfc::tokenizer

#endif
