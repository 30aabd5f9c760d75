// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "UnigramTables.h"
#include "Trie.h"

namespace tfc::tokenizer {

UnigramTables unigramTables(const Description &description) {
  UnigramTables tables;
  std::vector<std::pair<llvm::StringRef, int32_t>> keys;
  uint32_t unknownPiece = noToken;
  for (const auto &[number, piece] : llvm::enumerate(description.pieces)) {
    tables.scores.push_back(piece.score);
    if (!piece.text.empty())
      keys.emplace_back(piece.text, static_cast<int32_t>(number));
    if (description.piecesAreVocabulary && piece.id == description.unknown)
      unknownPiece = static_cast<uint32_t>(number);
  }
  tables.scores.push_back(description.unknownScore);
  tables.trie = buildTrie(std::move(keys));
  tables.parameters = {modelUnigram, static_cast<uint32_t>(description.unknown),
                       description.unigramOptions, unknownPiece};
  if (description.unigramOptions & unigramByteFallback)
    for (int byte = 0; byte < 256; ++byte) {
      const int64_t id = byteToken(description.vocabulary, static_cast<uint8_t>(byte));
      // A piece that is a byte is known even where its id is not.
      tables.byteIds.push_back(static_cast<int32_t>(
          id < 0 && !description.piecesAreVocabulary ? description.unknown : id));
    }
  return tables;
}

} // namespace tfc::tokenizer
