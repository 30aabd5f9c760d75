// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From ids to text, one id at a time.
//
//   Decoder decoder(tokenizer.decoderTables(), /*keepSpecial=*/false);
//   for each id of the prompt:  decoder.skip(id)      its text is not wanted, but counts as before
//   for each new id:            decoder.push(id, out)  appends what is certain by now
//   at the end:                 decoder.flush(out)     appends what was still waiting
//
// What is appended is always whole characters of valid UTF-8. Together it is the text of all ids
// without that of the prompt, as if both had been decoded at once.

#ifndef TFC_RUNTIME_TOKENIZER_DECODER_H
#define TFC_RUNTIME_TOKENIZER_DECODER_H

#include "runtime/Tokenizer/List.h"
#include "runtime/Tokenizer/Tables.h"

namespace tfc::tokenizer {

/// What each id becomes, as Format.h says.
struct DecoderTables {
  Table<uint32_t> parameters;
  Table<uint8_t> kinds;
  Table<char> texts, firstTexts;
  Table<uint32_t> offsets, firstOffsets;

  /// Whether there is anything to decode with: libraries of older compilers have no such tables.
  bool exist() const { return parameters.count != 0; }
  /// What is wrong with them, or null.
  const char *check(size_t ids) const;
};

/// The state between two ids: a few words, and memory only for bytes that wait. Copying is not
/// possible; reset() makes it as new and keeps the memory.
class Decoder {
public:
  Decoder() = default;
  Decoder(const DecoderTables &tables, bool keepSpecial) { reset(tables, keepSpecial); }

  /// Begins a new text. The tables must exist, and outlive the decoder's use.
  void reset(const DecoderTables &tables, bool keepSpecial);

  /// Takes the next id of the prompt; all of these come before the first push(). False when out of
  /// memory, as below.
  bool skip(int32_t id);

  /// Takes the next id and appends the text that is certain by now. Ids without a token add
  /// nothing, and neither do special tokens unless they are to be kept.
  bool push(int32_t id, List<char> &out);

  /// Appends what is left: bytes that never became a character are U+FFFD. Then the text is at its
  /// end; only reset() may follow.
  bool flush(List<char> &out);

private:
  void endPrompt();
  bool add(int32_t id, List<char> *out);
  bool addBytes(const char *bytes, size_t length, List<char> *out);
  bool endOfBytes(List<char> *out);
  bool emit(const char *text, size_t length, List<char> *out);
  bool appendTrimmed(const char *at, const char *end, List<char> *out);
  bool append(const char *at, const char *end, List<char> *out);

  const DecoderTables *tables = nullptr;
  List<char> waiting; // bytes that are no text yet
  size_t strips = 0;  // how many characters may still be left out at the beginning
  List<char> held;    // white space, left out unless something follows
  size_t owed = 0;    // characters of the prompt's text that are still to come
  bool keepSpecial = false, isFirst = true, isPrompt = true;
  bool hasBegun = false; // there is something but white space
};

} // namespace tfc::tokenizer

#endif
