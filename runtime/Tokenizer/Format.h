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
  /// char[]: texts that steps name by their place here: a byte with the length, and the bytes.
  tagStepTexts = tagOf("STXT"),
  /// uint32_t[4]: the model's code and its parameters.
  ///   WordPiece: id of the unknown token, longest word in scalars, trie node behind the continuing
  ///     prefix (noNode: no token has it)
  ///   BPE: id of the unknown token or noToken, BpeOptions, the UTF-8 bytes of a character that no
  ///     merge joins to another before it, the first lowest (0: there is none)
  ///   WordLevel: id of the unknown token, 0, 0
  ///   Unigram: id of the unknown token, UnigramOptions, its piece or noToken
  tagModel = tagOf("MODL"),
  /// uint64_t[]: the trie of the model's vocabulary; its values are ids. BPE: only of the tokens
  /// that a word of the same text becomes; byte-level tokens as the bytes they stand for.
  /// Unigram: of pieces; its values are their numbers.
  tagVocabulary = tagOf("TRIE"),
  /// MergeSlot[], a power of two: BPE's merges, by open addressing from MergeSlot::home.
  tagMerges = tagOf("MERG"),
  /// int32_t[256]: the model's token of each byte, or -1.
  tagByteIds = tagOf("BYTE"),
  /// double[pieces + 1]: Unigram's score of each piece, and that of an unknown character.
  tagScores = tagOf("SCOR"),
  /// int32_t[pieces]: Unigram's or BPE's id of each piece; left out where that is its number. With
  /// it, the values of TRIE, MERG and BYTE are numbers of pieces in BPE.
  tagPieceIds = tagOf("PIDS"),
  /// uint64_t[]: the trie of the texts that unknown characters are looked up in, as many as stand
  /// together, with their ids; left out where those are the model's pieces.
  tagUnknownTexts = tagOf("UTXT"),
  /// uint64_t[]: the trie of normalizerMap: the number of a map as a byte and what it replaces,
  /// with the place in MTXT of what that becomes, which is a text as in STXT.
  tagMaps = tagOf("MAPS"),
  tagMapTexts = tagOf("MTXT"),
  /// uint32_t[2]: the places in STXT of two texts: a piece that begins with the first is one token
  /// up to the second.
  tagCode = tagOf("CODE"),
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
  /// uint32_t[1]: TrimOptions: white space is no part of where a token comes from.
  tagTrim = tagOf("TRIM"),
  /// uint32_t[3]: from ids to text: DecoderOptions; how many of a character are left out at the
  /// very beginning, and which.
  tagDecoder = tagOf("DECO"),
  /// uint8_t[ids]: DecodedKind of each id.
  tagDecodedKinds = tagOf("DKND"),
  /// char[], uint32_t[ids + 1]: what each id becomes in a text.
  tagDecodedText = tagOf("DTXT"),
  tagDecodedOffsets = tagOf("DOFF"),
  /// The same for the first token of a text, left out where that is no special case.
  tagFirstText = tagOf("FTXT"),
  tagFirstOffsets = tagOf("FOFF"),
};

/// Steps of NORM.
enum Normalizer : uint32_t {
  normalizerBert = 1,
  normalizerCanonical = 2, ///< NFD; with option 1, NFC
  normalizerReplace = 3,   ///< options: the place in STXT of a text, and of its replacement there
  normalizerPrefix = 4,    ///< options: PrefixOptions | the place of a text in STXT << 2
  normalizerMap = 5,       ///< options: MapOptions | the number of a map << 1
  normalizerRuns = 6,  ///< as normalizerReplace, with all that repeats the text's last character
  normalizerStrip = 7, ///< options: TrimEnds: white space is left out
  normalizerTrim = 8,  ///< options: TrimEnds | the place in STXT of what is left out << 2
};
/// Options of normalizerBert.
enum BertOptions : uint32_t { bertClean = 1, bertIdeographs = 2, bertStrip = 4, bertLower = 8 };
/// When normalizerPrefix puts its text before another, which is not empty.
enum PrefixOptions : uint32_t { prefixUnlessThere = 1, prefixOnlyFirst = 2 };

