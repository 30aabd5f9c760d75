// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/Decoder.h"

#include "compiler/Import/DecoderSettings.h"
#include "compiler/Import/ModelWriter.h"
#include "compiler/Import/Settings.h"
#include "compiler/Import/WeightCheck.h"

#include <cmath>

using namespace tfc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using mlir::Value;

namespace {

/// Writes one folder's model.
class DecoderWriter {
public:
  DecoderWriter(const DecoderFamily &family, const Folder &folder, DecoderSettings settings)
      : family(family), folder(folder), settings(std::move(settings)),
        writer(folder.context, folder.model, "decode") {}

  Expected<mlir::OwningOpRef<mlir::ModuleOp>> run();

private:
  Value writeEmbeddings();
  Value writeLayer(Value hidden, int64_t number);
  Value writeAttention(Value input, int64_t number);
  Value writeFeedForward(Value input, int64_t number);
  Error writeOutput(Value hidden);
  Value norm(Value input, const std::string &name);
  std::vector<std::string> unusedTensors() const;

  std::string base(StringRef name) const { return settings.prefix + name.str(); }
  std::string inLayer(int64_t number, StringRef name) const {
    auto [before, after] = family.layer.split('#');
    return base(before) + std::to_string(number) + after.str() + name.str();
  }

  const DecoderFamily &family;
  const Folder &folder;
  const DecoderSettings settings;
  ModelWriter writer;
  Value rotaryTable;
  std::vector<Value> hiddenStates, attentions; ///< what enters each layer, and what leaves the last
};

} // namespace

Value DecoderWriter::norm(Value input, const std::string &name) {
  auto holds = [&](StringRef tensor) { return folder.weights.find(tensor) != nullptr; };
  return family.layerNorm ? writer.layerNorm(input, name, settings.eps, holds)
                          : writer.rmsNorm(input, name, settings.eps, family.normOffset);
}

Value DecoderWriter::writeEmbeddings() {
  Value ids = writer.ids("input_ids");
  Value words = writer.embedding(ids, base(family.words), settings.vocabulary, settings.hidden);
  if (!family.wordsNorm.empty())
    words = norm(words, base(family.wordsNorm));
  if (family.scaledWords) // a number in single precision, as transformers has it
    words = writer.scale(words, float(std::sqrt(double(settings.hidden))));
  if (!settings.slopes.empty())
    return words;
  if (!family.positions.empty())
    return writer.add(words, writer.positions(ids, base(family.positions), settings.positions,
                                              settings.hidden, /*first=*/0));
  rotaryTable =
      writer.rotaryTable(settings.maxSequence, settings.rotary.frequencies, settings.rotary.factor);
  return words;
}

Value DecoderWriter::writeAttention(Value input, int64_t number) {
  const int64_t wide = settings.heads * settings.headDim,
                narrow = settings.keyHeads * settings.headDim;
  const LinearForm form{.bias = settings.inputBias, .transposed = family.transposed};
  Value query, key, value;
  if (family.queryKeyValue.empty()) {
    query = writer.linear(input, inLayer(number, family.query), wide, form);
    key = writer.linear(input, inLayer(number, family.key), narrow, form);
    value = writer.linear(input, inLayer(number, family.value), narrow, form);
  } else {
    Value all =
        writer.linear(input, inLayer(number, family.queryKeyValue), wide + 2 * narrow, form);
    if (family.byHead) {
      auto part = [&](int64_t part) { return writer.partOfHeads(all, settings.heads, 3, part); };
      query = part(0), key = part(1), value = part(2);
    } else {
      query = writer.columns(all, 0, wide);
      key = writer.columns(all, wide, narrow);
      value = writer.columns(all, wide + narrow, narrow);
    }
  }
  auto prepare = [&](Value x, StringRef normName, int64_t heads) {
    if (!normName.empty())
      x = writer.headNorm(x, inLayer(number, normName), settings.eps, heads);
    return rotaryTable ? writer.rotary(x, rotaryTable, heads) : x;
  };
  query = prepare(query, family.queryNorm, settings.heads);
  key = prepare(key, family.keyNorm, settings.keyHeads);

  double scale = settings.scaledBy ? 1 / std::sqrt(settings.scaledBy)
                 : settings.scaled ? 1 / std::sqrt(double(settings.headDim))
                                   : 1;
  if (settings.scaledByLayer)
    scale /= double(number + 1);
  auto [context, probabilities] = writer.attention(query, key, value,
                                                   {.heads = settings.heads,
                                                    .scale = scale,
                                                    .causal = true,
                                                    .window = settings.windows[number],
                                                    .softcap = settings.scoreCap,
                                                    .slopes = settings.slopes});
  attentions.push_back(probabilities);
  return writer.linear(context, inLayer(number, family.attentionOutput), settings.hidden,
                       {.bias = settings.outputBias, .transposed = family.transposed});
}

