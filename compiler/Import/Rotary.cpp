// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/Rotary.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>
#include <numbers>

using namespace tfc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace {

class Reader;
using Scale = Error (Reader::*)();

/// Reads one config.
class Reader {
public:
  Reader(const Config &config, const Config *section, int64_t headDim, int64_t positions)
      : config(config), inner(section ? *section : config), headDim(headDim), positions(positions) {
  }

  Expected<Rotary> run(bool partial, double defaultShare);

  static Expected<Scale> findScale(const Config &section);

private:
  Error readColumns(bool partial, double defaultShare);
  Error readBase();
  Error readFactor();
  Error readOriginal();
  Error scaleNothing() { return Error::success(); }
  Error scaleLinear();
  Error scaleDynamic();
  Error scaleLlama3();
  Error scaleYarn();
  Error readAttentionFactor();

  /// A number of the section that has to lie above 0.
  Expected<double> positive(StringRef key, std::optional<double> otherwise = {}) const;

  const Config &config; ///< the whole
  const Config &inner;  ///< rope_parameters, or the whole where there is none
  const int64_t headDim, positions;
  int64_t columns = 0; ///< of a head, that are turned
  double base = 0, factor = 1;
  int64_t original = 0; ///< positions the model had before its context was stretched
  Rotary rotary;
};

} // namespace

Expected<double> Reader::positive(StringRef key, std::optional<double> otherwise) const {
  auto value = otherwise ? inner.numberOr(key, *otherwise) : inner.number(key);
  if (!value || (*value > 0 && std::isfinite(*value)))
    return value;
  return inner.get(key)->expected("a number above 0");
}

/// `partial_rotary_factor` stands inside or outside, and inside comes first.
Error Reader::readColumns(bool partial, double defaultShare) {
  auto outer = config.numberOr("partial_rotary_factor", defaultShare);
  if (!outer)
    return outer.takeError();
  auto share = inner.numberOr("partial_rotary_factor", *outer);
  if (!share)
    return share.takeError();
  auto given = inner.find("partial_rotary_factor");
  if (given && !*given)
    given = config.find("partial_rotary_factor");
  if (!given)
    return given.takeError();
  json::Value place = *given ? **given : config.value();
  if (!partial && *share != 1)
    return place.unsupported("heads that are turned in part are not supported here, expected 1");
  const bool isShare = *share > 0 && *share <= 1;
  columns = isShare ? int64_t(headDim * *share) : 0;
  if (!isShare || (*given && columns == 0))
    return place.expected("a share of the head's columns, above 0 and up to 1");
  if (columns == 0 || columns % 2)
    return config.value().unsupported(
        fmt::format("rotary positions turn pairs of columns, expected an even number of them in a "
                    "head, found {}",
                    columns));
  return Error::success();
}

Error Reader::readBase() {
  auto outer = config.numberOr("rope_theta", 10000);
  if (!outer)
    return outer.takeError();
  auto value = inner.numberOr("rope_theta", *outer);
  if (!value)
    return value.takeError();
  if (!(*value > 1 && std::isfinite(*value)))
    return (*inner.find("rope_theta") ? inner : config)
        .get("rope_theta")
        ->expected("a number above 1");
  base = *value;
  for (int64_t column = 0; column < columns; column += 2)
    rotary.frequencies.push_back(1 / std::pow(base, double(column) / double(columns)));
  return Error::success();
}

Error Reader::readFactor() {
  auto value = inner.number("factor");
  if (!value)
    return value.takeError();
  if (!(*value >= 1 && std::isfinite(*value)))
    return inner.get("factor")->expected("a number of at least 1");
  factor = *value;
  return Error::success();
}

/// Models keep it inside, or beside max_position_embeddings.
Error Reader::readOriginal() {
  auto outer = config.sizeOr("original_max_position_embeddings", 0);
  if (!outer)
    return outer.takeError();
  auto value = inner.sizeOr("original_max_position_embeddings", positions);
  if (!value)
    return value.takeError();
  original = *outer ? *outer : *value;
  return Error::success();
}

Error Reader::scaleLinear() {
  inner.ignore({"original_max_position_embeddings"});
  if (auto error = readFactor())
    return error;
  for (double &frequency : rotary.frequencies)
    frequency /= factor;
  return Error::success();
}

/// Changes nothing up to max_position_embeddings, and no model goes further.
Error Reader::scaleDynamic() {
  inner.ignore({"original_max_position_embeddings"});
  return readFactor();
}

