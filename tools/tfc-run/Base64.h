// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bytes inside of texts: RFC 4648.

#ifndef TFC_TOOLS_RUN_BASE64_H
#define TFC_TOOLS_RUN_BASE64_H

#include <cstdint>
#include <string>
#include <string_view>

namespace tfc::run {

inline void appendBase64(std::string &out, std::string_view bytes) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t at = 0; at < bytes.size(); at += 3) {
    uint32_t word = 0;
    for (size_t i = 0; i < 3; ++i)
      word = word << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0);
    for (size_t i = 0; i < 4; ++i)
      out += at + i <= bytes.size() ? digits[word >> (18 - 6 * i) & 63] : '=';
  }
}

} // namespace tfc::run

#endif
