// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/DecoderSettings.h"

#include "compiler/Import/Generation.h"
#include "compiler/Import/Settings.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>

using namespace tfc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace {

constexpr int64_t maxSize = std::numeric_limits<int32_t>::max();
/// Of a table of rotary positions: as many as fill 1 GiB. No tensor of the checkpoint backs it.
constexpr int64_t maxTable = int64_t(1) << 28;

/// Reads one folder.
class Reader {
public:
  Reader(const DecoderFamily &family, const Folder &folder)
      : family(family), folder(folder), config(folder.config) {}

  Expected<DecoderSettings> run();

private:
  Error readSizes();
  Error readHeads();
  Error readNumbers();
  Error readSwitches();
  Error readLimit();
  Error readPositions();
  Error readWindows();
  Expected<std::vector<bool>> readSlidingLayers();
  Error chooseHead();
  Error refuseOtherMathematics();

  /// Whether the key is there and null, which some families tell from a key that is not there.
  bool isNull(const Key &key) const {
    return llvm::any_of(key.all(), [&](StringRef spelling) {
      auto value = config.value().find(spelling);
      return value && value->isNull();
    });
  }

  const DecoderFamily &family;
  const Folder &folder;
  const Config &config;
  DecoderSettings settings;
};

} // namespace

Error Reader::readSizes() {
  const Key vocabulary = "vocab_size";
  std::pair<const Key *, int64_t *> required[] = {{&vocabulary, &settings.vocabulary},
                                                  {&family.hidden, &settings.hidden},
                                                  {&family.layers, &settings.layers},
                                                  {&family.heads, &settings.heads}};
  for (auto [key, size] : required) {
    auto value = config.size(*key);
    if (!value)
      return value.takeError();
    *size = *value;
  }
  auto inner = family.intermediateFactor
                   ? config.sizeOr(family.intermediate,
                                   std::min(maxSize, family.intermediateFactor * settings.hidden))
                   : config.size(family.intermediate);
  if (!inner)
    return inner.takeError();
  settings.intermediate = *inner;
  auto positions = config.sizeOr(family.positionCount, family.defaultPositions);
  if (!positions)
    return positions.takeError();
  settings.positions = *positions;
  return checkLayers(folder, family.layers, settings.layers);
}

/// How the columns divide into heads.
Error Reader::readHeads() {
  bool all = isNull(family.keyHeads) || family.defaultKeyHeads == 0;
  auto keyHeads = config.sizeOr(family.keyHeads, all ? settings.heads : family.defaultKeyHeads);
  auto dim = config.sizeOr(family.headDim, family.defaultHeadDim);
  if (!keyHeads || !dim)
    return llvm::joinErrors(keyHeads.takeError(), dim.takeError());
  settings.keyHeads = *keyHeads;
  settings.headDim = *dim ? *dim : settings.hidden / settings.heads;
  if (!*dim && settings.hidden % settings.heads)
    return config.get(family.heads)
        ->expected(
            fmt::format("a divisor of {} = {}", family.hidden.all()[0].str(), settings.hidden));
  if (settings.heads % settings.keyHeads) {
    std::string wanted =
        fmt::format("a divisor of {} = {}", family.heads.all()[0].str(), settings.heads);
    if (auto given = config.find(family.keyHeads); *given)
      return (*given)->expected(wanted);
    return config.value().error(fmt::format("{}: expected {}, found none, which stands for {}",
                                            family.keyHeads.all()[0].str(), wanted,
                                            settings.keyHeads));
  }
  if (settings.heads > maxSize / settings.headDim)
    return config.get(family.heads)
        ->expected(fmt::format("at most {} heads of {} columns", maxSize / settings.headDim,
                               settings.headDim));
  return Error::success();
}

