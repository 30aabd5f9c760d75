// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The body of a product: a few rows of A by a panel's 32 columns, or by those of two panels.

#include "compiler/Codegen/KernelModule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tfc {

/// Bytes of a cache line.
static constexpr int64_t lineBytes = 64;

/// How far ahead few rows fetch, in bytes.
static constexpr int64_t fetchDistance = 8192;

namespace {

/// The body of a tile: for so many rows, the columns of a narrow row of the table are taken one
/// strip after another.
class Tile {
public:
  Tile(Emitter &e, ValueRange args, bool fetches, int64_t panels, int64_t aStride, int64_t bStride,
       int64_t outStride, const PanelStorage &storage)
      : e(e), row(e.row), storage(storage), panels(panels),
        vectors(panels == 1 ? e.row.vectors : panels * kernel::panelWidth / e.row.lanes),
        aStride(aStride), bStride(bStride), outStride(outStride), a(args[0]), b(args[1]),
        out(args[2]), k(args[3]), element(storage.element ? storage.element : e.elementType()) {
    args = args.drop_front(5);
    auto next = [&](bool exists) {
      Value value = exists ? args.front() : Value();
      args = args.drop_front(exists);
      return value;
    };
    fetched = next(fetches);
    scales = next(storage.group);
    fetchedScales = next(storage.group);
    aScales = next(storage.aGroups);
    aSums = next(storage.aGroups);
  }

  void emit(int64_t rows) {
    count = rows;
    for (strip = 0; strip < panels * kernel::panelWidth; strip += vectors * row.lanes)
      emitStrip();
  }

private:
  using Sums = SmallVector<Value>;

  void emitStrip();
  void emitCodes();
  Sums step(Value at, int64_t offset, ValueRange sums);
  Value columns(Value at, int64_t offset, int64_t column);
  Value words(Value step, int64_t column);
  Value codes(Value at, int64_t offset, int64_t column);
  Value aElement(Value at, int64_t offset);
  void fetch(Value at);
  Sums blockSums(Value begin);
  Sums addScaled(Value begin, ValueRange before);
  SmallVector<Value> scalesOf(Value begin);
  template <typename Use> void forEachSum(const Use &use);

  // Products of codes with codes, as whole numbers.
  bool isWhole() { return storage.aGroups && row.product != CodeProduct::numbers; }
  bool sumsPairs() { return row.product == CodeProduct::pairs && element.isInteger(4); }
  Value negativeZeros(Value begin, int64_t r);
  Sums wordStep(Value at, int64_t offset, ValueRange sums);
  Value multiplyAdd(Value weights, Value activations, Value sum);
  Value pairSums(Value products, Value factors);
  Value call(StringRef intrinsic, VectorType type, ValueRange operands);
  VectorType whole(int64_t bits) {
    return VectorType::get({row.lanes * 32 / bits}, e.b.getIntegerType(bits));
  }
  Value all(int64_t bits, int64_t value) {
    return arith::ConstantOp::create(
        e.b, e.loc,
        DenseElementsAttr::get(whole(bits), APInt(bits, value, /*isSigned=*/true, true)));
  }
  Value as(VectorType type, Value vector) {
    return vector::BitCastOp::create(e.b, e.loc, type, vector);
  }

  /// How many steps of k are added up at a time, at most.
  int64_t block() {
    return storage.aGroups ? kernel::groupUnit : storage.group ? storage.group : sumBlock;
  }
  /// The steps of the innermost loop, and those of one of its parts.
  int64_t unroll() { return std::max(row.unroll, kernel::wordSteps(element)); }
  int64_t part() { return isWhole() ? kernel::wordSteps(element) : 1; }

  Emitter &e;
  const KernelRow &row;
  const PanelStorage &storage;
  const int64_t panels, vectors; ///< across the tile
  const int64_t aStride, bStride, outStride;
  const Value a, b, out, k;
  const Type element;
  Value fetched, scales, fetchedScales, aScales, aSums;
  int64_t count = 0, strip = 0;
  bool inWords = true; ///< whether steps begin with a whole word
};

} // namespace

/// A vector of the panel's columns from `column` on, in step `at` + `offset` of k.
Value Tile::columns(Value at, int64_t offset, int64_t column) {
  if (kernel::isCode(element))
    return codes(at, offset, column);
  Value step = e.add(at, offset);
  for (; column >= kernel::panelWidth; column -= kernel::panelWidth)
    step = e.add(step, k);
  return e.loadStored(e.at(e.at(b, e.i64(column), element), e.mul(step, bStride), element),
                      element);
}

