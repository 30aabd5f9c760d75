// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kernels as data: one row for each way to compute something on a target.

#ifndef TFC_COMPILER_PLAN_KERNELTABLE_H
#define TFC_COMPILER_PLAN_KERNELTABLE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace tfc {

/// What a row computes; an emitter exists for each. `codes` makes them of what is computed, and
/// multiplies them with those of weights.
enum class KernelKind { gemm, attention, rows, codes };

/// How codes are multiplied: as numbers, whose sums of a group are exact; as pairs that are added
/// to pairs (x86's pmaddubsw and pmaddwd); or as bytes, four products to a sum (vpdpbusd).
enum class CodeProduct { numbers, pairs, bytes };

/// Who computes: kernels of ours, or a shared library that is looked for when the model is opened.
/// The words of `--gemm`.
enum class KernelLibrary { native, onednn };

/// What a row computes with. The words of `--dtype`.
enum class ElementType { f32, f64 };

inline const char *nameOf(ElementType type) { return type == ElementType::f64 ? "f64" : "f32"; }

/// One row. A kernel is emitted from these numbers and nothing else. Of a library's rows, `maxRows`
/// says how many rows one call gets, and the rest is for the epilogue. On a GPU a vector register
/// is one register of all threads of a warp.
struct KernelRow {
  llvm::StringLiteral name;
  KernelKind kind;
  ElementType element;
  llvm::StringLiteral target;
  int64_t lanes;   ///< elements of a vector register
  bool fma;        ///< multiply and add in one rounding
  int64_t maxRows; ///< rows of the register tile: variants 1…maxRows are emitted
  int64_t vectors; ///< vectors across the tile
  int64_t unroll;  ///< steps of the innermost loop at once; on a GPU, in shared memory
  KernelLibrary library = KernelLibrary::native;
  int64_t threads = 0; ///< of a block, on a GPU
  CodeProduct product = CodeProduct::numbers;
  int64_t wideRows = 0; ///< rows of a second register tile, across two panels; 0: there is none
};

/// The target whose rows serve a target that has none of its own for something, or "".
llvm::StringRef baseOf(llvm::StringRef target);

/// All rows.
llvm::ArrayRef<KernelRow> kernelTable();

/// The row for a kind and an element type on a target, which there must be: the last match in the
/// table. What `library` has no row for is ours.
const KernelRow &kernelRow(KernelKind kind, ElementType element, llvm::StringRef target,
                           KernelLibrary library = KernelLibrary::native);

/// The same, or null where there is none.
const KernelRow *findKernelRow(KernelKind kind, ElementType element, llvm::StringRef target,
                               KernelLibrary library = KernelLibrary::native);

/// A row by name, or null.
const KernelRow *findKernelRow(llvm::StringRef name);

} // namespace tfc

#endif
