// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From text to ids, as the tokenizer of the model does it. The tables are described in Format.h.
//
//   text → added tokens cut out → normalizers → added tokens cut out → pre-tokenizers → model →
//   truncation → template
//
// Normalizers and pre-tokenizers are sequences of steps; each step is one function in Steps.h,
// named by a code in the tables, and so is each model in Models.h. A new kind of tokenizer adds
// codes and functions.

#ifndef TFC_RUNTIME_TOKENIZER_TOKENIZER_H
#define TFC_RUNTIME_TOKENIZER_TOKENIZER_H

#include "runtime/Status.h"
#include "runtime/Tokenizer/AddedTokens.h"
#include "runtime/Tokenizer/Decoder.h"
#include "runtime/Tokenizer/List.h"
#include "runtime/Tokenizer/Models.h"
#include "tfc/abi.h"

namespace tfc::tokenizer {

/// Where a token comes from: the bytes [begin, end) of the text as it was given.
struct Source {
  size_t begin, end;
  int32_t word;     ///< of its text, from 0; -1: a token of the template
  int32_t sequence; ///< 0: the text, 1: its pair, -1: a token of the template
};

/// Ids of one text before the template. With `keepText`, token i stands for text[textEnds[i - 1] …
/// textEnds[i]), and sources[i] says where it comes from.
struct Tokens {
  List<int32_t> ids;
  List<size_t> textEnds;
  List<char> text;
  List<Source> sources;
  int32_t words = 0; // so far
  bool keepText = false;

  void clear(bool keep) {
    ids.clear();
    textEnds.clear();
    text.clear();
    sources.clear();
    words = 0;
    keepText = keep;
  }
};

/// The result of encode(); meant to be used again, so that it allocates only for texts longer than
/// all before.
struct Encoding {
  Tokens tokens;
  List<int32_t> types; ///< the segment of each id, for token_type_ids

  size_t size() const { return tokens.ids.count; }
  const int32_t *ids() const { return tokens.ids.data(); }
  /// The text of token `index` as the text has it: that of the vocabulary, but an added token with
  /// the white space that it took. Only after encode() with `keepText`.
  const char *text(size_t index, size_t *length) const {
    size_t begin = index ? tokens.textEnds[index - 1] : 0;
    *length = tokens.textEnds[index] - begin;
    return tokens.text.data() + begin;
  }
};

/// Combining characters that wait for their order, and the places they came from.
struct Pending {
  List<uint64_t> marks;
  List<size_t> origins;
};

/// Behind a replaced character: a place in the valid text, and the same in the text as given.
struct Repair {
  size_t valid, given;
};

/// Leads from a piece, as it was normalized, back to the text as it was given.
struct Way {
  const char *text;      // valid
  size_t begin;          // of the piece in it
  const size_t *origins; // null: the piece is as it was
  const List<Repair> &repairs;

  /// Where the bytes of `span`, which is not empty, came from: whole scalars.
  Span back(Span span) const;

  /// Whether what stands at `at` came from the very beginning of the text.
  bool isFirst(size_t at) const { return begin + (origins ? origins[at] : at) == 0; }

