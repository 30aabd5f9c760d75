// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tables of a compiled tokenizer: what the sections of a `tfc_tokenizer` (abi.h) hold. The
// compiler writes them, the runtime reads them in place.

#ifndef TFC_RUNTIME_TOKENIZER_FORMAT_H
#define TFC_RUNTIME_TOKENIZER_FORMAT_H

#include <stdint.h>

namespace tfc::tokenizer {

constexpr uint32_t tagOf(const char (&name)[5]) {
  return static_cast<uint32_t>(name[0]) | static_cast<uint32_t>(name[1]) << 8 |
         static_cast<uint32_t>(name[2]) << 16 | static_cast<uint32_t>(name[3]) << 24;
}

constexpr uint32_t tokenizerMagic = tagOf("TFCT");

/// Tags of sections, with the type of their elements. A section that is left out has no elements.
enum Tag : uint32_t {
  /// char[]: the texts of all tokens, one behind the other.
  tagText = tagOf("TEXT"),
  /// uint32_t[ids + 1]: where in TEXT the text of each id begins; an empty text means that there is
  /// no such token.
  tagTextOffsets = tagOf("TOFF"),
  /// uint32_t[]: the steps that normalize text, each code | options << 8.
  tagNormalizers = tagOf("NORM"),
  /// uint32_t[]: the steps that cut normalized text into words, each code | options << 8.
  tagPreTokenizers = tagOf("PRET"),
  /// uint32_t[4]: the model's code and its parameters. WordPiece: id of the unknown token, longest
  /// word in scalars, trie
  /// node behind the continuing prefix (noNode: no token has it).
  tagModel = tagOf("MODL"),
  /// uint64_t[]: the trie of the model's vocabulary; its values are ids.
  tagVocabulary = tagOf("TRIE"),
  /// uint32_t[2 * count]: added tokens: id, AddedFlags.
  tagAdded = tagOf("ADDT"),
  /// uint64_t[]: the trie of added tokens that are looked for before, and after, normalization; its
  /// values are indices
  /// into ADDT.
  tagAddedRaw = tagOf("ADRW"),
  tagAddedNormalized = tagOf("ADNM"),
  /// uint32_t[2 * count]: what stands around one text, or two: the kind TemplatePart | type << 8,
  /// and an id.
  tagSingle = tagOf("TMP1"),
  tagPair = tagOf("TMP2"),
  /// uint32_t[3]: truncation: most tokens, Strategy, 1 to remove from the left.
  tagTruncation = tagOf("TRNC"),
};

/// Steps of NORM. Later ones (NFC, Replace, …) get the next codes.
enum Normalizer : uint32_t { normalizerBert = 1 };
/// Options of normalizerBert.
enum BertOptions : uint32_t { bertClean = 1, bertIdeographs = 2, bertStrip = 4, bertLower = 8 };

/// Steps of PRET.
enum PreTokenizer : uint32_t { preTokenizerBert = 1 };

/// Codes of MODL.
enum Model : uint32_t { modelWordPiece = 1 };

enum AddedFlags : uint32_t {
  addedSingleWord = 1,
  addedStripLeft = 2,
  addedStripRight = 4,
  addedSpecial = 8
};

enum TemplatePart : uint32_t { partFirst = 0, partSecond = 1, partToken = 2 };

enum Strategy : uint32_t { longestFirst = 0, onlyFirst = 1, onlySecond = 2 };

constexpr uint32_t noNode = 0xFFFFFFFF;

/// A unit of a trie: a double array over bytes. The child of the node with base `b` by the byte `c`
/// is unit b ^ c, if the label there is c; no two nodes share a base. Unit 0 is the root. There are
/// as many units as a multiple of 256.
///   bits 0–8: the label, freeLabel in an unused unit · bits 9–31: value + 1, 0 for none · bits
///   32–63: the base
struct Unit {
  static constexpr uint32_t freeLabel = 0x1FF, maxValue = (1u << 23) - 2;

  static uint32_t label(uint64_t unit) { return static_cast<uint32_t>(unit) & 0x1FF; }
  static int32_t value(uint64_t unit) {
    return static_cast<int32_t>(static_cast<uint32_t>(unit) >> 9) - 1;
  }
  static uint32_t base(uint64_t unit) { return static_cast<uint32_t>(unit >> 32); }
  static uint64_t make(uint32_t label, int32_t value, uint32_t base) {
    return label | static_cast<uint64_t>(static_cast<uint32_t>(value + 1)) << 9 |
           static_cast<uint64_t>(base) << 32;
  }
};

} // namespace tfc::tokenizer

#endif
