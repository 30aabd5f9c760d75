// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/EncoderDecoder.h"

#include "compiler/Import/EncoderDecoderSettings.h"
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

/// What the layers of a stack leave beside their result.
struct Insight {
  std::vector<Value> hiddenStates, attentions, crossAttentions;
};

/// Writes one folder's model.
class EncoderDecoderWriter {
public:
  EncoderDecoderWriter(const EncoderDecoderFamily &family, const Folder &folder,
                       EncoderDecoderSettings settings)
      : family(family), folder(folder), settings(std::move(settings)),
        writer(folder.context, folder.model, "encode") {}

  Expected<mlir::OwningOpRef<mlir::ModuleOp>> run();

private:
  /// Writes a stack; its layers see `source`, [tokens of the source, hidden], where there is one.
  Value writeStack(const Stack &stack, const StackSettings &sizes, StringRef ids, Value source,
                   Insight &insight);
  Value writeEmbeddings(const Stack &stack, const StackSettings &sizes, StringRef ids);
  Value writeAttention(const AttentionNames &names, const std::string &layer,
                       const StackSettings &sizes, Value input, Value source, Value distances,
                       std::vector<Value> &maps);
  Value writeFeedForward(const Stack &stack, const std::string &layer, int64_t width, Value input);
  Error writeLogits(Value hidden);
  Error findUnused(std::vector<std::string> &unused) const;

  bool holds(StringRef name) const { return folder.weights.find(name) != nullptr; }
  std::string base(StringRef name) const { return (family.basePrefix + name).str(); }
  Value norm(Value input, const std::string &name) {
    return family.rmsNorm ? writer.rmsNorm(input, name, settings.eps)
                          : writer.layerNorm(input, name, settings.eps,
                                             [&](StringRef tensor) { return holds(tensor); });
  }

  const EncoderDecoderFamily &family;
  const Folder &folder;
  const EncoderDecoderSettings settings;
  ModelWriter writer;
};

} // namespace

Value EncoderDecoderWriter::writeEmbeddings(const Stack &stack, const StackSettings &sizes,
                                            StringRef name) {
  Value ids = writer.ids(name);
  Value words = writer.embedding(ids, sizes.words, sizes.vocabulary, settings.hidden);
  if (settings.scaledWords)
    words = writer.scale(words, std::sqrt(double(settings.hidden)));
  if (family.positionKind == PositionKind::distances)
    return words;
  Value positions;
  if (family.positionKind != PositionKind::table)
    positions = writer.sinusoids(ids, settings.maxSequence + family.firstPosition, settings.hidden,
                                 family.firstPosition,
                                 family.positionKind == PositionKind::closedSinusoids);
  else
    positions =
        writer.positions(ids, base(stack.positions), settings.positions + family.firstPosition,
                         settings.hidden, family.firstPosition);
  Value sum = writer.add(words, positions);
  return stack.wordsNorm.empty() ? sum : norm(sum, base(stack.wordsNorm));
}

Value EncoderDecoderWriter::writeAttention(const AttentionNames &names, const std::string &layer,
                                           const StackSettings &sizes, Value input, Value source,
                                           Value distances, std::vector<Value> &maps) {
  auto linear = [&](Value x, StringRef name) {
    return writer.linear(x, layer + name.str(), sizes.heads * sizes.headDim, {.bias = family.bias});
  };
  AttentionForm form{.heads = sizes.heads,
                     .scale = family.scaledScores ? 1 / std::sqrt(double(sizes.headDim)) : 1,
                     .causal = &names == &family.decoder.self,
                     .distances = distances};
  Value from = source ? source : input;
  auto [context, probabilities] = writer.attention(
      linear(input, names.query), linear(from, names.key), linear(from, names.value), form);
  maps.push_back(probabilities);
  return writer.linear(context, layer + names.output.str(), settings.hidden, {.bias = family.bias});
}

Value EncoderDecoderWriter::writeFeedForward(const Stack &stack, const std::string &layer,
                                             int64_t width, Value input) {
  auto linear = [&](Value x, StringRef name, int64_t out) {
    return writer.linear(x, layer + name.str(), out, {.bias = family.bias});
  };
  Value inner = linear(input, settings.gated ? stack.gate : stack.up, width);
  inner = writer.activation(settings.activation, inner);
  if (settings.gated)
    inner = writer.mul(inner, linear(input, stack.gatedUp, width));
  return linear(inner, stack.down, settings.hidden);
}

