// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "AttentionPage.h"

#include "Base64.h"
#include "Json.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>

namespace tfc::run {
namespace {

// The page is written in HTML; where the data belong stands `@DATA@`.
constexpr char page[] = {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
#embed "attention.html"
#pragma clang diagnostic pop
};

/// A JSON string in which nothing can end the script that it stands in.
void appendSafeString(std::string &out, std::string_view text) {
  std::string json;
  appendJsonString(json, text);
  for (char c : json)
    out += c == '<' ? "\\u003c" : std::string(1, c);
}

/// What of a word a token is: its text without the marks of vocabularies, and whether it goes on
/// with the word before.
void appendToken(std::string &out, std::string_view token, bool marked, bool isFirst) {
  constexpr std::string_view spaces[] = {"\xE2\x96\x81", "\xC4\xA0"}; // ▁ and Ġ
  std::string_view text = token;
  bool begins = false;
  for (std::string_view space : spaces)
    if (text.substr(0, space.size()) == space) {
      begins = true;
      if (text.size() > space.size()) // alone it is shown
        text.remove_prefix(space.size());
      break;
    }
  const bool pieces = text.substr(0, 2) == "##" && text.size() > 2;
  const bool special = text.size() > 2 && ((text.front() == '<' && text.back() == '>') ||
                                           (text.front() == '[' && text.back() == ']'));
  if (pieces)
    text.remove_prefix(2);
  const bool goesOn = !isFirst && !special && (pieces || (marked && !begins));
  out += '[';
  appendSafeString(out, text);
  out += goesOn ? ",1]" : ",0]";
}

void appendTokens(std::string &out, const std::vector<std::string> &tokens) {
  const bool marked = std::any_of(tokens.begin(), tokens.end(), [](const std::string &token) {
    return token.rfind("\xE2\x96\x81", 0) == 0 || token.rfind("\xC4\xA0", 0) == 0;
  });
  out += '[';
  for (size_t i = 0; i < tokens.size(); ++i) {
    out += i ? "," : "";
    appendToken(out, tokens[i], marked, i == 0);
  }
  out += ']';
}

/// Shares as whole numbers of 16 bits, the lowest byte first, in base64.
void appendShares(std::string &out, const std::vector<double> &shares) {
  std::string bytes;
  for (double share : shares) {
    const auto number = static_cast<uint16_t>(std::lround(std::clamp(share, 0.0, 1.0) * 65535));
    bytes += static_cast<char>(number & 255);
    bytes += static_cast<char>(number >> 8);
  }
  out += '"';
  appendBase64(out, bytes);
  out += '"';
}

std::string dataOf(std::string_view model, const std::vector<std::vector<AttentionMaps>> &rows) {
  std::string out = "{\"model\":";
  appendSafeString(out, model);
  out += ",\"rows\":[";
  for (size_t row = 0; row < rows.size(); ++row) {
    out += row ? ",[" : "[";
    for (size_t i = 0; i < rows[row].size(); ++i) {
      const AttentionMaps &maps = rows[row][i];
      out +=
          fmt::format("{}{{\"kind\":\"{}\",\"layers\":{},\"heads\":{},\"queries\":", i ? "," : "",
                      maps.kind, maps.layers, maps.heads);
      appendTokens(out, maps.queries);
      out += ",\"keys\":";
      appendTokens(out, maps.keys);
      out += ",\"shares\":";
      appendShares(out, maps.shares);
      out += '}';
    }
    out += ']';
  }
  return out + "]}";
}

} // namespace

std::string attentionPage(std::string_view model,
                          const std::vector<std::vector<AttentionMaps>> &rows) {
  constexpr std::string_view mark = "@DATA@";
  const std::string_view text(page, sizeof page);
  const size_t at = text.find(mark);
  return std::string(text.substr(0, at)) + dataOf(model, rows) +
         std::string(text.substr(at + mark.size()));
}

} // namespace tfc::run
