// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/EncoderDecoderSettings.h"

#include "compiler/Import/Generation.h"
#include "compiler/Import/Settings.h"

#include "llvm/ADT/STLExtras.h"

#include <limits>

using namespace tfc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace {

constexpr int64_t maxSize = std::numeric_limits<int32_t>::max();

/// Reads one folder.
class Reader {
public:
  Reader(const EncoderDecoderFamily &family, const Folder &folder)
      : family(family), folder(folder), config(folder.config) {}

  Expected<EncoderDecoderSettings> run();

private:
  Error readSizes();
  Error readStack(const Stack &stack, StackSettings &to, int64_t defaultLayers);
  Error readActivation();
  Error readDistances();
  Error readSwitches();
  Error readLimit();
  Error readHead();
  Error readWords();
  Error refuseOtherMathematics();

  const EncoderDecoderFamily &family;
  const Folder &folder;
  const Config &config;
  EncoderDecoderSettings settings;
};

} // namespace

Error Reader::readStack(const Stack &stack, StackSettings &to, int64_t defaultLayers) {
  auto layers =
      defaultLayers ? config.sizeOr(stack.layers, defaultLayers) : config.size(stack.layers);
  auto heads = config.size(stack.heads), intermediate = config.size(stack.intermediate);
  auto headDim = config.sizeOr(family.headDim, family.defaultHeadDim);
  if (!layers || !heads || !intermediate || !headDim)
    return llvm::joinErrors(llvm::joinErrors(layers.takeError(), heads.takeError()),
                            llvm::joinErrors(intermediate.takeError(), headDim.takeError()));
  to.layers = *layers;
  to.heads = *heads;
  to.intermediate = *intermediate;
  to.headDim = *headDim ? *headDim : settings.hidden / to.heads;
  if (!*headDim && settings.hidden % to.heads)
    return config.get(stack.heads)
        ->expected(fmt::format("a divisor of d_model = {}", settings.hidden));
  if (to.heads > maxSize / to.headDim)
    return config.get(stack.heads)
        ->expected(fmt::format("at most {} heads of {} columns", maxSize / to.headDim, to.headDim));
  return checkLayers(folder, stack.layers, to.layers);
}

Error Reader::readActivation() {
  auto activation = tfc::readActivation(config, family.activation, family.defaultActivation,
                                        family.encoder.gate.empty() ? nullptr : &settings.gated);
  if (!activation)
    return activation.takeError();
  settings.activation = *activation;
  // What transformers takes for `gated-gelu`.
  if (settings.gated && *activation == transformer::ActivationKind::gelu)
    settings.activation = transformer::ActivationKind::gelu_tanh;
  auto eps = readEps(config, family.eps, family.defaultEps);
  if (!eps)
    return eps.takeError();
  settings.eps = *eps;
  return Error::success();
}

Error Reader::readDistances() {
  if (family.positionKind != PositionKind::distances)
    return Error::success();
  constexpr int64_t most = 1 << 20; // no tensor of the checkpoint backs what they become
  auto buckets = config.integerOr("relative_attention_num_buckets", 32, 4, most);
  if (!buckets)
    return buckets.takeError();
  settings.buckets = *buckets;
  auto distance = config.integerOr("relative_attention_max_distance", 128, *buckets / 2 + 1, most);
  if (!distance)
    return distance.takeError();
  settings.maxDistance = *distance;
  return Error::success();
}

Error Reader::readSizes() {
  auto hidden = config.size("d_model");
  if (!hidden)
    return hidden.takeError();
  settings.hidden = *hidden;
  if (family.positionKind == PositionKind::sinusoids && settings.hidden % 2)
    return config.get("d_model")->expected("an even number");
  if (family.positionKind == PositionKind::closedSinusoids) {
    if (settings.hidden % 2 || settings.hidden < 4)
      return config.get("d_model")->expected("an even number from 4 on");
    // The first row is the one behind that of the padding.
    const int64_t before = family.firstPosition - 1;
    if (auto padding = config.integerOr("pad_token_id", before, before, before); !padding)
      return padding.takeError();
  }
  if (auto error = readStack(family.encoder, settings.encoder, 0))
    return error;
  return readStack(family.decoder, settings.decoder, settings.encoder.layers);
}

