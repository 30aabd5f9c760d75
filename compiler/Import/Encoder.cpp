// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/Encoder.h"

#include "compiler/Import/ModelWriter.h"
#include "compiler/Import/WeightCheck.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace tfc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using mlir::Value;
using transformer::ActivationKind;

namespace {

/// What config.json says of the encoder.
struct Sizes {
  int64_t vocabulary, hidden, layers, heads, intermediate, positions, firstPosition = 0, types = 1;
  double eps;
  ActivationKind activation;
};

constexpr int64_t maxLabels = 1 << 20;

/// transformers' names; those on one line differ only in how they round.
constexpr std::pair<StringRef, ActivationKind> activations[] = {
    {"gelu", ActivationKind::gelu},           {"gelu_python", ActivationKind::gelu},
    {"gelu_new", ActivationKind::gelu_tanh},  {"gelu_pytorch_tanh", ActivationKind::gelu_tanh},
    {"gelu_fast", ActivationKind::gelu_tanh}, {"gelu_accurate", ActivationKind::gelu_tanh},
    {"relu", ActivationKind::relu},           {"silu", ActivationKind::silu},
    {"swish", ActivationKind::silu},          {"tanh", ActivationKind::tanh},
};

/// Writes one folder's model.
class EncoderImporter {
public:
  EncoderImporter(const EncoderFamily &family, const Folder &folder)
      : family(family), folder(folder), config(folder.config), writer(folder.context, folder.model, "encode") {}

  Expected<mlir::OwningOpRef<mlir::ModuleOp>> run();

private:
  Error readSizes();
  Error checkSizes();
  Error readActivation();
  Error refuseOtherMathematics();
  Error chooseHead();
  Error chooseHeadByTensors();
  void choosePrefix();
  Error setLimit();
  Error readLabels(llvm::SmallVectorImpl<std::string> &labels);

  Value writeEmbeddings();
  Value writeLayer(Value hidden, int64_t number);
  Error writeHead(Value hidden);
  Expected<Value> writeVocabulary(Value hidden);
  Expected<Value> writeLabels(Value hidden);
  Error writeSentence(Value hidden);

  bool holds(StringRef name) const { return folder.weights.find(name) != nullptr; }
  bool holdsLayer(StringRef name) const { return holds((name + ".weight").str()) || holds((name + ".bias").str()); }
  std::string base(StringRef name) const { return prefix + name.str(); }
  std::string named(StringRef name) const { return name.consume_front("@") ? base(name) : name.str(); }
  Value norm(Value input, StringRef name) {
    return writer.layerNorm(input, name, sizes.eps, [&](StringRef tensor) { return holds(tensor); });
  }

  const EncoderFamily &family;
  const Folder &folder;
  const Config &config;
  ModelWriter writer;
  Sizes sizes;
  const EncoderHead *head = nullptr; ///< null: the bare model
  std::string prefix;
  std::vector<std::string> unused;
};

} // namespace

//===-------------------------------------------------------------------------------------------------------------===//
// Reading the config
//===-------------------------------------------------------------------------------------------------------------===//

Error EncoderImporter::readSizes() {
  const Key vocabulary = "vocab_size", positions = "max_position_embeddings", types = "type_vocab_size";
  std::pair<const Key *, int64_t *> required[] = {
      {&vocabulary, &sizes.vocabulary},     {&family.hidden, &sizes.hidden},
      {&family.layers, &sizes.layers},      {&family.heads, &sizes.heads},
      {&positions, &sizes.positions},       {&family.intermediate, &sizes.intermediate},
  };
  for (auto [key, size] : required) {
    auto value = config.size(*key);
    if (!value)
      return value.takeError();
    *size = *value;
  }
  auto eps = config.numberOr("layer_norm_eps", family.eps);
  if (!eps)
    return eps.takeError();
  sizes.eps = *eps;
  if (!family.types.empty()) {
    auto value = config.sizeOr(types, 2);
    if (!value)
      return value.takeError();
    sizes.types = *value;
  }
  if (family.startsAfterPadding) {
    auto padding = config.integerOr("pad_token_id", 1, 0, sizes.vocabulary - 1);
    if (!padding)
      return padding.takeError();
    sizes.firstPosition = *padding + 1;
  }
  return checkSizes();
}

