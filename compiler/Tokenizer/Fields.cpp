// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Fields.h"

#include "RegexSyntax.h"

#include "llvm/ADT/StringExtras.h"

#include <fmt/format.h>

using llvm::Error;
using llvm::StringRef;

namespace tfc::tokenizer {

Error getChoice(json::Value object, StringRef key, llvm::ArrayRef<llvm::StringLiteral> values,
                size_t &result) {
  StringRef text;
  if (Error error = getField(object, key, text))
    return error;
  for (auto [i, value] : llvm::enumerate(values))
    if (text == value)
      return result = i, Error::success();
  return object.get(key)->expected(
      "one of " + llvm::join(llvm::map_range(values, [](StringRef v) { return v.str(); }), ", "));
}

Error getPattern(json::Value object, StringRef &text, bool &isRegex) {
  llvm::Expected<json::Value> pattern = object.get("pattern");
  if (!pattern)
    return pattern.takeError();
  isRegex = pattern->find("Regex").has_value();
  if (Error error = getField(*pattern, isRegex ? "Regex" : "String", text))
    return error;
  if (std::string wrong = isRegex ? whatIsWrong(text) : ""; !wrong.empty())
    return pattern->get("Regex")->error(
        fmt::format("{} is no regular expression: {}", json::quoted(text), wrong));
  isRegex &= text.find_first_of("\\^$.|?*+()[]{}") != StringRef::npos;
  return Error::success();
}

Error getCharacter(json::Value object, StringRef key, StringRef &character) {
  if (Error error = getField(object, key, character))
    return error;
  size_t scalars = llvm::count_if(character, [](char c) { return (c & 0xC0) != 0x80; });
  return scalars == 1 ? Error::success() : object.get(key)->expected("one character");
}

} // namespace tfc::tokenizer
