// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Json.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <utility>

namespace tfc::run {
namespace {

constexpr std::string_view space = " \t\r\n";

void appendUtf8(std::string &out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 63));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 63));
    out += static_cast<char>(0x80 | (code & 63));
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 63));
    out += static_cast<char>(0x80 | (code >> 6 & 63));
    out += static_cast<char>(0x80 | (code & 63));
  }
}

/// Reads the four hexadecimal digits of \uXXXX at the start of `text`.
bool parseHex(std::string_view text, uint32_t &code) {
  if (text.size() < 4)
    return false;
  const char *end = text.data() + 4;
  auto [stop, error] = std::from_chars(text.data(), end, code, 16);
  return error == std::errc() && stop == end && text[0] != '-';
}

} // namespace

std::string parseJsonString(std::string_view text, std::string &value) {
  value.clear();
  while (!text.empty() && space.find(text.front()) != std::string_view::npos)
    text.remove_prefix(1);
  while (!text.empty() && space.find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  if (text.size() < 2 || text.front() != '"')
    return "expected a JSON string, found " +
           (text.empty() ? "nothing" : "'" + std::string(text.substr(0, 40)) + "'");
  text.remove_prefix(1);
  while (!text.empty()) {
    auto c = static_cast<unsigned char>(text.front());
    text.remove_prefix(1);
    if (c == '"')
      return text.empty() ? "" : "expected the end of the line after a JSON string";
    if (c < 0x20)
      return "expected no control character inside a JSON string";
    if (c != '\\') {
      value += static_cast<char>(c);
      continue;
    }
    if (text.empty())
      break;
    char escape = text.front();
    text.remove_prefix(1);
    constexpr std::string_view escapes = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    if (size_t which = escapes.find(escape); which != std::string_view::npos) {
      value += meanings[which];
      continue;
    }
    uint32_t code, low;
    if (escape != 'u' || !parseHex(text, code))
      return std::string("unknown escape \\") + escape + " in a JSON string";
    text.remove_prefix(4);
    if (code >= 0xd800 && code < 0xdc00 && text.substr(0, 2) == "\\u" &&
        parseHex(text.substr(2), low) && low >= 0xdc00 && low < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      text.remove_prefix(6);
    }
    appendUtf8(value, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
  }
  return "a JSON string without its closing quote";
}

void appendJsonString(std::string &out, std::string_view text) {
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      constexpr char digits[] = "0123456789abcdef";
      out += "\\u00";
      out += digits[c >> 4 & 15];
      out += digits[c & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

template <typename T> static void appendShortest(std::string &out, T value, bool json) {
  if (json && !std::isfinite(value)) {
    out += "null";
    return;
  }
  char buffer[32];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  out.append(buffer, end);
}

void appendNumber(std::string &out, float value, bool json) { appendShortest(out, value, json); }
void appendNumber(std::string &out, double value, bool json) { appendShortest(out, value, json); }

void appendNumbers(std::string &out, const double *values, size_t count, tfc_element element,
                   bool json) {
  if (json)
    out += '[';
  for (size_t i = 0; i < count; ++i) {
    if (i)
      out += json ? ", " : " ";
    if (element == TFC_F32)
      appendNumber(out, static_cast<float>(values[i]), json);
    else
      appendNumber(out, values[i], json);
  }
  if (json)
    out += ']';
}

void appendStrings(std::string &out, const std::vector<std::string> &strings) {
  const char *separator = "";
  out += '[';
  for (const std::string &text : strings) {
    out += std::exchange(separator, ", ");
    appendJsonString(out, text);
  }
  out += ']';
}

void appendNested(std::string &out, const double *&from, const size_t *sizes, size_t depth) {
  out += '[';
  for (size_t i = 0; i < sizes[0]; ++i) {
    out += i ? ", " : "";
    if (depth > 1)
      appendNested(out, from, sizes + 1, depth - 1);
    else if (const double number = *from++; std::isfinite(number))
      out += fmt::format("{:.6g}", number);
    else
      out += "null";
  }
  out += ']';
}

} // namespace tfc::run