/// Long waves are stretched, short ones stay, those between are mixed.
Error Reader::scaleLlama3() {
  if (auto error = readFactor())
    return error;
  if (auto error = readOriginal())
    return error;
  auto low = positive("low_freq_factor");
  if (!low)
    return low.takeError();
  auto high = positive("high_freq_factor");
  if (!high)
    return high.takeError();
  if (*high <= *low)
    return inner.get("high_freq_factor")
        ->expected(fmt::format("more than low_freq_factor = {}", *low));
  for (double &frequency : rotary.frequencies) {
    double length = 2 * std::numbers::pi / frequency;
    double share = (original / length - *low) / (*high - *low);
    if (length > original / *low)
      frequency /= factor;
    else if (length >= original / *high)
      frequency = (1 - share) * frequency / factor + share * frequency;
  }
  return Error::success();
}

/// Peng, Quesnelle, Fan and Shippole 2023: pairs that turn often stay, those that turn seldom are
/// stretched.
Error Reader::scaleYarn() {
  if (auto error = readFactor())
    return error;
  if (auto error = readOriginal())
    return error;
  auto fast = positive("beta_fast", 32), slow = positive("beta_slow", 1);
  if (!fast || !slow)
    return llvm::joinErrors(fast.takeError(), slow.takeError());
  auto truncate = inner.booleanOr("truncate", true);
  if (!truncate)
    return truncate.takeError();
  // The pair that turns so often within the original length.
  auto pairOf = [&](double turns) {
    return columns * std::log(original / (turns * 2 * std::numbers::pi)) / (2 * std::log(base));
  };
  double low = pairOf(*fast), high = pairOf(*slow);
  if (*truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, double(columns - 1));
  if (low == high)
    high += 0.001;
  for (auto [pair, frequency] : llvm::enumerate(rotary.frequencies)) {
    double stretched = std::clamp((double(pair) - low) / (high - low), 0.0, 1.0);
    frequency = frequency / factor * stretched + frequency * (1 - stretched);
  }
  return readAttentionFactor();
}

Error Reader::readAttentionFactor() {
  auto given = inner.numberOr("attention_factor", 0), scale = inner.numberOr("mscale", 0),
       all = inner.numberOr("mscale_all_dim", 0);
  for (auto *value : {&given, &scale, &all})
    if (!*value)
      return llvm::joinErrors(given.takeError(),
                              llvm::joinErrors(scale.takeError(), all.takeError()));
  auto growth = [&](double by) { return factor <= 1 ? 1 : 0.1 * by * std::log(factor) + 1; };
  rotary.factor = *scale != 0 && *all != 0 ? growth(*scale) / growth(*all) : growth(1);
  if (*inner.find("attention_factor")) {
    rotary.factor = *given;
    if (!(*given > 0 && std::isfinite(*given)))
      return inner.get("attention_factor")->expected("a number above 0");
  }
  return Error::success();
}

/// How the section changes the frequencies.
Expected<Scale> Reader::findScale(const Config &section) {
  static constexpr std::pair<StringRef, Scale> scales[] = {
      {"default", &Reader::scaleNothing}, {"linear", &Reader::scaleLinear},
      {"dynamic", &Reader::scaleDynamic}, {"llama3", &Reader::scaleLlama3},
      {"yarn", &Reader::scaleYarn},
  };
  const Key kindKey{"rope_type", "type"};
  auto kind = section.stringOr(kindKey, "default");
  if (!kind)
    return kind.takeError();
  auto *scale = llvm::find_if(scales, [&](auto &entry) { return entry.first == *kind; });
  if (scale != std::end(scales))
    return scale->second;
  auto names = llvm::map_range(scales, [](auto &entry) { return entry.first; });
  return section.get(kindKey)->unsupported(
      fmt::format("rotary positions of the type {} are not supported; supported: {}",
                  json::quoted(*kind), llvm::join(names, ", ")));
}

Expected<Rotary> Reader::run(bool partial, double defaultShare) {
  auto scale = &inner == &config ? &Reader::scaleNothing : findScale(inner);
  if (!scale)
    return scale.takeError();
  if (auto error = readColumns(partial, defaultShare))
    return error;
  if (auto error = readBase())
    return error;
  if (auto error = (this->**scale)())
    return error;
  auto isFinite = [](double number) { return std::isfinite(number); };
  if (!llvm::all_of(rotary.frequencies, isFinite) || !isFinite(rotary.factor))
    return inner.value().error("expected rotary positions whose angles are finite");
  if (&inner != &config)
    if (auto error = inner.refuseUnknown())
      return error;
  return rotary;
}

Expected<Rotary> tfc::readRotary(const Config &config, int64_t headDim, int64_t positions,
                                 bool partial, double defaultShare) {
  // A type that is not known says more than that two sections disagree.
  for (StringRef name : {"rope_parameters", "rope_scaling"}) {
    auto section = config.section(name);
    if (!section)
      return section.takeError();
    if (*section)
      if (auto scale = Reader::findScale(**section); !scale)
        return scale.takeError();
  }
  auto section = config.section({"rope_parameters", "rope_scaling"});
  if (!section)
    return section.takeError();
  return Reader(config, *section ? &**section : nullptr, headDim, positions)
      .run(partial, defaultShare);
}
