// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads folders from before tokenizer.json that have vocab.json and merges.txt: those of GPT-2,
// RoBERTa and BART. The defaults are those that transformers has for such folders.

#include "FolderConfig.h"
#include "Kinds.h"

#include "compiler/Import/File.h"
#include "runtime/Tokenizer/Unicode.h"

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace tfc::tokenizer {
namespace {

constexpr uint64_t mostFileBytes = 1 << 30;

/// A merge a line, its two tokens with a space between.
Error readMerges(StringRef folder, Description &description) {
  const std::string path = pathInside(folder, "merges.txt");
  Expected<std::string> text = readInside(folder, "merges.txt", mostFileBytes);
  if (!text)
    return text.takeError();
  size_t bad, valid = validPrefix(text->data(), text->size(), &bad);
  if (bad)
    return inputError("{}: byte {}: not UTF-8", path, valid);
  size_t number = 0;
  for (StringRef rest = *text; !rest.empty();) {
    StringRef line;
    std::tie(line, rest) = rest.split('\n');
    line.consume_back("\r");
    ++number;
    if (line.starts_with("#version"))
      continue;
    auto wrong = [&](const std::string &what) {
      return inputError("{}: line {}: {}", path, number, what);
    };
    if (line.count(' ') != 1)
      return wrong(
          fmt::format("expected two tokens with a space between, found {}", json::quoted(line)));
    auto [left, right] = line.split(' ');
    if (Error error = addMerge(left, right, description, wrong))
      return error;
  }
  return Error::success();
}

/// What a model type has around a text.
struct FolderKind {
  StringRef modelType;
  std::vector<SpecialToken> specials;
  Error (*finish)(const FolderConfig &config, StringRef path, Description &description);
};

/// Nothing stands around a text, unless the config asks for a token at its beginning.
Error finishGpt2(const FolderConfig &config, StringRef path, Description &description) {
  if (!config.flag("add_bos_token"))
    return Error::success();
  Expected<int64_t> bos = config.idOf("bos_token", description, path);
  if (!bos)
    return bos.takeError();
  description.templates[0] = {{partToken, 0, *bos}, {partFirst, 0, -1}};
  description.templates[1] = {
      {partToken, 0, *bos}, {partFirst, 0, -1}, {partToken, 1, *bos}, {partSecond, 1, -1}};
  return Error::success();
}

Error finishRoberta(const FolderConfig &config, StringRef path, Description &description) {
  Expected<int64_t> cls = config.idOf("cls_token", description, path);
  if (!cls)
    return cls.takeError();
  Expected<int64_t> sep = config.idOf("sep_token", description, path);
  if (!sep)
    return sep.takeError();
  setRobertaTemplate(description, *cls, *sep);
  if (config.flag("trim_offsets"))
    description.trim =
        trimWhite | (config.flag("add_prefix_space") ? uint32_t(trimKeepsPrefix) : 0u);
  return Error::success();
}

std::vector<FolderKind> folderKinds() {
  constexpr StringRef end = "<|endoftext|>";
  std::vector<FolderKind> kinds = {
      {"gpt2",
       {{"bos_token", end}, {"eos_token", end}, {"unk_token", end}, {"pad_token", ""}},
       finishGpt2},
      {"roberta",
       {{"bos_token", "<s>"},
        {"eos_token", "</s>"},
        {"unk_token", "<unk>"},
        {"sep_token", "</s>"},
        {"pad_token", "<pad>"},
        {"cls_token", "<s>"},
        {"mask_token", "<mask>"}},
       finishRoberta},
  };
  kinds.push_back(kinds.back());
  kinds.back().modelType = "bart";
  return kinds;
}

/// config.json says whose tokenizer it is.
Expected<FolderKind> findKind(StringRef folder) {
  Expected<json::Document> config = readJson(folder, "config.json");
  if (!config)
    return config.takeError();
  StringRef type;
  if (Error error = getField(config->root(), "model_type", type))
    return error;
  std::vector<FolderKind> kinds = folderKinds();
  for (FolderKind &kind : kinds)
    if (kind.modelType == type)
      return std::move(kind);
  return config->root()
      .get("model_type")
      ->unsupported(
          fmt::format("vocab.json and merges.txt of {} are not supported, only those of gpt2, "
                      "roberta and bart; a tokenizer.json is",
                      json::quoted(type)));
}

} // namespace

Error readVocabularyJson(StringRef folder, Description &description) {
  Expected<json::Document> document = readJson(folder, "vocab.json", mostFileBytes);
  if (!document)
    return document.takeError();
  return readTokenIds(document->root(), description);
}

Error readMergesFolder(StringRef folder, Description &description) {
  Expected<FolderKind> kind = findKind(folder);
  if (!kind)
    return kind.takeError();
  description.model = modelBpe;
  if (Error error = readVocabularyJson(folder, description))
    return error;
  if (Error error = readMerges(folder, description))
    return error;
  FolderConfig config;
  config.specials = kind->specials;
  config.flags = {{"add_prefix_space", false}, {"trim_offsets", true}, {"add_bos_token", false}};
  if (Error error = config.read(folder))
    return error;
  addByteLevel(config.flag("add_prefix_space"), /*split=*/true, description);
  std::vector<StringRef> roles;
  for (const SpecialToken &special : config.specials)
    roles.push_back(special.key);
  const std::string path = pathInside(folder, "vocab.json");
  if (Error error = config.addTokens(description, path, roles))
    return error;
  DecoderSteps decoder;
  decoder.byteLevel = decoder.joined = true;
  description.decoder = decoder;
  return kind->finish(config, path, description);
}

} // namespace tfc::tokenizer
