// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "AttentionPage.h"

#include "Base64.h"
#include "Json.h"
#include "Words.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <utility>

namespace tfc::run {
namespace {

// The page is written in HTML; where the data belong stands `@DATA@`.
constexpr std::string_view page =
#include "attention.html.inc"
    ;

/// A JSON string in which nothing can end the script that it stands in.
void appendSafeString(std::string &out, std::string_view text) {
  std::string json;
  appendJsonString(json, text);
  for (char c : json)
    out += c == '<' ? "\\u003c" : std::string(1, c);
}

/// [text, 1 where it goes on with the word before] of each token.
void appendTokens(std::string &out, const std::vector<std::string> &tokens) {
  const char *separator = "[";
  for (const WordPart &part : wordParts(tokens)) {
    out += std::exchange(separator, ",");
    out += '[';
    appendSafeString(out, part.text);
    out += part.goesOn ? ",1]" : ",0]";
  }
  out += tokens.empty() ? "[]" : "]";
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
  constexpr size_t at = page.find(mark);
  static_assert(at != page.npos);
  return std::string(page.substr(0, at)) + dataOf(model, rows) +
         std::string(page.substr(at + mark.size()));
}

} // namespace tfc::run
