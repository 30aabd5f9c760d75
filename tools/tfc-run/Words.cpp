// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Words.h"

#include <algorithm>
#include <string_view>

namespace tfc::run {
namespace {

constexpr std::string_view spaces[] = {"\xE2\x96\x81", "\xC4\xA0"}; // ▁ and Ġ

bool beginsWith(std::string_view text, std::string_view what) {
  return text.substr(0, what.size()) == what;
}

bool isMarked(std::string_view token) {
  return beginsWith(token, spaces[0]) || beginsWith(token, spaces[1]);
}

bool isEnclosed(std::string_view text, char open, char close) {
  return text.size() > 2 && text.front() == open && text.back() == close;
}

} // namespace

std::vector<WordPart> wordParts(const std::vector<std::string> &tokens) {
  const bool marked = std::any_of(tokens.begin(), tokens.end(), isMarked);
  std::vector<WordPart> parts;
  for (std::string_view token : tokens) {
    std::string_view text = token;
    const bool begins = isMarked(token), pieces = beginsWith(token, "##") && token.size() > 2;
    for (std::string_view space : spaces)
      if (beginsWith(token, space) && token.size() > space.size()) // alone it is shown
        text.remove_prefix(space.size());
    if (pieces)
      text.remove_prefix(2);
    const bool alone = isEnclosed(text, '<', '>') || isEnclosed(text, '[', ']');
    parts.push_back(
        {std::string(text), !parts.empty() && !alone && (pieces || (marked && !begins))});
  }
  return parts;
}

} // namespace tfc::run