Error EncoderImporter::checkSizes() {
  if (sizes.hidden % sizes.heads)
    return config.get(family.heads)->expected(
        fmt::format("a divisor of {} = {}", family.hidden.all()[0].str(), sizes.hidden));
  if (!(sizes.eps > 0 && sizes.eps < 1))
    return config.get("layer_norm_eps")->expected("a number above 0 and below 1");
  if (sizes.firstPosition >= sizes.positions)
    return config.get("max_position_embeddings")->expected(fmt::format("more than {}", sizes.firstPosition));
  // A layer has tensors of its own: what follows takes no more time and memory than the checkpoint's header.
  if (sizes.layers > int64_t(folder.weights.tensors().size()))
    return config.get(family.layers)->expected(
        fmt::format("at most {} layers, one for each tensor of the weights", folder.weights.tensors().size()));
  return Error::success();
}

Error EncoderImporter::readActivation() {
  auto name = config.stringOr(family.activation, "gelu");
  if (!name)
    return name.takeError();
  for (auto [known, kind] : activations)
    if (known == *name) {
      sizes.activation = kind;
      return Error::success();
    }
  auto names = llvm::map_range(activations, [](auto &entry) { return entry.first; });
  return config.get(family.activation)->unsupported(
      fmt::format("the activation {} is not supported; supported: {}", json::quoted(*name), llvm::join(names, ", ")));
}

/// Settings that would make other mathematics of the same weights.
Error EncoderImporter::refuseOtherMathematics() {
  for (StringRef key : {"is_decoder", "add_cross_attention", "is_encoder_decoder", "tie_encoder_decoder"}) {
    auto on = config.booleanOr(key, false);
    if (!on)
      return on.takeError();
    if (*on)
      return config.get(key)->unsupported("only encoders are supported, expected false, found true");
  }
  auto positions = config.stringOr("position_embedding_type", "absolute");
  if (!positions)
    return positions.takeError();
  if (*positions != "absolute")
    return config.get("position_embedding_type")
        ->unsupported(fmt::format("{} is not supported; supported: absolute", json::quoted(*positions)));
  auto pruned = config.find("pruned_heads");
  if (!pruned)
    return pruned.takeError();
  if (*pruned && (*pruned)->size())
    return (*pruned)->unsupported("pruned heads are not supported");
  config.ignore({"tie_word_embeddings", "pad_token_id"}); // read where a head or the positions depend on it
  return config.refuseUnknown(family.harmlessKeys);
}

//===-------------------------------------------------------------------------------------------------------------===//
// What the model is
//===-------------------------------------------------------------------------------------------------------------===//

Error EncoderImporter::chooseHead() {
  if (folder.sentences)
    return Error::success(); // sentence-transformers loads the bare model, whatever was saved
  auto architectures = config.find("architectures");
  if (!architectures)
    return architectures.takeError();
  if (!*architectures || (*architectures)->size() == 0)
    return chooseHeadByTensors();
  auto list = (*architectures)->elements();
  if (!list)
    return list.takeError();
  json::Value first = (**architectures)[0];
  auto name = first.getString();
  if (!name)
    return name.takeError();
  StringRef ending = *name;
  if (ending.consume_front(family.classPrefix)) {
    if (ending == "Model")
      return Error::success();
    for (const EncoderHead &row : family.headTable)
      if (row.architecture == ending) {
        head = &row;
        return Error::success();
      }
  }
  std::string known = family.classPrefix.str() + "Model";
  for (const EncoderHead &row : family.headTable)
    known += ", " + family.classPrefix.str() + row.architecture.str();
  return first.unsupported(fmt::format("the architecture {} is not supported; supported: {}", name->str(), known));
}

/// A config without `architectures`: the first head all of whose layers are there.
Error EncoderImporter::chooseHeadByTensors() {
  choosePrefix();
  auto present = [&](StringRef name) { return name.empty() || holdsLayer(named(name)); };
  for (const EncoderHead &row : family.headTable)
    if (present(row.dense) && present(row.norm) && present(row.labels) && (row.bias.empty() || holds(row.bias))) {
      head = &row;
      break;
    }
  return Error::success();
}

