// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A tokenizer as its files describe it, checked; the readers fill it, Tables.cpp lays it out.

#ifndef TFC_COMPILER_TOKENIZER_DESCRIPTION_H
#define TFC_COMPILER_TOKENIZER_DESCRIPTION_H

#include "runtime/Tokenizer/Format.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tfc::tokenizer {

/// The ids of tokens by their text, each id for one text only.
class Vocabulary {
public:
  explicit Vocabulary(int64_t modelSize) : modelSize(modelSize) {}

  /// Why a token cannot have that id, or an empty text.
  std::string refusal(llvm::StringRef text, int64_t id) const;
  /// Adds a token. What is wrong with it, or an empty text.
  std::string add(llvm::StringRef text, int64_t id);
  /// The id of a text, or -1.
  int64_t find(llvm::StringRef text) const;
  /// The text of an id, or null.
  const llvm::StringMapEntry<int32_t> *entry(int64_t id) const;
  size_t size() const { return ids.size(); }
  /// One more than the largest id.
  size_t idCount() const { return entries.size(); }

private:
  int64_t modelSize; // how many ids the model knows, 0: any number
  llvm::StringMap<int32_t> ids;
  std::vector<const llvm::StringMapEntry<int32_t> *> entries; // by id
};

struct AddedToken {
  std::string text;
  int64_t id = -1;
  uint32_t flags = 0;      ///< AddedFlags
  bool normalized = false; ///< looked for in normalized text, by its own normalized text

  bool operator==(const AddedToken &other) const {
    return text == other.text && flags == other.flags && normalized == other.normalized;
  }
};

/// Texts, and what they become when text is normalized.
using CharMap = std::vector<std::pair<std::string, std::string>>;

/// A merge of BPE; those of a lower rank come first.
struct Merge {
  int64_t left, right, id;
  uint32_t rank;
};

/// How ids become text: each token by itself, then all of them together.
struct DecoderSteps {
  /// What becomes of a token; whether it is the first of its text can make a difference.
  using Step = std::function<std::string(llvm::StringRef token, bool isFirst)>;

  std::vector<Step> steps;
  bool byteLevel = false;    ///< letters stand for bytes
  bool byteFallback = false; ///< tokens such as <0x0A> are bytes
  bool partly = false;       ///< of several bytes in a row, those are text that can be
  bool joined = false;       ///< what follows sees one text
  bool trimmed = false;      ///< white space at both ends is left out
  bool restarts = false;     ///< behind a special token a new text begins
  uint32_t strips = 0;       ///< how many of a character are left out at the beginning
  uint32_t stripped = 0;     ///< that character

  /// Tokens that begin with the prefix continue a word; `cleans`: there is no space before a full
  /// stop and the like.
  static Step wordPiece(std::string prefix, bool cleans);

  /// Without a decoder, tokens have spaces between them.
  static DecoderSteps spaced();
};

/// A piece, and for Unigram the logarithm of its probability.
struct ScoredPiece {
  std::string text;
  double score;
  int64_t id;
};

struct Part {
  TemplatePart kind;
  uint32_t type;
  int64_t id; ///< of a partToken
};

struct Truncation {
  uint32_t limit;
  Strategy strategy;
  bool left;
};

struct FolderConfig;

struct Description {
  explicit Description(int64_t modelSize) : vocabulary(modelSize) {}

  Vocabulary vocabulary;         ///< of the model and of the added tokens
  std::vector<int64_t> modelIds; ///< ids of the model's own tokens
  Model model = modelWordPiece;
  int64_t unknown = -1;
  std::string prefix = "##";  ///< WordPiece: of tokens that continue a word
  uint32_t longestWord = 100; ///< WordPiece: in scalars; longer words are unknown
  std::vector<Merge> merges;
  uint32_t bpeOptions = 0;                          ///< BpeOptions
  bool ignoreMerges = false;                        ///< BPE: words that are tokens stay whole
  std::vector<ScoredPiece> pieces;                  ///< Unigram's and SentencePiece's
  double unknownScore = 0;                          ///< Unigram: of an unknown character
  uint32_t unigramOptions = 0;                      ///< UnigramOptions
  bool piecesAreVocabulary = true;                  ///< or else BPE merges numbers of pieces
  std::vector<uint32_t> normalizers, preTokenizers; ///< steps, code | options << 8
  std::string stepTexts;                            ///< what steps name, as Format.h says
  std::vector<CharMap> maps;                        ///< of normalizerMap, by number
  std::optional<std::array<uint32_t, 2>> code;      ///< as Format.h says of CODE
  std::vector<AddedToken> added;
  size_t newCount = 0; ///< added tokens that the model does not have
  /// Around one text, and around two.
  std::vector<Part> templates[2] = {{{partFirst, 0, -1}},
                                    {{partFirst, 0, -1}, {partSecond, 1, -1}}};
  std::optional<Truncation> truncation;
  std::optional<uint32_t> trim; ///< TrimOptions
  /// What the file says of decoding; nothing where tfc does not have it.
  std::optional<DecoderSteps> decoder = DecoderSteps::spaced();

  /// Adds the token under the id that the vocabulary has for it, or else under the next new one.
  /// What is wrong with it, or an empty text.
  std::string addToken(AddedToken token);
  /// The id that addToken would give to a text.
  int64_t idToAdd(llvm::StringRef text) const;

  size_t specialCount(bool pair) const;

  /// Keeps texts for a step, one behind the other, and returns the place of the first. Each has at
  /// most 255 bytes.
  uint32_t addStepTexts(llvm::ArrayRef<llvm::StringRef> texts);
};

/// The id of the token for a byte that is written <0x0A>, or -1.
int64_t byteToken(const Vocabulary &vocabulary, uint8_t byte);

/// Fills in [CLS] A [SEP], and [CLS] A [SEP] B [SEP] with type 1 for the second.
void setBertTemplate(Description &description, int64_t cls, int64_t sep);

/// Fills in <s> A </s>, and <s> A </s> </s> B </s>, all of one type.
void setRobertaTemplate(Description &description, int64_t cls, int64_t sep);

/// How an unknown character is scored below all pieces of Unigram.
constexpr double unknownPenalty = 10;

/// Adds the step of a map. `options` are MapOptions.
void addMap(CharMap map, uint32_t options, Description &description);

/// `path` is what messages call the file.
llvm::Error readTokenizerJson(llvm::StringRef text, llvm::StringRef path, Description &description);

/// Reads vocab.txt and, if they are there, tokenizer_config.json and special_tokens_map.json.
llvm::Error readVocabularyFolder(llvm::StringRef folder, Description &description);

/// Reads vocab.json, merges.txt and config.json, and, if they are there, tokenizer_config.json and
/// special_tokens_map.json.
llvm::Error readMergesFolder(llvm::StringRef folder, Description &description);

/// Reads source.spm and vocab.json, and tokenizer_config.json if it is there.
llvm::Error readMarianFolder(llvm::StringRef folder, Description &description);

/// Reads sentencepiece.bpe.model and vocab.json; `config` has been read, and `language` is the
/// source's.
llvm::Error readM2M100Folder(llvm::StringRef folder, FolderConfig &config, llvm::StringRef language,
                             Description &description);

/// Reads spiece.model, sentencepiece.bpe.model or tokenizer.model, and config.json, and, if they
/// are there, tokenizer_config.json and special_tokens_map.json.
llvm::Error readSentencePieceFolder(llvm::StringRef folder, Description &description);

/// The tables, as abi.h and Format.h say.
llvm::Expected<std::vector<char>> layOut(const Description &description, llvm::StringRef path);

} // namespace tfc::tokenizer

#endif
