// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/Settings.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace tfc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using transformer::ActivationKind;

/// transformers' names; those on one line differ only in how they round.
static constexpr std::pair<StringRef, ActivationKind> activations[] = {
    {"gelu", ActivationKind::gelu},           {"gelu_python", ActivationKind::gelu},
    {"gelu_new", ActivationKind::gelu_tanh},  {"gelu_pytorch_tanh", ActivationKind::gelu_tanh},
    {"gelu_fast", ActivationKind::gelu_tanh}, {"gelu_accurate", ActivationKind::gelu_tanh},
    {"relu", ActivationKind::relu},           {"silu", ActivationKind::silu},
    {"swish", ActivationKind::silu},          {"tanh", ActivationKind::tanh},
};

Expected<double> tfc::readEps(const Config &config, const Key &key, double otherwise) {
  auto eps = config.numberOr(key, otherwise);
  if (eps && !(*eps > 0 && *eps < 1))
    return config.get(key)->expected("a number above 0 and below 1");
  return eps;
}

Expected<ActivationKind> tfc::readActivation(const Config &config, const Key &key,
                                             StringRef otherwise, bool *gated) {
  auto name = config.stringOr(key, otherwise);
  if (!name)
    return name.takeError();
  StringRef plain = *name;
  if (gated)
    *gated = plain.consume_front("gated-");
  for (auto [known, kind] : activations)
    if (known == plain)
      return kind;
  auto names = llvm::map_range(activations, [](auto &entry) { return entry.first; });
  return config.get(key)->unsupported(
      fmt::format("the activation {} is not supported; supported: {}", json::quoted(*name),
                  llvm::join(names, ", ")));
}

Expected<std::optional<std::string>> tfc::readArchitecture(const Config &config,
                                                           StringRef classPrefix,
                                                           llvm::ArrayRef<StringRef> endings) {
  auto architectures = config.find("architectures");
  if (!architectures)
    return architectures.takeError();
  if (!*architectures)
    return std::nullopt;
  auto list = (*architectures)->elements();
  if (!list)
    return list.takeError();
  if (list->size() == 0)
    return std::nullopt;
  json::Value first = (**architectures)[0];
  auto found = first.getString();
  if (!found)
    return found.takeError();
  StringRef ending = *found;
  if (ending.consume_front(classPrefix) && llvm::is_contained(endings, ending))
    return ending.str();
  auto known =
      llvm::map_range(endings, [&](StringRef ending) { return (classPrefix + ending).str(); });
  return first.unsupported(fmt::format("the architecture {} is not supported; supported: {}",
                                       found->str(), llvm::join(known, ", ")));
}

Error tfc::checkLayers(const Folder &folder, const Key &key, int64_t layers) {
  size_t tensors = folder.weights.tensors().size();
  if (layers <= int64_t(tensors))
    return Error::success();
  return folder.config.get(key)->expected(
      fmt::format("at most {} layers, one for each tensor of the weights", tensors));
}

Expected<int64_t> tfc::readMaxSequence(const Folder &folder, int64_t limit,
                                       const std::string &place) {
  int64_t wanted = folder.options.maxSequence;
  if (wanted > limit)
    return inputError("--max-seq={}: {} allows for {} tokens", wanted, place, limit);
  if (wanted)
    return wanted;
  if (folder.sentences && folder.sentences->maxSequence)
    return std::min(limit, *folder.sentences->maxSequence);
  return limit;
}

Error tfc::refuseSwitches(const Config &config, llvm::ArrayRef<StringRef> keys, StringRef why) {
  for (StringRef key : keys) {
    auto on = config.booleanOr(key, false);
    if (!on)
      return on.takeError();
    if (*on)
      return config.get(key)->unsupported(fmt::format("{}, expected false, found true", why.str()));
  }
  return Error::success();
}

Error tfc::refusePrunedHeads(const Config &config) {
  auto pruned = config.find("pruned_heads");
  if (!pruned)
    return pruned.takeError();
  if (*pruned && !(*pruned)->isObject())
    return (*pruned)->expected("an object");
  if (*pruned && (*pruned)->size())
    return (*pruned)->unsupported("pruned heads are not supported");
  return Error::success();
}

Error tfc::refuseUntied(const Folder &folder, StringRef copy, StringRef original) {
  const Tensor *a = folder.weights.find(copy), *b = folder.weights.find(original);
  if (!a || !b || (a->dtype == b->dtype && a->shape == b->shape && a->bytes == b->bytes))
    return Error::success();
  return inputError("{}: {} differs from {}, to which tie_word_embeddings ties it", a->file.str(),
                    copy.str(), original.str());
}

Error tfc::writeSentence(ModelWriter &writer, const Folder &folder, mlir::Value hidden,
                         const Key &key) {
  const SentenceTransformer &sentences = *folder.sentences;
  int64_t width = llvm::cast<mlir::RankedTensorType>(hidden.getType()).getDimSize(1);
  if (sentences.dimension && sentences.dimension != width)
    return inputError("{}: expected {}, the model's {}, found {}", sentences.dimensionPlace, width,
                      key.all()[0].str(), sentences.dimension);
  writer.model().setTask("embed");
  mlir::Value embedding = writer.pool(sentences.pooling, hidden);
  if (sentences.normalize)
    embedding = writer.normalize(embedding, 1e-12);
  writer.output("last_hidden_state", hidden);
  writer.output("embedding", embedding);
  return Error::success();
}