/// The words of the columns from `column` on that begin at `step` of k.
Value Tile::words(Value step, int64_t column) {
  const int64_t perStep = bStride * element.getIntOrFloatBitWidth() / 8;
  Value place = e.bytes(b, e.add(e.mul(step, perStep), column * 4));
  return LLVM::LoadOp::create(e.b, e.loc, whole(32), place, 4);
}

/// What `columns` gives, of codes. Put into the last places of a power of two, a code is that many
/// more: that takes no conversion, and a shift only where it brings the code to the beginning of a
/// byte, the lower ones of which are in a number of f32. More places would need more registers for
/// constants.
Value Tile::codes(Value at, int64_t offset, int64_t column) {
  const int64_t bits = element.getIntOrFloatBitWidth(), steps = kernel::wordSteps(element);
  Type single = e.vectorOf(e.b.getF32Type());
  auto scalar = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(e.b, e.loc, e.b.getI32IntegerAttr(int32_t(value)));
  };
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
  Value places = words(word, column);
  if (shift)
    places = arith::ShRUIOp::create(e.b, e.loc, places, e.splat(shift));
  const float power = float(1 << (23 - bit));
  places = arith::AndIOp::create(e.b, e.loc, places, all(32, ((int64_t(1) << bits) - 1) << bit));
  places = arith::OrIOp::create(e.b, e.loc, places, all(32, llvm::bit_cast<int32_t>(power)));
  Value number = arith::BitcastOp::create(e.b, e.loc, single, places);
  const double zero = power + double(kernel::codeOfZero(element));
  number = e.fsub(
      number,
      e.splat(Value(arith::ConstantOp::create(e.b, e.loc, e.b.getF32FloatAttr(float(zero))))));
  if (e.elementType().isF32())
    return number;
  return arith::ExtFOp::create(e.b, e.loc, e.vectorOf(e.elementType()), number);
}

/// An element of A, which may be a code.
Value Tile::aElement(Value at, int64_t offset) {
  if (!storage.aGroups)
    return e.loadElement(e.at(e.at(a, at), offset));
  Type byte = e.b.getI8Type();
  Value code = LLVM::LoadOp::create(e.b, e.loc, byte, e.bytes(e.bytes(a, at), e.i64(offset)), 1);
  return e.toFloat(code);
}

/// Step `at` + `offset` of k for all sums.
Tile::Sums Tile::step(Value at, int64_t offset, ValueRange sums) {
  Sums next(sums), steps;
  for (int64_t v = 0; v < vectors; ++v)
    steps.push_back(columns(at, offset, strip + v * row.lanes));
  for (int64_t r = 0; r < count; ++r) {
    Value element = e.splat(aElement(at, r * aStride + offset));
    for (int64_t v = 0; v < vectors; ++v)
      next[r * vectors + v] = e.fma(element, steps[v], next[r * vectors + v]);
  }
  return next;
}

Value Tile::call(StringRef intrinsic, VectorType type, ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(e.b, e.loc, type, e.b.getStringAttr(intrinsic), operands)
      .getResult(0);
}

/// Adds up neighbours among products of 16 bits.
Value Tile::pairSums(Value products, Value factors) {
  return call(row.lanes == 16 ? "llvm.x86.avx512.pmaddw.d.512" : "llvm.x86.avx2.pmadd.wd",
              whole(32), {products, factors});
}

/// Four products of a weight's code, counted from 0 upwards, and one of A are added to each sum. Of
/// pairs, products of i4 stay in 16 bits: a group's largest sum is 8 · 2 · 15 · 127.
Value Tile::multiplyAdd(Value weights, Value activations, Value sum) {
  if (row.product == CodeProduct::bytes)
    return call("llvm.x86.avx512.vpdpbusd.512", whole(32),
                {sum, as(whole(8), weights), as(whole(8), activations)});
  if (element.isInteger(4)) {
    Value products =
        call(row.lanes == 16 ? "llvm.x86.avx512.pmaddubs.w.512" : "llvm.x86.avx2.pmadd.ub.sw",
             whole(16), {as(whole(8), weights), as(whole(8), activations)});
    return e.add(sum, products);
  }
  Value w = as(whole(16), weights), x = as(whole(16), activations), byte = all(16, 8);
  Value even = arith::AndIOp::create(e.b, e.loc, w, all(16, 0xFF));
  Value odd = arith::ShRUIOp::create(e.b, e.loc, w, byte);
  Value evenX = arith::ShLIOp::create(e.b, e.loc, x, byte);
  evenX = arith::ShRSIOp::create(e.b, e.loc, evenX, byte);
  Value oddX = arith::ShRSIOp::create(e.b, e.loc, x, byte);
  return e.add(e.add(sum, pairSums(even, evenX)), pairSums(odd, oddX));
}

