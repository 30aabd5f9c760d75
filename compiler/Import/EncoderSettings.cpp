// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/EncoderSettings.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace tfc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using transformer::ActivationKind;

namespace {

constexpr int64_t maxLabels = 1 << 20;

/// transformers' names; those on one line differ only in how they round.
constexpr std::pair<StringRef, ActivationKind> activations[] = {
    {"gelu", ActivationKind::gelu},           {"gelu_python", ActivationKind::gelu},
    {"gelu_new", ActivationKind::gelu_tanh},  {"gelu_pytorch_tanh", ActivationKind::gelu_tanh},
    {"gelu_fast", ActivationKind::gelu_tanh}, {"gelu_accurate", ActivationKind::gelu_tanh},
    {"relu", ActivationKind::relu},           {"silu", ActivationKind::silu},
    {"swish", ActivationKind::silu},          {"tanh", ActivationKind::tanh},
};

/// Reads one folder.
class Reader {
public:
  Reader(const EncoderFamily &family, const Folder &folder)
      : family(family), folder(folder), config(folder.config) {}

  Expected<EncoderSettings> run();

private:
  Error readSizes();
  Error checkSizes();
  Error readActivation();
  Error refuseOtherMathematics();
  Error chooseHeads();
  void chooseHeadsByTensors();
  llvm::ArrayRef<EncoderHead> rowsOf(StringRef architecture) const;
  void choosePrefix();
  Error setLimit();

  const EncoderFamily &family;
  const Folder &folder;
  const Config &config;
  EncoderSettings settings;
};

} // namespace

Error Reader::readSizes() {
  const Key vocabulary = "vocab_size", positions = "max_position_embeddings",
            types = "type_vocab_size";
  std::pair<const Key *, int64_t *> required[] = {
      {&vocabulary, &settings.vocabulary}, {&family.hidden, &settings.hidden},
      {&family.layers, &settings.layers},  {&family.heads, &settings.attentionHeads},
      {&positions, &settings.positions},   {&family.intermediate, &settings.intermediate},
  };
  for (auto [key, size] : required) {
    auto value = config.size(*key);
    if (!value)
      return value.takeError();
    *size = *value;
  }
  auto eps = config.numberOr(family.eps, family.defaultEps);
  if (!eps)
    return eps.takeError();
  settings.eps = *eps;
  if (!family.types.empty()) {
    auto value = config.sizeOr(types, 2);
    if (!value)
      return value.takeError();
    settings.types = *value;
  }
  if (family.startsAfterPadding) {
    auto padding = config.integerOr("pad_token_id", 1, 0, settings.vocabulary - 1);
    if (!padding)
      return padding.takeError();
    settings.firstPosition = *padding + 1;
  }
  return checkSizes();
}

Error Reader::checkSizes() {
  if (settings.hidden % settings.attentionHeads)
    return config.get(family.heads)
        ->expected(
            fmt::format("a divisor of {} = {}", family.hidden.all()[0].str(), settings.hidden));
  if (!(settings.eps > 0 && settings.eps < 1))
    return config.get(family.eps)->expected("a number above 0 and below 1");
  if (settings.firstPosition >= settings.positions)
    return config.get("max_position_embeddings")
        ->expected(fmt::format("more than {}", settings.firstPosition));
  // A layer has tensors of its own: what follows takes no more time and memory than the
  // checkpoint's header.
  if (settings.layers > int64_t(folder.weights.tensors().size()))
    return config.get(family.layers)
        ->expected(fmt::format("at most {} layers, one for each tensor of the weights",
                               folder.weights.tensors().size()));
  return Error::success();
}

Error Reader::readActivation() {
  auto name = config.stringOr(family.activation, "gelu");
  if (!name)
    return name.takeError();
  for (auto [known, kind] : activations)
    if (known == *name) {
      settings.activation = kind;
      return Error::success();
    }
  auto names = llvm::map_range(activations, [](auto &entry) { return entry.first; });
  return config.get(family.activation)
      ->unsupported(fmt::format("the activation {} is not supported; supported: {}",
                                json::quoted(*name), llvm::join(names, ", ")));
}

/// Settings that would make other mathematics of the same weights.
Error Reader::refuseOtherMathematics() {
  for (StringRef key :
       {"is_decoder", "add_cross_attention", "is_encoder_decoder", "tie_encoder_decoder"}) {
    auto on = config.booleanOr(key, false);
    if (!on)
      return on.takeError();
    if (*on)
      return config.get(key)->unsupported(
          "only encoders are supported, expected false, found true");
  }
  auto positions = config.stringOr("position_embedding_type", "absolute");
  if (!positions)
    return positions.takeError();
  if (*positions != "absolute")
    return config.get("position_embedding_type")
        ->unsupported(
            fmt::format("{} is not supported; supported: absolute", json::quoted(*positions)));
  auto pruned = config.find("pruned_heads");
  if (!pruned)
    return pruned.takeError();
  if (*pruned && !(*pruned)->isObject())
    return (*pruned)->expected("an object");
  if (*pruned && (*pruned)->size())
    return (*pruned)->unsupported("pruned heads are not supported");
  config.ignore(
      {"tie_word_embeddings", "pad_token_id"}); // read where a head or the positions depend on it
  return config.refuseUnknown(family.harmlessKeys);
}

/// The rows of an architecture, which stand in succession.
llvm::ArrayRef<EncoderHead> Reader::rowsOf(StringRef architecture) const {
  auto is = [&](const EncoderHead &row) { return row.architecture == architecture; };
  return family.headTable.drop_until(is).take_while(is);
}

