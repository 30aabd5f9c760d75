// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The words in which kernels are written: i64 numbers, addresses, and scalars and vectors of a
// row's element type.

#ifndef TFC_COMPILER_CODEGEN_EMITTER_H
#define TFC_COMPILER_CODEGEN_EMITTER_H

#include "compiler/Plan/KernelTable.h"
#include "dialects/Kernel/Kernel.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

namespace tfc {

using mlir::Value;
using mlir::ValueRange;

/// Where a line of memory shall be.
enum class CacheLevel { first, second };

/// Builds one kernel. Offsets count elements of the row's type where no other is named; a mask says
/// how many lanes of a vector exist. What a vector is and how shares are claimed may be said anew:
/// a kernel that needs no more than these words runs wherever somebody has.
class Emitter {
public:
  Emitter(mlir::OpBuilder &builder, mlir::Location loc, const KernelRow &row)
      : b(builder), loc(loc), row(row) {}
  virtual ~Emitter() = default;

  // Numbers.
  Value i64(int64_t value);
  /// An element, rounded once.
  Value number(double value);
  /// The smallest finite element: it stands for −∞.
  Value lowest();
  Value add(Value a, Value c);
  Value add(Value a, int64_t c) { return c ? add(a, i64(c)) : a; }
  Value sub(Value a, Value c);
  Value mul(Value a, Value c);
  Value mul(Value a, int64_t c) { return c == 1 ? a : mul(a, i64(c)); }
  Value div(Value a, Value c);
  Value div(Value a, int64_t c) { return div(a, i64(c)); }
  Value rem(Value a, Value c);
  Value rem(Value a, int64_t c) { return rem(a, i64(c)); }
  Value ceilDiv(Value a, Value c) { return div(add(a, sub(c, i64(1))), c); }
  Value ceilDiv(Value a, int64_t c) { return div(add(a, c - 1), c); }
  Value min(Value a, Value c);
  Value max(Value a, Value c);
  Value less(Value a, Value c);
  Value equal(Value a, Value c);
  Value toIndex(Value a);
  Value fromIndex(Value a);
  Value toFloat(Value a);

  // Memory.
  Value bytes(Value base, Value offset);
  Value at(Value base, Value element, mlir::Type type);
  Value at(Value base, Value element) { return at(base, element, elementType()); }
  Value at(Value base, int64_t element) { return element ? at(base, i64(element)) : base; }
  Value loadI64(Value base, int64_t byteOffset);
  Value loadPointer(Value base, int64_t byteOffset);
  Value loadElement(Value address);
  virtual Value load(Value address);
  /// A vector of what is stored as `stored`, which is no wider than the row's type, made to that.
  Value loadStored(Value address, mlir::Type stored);
  void storeElement(Value scalar, Value address);
  virtual void store(Value vector, Value address);
  /// Asks for the cache line at any address.
  void prefetch(Value address, CacheLevel into = CacheLevel::second);
  /// Stores the first `count` lanes, 0 < count ≤ lanes.
  virtual void storeFirst(Value vector, Value address, int64_t count);
  /// The number of each lane, from 0, as elements.
  Value laneNumbers();
  /// A mask of the lanes below `count`, which may be anything.
  virtual Value lanesBelow(Value count);
  virtual void storeMasked(Value vector, Value address, Value mask);

  // Arithmetic on scalars and vectors.
  virtual Value splat(Value scalar);
  Value splat(double value) { return splat(number(value)); }
  Value fadd(Value a, Value c);
  Value fsub(Value a, Value c);
  Value fmul(Value a, Value c);
  Value fdiv(Value a, Value c);
  Value fmax(Value a, Value c);
  /// `a` where it is larger, otherwise `c`: what is no number is never larger.
  Value larger(Value a, Value c);
  /// a · c + d, in one rounding where the row says so.
  Value fma(Value a, Value c, Value d);
  Value select(Value condition, Value a, Value c);
  Value sqrt(Value a);
  Value exp(Value a);
  Value tanh(Value a);
  Value log(Value a);
  /// The sum, the largest, or what else is made of a vector's lanes, by halves.
  Value sumLanes(Value vector);
  Value maxLanes(Value vector);
  virtual Value foldLanes(Value vector, llvm::function_ref<Value(Value, Value)> combine);

  /// A scalar or vector as `stored`, which is its own type or bf16, rounded to nearest, ties to
  /// even: its bits, as whole numbers.
  Value rounded(Value number, mlir::Type stored);

  // Codes of 8 bits, of scalars and vectors; whole numbers as wide as an element.
  /// The bits without the sign: they are in the order of the magnitudes, those of NaN above all.
  Value magnitude(Value number);
  /// The scale of numbers of which `largest` is the largest magnitude, and what they are multiplied
  /// with to become codes: 0 where they are too small for one. NaN makes the scale NaN.
  std::pair<Value, Value> codeScale(Value largest);
  /// The nearest whole number, ties to even, of one that is small.
  Value nearest(Value number);

  // Control.
  using Body = llvm::function_ref<void(Value)>;
  using ReduceBody = llvm::function_ref<llvm::SmallVector<Value>(Value, ValueRange)>;
  void loop(Value from, Value to, int64_t step, Body body);
  llvm::SmallVector<Value> loop(Value from, Value to, int64_t step, ValueRange start,
                                ReduceBody body);
  /// Runs `body` for each number; lanes may take turns, for the calls do not depend on each other.
  virtual void spread(Value from, Value to, Body body) { loop(from, to, 1, body); }
  void when(Value condition, llvm::function_ref<void()> then,
            llvm::function_ref<void()> otherwise = nullptr);
  /// Runs `body` with the case of `value` in 1…cases as a C++ number.
  void choose(Value value, int64_t cases, llvm::function_ref<void(int64_t)> body);

  // The call.
  Value units(Value call, kernel::Area area);
  Value longest(Value call);
  Value rowStart(Value call, Value rowNumber);
  /// How many tokens of the row came before those of this call.
  Value rowPast(Value call, Value rowNumber);
  /// How many tokens the row's source has.
  Value sourceLength(Value call, Value rowNumber);
  /// The first element of page `number` of the row, or of its source, in a buffer of pages.
  Value rowPage(Value call, Value buffer, mlir::MemRefType type, Value rowNumber, Value number,
                bool source = false);
  /// The first element of a row's piece of a buffer.
  Value rowPiece(Value call, Value buffer, mlir::MemRefType type, Value rowNumber);
  /// What is done with a share, and the one that this thread is likely to claim next.
  using ShareBody = llvm::function_ref<void(Value share, Value next)>;
  /// Runs `body` for each share that this thread claims of [0, total): its own part from the front,
  /// which reads memory in its order, then what is left of the others' from the back.
  virtual void shares(Value call, Value total, ShareBody body);
  /// The part of a thread: its begin and its end.
  std::pair<Value, Value> partOf(Value total, Value thread, Value threads);
  /// How many of some items a share shall hold where `items` are enough to make up for claiming it.
  virtual int64_t perShare(int64_t items) { return items; }

  mlir::FloatType elementType() {
    return row.element == ElementType::f64 ? mlir::FloatType(b.getF64Type()) : b.getF32Type();
  }
  int64_t elementBytes() { return elementType().getWidth() / 8; }
  virtual mlir::Type vectorOf(mlir::Type element) {
    return mlir::VectorType::get({row.lanes}, element);
  }
  int64_t lanes() const { return row.lanes; }

  mlir::OpBuilder &b;
  mlir::Location loc;
  const KernelRow &row;
};

} // namespace tfc

#endif