/// A model with a head names the encoder's tensors with a prefix, a bare one without; both load either.
void EncoderImporter::choosePrefix() {
  auto any = [&](const llvm::Twine &start) {
    std::string text = start.str();
    return llvm::any_of(folder.weights.tensors(), [&](const Tensor &t) { return StringRef(t.name).starts_with(text); });
  };
  bool with = any(family.basePrefix + "embeddings."), without = any("embeddings.");
  prefix = with || (head && !without) ? family.basePrefix.str() : "";
}

Error EncoderImporter::setLimit() {
  int64_t limit = sizes.positions - sizes.firstPosition;
  if (folder.options.maxSequence > limit)
    return inputError("--max-seq={}: {} allows for {} tokens", folder.options.maxSequence,
                      config.get("max_position_embeddings")->where(), limit);
  if (folder.options.maxSequence)
    limit = folder.options.maxSequence;
  else if (folder.sentences && folder.sentences->maxSequence)
    limit = std::min(limit, *folder.sentences->maxSequence);
  writer.model().setMaxSequence(limit);
  return Error::success();
}

/// The names of the classes by their numbers, from `id2label`; transformers' own default are two.
Error EncoderImporter::readLabels(llvm::SmallVectorImpl<std::string> &labels) {
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
    return Error::success();
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
    return config.get("num_labels")->expected(fmt::format("{}, the size of id2label", labels.size()));
  return Error::success();
}

//===-------------------------------------------------------------------------------------------------------------===//
// Writing the model
//===-------------------------------------------------------------------------------------------------------------===//

Value EncoderImporter::writeEmbeddings() {
  Value ids = writer.ids("input_ids");
  Value types = family.types.empty() ? Value() : writer.ids("token_type_ids", /*optional=*/true);
  Value sum = writer.embedding(ids, base(family.words), sizes.vocabulary, sizes.hidden);
  if (types)
    sum = writer.add(sum, writer.embedding(types, base(family.types), sizes.types, sizes.hidden));
  sum = writer.add(
      sum, writer.positions(ids, base(family.positions), sizes.positions, sizes.hidden, sizes.firstPosition));
  return norm(sum, base(family.embeddingNorm));
}

Value EncoderImporter::writeLayer(Value hidden, int64_t number) {
  auto [before, after] = family.layer.split('#');
  std::string layer = base(before) + std::to_string(number) + after.str();
  auto in = [&](StringRef name) { return layer + name.str(); };
  Value query = writer.linear(hidden, in(family.query), sizes.hidden);
  Value key = writer.linear(hidden, in(family.key), sizes.hidden);
  Value value = writer.linear(hidden, in(family.value), sizes.hidden);
  Value context = writer.attention(query, key, value, sizes.heads);
  Value attended = writer.linear(context, in(family.attentionOutput), sizes.hidden);
  hidden = norm(writer.add(attended, hidden), in(family.attentionNorm));
  Value up = writer.activation(sizes.activation, writer.linear(hidden, in(family.up), sizes.intermediate));
  Value down = writer.linear(up, in(family.down), sizes.hidden);
  return norm(writer.add(down, hidden), in(family.outputNorm));
}

Error EncoderImporter::writeHead(Value hidden) {
  if (folder.sentences)
    return writeSentence(hidden);
  if (!head) {
    writer.output("last_hidden_state", hidden);
    std::string pooler = base(family.pooler);
    if (!family.pooler.empty() && holdsLayer(pooler)) {
      Value first = writer.pool(transformer::PoolKind::first, hidden);
      first = writer.linear(first, pooler, sizes.hidden);
      writer.output("pooler_output", writer.activation(ActivationKind::tanh, first));
    }
    return Error::success();
  }
  writer.model().setTask(head->task);
  if (head->firstToken)
    hidden = writer.pool(transformer::PoolKind::first, hidden);
  if (!head->dense.empty()) {
    hidden = writer.linear(hidden, named(head->dense), sizes.hidden);
    hidden = writer.activation(head->activation.value_or(sizes.activation), hidden);
  }
  if (!head->norm.empty())
    hidden = norm(hidden, named(head->norm));
  auto logits = head->vocabulary.empty() ? writeLabels(hidden) : writeVocabulary(hidden);
  if (!logits)
    return logits.takeError();
  writer.output("logits", *logits);
  return Error::success();
}