  /// Leads on to the text that this one was rewritten to; null where its origins are not kept.
  void follow(List<size_t> *rewritten) {
    for (size_t i = 0; rewritten && origins && i < rewritten->count; ++i)
      (*rewritten)[i] = origins[(*rewritten)[i]];
    origins = rewritten ? rewritten->data() : nullptr;
  }

private:
  size_t given(size_t valid) const;
};

/// Memory that encode() works in; one for each thread.
struct Scratch {
  List<char> valid;         // the text with U+FFFD for what is not UTF-8
  List<char> normalized[2]; // the output of the normalizers, in turn
  List<size_t> origins[2];  // for each byte of `normalized`, where in the piece its scalar begins
  List<Span> words[2];      // the output of the pre-tokenizers, in turn
  List<char> rewritten[2];  // the text of these words where pre-tokenizers rewrite it, in turn
  List<size_t> rewrittenOrigins[2];
  List<Repair> repairs; // what makes `valid` longer or shorter than the text
  List<Span> spans;     // of the tokens of a word
  Pending pending;      // combining characters that wait for their order
  ModelScratch model;
  Tokens tokens[2]; // of the first and of the second text
};

struct EncodeOptions {
  bool addSpecialTokens = true;
  /// The most tokens, special ones included; replaces the truncation of the tokenizer's file. 0:
  /// the file decides.
  size_t truncateTo = 0;
  /// Truncate nothing, whatever the file says. Not together with truncateTo.
  bool neverTruncate = false;
  /// Keep the text of each token, for Encoding::text, and its source.
  bool keepText = false;
};

struct Draft;

/// A tokenizer over tables that outlive it. Read-only after open(): any number of threads may
/// encode with it.
class Tokenizer {
public:
  /// Checks the tables and points into them; allocates nothing. TFC_INVALID_ARGUMENT where they are
  /// broken.
  tfc_status open(const tfc_tokenizer *tables, uint64_t bytes, Message &message);

  /// Encodes `text`, or the pair of `text` and `pair` where that is not null. Neither ends at a
  /// zero. Returns TFC_OUT_OF_MEMORY, or TFC_INVALID_ARGUMENT where the tokens cannot be truncated
  /// as asked.
  tfc_status encode(const char *text, size_t length, const char *pair, size_t pairLength,
                    const EncodeOptions &options, Encoding &out, Scratch &scratch,
                    Message &message) const;

  /// The text of a token in the vocabulary and its length, or null where there is no such token.
  const char *tokenText(int64_t id, size_t *length) const;

  /// What decodes ids; read-only.
  const DecoderTables &decoderTables() const { return decoder; }

  /// One more than the largest id.
  int64_t idCount() const {
    return textOffsets.count ? static_cast<int64_t>(textOffsets.count) - 1 : 0;
  }

  /// How many special tokens the template adds to one text, or to two.
  size_t specialCount(bool pair) const { return specials[pair]; }

private:
  struct Truncation {
    size_t limit;
    uint32_t strategy;
    bool left;
  };

  const char *readSections(const tfc_tokenizer *tables, uint64_t bytes);
  const char *checkContents() const;
  bool encodeText(const char *text, size_t length, size_t enough, Tokens &out,
                  Scratch &scratch) const;
  bool encodePiece(const char *text, Span piece, size_t enough, Tokens &out,
                   Scratch &scratch) const;
  bool rewriteWords(uint32_t step, Draft &draft, bool keepOrigins, Scratch &scratch) const;
  bool encodeWords(const char *text, Span piece, const Way &way, size_t enough, Tokens &out,
                   Scratch &scratch) const;
  bool describeWord(const char *text, const List<Span> &spans, const Way &way, Tokens &out) const;
  bool encodeCode(const char *text, Span &piece, Tokens &out, const Scratch &scratch) const;
  bool pushAdded(int32_t id, const char *text, Span span, const Way &way, Tokens &out) const;
  const char *truncate(const Truncation &how, bool pair, size_t special, const Tokens tokens[2],
                       Span keep[2]) const;
  bool applyTemplate(const char *const given[2], bool special, const Tokens tokens[2],
                     const Span keep[2], Encoding &out) const;

  Table<char> texts;
  StepTables steps;
  Table<uint32_t> textOffsets, normalizers, preTokenizers, added, truncation, templates[2], trim,
      code;
  ModelTables model;
  DecoderTables decoder;
  const ModelKind *kind = nullptr; // of the model
  bool asksForFirst = false;       // pre-tokenizers do, so that it must be known after normalizers
  int32_t spelled = -1;            // the id whose tokens are spelled as the text has them
  AddedSet raw, normalized;
  size_t specials[2] = {0, 0};
};

} // namespace tfc::tokenizer

#endif
