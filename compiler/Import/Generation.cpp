// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/Generation.h"

#include "compiler/Import/File.h"
#include "dialects/Transformer/Generation.h"

#include "mlir/IR/Builders.h"

#include <cmath>
#include <limits>

using namespace tfc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using mlir::Attribute;
using transformer::GenerationKey;
using transformer::GenerationKind;

/// Settings that no tool obeys, with the values that ask for nothing; false counts as 0. Where no
/// number asks for nothing, there is NaN.
static constexpr double never = std::numeric_limits<double>::quiet_NaN();
static constexpr std::pair<StringRef, double> refusedKeys[] = {
    {"constraints", never},
    {"diversity_penalty", 0},
    {"dola_layers", never},
    {"encoder_no_repeat_ngram_size", 0},
    {"encoder_repetition_penalty", 1},
    {"epsilon_cutoff", 0},
    {"eta_cutoff", 0},
    {"exponential_decay_length_penalty", never},
    {"force_words_ids", never},
    {"guidance_scale", 1},
    {"max_time", never},
    {"num_beam_groups", 1},
    {"num_return_sequences", 1},
    {"penalty_alpha", 0},
    {"remove_invalid_values", 0},
    {"renormalize_logits", 0},
    {"sequence_bias", never},
    {"stop_strings", never},
    {"token_healing", 0},
    {"top_h", never},
    {"typical_p", 1},
    {"watermarking_config", never},
};

/// What changes no text: how generate() computes and what it returns, and how a smaller model or
/// the prompt helps it.
static constexpr StringRef harmlessKeys[] = {
    "_from_model_config",
    "assistant_*",
    "cache_config",
    "cache_implementation",
    "compile_config",
    "continuous_batching_config",
    "disable_compile",
    "is_assistant",
    "low_memory",
    "max_cache_len",
    "max_matching_ngram_size",
    "num_assistant_tokens",
    "num_assistant_tokens_schedule",
    "output_logits",
    "output_scores",
    "prefill_chunk_size",
    "prompt_lookup_num_tokens",
    "return_dict_in_generate",
    "speculation_type",
    "target_lookbehind",
    "use_mtp",
};

namespace {

/// Reads one file.
class Reader {
public:
  Reader(mlir::MLIRContext &context, const Config &config, int64_t vocabulary)
      : builder(&context), config(config), vocabulary(vocabulary) {}

  Expected<mlir::DictionaryAttr> run();

private:
  Error refuseKeys();
  Expected<Attribute> readValue(const GenerationKey &key, json::Value value);
  Error readIds(json::Value value, bool words, llvm::SmallVectorImpl<int64_t> &ids);

  mlir::Builder builder;
  const Config &config;
  const int64_t vocabulary;
};

} // namespace

Error Reader::refuseKeys() {
  for (auto [key, neutral] : refusedKeys) {
    auto value = config.find(key);
    if (!value)
      return value.takeError();
    if (!*value)
      continue;
    bool nothing = ((*value)->isNumber() && *(*value)->getNumber() == neutral) ||
                   ((*value)->isBool() && !*(*value)->getBool());
    if (!nothing)
      return (*value)->unsupported(fmt::format(
          "this setting of generation is not supported, "
          "expected {}, found {}",
          std::isnan(neutral) ? "none" : fmt::format("{}", neutral), (*value)->describe()));
  }
  return Error::success();
}

/// An id, several, or (where they are words) several that each stand alone in a list.
Error Reader::readIds(json::Value value, bool words, llvm::SmallVectorImpl<int64_t> &ids) {
  if (!value.isArray() && !words) {
    auto id = value.getInteger(0, vocabulary - 1);
    if (!id)
      return id.takeError();
    ids.push_back(*id);
    return Error::success();
  }
  auto elements = value.elements();
  if (!elements)
    return elements.takeError();
  for (json::Value element : *elements) {
    if (words && !element.isArray())
      return element.expected("an array");
    if (words && element.size() != 1)
      return element.unsupported(fmt::format(
          "words of several tokens are not supported, expected one, found {}", element.size()));
    auto id = (words ? element[0] : element).getInteger(0, vocabulary - 1);
    if (!id)
      return id.takeError();
    ids.push_back(*id);
  }
  return Error::success();
}

