// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/Encoder.h"

#include "compiler/Import/EncoderSettings.h"
#include "compiler/Import/ModelWriter.h"
#include "compiler/Import/Settings.h"
#include "compiler/Import/WeightCheck.h"

#include <cmath>

using namespace tfc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using mlir::Value;
using transformer::ActivationKind;

namespace {

/// Writes one folder's model.
class EncoderWriter {
public:
  EncoderWriter(const EncoderFamily &family, const Folder &folder, EncoderSettings settings)
      : family(family), folder(folder), settings(std::move(settings)),
        writer(folder.context, folder.model, "encode") {}

  Expected<mlir::OwningOpRef<mlir::ModuleOp>> run();

private:
  Value writeEmbeddings();
  Value writeLayer(Value hidden, int64_t number);
  Error writeOutputs(Value hidden);
  void writeBare(Value hidden);
  Error writeHead(const EncoderHead &head, Value hidden);
  Expected<Value> writeVocabulary(const EncoderHead &head, Value hidden);
  Expected<Value> writeLabels(const EncoderHead &head, Value hidden);

  bool holds(StringRef name) const { return folder.weights.find(name) != nullptr; }
  std::string base(StringRef name) const { return settings.prefix + name.str(); }
  Value norm(Value input, StringRef name) {
    return writer.layerNorm(input, name, settings.eps,
                            [&](StringRef tensor) { return holds(tensor); });
  }

  const EncoderFamily &family;
  const Folder &folder;
  const EncoderSettings settings;
  ModelWriter writer;
  std::vector<std::string> unused;             ///< tensors that are known to be
  std::vector<Value> hiddenStates, attentions; ///< of the layers, the embeddings first
};

} // namespace

Value EncoderWriter::writeEmbeddings() {
  Value ids = writer.ids("input_ids");
  Value types = family.types.empty() ? Value() : writer.ids("token_type_ids", /*optional=*/true);
  Value sum = writer.embedding(ids, base(family.words), settings.vocabulary, settings.hidden);
  if (types)
    sum = writer.add(sum,
                     writer.embedding(types, base(family.types), settings.types, settings.hidden));
  sum = writer.add(sum, writer.positions(ids, base(family.positions), settings.positions,
                                         settings.hidden, settings.firstPosition));
  return norm(sum, base(family.embeddingNorm));
}

Value EncoderWriter::writeLayer(Value hidden, int64_t number) {
  auto [before, after] = family.layer.split('#');
  std::string layer = base(before) + std::to_string(number) + after.str();
  auto in = [&](StringRef name) { return layer + name.str(); };
  Value query = writer.linear(hidden, in(family.query), settings.hidden);
  Value key = writer.linear(hidden, in(family.key), settings.hidden);
  Value value = writer.linear(hidden, in(family.value), settings.hidden);
  int64_t heads = settings.attentionHeads, dim = settings.hidden / heads;
  AttentionForm form{.heads = heads, .scale = 1 / std::sqrt(double(dim))};
  auto [context, probabilities] = writer.attention(query, key, value, form);
  attentions.push_back(probabilities);
  Value attended = writer.linear(context, in(family.attentionOutput), settings.hidden);
  hidden = norm(writer.add(attended, hidden), in(family.attentionNorm));
  Value up = writer.activation(settings.activation,
                               writer.linear(hidden, in(family.up), settings.intermediate));
  Value down = writer.linear(up, in(family.down), settings.hidden);
  return norm(writer.add(down, hidden), in(family.outputNorm));
}

Error EncoderWriter::writeOutputs(Value hidden) {
  if (folder.sentences)
    return writeSentence(writer, folder, hidden, family.hidden);
  for (const EncoderHead &head : settings.heads)
    if (auto error = writeHead(head, hidden))
      return error;
  if (settings.heads.empty())
    writeBare(hidden);
  return Error::success();
}

void EncoderWriter::writeBare(Value hidden) {
  writer.output("last_hidden_state", hidden);
  std::string pooler = base(family.pooler);
  if (family.pooler.empty() || !(holds(pooler + ".weight") || holds(pooler + ".bias")))
    return;
  Value first = writer.pool(transformer::PoolKind::first, hidden);
  first = writer.linear(first, pooler, settings.hidden);
  writer.output("pooler_output", writer.activation(ActivationKind::tanh, first));
}

