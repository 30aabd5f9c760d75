// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "DecoderTables.h"
#include "ByteLevel.h"

#include "compiler/Support/Error.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringExtras.h"

namespace tfc::tokenizer {
namespace {

/// The byte of a token such as <0x0A>, by the reference's rules: two characters that it reads as a
/// number, which may have a sign.
std::optional<uint8_t> byteOf(llvm::StringRef token) {
  if (token.size() != 6 || !token.consume_front("<0x") || !token.consume_back(">"))
    return std::nullopt;
  token.consume_front("+");
  uint8_t byte;
  if (!llvm::all_of(token, llvm::isHexDigit) || token.getAsInteger(16, byte))
    return std::nullopt;
  return byte;
}

std::string decoded(const DecoderSteps &decoder, llvm::StringRef token, bool isFirst) {
  std::string text = token.str();
  for (const DecoderSteps::Step &step : decoder.steps)
    text = step(text, isFirst);
  // A token with any other character is taken as it is.
  return decoder.byteLevel ? bytesOf(text).value_or(text) : text;
}

/// What an id becomes, its text in `text`.
uint8_t decode(const DecoderSteps &decoder, llvm::StringRef token, bool isFirst,
               std::string &text) {
  text = decoded(decoder, token, isFirst);
  auto byte = decoder.byteFallback ? byteOf(text) : std::nullopt;
  if (byte)
    text = std::string(1, static_cast<char>(*byte));
  return byte ? decodedByte : 0;
}

} // namespace

bool TextTable::add(llvm::StringRef text) {
  texts.insert(texts.end(), text.begin(), text.end());
  offsets.push_back(static_cast<uint32_t>(texts.size()));
  return texts.size() <= UINT32_MAX;
}

llvm::Expected<std::optional<DecoderLayout>> decoderTables(const Description &description,
                                                           llvm::StringRef path) {
  if (!description.decoder)
    return std::nullopt;
  const DecoderSteps &decoder = *description.decoder;
  DecoderLayout layout;
  layout.parameters = {(decoder.byteLevel ? uint32_t(decodesBytes) : 0u) |
                           (decoder.trimmed ? uint32_t(decodesTrimmed) : 0u) |
                           (decoder.partly ? uint32_t(decodesPartly) : 0u),
                       decoder.strips, decoder.stripped};
  const int special = decodedSpecial | (decoder.restarts ? decodedRestarts : 0);
  llvm::DenseSet<int64_t> specials;
  for (const AddedToken &token : description.added)
    if (token.flags & addedSpecial)
      specials.insert(token.id);
  bool isSpecialCase = false;
  for (size_t id = 0; id < description.vocabulary.idCount(); ++id) {
    const auto *entry = description.vocabulary.entry(static_cast<int64_t>(id));
    std::string later, first;
    uint8_t kind = decodedNothing;
    if (entry) {
      kind = decode(decoder, entry->getKey(), false, later);
      if (kind != decode(decoder, entry->getKey(), true, first))
        return unsupportedError("{}: $.decoder: a token that is a byte in one place only", path);
      isSpecialCase |= first != later;
    }
    layout.kinds.push_back(
        static_cast<uint8_t>(kind | (specials.contains(static_cast<int64_t>(id)) ? special : 0)));
    if (!layout.later.add(later) || !layout.first.add(first))
      return unsupportedError("{}: the tokens have more than 4 GiB of text", path);
  }
  if (!isSpecialCase)
    layout.first = {{}, {}};
  return layout;
}

} // namespace tfc::tokenizer
