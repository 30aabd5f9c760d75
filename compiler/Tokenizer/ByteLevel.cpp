// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ByteLevel.h"

#include "runtime/Tokenizer/Unicode.h"

#include <array>

namespace tfc::tokenizer {
namespace {

/// Bytes that can be seen in Latin-1 are their own letters; the others have those from U+0100 on,
/// in their order.
constexpr bool isVisible(uint32_t byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
}

struct Alphabet {
  std::array<uint32_t, 256> letters;
  std::array<int, 0x200> bytes;
};
constexpr Alphabet makeAlphabet() {
  Alphabet alphabet{};
  for (int &byte : alphabet.bytes)
    byte = -1;
  uint32_t next = 0x100;
  for (uint32_t byte = 0; byte < 256; ++byte) {
    alphabet.letters[byte] = isVisible(byte) ? byte : next++;
    alphabet.bytes[alphabet.letters[byte]] = static_cast<int>(byte);
  }
  return alphabet;
}
constexpr Alphabet alphabet = makeAlphabet();

} // namespace

std::string letterOf(uint8_t byte) {
  char text[4];
  return {text, writeScalar(alphabet.letters[byte], text)};
}

std::optional<std::string> bytesOf(llvm::StringRef token) {
  std::string bytes;
  for (const char *at = token.begin(); at < token.end();) {
    uint32_t scalar = readScalar(at);
    int byte = scalar < alphabet.bytes.size() ? alphabet.bytes[scalar] : -1;
    if (byte < 0)
      return std::nullopt;
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

bool hasAllBytes(const Vocabulary &vocabulary) {
  for (uint32_t byte = 0; byte < 256; ++byte)
    if (vocabulary.find(letterOf(static_cast<uint8_t>(byte))) < 0)
      return false;
  return true;
}

} // namespace tfc::tokenizer
