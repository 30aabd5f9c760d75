// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Codegen/Tile.h"

using namespace mlir;

namespace tfc {

/// Bytes of a cache line.
static constexpr int64_t lineBytes = 64;

/// How far ahead few rows fetch, in bytes: where strips leave lines out, and of bytes.
static constexpr int64_t strippedDistance = 8192, bytesDistance = 2048;

/// How many times as far ahead lines are fetched into the second-level cache as into the first.
static constexpr int64_t farToNear = 8;

int64_t stepsAtOnce(const KernelRow &row, Type element) {
  return std::max(row.unroll, kernel::wordSteps(element));
}

int64_t panelParts(const KernelRow &row, Type element) {
  const int64_t perTurn =
      stepsAtOnce(row, element) * kernel::panelWidth * element.getIntOrFloatBitWidth() / 8;
  return std::min<int64_t>(perTurn / lineBytes, 8); // more take registers
}

/// A vector of the panel's columns from `column` on, in step `at` + `offset` of k.
Value Tile::columns(Value at, int64_t offset, int64_t column) {
  if (kernel::isCode(element))
    return codes(at, offset, column);
  Value step = e.add(at, offset);
  for (; column >= kernel::panelWidth; column -= kernel::panelWidth)
    step = storage.stride ? e.add(step, storage.stride) : e.add(step, k);
  return e.loadStored(e.at(e.at(b, e.i64(column), element), e.mul(step, bStride), element),
                      element);
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

/// What the steps from `at` + `offset` on fetch where few rows wait for memory: what comes soon. A
/// processor that has to be told does it in two stages, so that lines wait for memory in the
/// second-level cache, which has more places for such. On another it is done where narrow strips
/// leave lines of a panel out, and of bytes by codes, for which none reads far enough ahead;
/// elsewhere it would keep it from reading ahead by itself.
void Tile::fetchSoon(Value at, int64_t offset) {
  if (!waits())
    return;
  const int64_t perStep = stepBytes(element);
  auto fetchFrom = [&](Value distance, CacheLevel into) {
    Value from = e.bytes(b, e.add(e.mul(at, perStep), distance));
    const int64_t end = (offset + part()) * perStep;
    for (int64_t line = llvm::alignTo(offset * perStep, lineBytes); line < end; line += lineBytes)
      e.prefetch(e.bytes(from, e.i64(line)), into);
  };
  if (isTold) {
    fetchFrom(ahead, CacheLevel::second);
    return fetchFrom(e.div(ahead, farToNear), CacheLevel::first);
  }
  const int64_t place = kernel::isCode(element) ? 32 : element.getIntOrFloatBitWidth();
  if (vectors * row.lanes < kernel::panelWidth && kernel::panelWidth * place > 8 * lineBytes)
    fetchFrom(e.i64(strippedDistance), CacheLevel::second);
  else if (isWhole() && element.isInteger(8))
    fetchFrom(e.i64(bytesDistance), CacheLevel::second);
}

/// What a turn of more rows fetches: of the next panel, while this one is computed.
void Tile::fetchNext(Value at) {
  if (!fetched || strip != 0 || waits())
    return;
  // Side by side, not one behind the other: that takes fewer registers.
  const int64_t parts = panelParts(row, fetchedElement), perStep = stepBytes(fetchedElement),
                perPart = perStep / parts;
  assert(llvm::isPowerOf2_64(parts) && perStep % parts == 0);
  for (int64_t first = 0, end = 1; first < parts; first = end, end *= 2)
    e.when(e.less(e.i64(first), fetchedParts), [&] {
      for (int64_t part = first; part < end; ++part) {
        Value step = e.add(e.mul(k, part), at), from = e.bytes(fetched, e.mul(step, perPart));
        for (int64_t line = 0; line < perPart * unroll(); line += lineBytes)
          e.prefetch(e.bytes(from, e.i64(line)), CacheLevel::second);
      }
    });
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
  if (splitsHalves())
    sums.append(count * vectors, all(32, 0));
  Value end = e.min(k, e.add(begin, block()));
  Value whole = e.sub(end, e.rem(e.sub(end, begin), unroll()));
  inWords = true;
  sums = e.loop(begin, whole, unroll(), sums, [&](Value at, ValueRange current) {
    Sums next(current);
    fetchNext(at);
    for (int64_t offset = 0; offset < unroll(); offset += part()) {
      fetchSoon(at, offset);
      next = steps(at, offset, next);
    }
    return next;
  });
  inWords = false;
  return wholeSums(e.loop(whole, end, part(), sums,
                          [&](Value at, ValueRange current) { return steps(at, 0, current); }));
}

/// The columns of all strips. Each line is fetched by the first.
void Tile::emit(int64_t rows) {
  count = rows;
  strip = 0;
  if (waits()) {
    auto emitFirst = [&](bool told) {
      isTold = told;
      emitStrip();
    };
    e.when(e.less(e.i64(0), ahead), [&] { emitFirst(true); }, [&] { emitFirst(false); });
    strip += vectors * row.lanes;
  }
  for (; strip < panels * kernel::panelWidth; strip += vectors * row.lanes)
    emitStrip();
}

/// One block of k after another: short sums lose less to rounding than one long one. A group's
/// block is the group.
void Tile::emitStrip() {
  if (storage.aGroup)
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
    Value steps = before ? e.add(before, begin) : begin;
    e.when(e.equal(steps, e.i64(0)), [&] { store(true); }, [&] { store(false); });
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
  if (storage.fetched)
    os << " fetches " << storage.fetched;
  if (panels == 2)
    os << " stride " << storage.stride;
  if (storage.group)
    os << " group " << storage.group << ' ' << storage.scale << ' ' << storage.aGroup << ' '
       << storage.aGroups;
  SmallVector<Type> arguments{pointer, pointer, pointer, i64, i64};
  if (fetches)
    arguments.append({pointer, i64, i64});
  arguments.append(2 * int(storage.group != 0) + 2 * int(storage.aGroup != 0), pointer);
  arguments.append(panels == 2, i64);
  return function(key, "tile", arguments, loc, [&](OpBuilder &builder, ValueRange args) {
    Emitter e(builder, loc, row);
    Tile body(e, args, fetches, panels, aStride, bStride, outStride, storage);
    e.choose(args[4], panels == 1 ? row.maxRows : row.wideRows,
             [&](int64_t count) { body.emit(count); });
  });
}

} // namespace tfc
