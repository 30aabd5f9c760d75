// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/EncoderSettings.h"

#include "compiler/Import/Settings.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace tfc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using transformer::ActivationKind;

namespace {

constexpr int64_t maxLabels = 1 << 20;

/// Reads one folder.
class Reader {
public:
  Reader(const EncoderFamily &family, const Folder &folder)
      : family(family), folder(folder), config(folder.config) {}

  Expected<EncoderSettings> run();

private:
  Error readSizes();
  Error checkSizes();
  Error readNonlinearity();
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
  return checkLayers(folder, family.layers, settings.layers);
}

Error Reader::readNonlinearity() {
  auto kind = readActivation(config, family.activation, "gelu");
  if (!kind)
    return kind.takeError();
  settings.activation = *kind;
  return Error::success();
}

/// Settings that would make other mathematics of the same weights.
Error Reader::refuseOtherMathematics() {
  if (auto error = refuseSwitches(
          config,
          {"is_decoder", "add_cross_attention", "is_encoder_decoder", "tie_encoder_decoder"},
          "only encoders are supported"))
    return error;
  auto positions = config.stringOr("position_embedding_type", "absolute");
  if (!positions)
    return positions.takeError();
  if (*positions != "absolute")
    return config.get("position_embedding_type")
        ->unsupported(
            fmt::format("{} is not supported; supported: absolute", json::quoted(*positions)));
  if (auto error = refusePrunedHeads(config))
    return error;
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
  std::vector<StringRef> known{"Model"};
  for (const EncoderHead &row : family.headTable)
    if (row.architecture != known.back())
      known.push_back(row.architecture);
  auto architecture = readArchitecture(config, family.classPrefix, known);
  if (!architecture)
    return architecture.takeError();
  if (*architecture)
    settings.heads = rowsOf(**architecture); // none of `Model`
  else
    chooseHeadsByTensors();
  return Error::success();
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
  auto limit = readMaxSequence(folder, settings.positions - settings.firstPosition,
                               config.get("max_position_embeddings")->where());
  if (!limit)
    return limit.takeError();
  settings.maxSequence = *limit;
  return Error::success();
}

Expected<EncoderSettings> Reader::run() {
  for (auto step : {&Reader::readSizes, &Reader::readNonlinearity, &Reader::refuseOtherMathematics,
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
