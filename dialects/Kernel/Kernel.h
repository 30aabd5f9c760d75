// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kernel dialect: how and where a model is computed, a batch at a time.

#ifndef TFC_DIALECTS_KERNEL_H
#define TFC_DIALECTS_KERNEL_H

#include "dialects/Kernel/Cost.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace tfc::kernel {

/// The width of a weight panel in elements. One layout serves every instruction set: AVX-512 takes
/// a panel as two vectors, AVX2 as four, NEON as eight.
inline constexpr int64_t panelWidth = 32;

/// Panels of a product's output that one epilogue takes at most: those of a group of its codes.
inline constexpr int64_t mostPanelsAtOnce = 2;

/// Tokens of a page of a cache, which so has one panel of keys.
inline constexpr int64_t pageTokens = 32;

/// Groups of steps of k that share a scale are a multiple of this, of weights and of activations.
inline constexpr int64_t groupUnit = 32;

/// Neighbours in a row of codes of what is computed that share one of the scales.
inline int64_t groupOf(mlir::MemRefType codes, mlir::MemRefType scales) {
  return codes.getShape().back() / scales.getShape().back();
}

/// Whether a product takes codes of inputs in groups of `inputGroup` by weights `stored` in groups
/// of `group`: those have a scale for whole groups of inputs, and sums by i4 may have 16 bits.
inline bool takesGroups(int64_t inputGroup, int64_t group, mlir::Type stored) {
  return group % inputGroup == 0 && (!stored.isInteger(4) || inputGroup == groupUnit);
}

/// Whether a buffer is pages of keys, in panels, or of values, of so many heads and columns.
bool isKeyPages(mlir::MemRefType type, int64_t heads, int64_t dim);
bool isValuePages(mlir::MemRefType type, int64_t heads, int64_t dim);

/// Whether a type is one of whole numbers that stand for weights: i8 or i4.
bool isCode(mlir::Type type);

/// Whether a buffer may hold the largest of each panel of columns of `output`; otherwise says of
/// `op` why not.
llvm::LogicalResult verifyLargest(mlir::Operation *op, mlir::MemRefType output,
                                  mlir::MemRefType largest);

/// Whether a type is a memref in one of the areas, with a static offset and strides known up to the
/// row's length.
bool isBuffer(mlir::Type type);

} // namespace tfc::kernel

#include "dialects/Kernel/KernelDialect.h.inc"
#include "dialects/Kernel/KernelEnums.h.inc"
#include "dialects/Kernel/KernelInterfaces.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Kernel/KernelAttributes.h.inc"

namespace tfc::kernel {
Area areaOf(mlir::MemRefType type);
} // namespace tfc::kernel

#define GET_OP_CLASSES
#include "dialects/Kernel/Kernel.h.inc"

namespace tfc::kernel {

/// The area whose size grows like a row-shaped value of this shape: by its number of `?`.
Area areaFor(llvm::ArrayRef<int64_t> shape);

/// The buffer that holds a tensor of one row.
mlir::MemRefType bufferFor(mlir::RankedTensorType type);

/// The elements of a buffer for each unit of its area: the product of its fixed sizes.
int64_t elementsPerUnit(mlir::MemRefType type);

/// The bytes that so many elements of a buffer take: two of i4 lie in one.
int64_t bytesOf(mlir::MemRefType type, int64_t elements);

/// Of a panel of codes, so many steps of a column are a word of 32 bits; a last word is filled up.
/// Other weights have no words: 1.
int64_t wordSteps(mlir::Type element);

/// The first bit of a step's code in its word: codes 0 to 3 begin the bytes.
constexpr int64_t wordBit(int64_t step) { return 8 * (step % 4) + 4 * (step / 4); }

/// What stands for zero in a word: codes are counted from the lowest upwards.
int64_t codeOfZero(mlir::Type element);

/// The steps that a panel stores for `in` of them.
int64_t storedSteps(mlir::Type element, int64_t in);

/// The distance between two vectors of the last dimension in elements, and the first element's
/// offset.
struct Strides {
  int64_t leading, offset;
};
Strides stridesOf(mlir::MemRefType type);

} // namespace tfc::kernel

#endif