Value DecoderWriter::writeFeedForward(Value input, int64_t number) {
  auto linear = [&](Value x, StringRef name, int64_t out) {
    return writer.linear(x, inLayer(number, name), out,
                         {.bias = settings.feedForwardBias, .transposed = family.transposed});
  };
  Value inner;
  if (family.gate.empty()) {
    inner = writer.activation(settings.activation, linear(input, family.up, settings.intermediate));
  } else {
    Value gate =
        writer.activation(settings.activation, linear(input, family.gate, settings.intermediate));
    inner = writer.mul(gate, linear(input, family.up, settings.intermediate));
  }
  return linear(inner, family.down, settings.hidden);
}

Value DecoderWriter::writeLayer(Value hidden, int64_t number) {
  Value input = norm(hidden, inLayer(number, family.attentionNorm));
  auto normed = [&](Value x, StringRef name) {
    return name.empty() ? x : norm(x, inLayer(number, name));
  };
  Value attention = writeAttention(input, number);
  hidden = writer.add(normed(attention, family.attentionOutputNorm), hidden);
  input = norm(hidden, inLayer(number, family.feedForwardNorm));
  Value feedForward = writeFeedForward(input, number);
  return writer.add(normed(feedForward, family.feedForwardOutputNorm), hidden);
}

Error DecoderWriter::writeOutput(Value hidden) {
  if (folder.sentences)
    return writeSentence(writer, folder, hidden, family.hidden);
  if (!settings.head) {
    writer.output("last_hidden_state", hidden);
    return Error::success();
  }
  constexpr StringRef own = "lm_head.weight";
  std::string words = base(family.words) + ".weight";
  if (settings.tied)
    if (auto error = refuseUntied(folder, own, words))
      return error;
  Value table =
      writer.weight(settings.tied ? words : own.str(), {settings.vocabulary, settings.hidden});
  writer.model().setTask("generate");
  if (settings.generation)
    writer.model().setGenerationAttr(settings.generation);
  Value logits = writer.linear(hidden, table, Value());
  writer.output("logits", settings.logitCap ? writer.softcap(logits, settings.logitCap) : logits);
  return Error::success();
}

std::vector<std::string> DecoderWriter::unusedTensors() const {
  std::vector<std::string> names;
  for (StringRef name : family.unusedTensors) {
    if (!name.contains('#')) {
      names.push_back(base(name));
      continue;
    }
    auto [before, after] = name.split('#');
    for (int64_t layer = 0; layer < settings.layers; ++layer)
      names.push_back(base(before) + std::to_string(layer) + after.str());
  }
  if (settings.tied || !settings.head)
    names.push_back("lm_head.weight");
  return names;
}

Expected<mlir::OwningOpRef<mlir::ModuleOp>> DecoderWriter::run() {
  writer.model().setMaxSequence(settings.maxSequence);
  Value hidden = writeEmbeddings();
  for (int64_t layer = 0; layer < settings.layers; ++layer) {
    hiddenStates.push_back(hidden);
    hidden = writeLayer(hidden, layer);
  }
  hidden = norm(hidden, base(family.finalNorm));
  hiddenStates.push_back(hidden);
  if (auto error = writeOutput(hidden))
    return error;
  writer.layerOutputs("hidden_states", hiddenStates);
  writer.layerOutputs("attentions", attentions);
  auto module = writer.finish();
  if (auto error = checkWeights(*module, folder.weights, folder.options))
    return error;
  if (auto error = refuseUnused(*module, folder.weights, unusedTensors()))
    return error;
  return module;
}

Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importDecoder(const DecoderFamily &family,
                                                               const Folder &folder) {
  auto settings = readDecoderSettings(family, folder);
  if (!settings)
    return settings.takeError();
  return DecoderWriter(family, folder, std::move(*settings)).run();
}