Error Reader::readSwitches() {
  auto scaled = config.booleanOr("scale_embedding", false);
  if (!scaled)
    return scaled.takeError();
  settings.scaledWords = *scaled;
  auto tied = config.booleanOr("tie_word_embeddings", true);
  if (!tied)
    return tied.takeError();
  settings.tied = family.ownHead ? !folder.weights.find("lm_head.weight") : *tied;
  auto scaledHidden = family.scaledHidden ? config.booleanOr("scale_decoder_outputs", *tied)
                                          : Expected<bool>(false);
  if (!scaledHidden)
    return scaledHidden.takeError();
  settings.scaledHidden = *scaledHidden;
  return Error::success();
}

Error Reader::readLimit() {
  auto positions = config.sizeOr(family.positionCount, family.defaultPositions);
  if (!positions)
    return positions.takeError();
  settings.positions = *positions;
  if (family.positionKind == PositionKind::distances) // there is no end to them
    settings.positions = std::max(settings.positions, folder.options.maxSequence);
  auto given = config.find(family.positionCount);
  auto limit =
      readMaxSequence(folder, settings.positions,
                      *given ? (*given)->where()
                             : fmt::format("{} ({} unless it is given)", config.value().where(),
                                           family.positionCount.all()[0].str()));
  if (!limit)
    return limit.takeError();
  settings.maxSequence = *limit;
  return Error::success();
}

/// The tables of words. A stack that has one of its own has its own vocabulary too.
Error Reader::readWords() {
  auto vocabulary = config.size("vocab_size");
  if (!vocabulary)
    return vocabulary.takeError();
  auto written = config.sizeOr("decoder_vocab_size", *vocabulary);
  auto shared = family.shared.key.empty()
                    ? family.shared.otherwise
                    : config.booleanOr(family.shared.key, family.shared.otherwise);
  if (!written || !shared)
    return llvm::joinErrors(written.takeError(), shared.takeError());
  settings.encoder.vocabulary = *vocabulary;
  settings.decoder.vocabulary = *written;
  if (*shared && *written != *vocabulary)
    return config.get("decoder_vocab_size")
        ->expected(
            fmt::format("vocab_size = {}, where both sides share one table of words", *vocabulary));
  for (auto [stack, to] : {std::pair(&family.encoder, &settings.encoder),
                           std::pair(&family.decoder, &settings.decoder)})
    to->words = (family.basePrefix + (*shared ? family.words : stack->words)).str();
  return Error::success();
}

Error Reader::readHead() {
  if (folder.sentences)
    return config.value().unsupported(
        "sentence-transformers makes no embeddings of encoder-decoders here");
  auto architecture = readArchitecture(config, family.classPrefix, {family.languageModel});
  if (!architecture)
    return architecture.takeError();
  auto generation = readGeneration(folder, settings.decoder.vocabulary);
  if (!generation)
    return generation.takeError();
  constexpr StringRef start = "decoder_start_token_id";
  mlir::NamedAttrList entries(*generation);
  if (!entries.get(start)) {
    mlir::Attribute first = entries.get("bos_token_id"); // as transformers has it
    if (!first)
      return config.value().error(fmt::format(
          "{}: expected the id of the token that every row begins with, found none", start.str()));
    entries.set(start, first);
  }
  settings.generation = entries.getDictionary(&folder.context);
  return Error::success();
}

/// Settings that would make other mathematics of the same weights.
Error Reader::refuseOtherMathematics() {
  auto both = config.booleanOr("is_encoder_decoder", true);
  if (!both)
    return both.takeError();
  if (!*both)
    return config.get("is_encoder_decoder")
        ->unsupported("only the whole encoder-decoder is supported, expected true, found false");
  if (auto error = refuseSwitches(config, family.refusedSwitches, "not supported"))
    return error;
  if (auto error = refusePrunedHeads(config))
    return error;
  config.ignore({"is_decoder", "add_cross_attention", "task_specific_params", "num_hidden_layers"});
  return config.refuseUnknown(family.harmlessKeys);
}

Expected<EncoderDecoderSettings> Reader::run() {
  for (auto step :
       {&Reader::readSizes, &Reader::readActivation, &Reader::readDistances, &Reader::readSwitches,
        &Reader::readLimit, &Reader::readWords, &Reader::readHead, &Reader::refuseOtherMathematics})
    if (auto error = (this->*step)())
      return error;
  return settings;
}

Expected<EncoderDecoderSettings> tfc::readEncoderDecoderSettings(const EncoderDecoderFamily &family,
                                                                 const Folder &folder) {
  return Reader(family, folder).run();
}
