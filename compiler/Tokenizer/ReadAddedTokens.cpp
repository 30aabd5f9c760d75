// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the member added_tokens of tokenizer.json.

#include "Kinds.h"

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace tfc::tokenizer {
namespace {

class Reader {
public:
  explicit Reader(Description &description) : description(description) {}

  Error read(json::Value list) {
    Expected<json::Elements> tokens = list.elements();
    if (!tokens)
      return tokens.takeError();
    for (json::Value value : *tokens) {
      AddedToken token;
      StringRef text;
      uint32_t normalized = 0;
      for (auto [key, flag] : {std::pair("single_word", addedSingleWord),
                               {"lstrip", addedStripLeft},
                               {"rstrip", addedStripRight},
                               {"special", addedSpecial}})
        if (Error error = getFlag(value, key, flag, token.flags))
          return error;
      if (Error error = getFlag(value, "normalized", 1, normalized))
        return error;
      int64_t given;
      if (Error error = getField(value, "content", text))
        return error;
      if (Error error = getField(value, "id", given, INT64_MIN, INT64_MAX))
        return error;
      token.text = text.str();
      token.normalized = normalized;
      if (Error error = addToken(value, std::move(token), given))
        return error;
    }
    return Error::success();
  }

private:
  /// The tokenizers library numbers added tokens itself and only warns where the file says
  /// something else.
  Error addToken(json::Value value, AddedToken token, int64_t given) {
    if (token.text.empty())
      return Error::success();
    auto [seen, isNew] = addedByText.try_emplace(token.text, description.added.size());
    if (!isNew) {
      const AddedToken &other = description.added[seen->second];
      return other == token && other.id == given
                 ? Error::success()
                 : value.error(json::quoted(token.text) + " is added twice");
    }
    json::Value place = *value.get("id");
    int64_t id = description.idToAdd(token.text);
    if (id != given) {
      // An id of another token, or of none that the model can have, is the worse mistake.
      if (std::string wrong = description.vocabulary.refusal(token.text, given); !wrong.empty())
        return place.error(wrong);
      return place.error(fmt::format("expected {}, found {}: model.vocab has {} tokens, and {}", id,
                                     given, description.modelIds.size(),
                                     id < static_cast<int64_t>(description.modelIds.size())
                                         ? "this is one of them"
                                         : "new ones are numbered on from there"));
    }
    if (std::string wrong = description.addToken(std::move(token)); !wrong.empty())
      return place.error(wrong);
    return Error::success();
  }

  Description &description;
  llvm::StringMap<size_t> addedByText; // index into description.added
};

} // namespace

Error readAddedTokens(json::Value value, Description &description) {
  return Reader(description).read(value);
}

} // namespace tfc::tokenizer
