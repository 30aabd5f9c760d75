// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The body of a product: a few rows of A by a panel's 32 columns.

#include "compiler/Codegen/KernelModule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace tfc {

/// Bytes of a cache line.
static constexpr int64_t lineBytes = 64;

/// How far ahead those read that wait for memory, in bytes.
static constexpr int64_t fetchDistance = 8192;

namespace {

/// The body of a tile: for so many rows, the columns of a narrow row of the table are taken one
/// strip after another.
class Tile {
public:
  Tile(Emitter &e, ValueRange args, bool fetches, int64_t aStride, int64_t bStride,
       int64_t outStride, const PanelStorage &storage)
      : e(e), row(e.row), storage(storage), aStride(aStride), bStride(bStride),
        outStride(outStride), a(args[0]), b(args[1]), out(args[2]), k(args[3]),
        fetched(fetches ? args[5] : Value()), scales(storage.group ? args[6] : Value()),
        fetchedScales(storage.group ? args[7] : Value()),
        element(storage.element ? storage.element : e.elementType()),
        unroll(std::max(row.unroll, kernel::wordSteps(element))) {}

  void emit(int64_t rows) {
    count = rows;
    for (strip = 0; strip < kernel::panelWidth; strip += row.vectors * row.lanes)
      emitStrip();
  }

private:
  using Sums = SmallVector<Value>;

  void emitStrip();
  Sums step(Value at, int64_t offset, ValueRange sums);
  Value columns(Value at, int64_t offset, int64_t column);
  Value codes(Value at, int64_t offset, int64_t column);
  void fetch(Value at);
  void finish(Value begin, ArrayRef<Value> sums);
  Sums zeros() { return Sums(count * row.vectors, e.splat(0.0)); }

  Emitter &e;
  const KernelRow &row;
  const PanelStorage &storage;
  const int64_t aStride, bStride, outStride;
  const Value a, b, out, k, fetched, scales, fetchedScales;
  const Type element;
  const int64_t unroll; ///< steps of k
  int64_t count = 0, strip = 0;
  bool inWords = true; ///< whether steps begin with a whole word
};

} // namespace

/// A vector of the panel's columns from `column` on, in step `at` + `offset` of k.
Value Tile::columns(Value at, int64_t offset, int64_t column) {
  if (kernel::isCode(element))
    return codes(at, offset, column);
  Value step = e.mul(e.add(at, offset), bStride);
  return e.loadStored(e.at(e.at(b, e.i64(column), element), step, element), element);
}

/// The same of codes. Put into the last places of a power of two, a code is that many more: that
/// takes no conversion, and a shift only where it brings the code to the beginning of a byte, the
/// lower ones of which are in a number of f32. More places would need more registers for constants.
Value Tile::codes(Value at, int64_t offset, int64_t column) {
  const int64_t bits = element.getIntOrFloatBitWidth(), steps = kernel::wordSteps(element);
  Type i32 = e.vectorOf(e.b.getI32Type()), single = e.vectorOf(e.b.getF32Type());
  auto scalar = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(e.b, e.loc, e.b.getI32IntegerAttr(int32_t(value)));
  };
  auto all = [&](int64_t value) { return e.splat(scalar(value)); };
  int64_t bit = kernel::wordBit(offset % steps);
  Value word = e.add(at, offset / steps * steps), shift;
  if (inWords) {
    // Two shifts serve three codes of a word of i4, one serves two of i8.
    int64_t places = bits == 8 ? bit / 16 * 16 : bit % 8 + (bit < 24 ? 0 : 24);
    bit -= places;
    shift = places ? scalar(places) : Value();
  } else {
    Value number = e.rem(at, steps);
    word = e.sub(at, number);
    Value places = e.add(e.mul(e.rem(number, 4), 8), e.mul(e.div(number, 4), 4));
    shift = arith::TruncIOp::create(e.b, e.loc, e.b.getI32Type(), places);
  }
  const int64_t perStep = kernel::panelWidth * bits / 8;
  Value place = e.bytes(b, e.add(e.mul(word, perStep), column * 4));
  Value places = LLVM::LoadOp::create(e.b, e.loc, i32, place, 4);
  if (shift)
    places = arith::ShRUIOp::create(e.b, e.loc, places, e.splat(shift));
  const float power = float(1 << (23 - bit));
  places = arith::AndIOp::create(e.b, e.loc, places, all(((int64_t(1) << bits) - 1) << bit));
  places = arith::OrIOp::create(e.b, e.loc, places, all(llvm::bit_cast<int32_t>(power)));
  Value number = arith::BitcastOp::create(e.b, e.loc, single, places);
  const double zero = power + double(kernel::codeOfZero(element));
  number = e.fsub(
      number,
      e.splat(Value(arith::ConstantOp::create(e.b, e.loc, e.b.getF32FloatAttr(float(zero))))));
  if (e.elementType().isF32())
    return number;
  return arith::ExtFOp::create(e.b, e.loc, e.vectorOf(e.elementType()), number);
}

