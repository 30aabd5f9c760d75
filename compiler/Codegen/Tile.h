// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The body of a product: a few rows of A by a panel's 32 columns, or by those of two panels.
// Tile.cpp has what is common and products of numbers, TileOfCodes.cpp what concerns codes.

#ifndef TFC_COMPILER_CODEGEN_TILE_H
#define TFC_COMPILER_CODEGEN_TILE_H

#include "compiler/Codegen/KernelModule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace tfc {

/// The body of a tile: for so many rows, the columns of a narrow row of the table are taken one
/// strip after another.
class Tile {
public:
  Tile(Emitter &e, ValueRange args, bool fetches, int64_t panels, int64_t aStride, int64_t bStride,
       int64_t outStride, const PanelStorage &storage)
      : e(e), row(e.row), storage(storage), panels(panels),
        vectors(panels == 1 ? e.row.vectors : panels * kernel::panelWidth / e.row.lanes),
        aStride(aStride), bStride(bStride), outStride(outStride), a(args[0]), b(args[1]),
        out(args[2]), k(args[3]), element(storage.element ? storage.element : e.elementType()),
        fetchedElement(storage.fetched ? storage.fetched : element) {
    args = args.drop_front(5);
    auto next = [&](bool exists) {
      Value value = exists ? args.front() : Value();
      args = args.drop_front(exists);
      return value;
    };
    fetched = next(fetches);
    fetchedParts = next(fetches);
    ahead = next(fetches);
    scales = next(storage.group);
    fetchedScales = next(storage.group);
    aScales = next(storage.aGroup);
    aSums = next(storage.aGroup);
    before = next(panels == 2);
  }

  void emit(int64_t rows);

private:
  using Sums = llvm::SmallVector<Value>;

  void emitStrip();
  void emitCodes();
  Sums step(Value at, int64_t offset, ValueRange sums);
  Value columns(Value at, int64_t offset, int64_t column);
  Value words(Value step, int64_t column);
  Value codes(Value at, int64_t offset, int64_t column);
  Value aElement(Value at, int64_t offset);
  void fetchSoon(Value at, int64_t offset);
  void fetchNext(Value at);
  Sums blockSums(Value begin);
  Sums addScaled(Value begin, ValueRange before);
  llvm::SmallVector<Value> scalesOf(Value begin);
  template <typename Use> void forEachSum(const Use &use);

  // Products of codes with codes, as whole numbers.
  bool isWhole() { return storage.aGroup && row.product != CodeProduct::numbers; }
  bool sumsPairs() { return row.product == CodeProduct::pairs && element.isInteger(4); }
  /// Whether the upper halves of bytes stay where they are and have sums of their own, 16 times too
  /// large: that takes no shift of weights. More rows share one, and need the registers.
  bool splitsHalves() {
    return isWhole() && row.product == CodeProduct::bytes && element.isInteger(4) && count <= 2;
  }
  Value negativeZeros(Value begin, int64_t r);
  Sums wordStep(Value at, int64_t offset, ValueRange sums);
  Sums wholeSums(Sums sums);
  Value multiplyAdd(Value weights, Value activations, Value sum);
  Value pairSums(Value products, Value factors);
  Value call(llvm::StringRef intrinsic, mlir::VectorType type, ValueRange operands);
  mlir::VectorType whole(int64_t bits) {
    return mlir::VectorType::get({row.lanes * 32 / bits}, e.b.getIntegerType(bits));
  }
  Value all(int64_t bits, int64_t value) {
    return mlir::arith::ConstantOp::create(
        e.b, e.loc,
        mlir::DenseElementsAttr::get(whole(bits),
                                     llvm::APInt(bits, value, /*isSigned=*/true, true)));
  }
  Value as(mlir::VectorType type, Value vector) {
    return mlir::vector::BitCastOp::create(e.b, e.loc, type, vector);
  }

  /// How many steps of k are added up at a time, at most.
  int64_t block() {
    return storage.aGroup ? storage.aGroup : storage.group ? storage.group : sumBlock;
  }
  /// The steps of the innermost loop, and those of one of its parts.
  int64_t unroll() { return stepsAtOnce(row, element); }
  int64_t part() { return isWhole() ? kernel::wordSteps(element) : 1; }
  /// The bytes of a step.
  static int64_t stepBytes(mlir::Type element) {
    return kernel::panelWidth * element.getIntOrFloatBitWidth() / 8;
  }
  /// Whether rows are so few that they wait for memory, and fetch what they need
  /// themselves, in the first strip.
  bool waits() { return fetched && strip == 0 && panels == 1 && count <= row.maxRows / 2; }

  Emitter &e;
  const KernelRow &row;
  const PanelStorage &storage;
  const int64_t panels, vectors; ///< across the tile
  const int64_t aStride, bStride, outStride;
  const Value a, b, out, k;
  const mlir::Type element, fetchedElement;
  Value fetched, fetchedParts, ahead, scales, fetchedScales, aScales, aSums, before;
  int64_t count = 0, strip = 0;
  bool isTold = false; ///< whether `ahead` is given
  bool inWords = true; ///< whether steps begin with a whole word
};

template <typename Use> void Tile::forEachSum(const Use &use) {
  for (int64_t r = 0; r < count; ++r)
    for (int64_t v = 0; v < vectors; ++v) {
      const int64_t column = strip + v * row.lanes, panel = column / kernel::panelWidth;
      use(r * vectors + v, v,
          e.at(out, (panel * row.wideRows + r) * outStride + column % kernel::panelWidth));
    }
}

} // namespace tfc

#endif