/// The word at step `at` + `offset` of k for all sums.
Tile::Sums Tile::wordStep(Value at, int64_t offset, ValueRange sums) {
  Sums next(sums);
  SmallVector<Value> loaded;
  for (int64_t v = 0; v < vectors; ++v)
    loaded.push_back(words(e.add(at, offset), strip + v * row.lanes));
  for (int64_t half = 0; half < kernel::wordSteps(element); half += 4) {
    SmallVector<Value> bytes(loaded);
    for (Value &word : bytes)
      if (element.isInteger(4)) {
        if (half)
          word = arith::ShRUIOp::create(e.b, e.loc, word, all(32, 4));
        word = arith::AndIOp::create(e.b, e.loc, word, all(32, 0x0F0F0F0F));
      }
    for (int64_t r = 0; r < count; ++r) {
      Value place = e.bytes(e.bytes(a, at), e.i64(r * aStride + offset + half));
      Value four = LLVM::LoadOp::create(e.b, e.loc, e.b.getI32Type(), place, 4);
      four = e.splat(four);
      for (int64_t v = 0; v < vectors; ++v) {
        Value &sum = next[r * vectors + v];
        sum = multiplyAdd(bytes[v], four, sum);
      }
    }
  }
  return next;
}

/// What a row's sums of a group are too large by, negated, since weights are counted from the
/// lowest upwards.
Value Tile::negativeZeros(Value begin, int64_t r) {
  Type i32 = e.b.getI32Type();
  Value group = e.add(e.div(begin, kernel::groupUnit), r * storage.aGroups);
  Value zeros = LLVM::LoadOp::create(e.b, e.loc, i32, e.at(aSums, group, i32), 4);
  Value zero = arith::ConstantOp::create(
      e.b, e.loc, e.b.getI32IntegerAttr(-int32_t(kernel::codeOfZero(element))));
  return e.splat(e.mul(zeros, zero));
}

/// What `unroll` steps fetch: of the next panel, while this one is computed. Few rows wait for
/// memory; the processor reads ahead for them, unless narrow strips leave lines of a panel out:
/// then they fetch what comes soon.
void Tile::fetch(Value at) {
  const bool few = panels == 1 && count <= row.maxRows / 2;
  const int64_t place = kernel::isCode(element) ? 32 : element.getIntOrFloatBitWidth();
  const bool leavesOut =
      vectors * row.lanes < kernel::panelWidth && kernel::panelWidth * place > 8 * lineBytes;
  if (!fetched || strip != 0 || (few && !leavesOut))
    return;
  const int64_t perStep = kernel::panelWidth * element.getIntOrFloatBitWidth() / 8;
  const int64_t perUnroll = perStep * unroll() / (few ? 1 : fetchingTiles);
  Value from = e.bytes(few ? b : fetched, e.mul(at, perUnroll / unroll()));
  for (int64_t line = 0; line < perUnroll; line += lineBytes)
    e.prefetch(e.bytes(from, e.i64(line + (few ? fetchDistance : 0))));
}

template <typename Use> void Tile::forEachSum(const Use &use) {
  for (int64_t r = 0; r < count; ++r)
    for (int64_t v = 0; v < vectors; ++v) {
      const int64_t column = strip + v * row.lanes, panel = column / kernel::panelWidth;
      use(r * vectors + v, v,
          e.at(out, (panel * row.wideRows + r) * outStride + column % kernel::panelWidth));
    }
}

/// The weights' scales of the group that begins at `begin`, for each vector.
SmallVector<Value> Tile::scalesOf(Value begin) {
  SmallVector<Value> loaded;
  Value first = e.mul(e.div(begin, storage.group), kernel::panelWidth);
  for (int64_t v = 0; v < vectors; ++v)
    loaded.push_back(e.loadStored(e.at(scales, e.add(first, strip + v * row.lanes), storage.scale),
                                  storage.scale));
  const int64_t perLine = 8 * lineBytes / storage.scale.getIntOrFloatBitWidth();
  for (int64_t line = 0; strip == 0 && line < kernel::panelWidth; line += perLine)
    e.prefetch(e.at(fetchedScales, e.add(first, line), storage.scale));
  return loaded;
}

/// Adds the sums of the block of codes that begins at `begin`, with A's scale, to those before.
Tile::Sums Tile::addScaled(Value begin, ValueRange before) {
  Sums sums(before), found = blockSums(begin);
  for (int64_t r = 0; r < count; ++r) {
    Value group = e.add(e.div(begin, kernel::groupUnit), r * storage.aGroups);
    Value zeros = isWhole() && sumsPairs() ? negativeZeros(begin, r) : Value();
    Value factor = e.splat(e.loadElement(e.at(aScales, group)));
    for (int64_t v = 0; v < vectors; ++v) {
      Value sum = found[r * vectors + v];
      if (zeros)
        sum = e.add(pairSums(sum, all(16, 1)), zeros);
      if (isWhole())
        sum = arith::SIToFPOp::create(e.b, e.loc, e.vectorOf(e.elementType()), sum);
      sums[r * vectors + v] = e.fma(sum, factor, sums[r * vectors + v]);
    }
  }
  return sums;
}

