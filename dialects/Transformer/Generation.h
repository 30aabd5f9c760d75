// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a model asks of the generation of text: the keys of `generation` of `transformer.model`.

#ifndef TFC_TRANSFORMER_GENERATION_H
#define TFC_TRANSFORMER_GENERATION_H

#include "mlir/IR/BuiltinAttributes.h"

#include <optional>

namespace tfc::transformer {

/// What the value of a key is.
enum class GenerationKind {
  id,     ///< an i64, the id of a token
  ids,    ///< an array of i64
  count,  ///< an i64 of at least 0
  number, ///< an f64 above 0
  real,   ///< an f64
  share,  ///< an f64 from 0 to 1
  flag,   ///< there or not
};

struct GenerationKey {
  llvm::StringLiteral name; ///< as generation_config.json spells it
  GenerationKind kind;
  std::optional<double> neutral = {}; ///< asks for nothing, as if the key were not there
};

/// All of them, in the order of the fields of tfc_generation.
llvm::ArrayRef<GenerationKey> generationKeys();

/// Whether a key of that kind, one of those that are an f64, may have the value.
bool isInRange(GenerationKind kind, double number);

/// Checks that every key is known and has a value of its kind.
llvm::LogicalResult verifyGeneration(mlir::DictionaryAttr generation,
                                     llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

} // namespace tfc::transformer

#endif
