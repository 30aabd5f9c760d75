// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Parts of a SentencePiece model, which is a protocol buffer.

#ifndef TFC_TEST_TOKENIZER_SENTENCEPIECEFILE_H
#define TFC_TEST_TOKENIZER_SENTENCEPIECEFILE_H

#include <cstring>
#include <string>

namespace tfc::test {

/// A field with bytes, or a number below 128.
inline std::string field(int number, const std::string &bytes) {
  return static_cast<char>(number << 3 | 2) + std::string(1, static_cast<char>(bytes.size())) +
         bytes;
}
inline std::string field(int number, int value) {
  const int key = number << 3;
  std::string bytes = key < 128
                          ? std::string(1, static_cast<char>(key))
                          : std::string{static_cast<char>(key | 128), static_cast<char>(key >> 7)};
  return bytes + static_cast<char>(value);
}

inline std::string piece(const std::string &text, float score, int type = 1) {
  std::string bytes(4, '\0');
  memcpy(bytes.data(), &score, 4);
  return field(1, field(1, text) + static_cast<char>(2 << 3 | 5) + bytes + field(3, type));
}

} // namespace tfc::test

#endif