/// The sums of the block of k that begins at `begin`.
Tile::Sums Tile::blockSums(Value begin) {
  auto steps = [&](Value at, int64_t offset, ValueRange sums) {
    return isWhole() ? wordStep(at, offset, sums) : step(at, offset, sums);
  };
  Sums sums;
  for (int64_t r = 0; r < count; ++r)
    sums.append(vectors, !isWhole()    ? e.splat(0.0)
                         : sumsPairs() ? all(16, 0)
                                       : negativeZeros(begin, r));
  Value end = e.min(k, e.add(begin, block()));
  Value whole = e.sub(end, e.rem(e.sub(end, begin), unroll()));
  inWords = true;
  sums = e.loop(begin, whole, unroll(), sums, [&](Value at, ValueRange current) {
    Sums next(current);
    fetch(at);
    for (int64_t offset = 0; offset < unroll(); offset += part())
      next = steps(at, offset, next);
    return next;
  });
  inWords = false;
  return e.loop(whole, end, part(), sums,
                [&](Value at, ValueRange current) { return steps(at, 0, current); });
}

/// Codes by codes: blocks with their scales are added up over a group of weights, and groups with
/// theirs over k. What does not fit into the registers waits for the end of a group.
void Tile::emitCodes() {
  // What is added to -0 stays what it is.
  const Sums none(count * vectors, e.splat(-0.0));
  Sums totals = e.loop(e.i64(0), k, storage.group, none, [&](Value begin, ValueRange before) {
    Sums next(before), sums;
    if (storage.group == block())
      sums = addScaled(begin, none);
    else
      sums = e.loop(begin, e.min(k, e.add(begin, storage.group)), block(), none,
                    [&](Value at, ValueRange current) { return addScaled(at, current); });
    SmallVector<Value> scale = scalesOf(begin);
    for (auto [at, sum] : llvm::enumerate(next))
      sum = e.fma(sums[at], scale[at % vectors], sum);
    return next;
  });
  forEachSum([&](int64_t at, int64_t, Value place) { e.store(totals[at], place); });
}

/// One block of k after another: short sums lose less to rounding than one long one. A group's
/// block is the group.
void Tile::emitStrip() {
  if (storage.aGroups)
    return emitCodes();
  e.loop(e.i64(0), k, block(), [&](Value begin) {
    Sums found = blockSums(begin);
    SmallVector<Value> scale;
    if (storage.group)
      scale = scalesOf(begin);
    auto store = [&](bool first) {
      forEachSum([&](int64_t at, int64_t v, Value place) {
        Value sum = found[at];
        if (storage.group)
          sum = first ? e.fmul(sum, scale[v]) : e.fma(sum, scale[v], e.load(place));
        else if (!first)
          sum = e.fadd(e.load(place), sum);
        e.store(sum, place);
      });
    };
    e.when(e.equal(begin, e.i64(0)), [&] { store(true); }, [&] { store(false); });
  });
}

func::FuncOp KernelModule::tile(const KernelRow &row, int64_t aStride, int64_t bStride,
                                int64_t outStride, bool fetches, Location loc,
                                const PanelStorage &storage, int64_t panels) {
  assert((panels == 1 || !storage.group) && "scales are of one panel");
  auto pointer = LLVM::LLVMPointerType::get(module.getContext());
  auto i64 = IntegerType::get(module.getContext(), 64);
  std::string key;
  llvm::raw_string_ostream os(key);
  os << (panels == 1 ? "tile " : "wide tile ") << row.name << ' ' << aStride << ' ' << bStride
     << ' ' << outStride << (fetches ? " fetches" : "");
  if (storage.element)
    os << ' ' << storage.element;
  if (storage.group)
    os << " group " << storage.group << ' ' << storage.scale << ' ' << storage.aGroups;
  SmallVector<Type> arguments{pointer, pointer, pointer, i64, i64};
  arguments.append(int(fetches) + 2 * int(storage.group != 0) + 2 * int(storage.aGroups != 0),
                   pointer);
  return function(key, "tile", arguments, loc, [&](OpBuilder &builder, ValueRange args) {
    Emitter e(builder, loc, row);
    Tile body(e, args, fetches, panels, aStride, bStride, outStride, storage);
    e.choose(args[4], panels == 1 ? row.maxRows : row.wideRows,
             [&](int64_t count) { body.emit(count); });
  });
}

} // namespace tfc
