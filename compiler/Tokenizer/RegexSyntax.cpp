// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Tokenizer/RegexSyntax.h"

#include <fmt/format.h>

using llvm::StringRef;

/// Where the class that begins at `at` ends: behind its last bracket, or npos. Classes stand in one
/// another.
static size_t endOfClass(StringRef regex, size_t at) {
  size_t depth = 0;
  for (bool first = false; at < regex.size(); ++at) {
    const char c = regex[at];
    if (c == '\\') {
      ++at;
    } else if (c == '[') {
      ++depth;
      first = true;
      at += regex.substr(at + 1).starts_with("^");
      continue;
    } else if (c == ']' && !first && --depth == 0) { // as the first of a class it stands for itself
      return at + 1;
    }
    first = false;
  }
  return StringRef::npos;
}

std::string tfc::tokenizer::whatIsWrong(StringRef regex) {
  size_t depth = 0;
  bool repeatable = false; // something stands before that may be repeated
  for (size_t at = 0; at < regex.size(); ++at) {
    const char c = regex[at];
    if (c == '\\' && at + 1 == regex.size())
      return "a backslash stands at its end";
    if (StringRef("*+?").contains(c) && !repeatable)
      return fmt::format("the {} at byte {} repeats nothing", c, at);
    repeatable = c != '(' && c != '|';
    if (c == '\\') {
      ++at;
    } else if (c == '[') {
      const size_t end = endOfClass(regex, at);
      if (end == StringRef::npos)
        return fmt::format("the [ at byte {} is not closed", at);
      at = end - 1;
    } else if (c == '(') {
      ++depth;
      at += regex.substr(at + 1).starts_with("?"); // (?:, (?=, (?i …
    } else if (c == ')' && depth-- == 0) {
      return fmt::format("the ) at byte {} closes nothing", at);
    }
  }
  return depth ? "a ( is not closed" : "";
}
