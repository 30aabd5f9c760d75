// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The product with packed weights.
//
// Panels of B are 32 columns wide and K long; A is not packed and K is not blocked. Rows of A are
// taken in blocks that stay in the second-level cache, cut in balance into tiles of at most the
// row's maxRows: 13 rows are 7 + 6, not 12 + 1. A tile's sums go to scratch, where one small loop
// applies the epilogue: its code is emitted once, not once for each size of tile. Every sum runs
// over k upwards in blocks of fixed size, so neither batch nor threads change a bit.
//
// The first tile of a share needs its whole panel at once, faster than memory gives it. So the
// tiles of each share fetch the panel that this thread is likely to claim next.
//
// A row of oneDNN's differs in one thing: its tiles are larger, and oneDNN computes their sums.

#include "compiler/Codegen/KernelModule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

#include "tfc/abi.h"

#include <cstddef>

using namespace mlir;

namespace tfc {

/// Bytes of a cache line.
static constexpr int64_t lineBytes = 64;

/// So many tiles of a share fetch a panel between them.
static constexpr int64_t fetchingTiles = 2;

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
        unroll(element.isInteger(4) ? kernel::wordSteps : row.unroll) {}

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
  bool inWords = true; ///< whether a step is one of a whole word of i4
};

} // namespace

/// A vector of the panel's columns from `column` on, in step `at` + `offset` of k.
Value Tile::columns(Value at, int64_t offset, int64_t column) {
  if (element.isInteger(4))
    return codes(at, offset, column);
  Value step = e.mul(e.add(at, offset), bStride);
  return e.loadStored(e.at(e.at(b, e.i64(column), element), step, element), element);
}

/// The same of i4. Put into the last places of a power of two, a code is that many more: that takes
/// no conversion, and a shift only where it brings the code to the beginning of a byte, the lower
/// three of which are in a number of f32. More places would need more registers for constants.
Value Tile::codes(Value at, int64_t offset, int64_t column) {
  Type i32 = e.vectorOf(e.b.getI32Type()), single = e.vectorOf(e.b.getF32Type());
  auto scalar = [&](int64_t bits) -> Value {
    return arith::ConstantOp::create(e.b, e.loc, e.b.getI32IntegerAttr(int32_t(bits)));
  };
  auto all = [&](int64_t bits) { return e.splat(scalar(bits)); };
  int64_t bit = kernel::wordBit(offset);
  Value word = at, shift;
  if (inWords) {
    int64_t places = bit % 8 + (bit < 24 ? 0 : 24);
    bit -= places;
    shift = places ? scalar(places) : Value();
  } else {
    Value number = e.rem(at, kernel::wordSteps);
    word = e.sub(at, number);
    Value places = e.add(e.mul(e.rem(number, 4), 8), e.mul(e.div(number, 4), 4));
    shift = arith::TruncIOp::create(e.b, e.loc, e.b.getI32Type(), places);
  }
  const int64_t perStep = kernel::panelWidth * 4 / kernel::wordSteps;
  Value place = e.bytes(b, e.add(e.mul(word, perStep), column * 4));
  Value bits = LLVM::LoadOp::create(e.b, e.loc, i32, place, 4);
  if (shift)
    bits = arith::ShRUIOp::create(e.b, e.loc, bits, e.splat(shift));
  const float power = float(1 << (23 - bit));
  bits = arith::AndIOp::create(e.b, e.loc, bits, all(int64_t(15) << bit));
  bits = arith::OrIOp::create(e.b, e.loc, bits, all(llvm::bit_cast<int32_t>(power)));
  Value number = arith::BitcastOp::create(e.b, e.loc, single, bits);
  Value zero = arith::ConstantOp::create(e.b, e.loc, e.b.getF32FloatAttr(power + 8));
  number = e.fsub(number, e.splat(zero));
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

/// Builds the epilogue's ops on vectors. They are element-wise, so only the types change.
static Value inlineEpilogue(Emitter &e, Block &block, ArrayRef<Value> arguments) {
  IRMapping mapping;
  mapping.map(block.getArguments(), arguments);
  for (Operation &op : block.without_terminator()) {
    Operation *copy = e.b.clone(op, mapping);
    if (isa<arith::ConstantOp>(op)) {
      mapping.map(op.getResult(0), e.splat(copy->getResult(0)));
      continue;
    }
    for (Value result : copy->getResults())
      result.setType(e.vectorOf(result.getType()));
  }
  return mapping.lookup(cast<kernel::YieldOp>(block.getTerminator()).getValue());
}

/// The epilogue of the first `columns` columns of the panel whose first is `column`.
static void emitColumns(Emitter &e, kernel::GemmOp op, const Addresses &address, Value scratch,
                        Value begin, Value rows, Value column, int64_t columns) {
  int64_t outStride = kernel::stridesOf(op.getOutput().getType()).leading;
  e.loop(e.i64(0), rows, 1, [&](Value r) {
    Value outRow =
        e.at(address.lookup(op.getOutput()), e.add(e.mul(e.add(begin, r), outStride), column));
    for (int64_t v = 0; v < columns; v += e.lanes()) {
      SmallVector<Value> arguments{e.load(e.at(scratch, e.add(e.mul(r, kernel::panelWidth), v)))};
      for (Value extra : op.getExtras()) {
        auto type = cast<MemRefType>(extra.getType());
        Value place = e.add(column, v);
        if (kernel::areaOf(type) != kernel::Area::weight)
          place = e.add(place, e.mul(e.add(begin, r), kernel::stridesOf(type).leading));
        arguments.push_back(e.load(e.at(address.lookup(extra), place)));
      }
      e.storeFirst(inlineEpilogue(e, op.getEpilogue().front(), arguments), e.at(outRow, v),
                   columns - v);
    }
  });
}

void emitEpilogue(Emitter &e, kernel::GemmOp op, const Addresses &address, Value scratch,
                  Value begin, Value rows, Value panel) {
  Value column = e.mul(panel, kernel::panelWidth);
  auto finish = [&](int64_t columns) {
    emitColumns(e, op, address, scratch, begin, rows, column, columns);
  };
  int64_t panels = op.getWeight().getType().getDimSize(0);
  int64_t rest = op.getOutput().getType().getShape().back() % kernel::panelWidth;
  if (!rest)
    return finish(kernel::panelWidth);
  e.when(
      e.equal(panel, e.i64(panels - 1)), [&] { finish(rest); },
      [&] { finish(kernel::panelWidth); });
}

/// The sums of `rows` rows by a panel, into scratch, in the order in which oneDNN adds them up.
static void callOneDnn(Emitter &e, Value call, Value rows, int64_t k, Value a, int64_t aStride,
                       Value panel, Value scratch) {
  Value function = e.loadPointer(call, offsetof(tfc_call, sgemm)),
        sync = e.loadPointer(call, offsetof(tfc_call, sync)), width = e.i64(kernel::panelWidth);
  const Value operands[] = {function,       sync,  rows,  width,   e.i64(k), a,
                            e.i64(aStride), panel, width, scratch, width};
  SmallVector<Type> types(llvm::drop_begin(ValueRange(operands).getTypes()));
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(e.b.getContext()), types);
  LLVM::CallOp::create(e.b, e.loc, type, ValueRange(operands));
}