Error EncoderWriter::writeHead(const EncoderHead &head, Value hidden) {
  if (!head.task.empty())
    writer.model().setTask(head.task);
  if (head.firstToken)
    hidden = writer.pool(transformer::PoolKind::first, hidden);
  if (!head.dense.empty()) {
    hidden = writer.linear(hidden, settings.named(head.dense), settings.hidden);
    hidden = writer.activation(head.activation.value_or(settings.activation), hidden);
  }
  if (!head.norm.empty())
    hidden = norm(hidden, settings.named(head.norm));
  auto logits = head.vocabulary.empty() ? writeLabels(head, hidden) : writeVocabulary(head, hidden);
  if (!logits)
    return logits.takeError();
  if (head.columns.empty())
    writer.output(head.output, *logits);
  for (auto [number, name] : llvm::enumerate(head.columns))
    writer.output(name, writer.column(*logits, number));
  return Error::success();
}

/// [tokens, hidden] → [tokens, vocabulary], with the word embeddings where the two are tied.
Expected<Value> EncoderWriter::writeVocabulary(const EncoderHead &head, Value hidden) {
  auto tied = folder.config.booleanOr("tie_word_embeddings", true);
  if (!tied)
    return tied.takeError();
  std::string own = (head.vocabulary + ".weight").str(),
              ownBias = (head.vocabulary + ".bias").str();
  std::string words = base(family.words) + ".weight", bias = head.bias.str();
  if (*tied) {
    for (auto [copy, original] : {std::pair(own, words), std::pair(ownBias, bias)}) {
      unused.push_back(copy);
      if (auto error = refuseUntied(folder, copy, original))
        return error;
    }
  } else {
    unused.push_back(bias);
    words = own;
    bias = holds(ownBias) ? ownBias : bias;
  }
  return writer.linear(hidden, writer.weight(words, {settings.vocabulary, settings.hidden}),
                       writer.weight(bias, {settings.vocabulary}));
}

/// [tokens, hidden] → [tokens, labels], or the same without tokens.
Expected<Value> EncoderWriter::writeLabels(const EncoderHead &head, Value hidden) {
  std::string layer = settings.named(head.labels);
  if (int64_t fixed = head.columns.empty() ? head.labelCount : int64_t(head.columns.size()))
    return writer.linear(hidden, layer, fixed);
  auto labels = readLabels(folder.config);
  if (!labels)
    return labels.takeError();
  if (head.firstToken) {
    auto task = readClassifierTask(folder.config, labels->size());
    if (!task)
      return task.takeError();
    writer.model().setTask(*task);
  }
  llvm::SmallVector<StringRef> names(labels->begin(), labels->end());
  writer.model().setLabelsAttr(mlir::Builder(&folder.context).getStrArrayAttr(names));
  return writer.linear(hidden, layer, labels->size());
}

Expected<mlir::OwningOpRef<mlir::ModuleOp>> EncoderWriter::run() {
  writer.model().setMaxSequence(settings.maxSequence);
  hiddenStates.push_back(writeEmbeddings());
  for (int64_t layer = 0; layer < settings.layers; ++layer)
    hiddenStates.push_back(writeLayer(hiddenStates.back(), layer));
  if (auto error = writeOutputs(hiddenStates.back()))
    return error;
  writer.layerOutputs("hidden_states", hiddenStates);
  writer.layerOutputs("attentions", attentions);
  for (StringRef name : family.unusedTensors)
    unused.push_back(settings.named(name));
  if (llvm::all_of(settings.heads, [](auto &head) { return head.vocabulary.empty(); }))
    unused.push_back(family.languageModel.str());
  auto module = writer.finish();
  if (auto error = checkWeights(*module, folder.weights, folder.options))
    return error;
  if (auto error = refuseUnused(*module, folder.weights, unused))
    return error;
  return module;
}

Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importEncoder(const EncoderFamily &family,
                                                               const Folder &folder) {
  auto settings = readEncoderSettings(family, folder);
  if (!settings)
    return settings.takeError();
  return EncoderWriter(family, folder, std::move(*settings)).run();
}
