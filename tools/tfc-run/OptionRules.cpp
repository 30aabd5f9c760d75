// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which options need or exclude each other.

#include "OptionRules.h"

#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace tfc::run {
namespace {

/// Of options for chats.
Failure checkChat(Options &options) {
  const bool text = !options.texts.empty();
  options.chat |= !options.messages.empty();
  if (options.system && (!options.chat || !text))
    return usage("--system needs --chat and --text");
  if (!options.chat)
    return {};
  if (text == !options.messages.empty())
    return usage(text ? "--text and --messages exclude each other"
                      : "--chat needs --text or --messages");
  const char *other = !options.inputs.empty()  ? "--input"
                      : !options.pairs.empty() ? "--text-pair"
                      : options.similarity     ? "--similarity"
                      : !options.check.empty() ? "--check"
                                               : nullptr;
  return other ? usage(fmt::format("--chat and {} exclude each other", other)) : Failure();
}

/// Of options that look inside. The file's name tells the format of the maps.
Failure checkLooking(const Options &options) {
  if (!options.attention.empty() && !mapFormatOf(options.attention))
    return usage(fmt::format("--attention {}: expected a file that ends in .html, .svg, .png, "
                             ".json or .npy",
                             options.attention));
  const char *excluded = options.tokenizeOnly                        ? "--tokenize-only"
                         : !options.check.empty()                    ? "--check"
                         : options.streams                           ? "--stream"
                         : options.chat || !options.messages.empty() ? "--chat"
                                                                     : nullptr;
  const char *asked = options.explain             ? "--explain"
                      : options.attention.empty() ? "--alignment"
                                                  : "--attention";
  return excluded && options.looksInside()
             ? usage(fmt::format("{} and {} exclude each other", asked, excluded))
             : Failure{};
}

} // namespace

std::optional<MapFormat> mapFormatOf(std::string_view file) {
  constexpr std::pair<std::string_view, MapFormat> endings[] = {{".html", MapFormat::page},
                                                                {".svg", MapFormat::svg},
                                                                {".png", MapFormat::png},
                                                                {".json", MapFormat::json},
                                                                {".npy", MapFormat::npy}};
  for (auto [end, format] : endings)
    if (file.size() > end.size() && file.substr(file.size() - end.size()) == end)
      return format;
  return std::nullopt;
}

// What CLI11 cannot say.
Failure checkTogether(Options &options) {
  if (Failure failure = checkChat(options))
    return failure;
  bool text = !options.texts.empty() || !options.messages.empty();
  for (const std::string &word : options.texts)
    options.textsFromStdin |= word == "-";
  if (options.textsFromStdin && options.texts.size() > 1)
    return usage(
        "--text - reads all texts from standard input and cannot be mixed with other --text");
  if (!options.check.empty() && (text || !options.inputs.empty() || !options.outputs.empty()))
    return usage("--check makes its own inputs and excludes --text, --input and --output");
  if (!options.check.empty() && !options.generateOption.empty())
    return usage(fmt::format("--check and {} exclude each other", options.generateOption));
  if (!text && options.inputs.empty() && options.check.empty())
    return usage("nothing to run: give --text TEXT, --input NAME=VALUE or --check MODEL");
  if (text && !options.inputs.empty())
    return usage("--text and --input exclude each other");
  const char *needsText = options.tokenizeOnly            ? "--tokenize-only"
                          : options.similarity            ? "--similarity"
                          : !options.pairs.empty()        ? "--text-pair"
                          : !options.answerOption.empty() ? options.answerOption.c_str()
                                                          : nullptr;
  if (needsText && !text)
    return usage(fmt::format("{} needs --text", needsText));
  if (!options.pairs.empty() &&
      (options.textsFromStdin || options.pairs.size() != options.texts.size()))
    return usage(fmt::format("{} --text-pair for {} --text: each text needs its own",
                             options.pairs.size(),
                             options.textsFromStdin ? 0 : options.texts.size()));
  const char *excludesBeams = options.samples         ? "sampling"
                              : !options.stop.empty() ? "--stop"
                              : options.streams       ? "--stream"
                              : options.greedy        ? "--greedy"
                                                      : nullptr;
  if (options.beams > 1 && excludesBeams)
    return usage(fmt::format("--beams and {} exclude each other", excludesBeams));
  if (options.greedy && options.samples)
    return usage("--greedy excludes --temperature, --top-k, --top-p and --min-p");
  if (options.lengthPenalty && options.beams == 1)
    return usage("--length-penalty needs --beams");
  if (options.nBest > options.beams)
    return usage("--n-best needs as many --beams");
  if (options.nBest > 1 && options.looksInside())
    return usage("--n-best excludes --attention, --alignment and --explain");
  if (options.logProbabilities && (!options.json || options.streams || options.beams > 1))
    return usage("--log-probabilities needs --json, and excludes --stream and --beams");
  const char *ofTexts = options.streams            ? "--stream"
                        : options.logProbabilities ? "--log-probabilities"
                                                   : nullptr;
  if (ofTexts && !text)
    return usage(fmt::format("{} needs --text", ofTexts));
  if (options.tokenizeOnly && (options.similarity || !options.outputs.empty()))
    return usage("--tokenize-only excludes --similarity and --output");
  if (options.similarity && !options.outputs.empty())
    return usage("--similarity and --output exclude each other");
  return checkLooking(options);
}

} // namespace tfc::run