/// The value as an attribute; null where it asks for nothing.
Expected<Attribute> Reader::readValue(const GenerationKey &key, json::Value value) {
  switch (key.kind) {
  case GenerationKind::id:
  case GenerationKind::ids: {
    if (value.isInteger() && *value.getInteger() == -1)
      return Attribute(); // what old configs write for "none"
    llvm::SmallVector<int64_t> ids;
    if (key.kind == GenerationKind::id && value.isArray())
      return value.expected("the id of a token");
    if (auto error = readIds(value, key.name == "bad_words_ids", ids))
      return error;
    if (ids.empty())
      return Attribute();
    return key.kind == GenerationKind::id ? Attribute(builder.getI64IntegerAttr(ids[0]))
                                          : builder.getDenseI64ArrayAttr(ids);
  }
  case GenerationKind::count: {
    auto count = value.getInteger(0, std::numeric_limits<int32_t>::max());
    if (!count)
      return count.takeError();
    return key.neutral == double(*count) ? Attribute() : builder.getI64IntegerAttr(*count);
  }
  case GenerationKind::number:
  case GenerationKind::real:
  case GenerationKind::share: {
    auto number = value.getNumber();
    if (!number)
      return number.takeError();
    if (!transformer::isInRange(key.kind, *number))
      return value.expected(key.kind == GenerationKind::share  ? "a number from 0 to 1"
                            : key.kind == GenerationKind::real ? "a finite number"
                                                               : "a number above 0");
    return key.neutral == *number ? Attribute() : builder.getF64FloatAttr(*number);
  }
  case GenerationKind::flag: {
    if (value.isString())
      return value.unsupported(fmt::format("expected true or false, found {}", value.describe()));
    auto on = value.getBool();
    if (!on)
      return on.takeError();
    return *on ? builder.getUnitAttr() : Attribute();
  }
  }
  llvm_unreachable("all kinds are above");
}

Expected<mlir::DictionaryAttr> Reader::run() {
  if (auto error = refuseKeys())
    return error;
  llvm::SmallVector<mlir::NamedAttribute> entries;
  for (const GenerationKey &key : transformer::generationKeys()) {
    auto value = config.find(StringRef(key.name));
    if (!value)
      return value.takeError();
    if (!*value)
      continue;
    auto entry = readValue(key, **value);
    if (!entry)
      return entry.takeError();
    if (*entry)
      entries.push_back(builder.getNamedAttr(key.name, *entry));
  }
  return entries.empty() ? mlir::DictionaryAttr() : builder.getDictionaryAttr(entries);
}

void tfc::ignoreGeneration(const Config &config) {
  for (const GenerationKey &key : transformer::generationKeys())
    config.ignore(StringRef(key.name));
  for (auto [key, neutral] : refusedKeys)
    config.ignore(key);
  for (StringRef key : harmlessKeys)
    config.ignore(key);
}

Expected<mlir::DictionaryAttr> tfc::readGeneration(const Folder &folder, int64_t vocabulary) {
  constexpr StringRef name = "generation_config.json";
  if (!existsInside(folder.path, name)) {
    auto generation = Reader(folder.context, folder.config, vocabulary).run();
    ignoreGeneration(folder.config);
    return generation;
  }
  ignoreGeneration(folder.config);
  auto config = Config::load(folder.path, name);
  if (!config)
    return config.takeError();
  auto generation = Reader(folder.context, *config, vocabulary).run();
  if (!generation)
    return generation.takeError();
  if (auto error = config->refuseUnknown(harmlessKeys))
    return error;
  return generation;
}
