// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cuts a chat template into tokens, as Jinja does with trim_blocks and lstrip_blocks.

#ifndef TFC_COMPILER_CHAT_LEXER_H
#define TFC_COMPILER_CHAT_LEXER_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tfc::chat {

enum class TokenKind {
  data,
  blockBegin,
  blockEnd,
  variableBegin,
  variableEnd,
  name,
  string,
  integer,
  sign, ///< an operator or a bracket
  end
};

struct Token {
  TokenKind kind;
  std::string text;      ///< what it stands for: of a string without quotes and escapes
  uint32_t line, column; ///< from 1; columns are bytes
};

/// Where a template is wrong, or asks for what is not supported.
struct Complaint {
  std::string text; ///< empty: there is none
  uint32_t line = 0, column = 0;
};

/// The tokens of a template that is valid UTF-8; the last one is `end`. They end early where there
/// is something to complain of.
std::vector<Token> cutTemplate(llvm::StringRef source, Complaint &complaint);

} // namespace tfc::chat

#endif
