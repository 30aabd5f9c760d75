// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The keys of `generation`, and their rules.

#include "dialects/Transformer/Generation.h"

#include "mlir/IR/Diagnostics.h"

#include <cmath>

using namespace mlir;
using namespace tfc::transformer;

static constexpr GenerationKey keys[] = {
    {"eos_token_id", GenerationKind::ids},
    {"bos_token_id", GenerationKind::id},
    {"pad_token_id", GenerationKind::id},
    {"forced_bos_token_id", GenerationKind::id},
    {"decoder_start_token_id", GenerationKind::id},
    {"forced_eos_token_id", GenerationKind::ids},
    {"suppress_tokens", GenerationKind::ids},
    {"begin_suppress_tokens", GenerationKind::ids},
    {"bad_words_ids", GenerationKind::ids},
    {"max_length", GenerationKind::count},
    {"max_new_tokens", GenerationKind::count},
    {"min_length", GenerationKind::count, 0},
    {"min_new_tokens", GenerationKind::count, 0},
    {"no_repeat_ngram_size", GenerationKind::count, 0},
    {"repetition_penalty", GenerationKind::number, 1},
    {"do_sample", GenerationKind::flag, 0},
    {"temperature", GenerationKind::number, 1},
    {"top_k", GenerationKind::count, 0},
    {"top_p", GenerationKind::share, 1},
    {"min_p", GenerationKind::share, 0},
    {"num_beams", GenerationKind::count, 1},
    {"length_penalty", GenerationKind::real, 1},
    {"early_stopping", GenerationKind::flag, 0},
};

llvm::ArrayRef<GenerationKey> tfc::transformer::generationKeys() { return keys; }

static bool isNatural(Attribute value) {
  auto number = dyn_cast<IntegerAttr>(value);
  return number && number.getType().isInteger(64) && number.getInt() >= 0;
}

bool tfc::transformer::isInRange(GenerationKind kind, double number) {
  if (kind == GenerationKind::share)
    return number >= 0 && number <= 1;
  return std::isfinite(number) && (kind == GenerationKind::real || number > 0);
}

static bool isNumber(Attribute value, GenerationKind kind) {
  auto number = dyn_cast<FloatAttr>(value);
  return number && number.getType().isF64() && isInRange(kind, number.getValueAsDouble());
}

/// What a value of the kind is, where `value` is none.
static StringRef expectation(GenerationKind kind, Attribute value) {
  switch (kind) {
  case GenerationKind::id:
  case GenerationKind::count:
    return isNatural(value) ? "" : "an i64 of at least 0";
  case GenerationKind::ids: {
    auto ids = dyn_cast<DenseI64ArrayAttr>(value);
    bool good =
        ids && !ids.empty() && llvm::all_of(ids.asArrayRef(), [](int64_t id) { return id >= 0; });
    return good ? "" : "an array of i64 of at least 0";
  }
  case GenerationKind::number:
    return isNumber(value, kind) ? "" : "an f64 above 0";
  case GenerationKind::real:
    return isNumber(value, kind) ? "" : "a finite f64";
  case GenerationKind::share:
    return isNumber(value, kind) ? "" : "an f64 from 0 to 1";
  case GenerationKind::flag:
    return isa<UnitAttr>(value) ? "" : "no value";
  }
  llvm_unreachable("all kinds are above");
}

LogicalResult
tfc::transformer::verifyGeneration(DictionaryAttr generation,
                                   llvm::function_ref<InFlightDiagnostic()> emitError) {
  for (NamedAttribute entry : generation) {
    const GenerationKey *key =
        llvm::find_if(keys, [&](const GenerationKey &key) { return key.name == entry.getName(); });
    if (key == std::end(keys))
      return emitError() << "expects a key of generation, found " << entry.getName();
    if (StringRef wanted = expectation(key->kind, entry.getValue()); !wanted.empty())
      return emitError() << "expects generation's " << entry.getName() << " to be " << wanted
                         << ", found " << entry.getValue();
  }
  return success();
}
