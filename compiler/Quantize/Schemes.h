// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How weights are stored in fewer bits, as data: one entry for each way.

#ifndef TFC_COMPILER_QUANTIZE_SCHEMES_H
#define TFC_COMPILER_QUANTIZE_SCHEMES_H

#include "dialects/Transformer/Transformer.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>

namespace tfc {

/// What an element is stored as.
enum class Storage { bf16, f16, f32, i8, i4 };

/// One scheme; `transformer.quantize` says what its numbers mean.
struct Scheme {
  llvm::StringLiteral name;
  Storage codes;
  int64_t group = 0; ///< numbers that share a scale; 0: codes are numbers themselves
  Storage scales = Storage::f32;
  bool search = false;    ///< the scale of the smallest error, otherwise that of the largest number
  int64_t inputGroup = 0; ///< numbers of an input that share a scale, as codes of i8; 0: it is none
};

/// All schemes: the words of --quantize, and those of --dtype that are only stored.
llvm::ArrayRef<Scheme> schemes();

/// The option that asks for a scheme: `--quantize=int8`.
std::string optionFor(const Scheme &scheme);

/// A scheme by name, or null.
const Scheme *findScheme(llvm::StringRef name);

/// The schemes by which the weights of a model are stored, planned or not, in the table's order.
/// Ways that are no entry of it are not among them.
llvm::SmallVector<const Scheme *> schemesOf(transformer::ModelOp model);

mlir::Type typeOf(Storage storage, mlir::MLIRContext *context);

} // namespace tfc

#endif