Error Reader::readNumbers() {
  auto eps = readEps(config, family.eps, family.defaultEps);
  if (!eps)
    return eps.takeError();
  settings.eps = *eps;
  auto activation = readActivation(config, family.activation, family.defaultActivation);
  if (!activation)
    return activation.takeError();
  settings.activation = *activation;
  if (family.geluIsTanh && *activation == transformer::ActivationKind::gelu)
    settings.activation = transformer::ActivationKind::gelu_tanh;
  std::pair<const Number *, double *> numbers[] = {{&family.scaledBy, &settings.scaledBy},
                                                   {&family.scoreCap, &settings.scoreCap},
                                                   {&family.logitCap, &settings.logitCap}};
  for (auto [from, to] : numbers) {
    *to = 0;
    if (from->key.empty())
      continue;
    auto number = config.numberOr(from->key, isNull(from->key) ? 0 : from->otherwise);
    if (!number)
      return number.takeError();
    *to = *number;
    if (auto given = config.find(from->key); *given && !(*number > 0 && std::isfinite(*number)))
      return (*given)->expected("a number above 0");
  }
  return Error::success();
}

Error Reader::readSwitches() {
  std::pair<const Switch *, bool *> all[] = {
      {&family.inputBias, &settings.inputBias},
      {&family.outputBias, &settings.outputBias},
      {&family.feedForwardBias, &settings.feedForwardBias},
      {&family.scaled, &settings.scaled},
      {&family.scaledByLayer, &settings.scaledByLayer},
  };
  for (auto [from, to] : all) {
    auto on = from->key.empty() ? from->otherwise : config.booleanOr(from->key, from->otherwise);
    if (!on)
      return on.takeError();
    *to = *on;
  }
  return Error::success();
}

Error Reader::readLimit() {
  auto place = [&] {
    auto given = config.find(family.positionCount);
    return *given ? (*given)->where()
                  : fmt::format("{} ({} unless it is given)", config.value().where(),
                                family.positionCount.all()[0].str());
  };
  auto limit = readMaxSequence(folder, settings.positions, place());
  if (!limit)
    return limit.takeError();
  settings.maxSequence = *limit;
  return Error::success();
}

/// Press, Smith and Lewis 2022: powers of 2^(−8 / heads). Where the number of heads is no power of
/// two, those of the power below it, and between them every other one of the power above.
static std::vector<double> slopesOf(int64_t heads) {
  const auto below = int64_t(llvm::bit_floor(uint64_t(heads)));
  std::vector<double> slopes;
  for (int64_t head = 0; head < heads; ++head)
    slopes.push_back(std::exp2(head < below
                                   ? -8.0 * double(head + 1) / double(below)
                                   : -4.0 * double(2 * (head - below) + 1) / double(below)));
  return slopes;
}

Error Reader::readPositions() {
  if (!family.positions.empty())
    return Error::success();
  if (family.linearBias) {
    constexpr int64_t most = 1 << 16; // no tensor of the checkpoint backs them
    if (settings.heads > most)
      return config.get(family.heads)->expected(fmt::format("at most {} heads", most));
    settings.slopes = slopesOf(settings.heads);
    return Error::success();
  }
  auto rotary = readRotary(config, settings.headDim, settings.positions, family.partialRotary,
                           family.rotaryShare);
  if (!rotary)
    return rotary.takeError();
  settings.rotary = std::move(*rotary);
  int64_t longest = maxTable / int64_t(2 * settings.rotary.frequencies.size());
  if (settings.maxSequence > longest)
    return config.value().unsupported(
        fmt::format("rotary positions for {} tokens are not supported, expected at most {}; "
                    "--max-seq={} makes a model for shorter texts",
                    settings.maxSequence, longest, longest));
  return Error::success();
}

/// Which layers have the window: those that `layer_types` names; else every other one, or those
/// behind the first `max_window_layers`.
Expected<std::vector<bool>> Reader::readSlidingLayers() {
  auto first = family.window.alternates
                   ? Expected<int64_t>(0)
                   : config.integerOr("max_window_layers", family.window.firstLayer, 0, maxSize);
  if (!first)
    return first.takeError();
  std::vector<bool> sliding;
  for (int64_t layer = 0; layer < settings.layers; ++layer)
    sliding.push_back(family.window.alternates ? layer % 2 == 0 : layer >= *first);
  auto types = config.find("layer_types");
  if (!types)
    return types.takeError();
  if (!*types)
    return sliding;
  auto list = (*types)->elements();
  if (!list)
    return list.takeError();
  if (int64_t(list->size()) != settings.layers)
    return (*types)->expected(fmt::format("the types of {} layers", settings.layers));
  for (int64_t layer = 0; layer < settings.layers; ++layer) {
    json::Value value = (**types)[layer];
    auto name = value.getString();
    if (!name)
      return name.takeError();
    sliding[layer] = *name == "sliding_attention";
    if (!sliding[layer] && *name != "full_attention")
      return value.unsupported(
          fmt::format("layers of the type {} are not supported; supported: full_attention, "
                      "sliding_attention",
                      json::quoted(*name)));
  }
  return sliding;
}