/// Without mapsClusters, the longest text that the map has is replaced at each place. With it,
/// clusters of characters of fewer than 6 bytes are replaced whole, and other characters one by
/// one, by what the map has for the shortest text at their front: as the tokenizers library does
/// it.
enum MapOptions : uint32_t { mapsClusters = 1 };
enum TrimEnds : uint32_t { trimsLeft = 1, trimsRight = 2 };

/// Steps of PRET. All but the first have options: CutBehavior | cutInverted | others << 4.
enum PreTokenizer : uint32_t {
  preTokenizerBert = 1,
  cutSplitter = 2,    ///< SplitterOptions: a regular expression that matches everything
  cutText = 3,        ///< the place of a text in STXT
  cutPunctuation = 4, ///< each character by itself
  cutNumeric = 5,     ///< 1: each character by itself, 0: as many as there are
  cutWhite = 6,       ///< each character by itself
  cutWords = 7,       ///< as many of \w, or of what is neither that nor white, as there are
  cutLength = 8,      ///< every so many characters, at least 1
};
/// With this bit, a step of PRET is a step of NORM that each word goes through by itself.
constexpr uint32_t rewritesWord = 0x80;
/// What becomes of the matches of a step, and of the text between.
enum CutBehavior : uint32_t {
  cutIsolated = 0,
  cutRemoved = 1,
  cutMergedWithPrevious = 2,
  cutMergedWithNext = 3,
  cutContiguous = 4
};
constexpr uint32_t cutBehaviorMask = 7, cutInverted = 8; // the other way round: a match is not one
/// Options of cutSplitter. Without splitGpt4: how GPT-2 splits.
enum SplitterOptions : uint32_t {
  splitGpt4 = 1,
  splitDigitsShift = 1 ///< the most digits that stay together, 0 for any number
};

/// Codes of MODL.
enum Model : uint32_t { modelWordPiece = 1, modelBpe = 2, modelWordLevel = 3, modelUnigram = 4 };
enum BpeOptions : uint32_t {
  bpeByteLevel = 1,    ///< words begin as bytes, not as characters
  bpeByteFallback = 2, ///< unknown characters become bytes where all of these are known
  bpeFuseUnknown = 4
};

enum UnigramOptions : uint32_t {
  unigramByteFallback = 1, ///< unknown characters become bytes where all of these are known
  unigramSingle = 2,       ///< scores are summed up in single precision, as SentencePiece does
  unigramSpells = 4,       ///< an unknown token is spelled as the text has it
};

/// A slot of MERG: two tokens that stand side by side become `id`, those of the lowest rank first.
struct MergeSlot {
  uint32_t left, right, rank, id; // left: noToken in a free slot

  static uint64_t home(uint32_t left, uint32_t right) {
    return (static_cast<uint64_t>(left) << 32 | right) * 0x9E3779B97F4A7C15 >> 32;
  }
};

enum TrimOptions : uint32_t { trimWhite = 1, trimKeepsPrefix = 2 };

enum DecoderOptions : uint32_t {
  decodesBytes = 1,   ///< texts of ids are bytes, which become valid UTF-8 only when joined
  decodesTrimmed = 2, ///< white space at both ends of the text is left out
  decodesPartly = 4,  ///< of several bytes in a row, those are text that can be
};
enum DecodedKind : uint8_t {
  decodedSpecial = 1,  ///< can be left out
  decodedByte = 2,     ///< a byte; several in a row are text only if all of them are
  decodedNothing = 4,  ///< there is no such token
  decodedRestarts = 8, ///< what follows is decoded like the first token of a text
};

enum AddedFlags : uint32_t {
  addedSingleWord = 1,
  addedStripLeft = 2,
  addedStripRight = 4,
  addedSpecial = 8
};

enum TemplatePart : uint32_t { partFirst = 0, partSecond = 1, partToken = 2 };

enum Strategy : uint32_t { longestFirst = 0, onlyFirst = 1, onlySecond = 2 };

constexpr uint32_t noNode = 0xFFFFFFFF, noToken = 0xFFFFFFFF;

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
