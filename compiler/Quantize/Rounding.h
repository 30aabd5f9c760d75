// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The arithmetic of `transformer.quantize`: numbers to fewer bits. The same on every machine.

#ifndef TFC_COMPILER_QUANTIZE_ROUNDING_H
#define TFC_COMPILER_QUANTIZE_ROUNDING_H

#include "mlir/IR/Types.h"
#include "llvm/ADT/ArrayRef.h"

#include <cstdint>

namespace tfc {

/// The bits of the bf16 or f16 that is nearest to a number, ties to even; infinity beyond its
/// range.
uint16_t toBF16(double number);
uint16_t toF16(double number);

/// A number rounded to a float type of at most 64 bits.
double roundTo(mlir::Type type, double number);

/// The codes of `bits` bits of a group of finite numbers; returns their scale, which `scaleType`
/// can hold. Not finite where no scale is.
double quantizeGroup(llvm::ArrayRef<double> numbers, unsigned bits, bool search,
                     mlir::Type scaleType, llvm::MutableArrayRef<int8_t> codes);

} // namespace tfc

#endif