Error Reader::readWindows() {
  const SlidingWindow &window = family.window;
  settings.windows.assign(settings.layers, 0);
  if (window.key.empty())
    return Error::success();
  auto size = config.sizeOr(window.key, isNull(window.key) ? 0 : window.otherwise);
  if (!size)
    return size.takeError();
  std::vector<bool> sliding(settings.layers, true);
  if (!window.use.empty() || window.alternates) {
    auto on = window.alternates ? Expected<bool>(true) : config.booleanOr(window.use, false);
    if (!on)
      return on.takeError();
    bool listed = !isNull("layer_types") && config.value().find("layer_types");
    auto layers = readSlidingLayers();
    if (!layers)
      return layers.takeError();
    sliding = *layers;
    if (!*on || !*size) {
      if (listed && llvm::is_contained(sliding, true))
        return config.get("layer_types")
            ->error(fmt::format("expected {}a {} where a layer is sliding_attention",
                                window.alternates ? "" : window.use.str() + " = true and ",
                                window.key.str()));
      return Error::success();
    }
  }
  for (int64_t layer = 0; layer < settings.layers; ++layer)
    if (sliding[layer] && *size < settings.maxSequence)
      settings.windows[layer] = *size;
  return Error::success();
}

/// Whether a language model's head follows, and how the decoder's tensors are named. A model with a
/// head puts a prefix before them, a bare one none; both load either.
Error Reader::chooseHead() {
  auto holds = [&](const std::string &name) { return folder.weights.find(name) != nullptr; };
  std::string words = (family.words + ".weight").str();
  settings.prefix = holds(words) ? "" : family.basePrefix.str();
  auto architecture = readArchitecture(config, family.classPrefix, {"Model", family.languageModel});
  if (!architecture)
    return architecture.takeError();
  settings.head = *architecture ? **architecture == family.languageModel
                                : !settings.prefix.empty() || holds("lm_head.weight");
  if (folder.sentences)
    settings.head = false; // sentence-transformers loads the bare model, whatever was saved
  auto tied = config.booleanOr("tie_word_embeddings", family.tied);
  if (!tied)
    return tied.takeError();
  settings.tied = *tied;
  if (!settings.head)
    return ignoreGeneration(config), Error::success();
  auto generation = readGeneration(folder, settings.vocabulary);
  if (!generation)
    return generation.takeError();
  settings.generation = *generation;
  return Error::success();
}

/// Settings that would make other mathematics of the same weights.
Error Reader::refuseOtherMathematics() {
  constexpr StringRef why = "only decoders without an encoder are supported";
  if (auto error = refuseSwitches(
          config, {"add_cross_attention", "is_encoder_decoder", "tie_encoder_decoder"}, why))
    return error;
  if (auto error = refuseSwitches(config, family.refusedSwitches, "not supported"))
    return error;
  if (auto error = refusePrunedHeads(config))
    return error;
  config.ignore({"is_decoder", "task_specific_params"}); // for models that are both; for pipelines
  return config.refuseUnknown(family.harmlessKeys);
}

Expected<DecoderSettings> Reader::run() {
  for (auto step : {&Reader::readSizes, &Reader::readHeads, &Reader::readNumbers,
                    &Reader::readSwitches, &Reader::readLimit, &Reader::readPositions,
                    &Reader::readWindows, &Reader::chooseHead, &Reader::refuseOtherMathematics})
    if (auto error = (this->*step)())
      return error;
  return settings;
}

Expected<DecoderSettings> tfc::readDecoderSettings(const DecoderFamily &family,
                                                   const Folder &folder) {
  return Reader(family, folder).run();
}
