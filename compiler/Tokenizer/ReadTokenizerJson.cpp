// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads tokenizer.json, the file of the tokenizers library. Its padding is of no use here.

#include "Kinds.h"

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace tfc::tokenizer {
namespace {

struct PartReader {
  StringRef key;
  Error (*read)(json::Value value, Description &description);
};
/// Behind the model, in the order in which they need each other.
constexpr PartReader parts[] = {
    {"normalizer", readNormalizer},    {"pre_tokenizer", readPreTokenizer},
    {"added_tokens", readAddedTokens}, {"post_processor", readPostProcessor},
    {"decoder", readDecoder},          {"truncation", readTruncation},
};

Error checkVersion(json::Value version) {
  Expected<StringRef> text = version.getString();
  if (!text)
    return text.takeError();
  return *text == "1.0" ? Error::success()
                        : version.unsupported(fmt::format("version {} is not known, only \"1.0\"",
                                                          json::quoted(*text)));
}

} // namespace

Error readTokenizerJson(StringRef text, StringRef path, Description &description) {
  Expected<json::Document> document = json::Document::parse(text, path);
  if (!document)
    return document.takeError();
  json::Value root = document->root();
  if (!root.isObject())
    return root.expected("an object");
  if (auto version = root.find("version"))
    if (Error error = checkVersion(*version))
      return error;
  Expected<json::Value> model = root.get("model");
  if (!model)
    return model.takeError();
  if (Error error = readModel(*model, description))
    return error;
  for (const PartReader &part : parts)
    if (auto value = root.findNonNull(part.key))
      if (Error error = part.read(*value, description))
        return error;
  return Error::success();
}

} // namespace tfc::tokenizer