void emitGemm(KernelModule &module, Emitter &e, kernel::GemmOp op, Value call, Value scratch,
              const Addresses &address) {
  const KernelRow &row = e.row;
  MemRefType inputType = op.getInput().getType();
  Value a = address.lookup(op.getInput()), weights = address.lookup(op.getWeight());

  int64_t k = inputType.getShape().back();
  MemRefType weightType = op.getWeight().getType();
  int64_t panels = weightType.getDimSize(0),
          perPanel = kernel::bytesOf(weightType, weightType.getDimSize(1) * kernel::panelWidth);
  int64_t aStride = kernel::stridesOf(inputType).leading;
  int64_t rowsPerUnit = kernel::elementsPerUnit(inputType) / k;
  module.needScratch(row.maxRows * kernel::panelWidth * e.elementBytes(), 0);
  PanelStorage storage{weightType.getElementType(), Type(), int64_t(op.getGroup().value_or(0))};
  int64_t scalesPerPanel = 0;
  if (storage.group) {
    MemRefType scales = op.getScales().getType();
    storage.scale = scales.getElementType();
    scalesPerPanel = scales.getDimSize(1) * kernel::panelWidth;
  }
  func::FuncOp tile;
  if (row.library == KernelLibrary::onednn)
    module.needs |= TFC_NEEDS_ONEDNN;
  else
    tile = module.tile(row, aStride, kernel::panelWidth, kernel::panelWidth, true, e.loc, storage);

  Value m = e.mul(e.units(call, kernel::areaOf(inputType)), rowsPerUnit);
  // A block of A takes half of the second-level cache.
  Value blockTiles = e.div(e.loadI64(call, offsetof(tfc_call, cache_bytes)),
                           2 * e.elementBytes() * k * row.maxRows);
  Value maxBlock = e.mul(e.max(blockTiles, e.i64(1)), row.maxRows);
  Value blocks = e.div(e.add(m, e.sub(maxBlock, e.i64(1))), maxBlock);
  e.when(e.less(e.i64(0), m), [&] {
    Value perBlock = e.div(e.add(m, e.sub(blocks, e.i64(1))), blocks);
    e.runs(call, e.mul(blocks, panels), [&](Value share, Value nextShare) {
      Value panel = e.rem(share, panels), first = e.mul(e.div(share, panels), perBlock);
      Value count = e.min(perBlock, e.sub(m, first));
      Value packed = e.bytes(weights, e.mul(panel, perPanel));
      Value nextPanel = e.rem(nextShare, panels);
      Value next = e.bytes(weights, e.mul(nextPanel, perPanel));
      e.when(e.less(e.i64(0), count), [&] {
        Value tiles = e.ceilDiv(count, row.maxRows), size = e.div(count, tiles),
              larger = e.rem(count, tiles);
        e.loop(e.i64(0), tiles, 1, [&](Value number) {
          Value begin = e.add(first, e.add(e.mul(number, size), e.min(number, larger)));
          Value rows = e.add(size, e.select(e.less(number, larger), e.i64(1), e.i64(0)));
          Value from = e.at(a, e.mul(begin, aStride));
          if (tile) {
            // The first tiles fetch the next panel, a piece each; the others have nothing to do.
            Value piece = e.bytes(next, e.mul(number, perPanel / fetchingTiles));
            piece = e.select(e.less(number, e.i64(fetchingTiles)), piece, packed);
            SmallVector<Value> operands{from, packed, scratch, e.i64(k), rows, piece};
            if (storage.group)
              for (Value of : {panel, nextPanel})
                operands.push_back(
                    e.at(address.lookup(op.getScales()), e.mul(of, scalesPerPanel), storage.scale));
            func::CallOp::create(e.b, e.loc, tile, operands);
          } else {
            callOneDnn(e, call, rows, k, from, aStride, packed, scratch);
          }
          emitEpilogue(e, op, address, scratch, begin, rows, panel);
        });
      });
    });
  });
}

} // namespace tfc
