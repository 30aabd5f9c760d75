// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tables of a compiled tokenizer, and what holds of every text that goes through them.

#ifndef TFC_TEST_FUZZ_TABLES_H
#define TFC_TEST_FUZZ_TABLES_H

#include "Fuzz.h"

#include "compiler/Tokenizer/Tokenizer.h"
#include "runtime/Tokenizer/Tokenizer.h"

#include <cstring>
#include <optional>

namespace tfc::fuzz {

class Tables {
public:
  explicit Tables(llvm::ArrayRef<char> bytes) : aligned((bytes.size() + 7) / 8) {
    std::memcpy(aligned.data(), bytes.data(), bytes.size());
    require(tokenizer.open(reinterpret_cast<const tfc_tokenizer *>(aligned.data()), bytes.size(),
                           message) == TFC_OK,
            "the runtime opens what the compiler made", message.c_str());
  }

  /// Tokenizes the text; nothing where it cannot be truncated as asked. Ids are those of tokens,
  /// and asking for their texts changes none of them.
  std::optional<std::vector<int32_t>> check(llvm::StringRef text,
                                            std::optional<llvm::StringRef> pair,
                                            tokenizer::EncodeOptions options) {
    auto ids = encode(text, pair, options);
    options.keepText = true;
    require(encode(text, pair, options) == ids, "kept texts change no id");
    if (!ids)
      return std::nullopt;
    require(encoding.types.count == ids->size(), "each id has a type");
    for (size_t i = 0; i < ids->size(); ++i) {
      require((*ids)[i] >= 0 && (*ids)[i] < tokenizer.idCount(), "ids are in range");
      size_t length;
      const char *spelled = encoding.text(i, &length);
      require(llvm::json::isUTF8({spelled, length}), "tokens are valid UTF-8");
    }
    checkSources(text, pair);
    checkDecoding(*ids);
    return ids;
  }

private:
  /// Whatever ids come, what they become is whole characters, with and without a prompt.
  void checkDecoding(llvm::ArrayRef<int32_t> ids) {
    if (!tokenizer.decoderTables().exist())
      return;
    std::string whole, continued;
    for (bool hasPrompt : {false, true}) {
      tokenizer::Decoder decoder(tokenizer.decoderTables(), ids.size() % 2);
      tokenizer::List<char> piece;
      size_t prompt = hasPrompt ? ids.size() / 2 : 0;
      for (int32_t id : ids.take_front(prompt))
        require(decoder.skip(id), "there is memory");
      auto take = [&](bool good) {
        require(good, "there is memory");
        llvm::StringRef text(piece.data(), piece.count);
        require(llvm::json::isUTF8(text), "text is valid UTF-8");
        (hasPrompt ? continued : whole) += text;
        piece.clear();
      };
      for (int32_t id : ids.drop_front(prompt))
        take(decoder.push(id, piece));
      take(decoder.flush(piece));
    }
    require(llvm::StringRef(whole).ends_with(continued), "a continuation is the end of the whole");
  }

  /// Each token is from a piece of its text that begins and ends with whole characters, and words
  /// come in their order, or anew where a template has a text twice.
  void checkSources(llvm::StringRef text, std::optional<llvm::StringRef> pair) {
    const tokenizer::Source *first[2] = {}, *last[2] = {};
    require(encoding.tokens.sources.count == encoding.size(), "each token has a source");
    for (size_t i = 0; i < encoding.size(); ++i) {
      const tokenizer::Source &source = encoding.tokens.sources[i];
      if (source.sequence < 0) {
        require(source.word == -1 && source.begin == 0 && source.end == 0,
                "a token of the template is from no text");
        continue;
      }
      require(source.sequence == 0 || (source.sequence == 1 && pair), "a token's text is there");
      llvm::StringRef from = source.sequence ? *pair : text;
      require(source.begin <= source.end && source.end <= from.size(), "a source is in its text");
      const tokenizer::Source *&begun = first[source.sequence], *&before = last[source.sequence];
      if (!begun)
        begun = &source;
      require(!before || source.word >= before->word ||
                  (source.word == begun->word && source.begin == begun->begin),
              "words come in their order");
      before = &source;
      if (!llvm::json::isUTF8(from))
        continue;
      for (size_t border : {source.begin, source.end})
        require(border == from.size() || (from[border] & 0xc0) != 0x80,
                "a source has whole characters");
    }
  }

  std::optional<std::vector<int32_t>> encode(llvm::StringRef text,
                                             std::optional<llvm::StringRef> pair,
                                             const tokenizer::EncodeOptions &options) {
    tfc_status status =
        tokenizer.encode(text.data(), text.size(), pair ? pair->data() : nullptr,
                         pair ? pair->size() : 0, options, encoding, scratch, message);
    if (status == TFC_OK)
      return std::vector<int32_t>(encoding.ids(), encoding.ids() + encoding.size());
    require(status == TFC_INVALID_ARGUMENT, "only truncation can fail", message.c_str());
    return std::nullopt;
  }

  std::vector<uint64_t> aligned;
  tokenizer::Tokenizer tokenizer;
  tokenizer::Encoding encoding;
  tokenizer::Scratch scratch;
  Message message;
};

} // namespace tfc::fuzz

#endif