Error Reader::chooseHeads() {
  if (folder.sentences)
    return Error::success(); // sentence-transformers loads the bare model, whatever was saved
  auto architectures = config.find("architectures");
  if (!architectures)
    return architectures.takeError();
  if (!*architectures)
    return chooseHeadsByTensors(), Error::success();
  auto list = (*architectures)->elements();
  if (!list)
    return list.takeError();
  if (!(*architectures)->size())
    return chooseHeadsByTensors(), Error::success();
  json::Value first = (**architectures)[0];
  auto found = first.getString();
  if (!found)
    return found.takeError();
  StringRef ending = *found;
  if (ending.consume_front(family.classPrefix)) {
    if (ending == "Model")
      return Error::success();
    settings.heads = rowsOf(ending);
    if (!settings.heads.empty())
      return Error::success();
  }
  std::vector<std::string> known{(family.classPrefix + "Model").str()};
  for (const EncoderHead &row : family.headTable)
    if (std::string name = (family.classPrefix + row.architecture).str(); name != known.back())
      known.push_back(name);
  return first.unsupported(fmt::format("the architecture {} is not supported; supported: {}",
                                       found->str(), llvm::join(known, ", ")));
}

/// A config without `architectures`: the first of them all of whose layers are there.
void Reader::chooseHeadsByTensors() {
  choosePrefix();
  auto holds = [&](const std::string &name) { return folder.weights.find(name) != nullptr; };
  auto present = [&](StringRef name) {
    std::string layer = settings.named(name);
    return name.empty() || holds(layer + ".weight") || holds(layer + ".gamma");
  };
  auto complete = [&](const EncoderHead &row) {
    return present(row.dense) && present(row.norm) && present(row.labels) &&
           (row.bias.empty() || holds(row.bias.str()));
  };
  for (const EncoderHead &row : family.headTable)
    if (llvm::ArrayRef<EncoderHead> rows = rowsOf(row.architecture); llvm::all_of(rows, complete)) {
      settings.heads = rows;
      return;
    }
}

/// A model with a head names the encoder's tensors with a prefix, a bare one without; both load
/// either.
void Reader::choosePrefix() {
  auto any = [&](const llvm::Twine &start) {
    std::string text = start.str();
    return llvm::any_of(folder.weights.tensors(),
                        [&](const Tensor &t) { return StringRef(t.name).starts_with(text); });
  };
  bool with = any(family.basePrefix + "embeddings."), without = any("embeddings.");
  settings.prefix = with || (!settings.heads.empty() && !without) ? family.basePrefix.str() : "";
}

Error Reader::setLimit() {
  int64_t limit = settings.positions - settings.firstPosition;
  if (folder.options.maxSequence > limit)
    return inputError("--max-seq={}: {} allows for {} tokens", folder.options.maxSequence,
                      config.get("max_position_embeddings")->where(), limit);
  if (folder.options.maxSequence)
    limit = folder.options.maxSequence;
  else if (folder.sentences && folder.sentences->maxSequence)
    limit = std::min(limit, *folder.sentences->maxSequence);
  settings.maxSequence = limit;
  return Error::success();
}

Expected<EncoderSettings> Reader::run() {
  for (auto step : {&Reader::readSizes, &Reader::readActivation, &Reader::refuseOtherMathematics,
                    &Reader::chooseHeads, &Reader::setLimit})
    if (auto error = (this->*step)())
      return error;
  choosePrefix();
  return settings;
}

Expected<EncoderSettings> tfc::readEncoderSettings(const EncoderFamily &family,
                                                   const Folder &folder) {
  return Reader(family, folder).run();
}

/// The names of the classes by their numbers, from `id2label`; transformers' own default are two.
Expected<std::vector<std::string>> tfc::readLabels(const Config &config) {
  std::vector<std::string> labels;
  auto count = config.sizeOr("num_labels", 0);
  if (!count)
    return count.takeError();
  auto names = config.find("id2label");
  if (!names)
    return names.takeError();
  if (!*names) {
    if (*count > maxLabels)
      return config.get("num_labels")->expected(fmt::format("at most {}", maxLabels));
    for (int64_t label = 0; label < (*count ? *count : 2); ++label)
      labels.push_back(fmt::format("LABEL_{}", label));
    return labels;
  }
  auto members = (*names)->members();
  if (!members)
    return members.takeError();
  labels.resize((*names)->size());
  std::vector<bool> seen(labels.size());
  for (auto [key, value] : *members) {
    size_t number;
    if (key.getAsInteger(10, number) || number >= labels.size() || seen[number])
      return (*names)->expected(fmt::format("the numbers 0 to {} as keys", labels.size() - 1));
    auto name = value.getString();
    if (!name)
      return name.takeError();
    labels[number] = name->str();
    seen[number] = true;
  }
  if (labels.empty())
    return (*names)->expected("at least one label");
  if (*count && *count != int64_t(labels.size()))
    return config.get("num_labels")
        ->expected(fmt::format("{}, the size of id2label", labels.size()));
  return labels;
}

Expected<StringRef> tfc::readClassifierTask(const Config &config, size_t labels) {
  auto problem =
      config.stringOr("problem_type", labels == 1 ? "regression" : "single_label_classification");
  if (!problem)
    return problem.takeError();
  if (*problem == "single_label_classification" && labels == 1)
    return config.get("problem_type")->error("expected several labels to choose from, found one");
  constexpr std::pair<StringRef, StringRef> tasks[] = {
      {"single_label_classification", "classify"},
      {"multi_label_classification", "classify-multilabel"},
      {"regression", "regress"}};
  for (auto [known, task] : tasks)
    if (known == *problem)
      return task;
  auto names = llvm::map_range(tasks, [](auto &entry) { return entry.first; });
  return config.get("problem_type")
      ->unsupported(fmt::format("{} is not supported; supported: {}", json::quoted(*problem),
                                llvm::join(names, ", ")));
}
