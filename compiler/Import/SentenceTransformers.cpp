// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/SentenceTransformers.h"

#include "compiler/Import/Config.h"
#include "compiler/Import/File.h"

#include "llvm/ADT/StringSwitch.h"

using namespace tfc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using transformer::PoolKind;

static constexpr uint64_t maxBytes = 16 << 20;

namespace {
/// An entry of modules.json.
struct Module {
  StringRef kind; ///< the last part of the Python class's name
  std::string folder;
  json::Value value;
};
} // namespace

static Expected<std::vector<Module>> readModules(json::Value list, StringRef folder) {
  auto elements = list.elements();
  if (!elements)
    return elements.takeError();
  std::vector<Module> modules;
  for (json::Value value : *elements) {
    auto type = value.get("type");
    if (!type)
      return type.takeError();
    auto name = type->getString();
    if (!name)
      return name.takeError();
    StringRef path;
    if (auto member = value.findNonNull("path")) {
      auto text = member->getString();
      if (!text)
        return text.takeError();
      path = *text;
      if (path.contains('/') || path == ".." || path.contains('\0'))
        return member->expected("the name of a folder inside this one");
    }
    modules.push_back({name->rsplit('.').second,
                       path.empty() ? folder.str() : (folder + "/" + path).str(), *type});
    if (modules.back().kind.empty())
      modules.back().kind = *name;
  }
  return modules;
}

/// The one `pooling_mode_*` that is true, or `pooling_mode` by name.
static Expected<PoolKind> readPoolKind(const Config &config) {
  auto kindOf = [](StringRef name) {
    return llvm::StringSwitch<std::optional<PoolKind>>(name)
        .Cases({"mean", "mean_tokens"}, PoolKind::mean)
        .Cases({"cls", "cls_token"}, PoolKind::first)
        .Case("lasttoken", PoolKind::last)
        .Cases({"max", "max_tokens"}, PoolKind::max)
        .Cases({"mean_sqrt_len", "mean_sqrt_len_tokens"}, PoolKind::mean_sqrt)
        .Default(std::nullopt);
  };
  constexpr StringRef known =
      "supported: cls_token, lasttoken, max_tokens, mean_sqrt_len_tokens, mean_tokens";
  std::optional<PoolKind> found;
  for (auto [key, value] : json::Members(config.value())) {
    StringRef mode = key;
    if (mode == "pooling_mode") {
      auto name = value.getString();
      if (!name)
        return name.takeError();
      mode = *name;
    } else if (mode.consume_front("pooling_mode_")) {
      auto on = value.getBool();
      if (!on)
        return on.takeError();
      if (!*on)
        continue;
    } else {
      continue;
    }
    auto kind = kindOf(mode);
    if (!kind)
      return value.unsupported(
          fmt::format("the pooling mode {} is not supported; {}", mode.str(), known.str()));
    if (found && *found != *kind)
      return value.unsupported("several pooling modes at once are not supported");
    found = kind;
  }
  if (!found)
    return config.value().expected("a pooling mode that is true");
  return *found;
}

static Error readPooling(const Module &module, SentenceTransformer &result) {
  auto config = Config::load(module.folder);
  if (!config)
    return config.takeError();
  auto kind = readPoolKind(*config);
  if (!kind)
    return kind.takeError();
  result.pooling = *kind;
  Key dimension{"word_embedding_dimension", "embedding_dimension"};
  if (auto value = config->find(dimension); !value)
    return value.takeError();
  else if (*value)
    result.dimensionPlace = (*value)->where();
  auto size = config->sizeOr(dimension, 0);
  if (!size)
    return size.takeError();
  result.dimension = *size;
  return config->refuseUnknown({"pooling_mode*", "include_prompt"});
}

/// sentence_bert_config.json; older folders call it after the kind of model.
static Error readLimits(SentenceTransformer &result) {
  for (StringRef kind : {"bert", "roberta", "distilbert", "camembert", "xlm-roberta"}) {
    std::string name = fmt::format("sentence_{}_config.json", kind.str());
    if (!existsInside(result.folder, name))
      continue;
    auto config = Config::load(result.folder, name);
    if (!config)
      return config.takeError();
    auto size = config->sizeOr("max_seq_length", 0);
    if (!size)
      return size.takeError();
    if (*size)
      result.maxSequence = *size;
    auto lower = config->booleanOr("do_lower_case", false);
    if (!lower)
      return lower.takeError();
    if (*lower)
      return config->value().unsupported(
          "do_lower_case = true is not supported; a tokenizer says by itself whether it "
          "makes letters small");
    auto task = config->stringOr("transformer_task", "feature-extraction");
    if (!task)
      return task.takeError();
    if (*task != "feature-extraction")
      return config->value().unsupported(
          fmt::format("transformer_task = {} is not supported; supported: feature-extraction",
                      json::quoted(*task)));
    return config->refuseUnknown({"modality_config", "module_output_name"});
  }
  return Error::success();
}

/// Where no file sets a limit, the tokenizer's is theirs.
static Error readTokenizerLimit(SentenceTransformer &result) {
  if (result.maxSequence || !existsInside(result.folder, "tokenizer_config.json"))
    return Error::success();
  auto config = Config::load(result.folder, "tokenizer_config.json");
  if (!config)
    return config.takeError();
  auto limit = config->numberOr("model_max_length", 0);
  if (!limit)
    return limit.takeError();
  if (*limit >= 1 && *limit < 1e9) // beyond that it stands for "none"
    result.maxSequence = int64_t(*limit);
  return Error::success();
}

/// A prompt that is put in front of every text would change every embedding.
static Error refusePrompt(StringRef folder) {
  constexpr StringRef name = "config_sentence_transformers.json";
  if (!existsInside(folder, name))
    return Error::success();
  auto config = Config::load(folder, name);
  if (!config)
    return config.takeError();
  auto prompt = config->find("default_prompt_name");
  if (!prompt)
    return prompt.takeError();
  return *prompt ? (*prompt)->unsupported("a default prompt is not supported") : Error::success();
}

Expected<std::optional<SentenceTransformer>> tfc::readSentenceTransformer(StringRef folder) {
  constexpr StringRef name = "modules.json";
  if (!existsInside(folder, name))
    return std::nullopt;
  auto text = readInside(folder, name, maxBytes);
  if (!text)
    return text.takeError();
  auto document = json::Document::parse(*text, pathInside(folder, name));
  if (!document)
    return document.takeError();
  auto modules = readModules(document->root(), folder);
  if (!modules)
    return modules.takeError();

  constexpr StringRef order[] = {"Transformer", "Pooling", "Normalize"};
  for (auto [index, module] : llvm::enumerate(*modules))
    if (index >= std::size(order) || module.kind != order[index])
      return module.value.unsupported(fmt::format("the module {} is not supported here; supported: "
                                                  "Transformer, Pooling and, after them, Normalize",
                                                  module.kind.str()));
  if (modules->size() < 2)
    return document->root().unsupported("expected the modules Transformer and Pooling");

  SentenceTransformer result;
  result.folder = modules->front().folder;
  result.normalize = modules->size() == 3;
  if (auto error = readPooling((*modules)[1], result))
    return error;
  if (auto error = readLimits(result))
    return error;
  if (auto error = readTokenizerLimit(result))
    return error;
  if (auto error = refusePrompt(folder))
    return error;
  return result;
}