/// [tokens, hidden] → [tokens, vocabulary], with the word embeddings where the two are tied.
Expected<Value> EncoderImporter::writeVocabulary(Value hidden) {
  auto tied = config.booleanOr("tie_word_embeddings", true);
  if (!tied)
    return tied.takeError();
  std::string own = (head->vocabulary + ".weight").str(), ownBias = (head->vocabulary + ".bias").str();
  std::string words = base(family.words) + ".weight", bias = head->bias.str();
  if (*tied) {
    for (auto [copy, original] : {std::pair(own, words), std::pair(ownBias, bias)}) {
      const Tensor *a = folder.weights.find(copy), *b = folder.weights.find(original);
      if (a && b && a != b && (a->dtype != b->dtype || a->shape != b->shape || a->bytes != b->bytes))
        return inputError("{}: {} differs from {}, to which {} ties it", a->file.str(), copy, original,
                          "tie_word_embeddings");
      unused.push_back(copy);
    }
  } else {
    unused.push_back(bias);
    words = own;
    bias = holds(ownBias) ? ownBias : bias;
  }
  return writer.linear(hidden, writer.weight(words, {sizes.vocabulary, sizes.hidden}),
                       writer.weight(bias, {sizes.vocabulary}));
}

Expected<Value> EncoderImporter::writeLabels(Value hidden) {
  llvm::SmallVector<std::string> labels;
  if (auto error = readLabels(labels))
    return error;
  auto problem = config.stringOr("problem_type", "single_label_classification");
  if (!problem)
    return problem.takeError();
  if (*problem != "single_label_classification")
    return config.get("problem_type")
        ->unsupported(fmt::format("{} is not supported; supported: single_label_classification",
                                  json::quoted(*problem)));
  // One label is a score: a softmax over it would say nothing, so a text gets the plain number.
  if (labels.size() == 1)
    writer.model().setTask("encode");
  llvm::SmallVector<StringRef> names(labels.begin(), labels.end());
  writer.model().setLabelsAttr(mlir::Builder(&folder.context).getStrArrayAttr(names));
  return writer.linear(hidden, named(head->labels), labels.size());
}

Error EncoderImporter::writeSentence(Value hidden) {
  const SentenceTransformer &sentences = *folder.sentences;
  if (sentences.dimension && sentences.dimension != sizes.hidden)
    return inputError("{}: expected {}, the model's {}, found {}", sentences.dimensionPlace, sizes.hidden,
                      family.hidden.all()[0].str(), sentences.dimension);
  writer.model().setTask("embed");
  Value embedding = writer.pool(sentences.pooling, hidden);
  if (sentences.normalize)
    embedding = writer.normalize(embedding, 1e-12);
  writer.output("last_hidden_state", hidden);
  writer.output("embedding", embedding);
  return Error::success();
}

Expected<mlir::OwningOpRef<mlir::ModuleOp>> EncoderImporter::run() {
  for (auto step : {&EncoderImporter::readSizes, &EncoderImporter::readActivation,
                    &EncoderImporter::refuseOtherMathematics, &EncoderImporter::chooseHead})
    if (auto error = (this->*step)())
      return error;
  choosePrefix();
  if (auto error = setLimit())
    return error;
  Value hidden = writeEmbeddings();
  for (int64_t layer = 0; layer < sizes.layers; ++layer)
    hidden = writeLayer(hidden, layer);
  if (auto error = writeHead(hidden))
    return error;
  for (StringRef name : family.unusedTensors)
    unused.push_back(named(name));
  if (!head || head->vocabulary.empty())
    unused.push_back(family.languageModel.str());
  auto module = writer.finish();
  if (auto error = checkWeights(*module, folder.weights, folder.options))
    return error;
  if (auto error = refuseUnused(*module, folder.weights, unused))
    return error;
  return module;
}

Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importEncoder(const EncoderFamily &family, const Folder &folder) {
  return EncoderImporter(family, folder).run();
}