Value EncoderDecoderWriter::writeStack(const Stack &stack, const StackSettings &sizes,
                                       StringRef ids, Value source, Insight &insight) {
  Value hidden = writeEmbeddings(stack, sizes, ids);
  Value distances;
  if (family.positionKind == PositionKind::distances)
    distances = writer.distanceTable(base(stack.positions), settings.buckets, sizes.heads,
                                     settings.maxDistance, /*bidirectional=*/!source);
  auto [before, after] = stack.layer.split('#');
  for (int64_t number = 0; number < sizes.layers; ++number) {
    insight.hiddenStates.push_back(hidden);
    std::string layer = base(before) + std::to_string(number) + after.str();
    // A part of a layer, and its norm: before it, or behind the residual connection.
    auto part = [&](StringRef normName, llvm::function_ref<Value(Value)> write) {
      std::string name = layer + normName.str();
      Value made = write(family.preNorm ? norm(hidden, name) : hidden);
      hidden = writer.add(made, hidden);
      if (!family.preNorm)
        hidden = norm(hidden, name);
    };
    part(stack.self.norm, [&](Value input) {
      return writeAttention(stack.self, layer, sizes, input, Value(), distances,
                            insight.attentions);
    });
    if (source)
      part(stack.cross.norm, [&](Value input) {
        return writeAttention(stack.cross, layer, sizes, input, source, Value(),
                              insight.crossAttentions);
      });
    part(stack.feedForwardNorm,
         [&](Value input) { return writeFeedForward(stack, layer, sizes.intermediate, input); });
  }
  if (!stack.finalNorm.empty())
    hidden = norm(hidden, base(stack.finalNorm));
  insight.hiddenStates.push_back(hidden);
  return hidden;
}

Error EncoderDecoderWriter::writeLogits(Value hidden) {
  constexpr StringRef own = "lm_head.weight";
  std::string words = settings.decoder.words + ".weight";
  if (settings.tied)
    if (auto error = refuseUntied(folder, own, words))
      return error;
  if (settings.scaledHidden)
    hidden = writer.scale(hidden, 1 / std::sqrt(double(settings.hidden)));
  const int64_t vocabulary = settings.decoder.vocabulary;
  Value table = writer.weight(settings.tied ? words : own.str(), {vocabulary, settings.hidden});
  // It is the same for all rows, and a checkpoint without it has zeros.
  Value bias = holds(family.logitsBias) ? writer.weight(family.logitsBias, {vocabulary}) : Value();
  writer.output("logits", writer.linear(hidden, table, bias));
  return Error::success();
}

/// Copies of the table that both sides share, which must be equal to it, and what is known to be
/// unused.
Error EncoderDecoderWriter::findUnused(std::vector<std::string> &unused) const {
  for (auto [stack, sizes] : {std::pair(&family.encoder, &settings.encoder),
                              std::pair(&family.decoder, &settings.decoder)}) {
    std::string copy = base(stack->words) + ".weight", words = sizes->words + ".weight";
    if (copy == words)
      continue;
    if (auto error = refuseUntied(folder, copy, words))
      return error;
    unused.push_back(copy);
  }
  if (settings.tied)
    unused.push_back("lm_head.weight");
  if (settings.decoder.words != base(family.words))
    unused.push_back(base(family.words) + ".weight");
  for (StringRef name : family.unusedTensors)
    unused.push_back(base(name));
  return Error::success();
}

Expected<mlir::OwningOpRef<mlir::ModuleOp>> EncoderDecoderWriter::run() {
  constexpr StringRef between = "encoder_last_hidden_state";
  writer.model().setMaxSequence(settings.maxSequence);
  writer.model().setTask("generate");
  writer.model().setGenerationAttr(settings.generation);
  Insight read, written;
  Value source = writeStack(family.encoder, settings.encoder, "input_ids", Value(), read);
  writer.output(between, source);
  writer.layerOutputs("encoder_hidden_states", read.hiddenStates);
  writer.layerOutputs("encoder_attentions", read.attentions);

  writer.nextFunction("decode");
  source = writer.numbers(between, settings.hidden);
  Value hidden = writeStack(family.decoder, settings.decoder, "decoder_input_ids", source, written);
  if (auto error = writeLogits(hidden))
    return error;
  writer.layerOutputs("decoder_hidden_states", written.hiddenStates);
  writer.layerOutputs("decoder_attentions", written.attentions);
  writer.layerOutputs("cross_attentions", written.crossAttentions);
  auto module = writer.finish();
  if (auto error = checkWeights(*module, folder.weights, folder.options))
    return error;
  std::vector<std::string> unused;
  if (auto error = findUnused(unused))
    return error;
  if (auto error = refuseUnused(*module, folder.weights, unused))
    return error;
  return module;
}

Expected<mlir::OwningOpRef<mlir::ModuleOp>>
tfc::importEncoderDecoder(const EncoderDecoderFamily &family, const Folder &folder) {
  auto settings = readEncoderDecoderSettings(family, folder);
  if (!settings)
    return settings.takeError();
  return EncoderDecoderWriter(family, folder, std::move(*settings)).run();
}