/// Step `at` + `offset` of k for all sums.
Tile::Sums Tile::step(Value at, int64_t offset, ValueRange sums) {
  Sums next(sums), vectors;
  for (int64_t v = 0; v < row.vectors; ++v)
    vectors.push_back(columns(at, offset, strip + v * row.lanes));
  Value aColumn = e.at(a, at);
  for (int64_t r = 0; r < count; ++r) {
    Value element = e.splat(e.loadElement(e.at(aColumn, r * aStride + offset)));
    for (int64_t v = 0; v < row.vectors; ++v)
      next[r * row.vectors + v] = e.fma(element, vectors[v], next[r * row.vectors + v]);
  }
  return next;
}

/// What `unroll` steps fetch. So few rows wait for memory: they fetch what comes soon, through all
/// of a run's panels. More rows are computed while the next panel comes.
void Tile::fetch(Value at) {
  if (!fetched || strip != 0)
    return;
  const int64_t perStep = kernel::panelWidth * element.getIntOrFloatBitWidth() / 8;
  const bool waits = count <= row.maxRows / 2;
  const int64_t perUnroll = perStep * unroll / (waits ? 1 : fetchingTiles);
  Value from = e.bytes(waits ? b : fetched, e.mul(at, perUnroll / unroll));
  for (int64_t line = 0; line < perUnroll; line += lineBytes)
    e.prefetch(e.bytes(from, e.i64(line + (waits ? fetchDistance : 0))));
}

/// Adds a block's sums, the first of which begins at 0, to those of the blocks before.
void Tile::finish(Value begin, ArrayRef<Value> sums) {
  SmallVector<Value> scale;
  if (storage.group) {
    Value first = e.mul(e.div(begin, storage.group), kernel::panelWidth);
    for (int64_t v = 0; v < row.vectors; ++v)
      scale.push_back(e.loadStored(e.at(scales, e.add(first, strip + v * row.lanes), storage.scale),
                                   storage.scale));
    const int64_t perLine = 8 * lineBytes / storage.scale.getIntOrFloatBitWidth();
    for (int64_t line = 0; strip == 0 && line < kernel::panelWidth; line += perLine)
      e.prefetch(e.at(fetchedScales, e.add(first, line), storage.scale));
  }
  auto store = [&](bool first) {
    for (int64_t r = 0; r < count; ++r)
      for (int64_t v = 0; v < row.vectors; ++v) {
        Value place = e.at(out, r * outStride + strip + v * row.lanes),
              sum = sums[r * row.vectors + v];
        if (storage.group)
          sum = first ? e.fmul(sum, scale[v]) : e.fma(sum, scale[v], e.load(place));
        else if (!first)
          sum = e.fadd(e.load(place), sum);
        e.store(sum, place);
      }
  };
  e.when(e.equal(begin, e.i64(0)), [&] { store(true); }, [&] { store(false); });
}

/// One block of k after another: short sums lose less to rounding than one long one. A group's
/// block is the group.
void Tile::emitStrip() {
  inWords = true;
  e.loop(e.i64(0), k, storage.group ? storage.group : sumBlock, [&](Value begin) {
    Value end = e.min(k, e.add(begin, storage.group ? storage.group : sumBlock));
    Value whole = e.sub(end, e.rem(e.sub(end, begin), unroll));
    Sums sums = e.loop(begin, whole, unroll, zeros(), [&](Value at, ValueRange current) {
      Sums next(current);
      fetch(at);
      for (int64_t u = 0; u < unroll; ++u)
        next = step(at, u, next);
      return next;
    });
    inWords = false;
    sums = e.loop(whole, end, 1, sums,
                  [&](Value at, ValueRange current) { return step(at, 0, current); });
    finish(begin, sums);
  });
}

func::FuncOp KernelModule::tile(const KernelRow &row, int64_t aStride, int64_t bStride,
                                int64_t outStride, bool fetches, Location loc,
                                const PanelStorage &storage) {
  auto pointer = LLVM::LLVMPointerType::get(module.getContext());
  auto i64 = IntegerType::get(module.getContext(), 64);
  std::string key;
  llvm::raw_string_ostream os(key);
  os << "tile " << row.name << ' ' << aStride << ' ' << bStride << ' ' << outStride
     << (fetches ? " fetches" : "");
  if (storage.element)
    os << ' ' << storage.element;
  if (storage.group)
    os << " group " << storage.group << ' ' << storage.scale;
  SmallVector<Type> arguments{pointer, pointer, pointer, i64, i64};
  arguments.append(int(fetches) + 2 * int(storage.group != 0), pointer);
  return function(key, "tile", arguments, loc, [&](OpBuilder &builder, ValueRange args) {
    Emitter e(builder, loc, row);
    Tile body(e, args, fetches, aStride, bStride, outStride, storage);
    e.choose(args[4], row.maxRows, [&](int64_t count) { body.emit(count); });
  });
}

} // namespace tfc
