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

func::FuncOp KernelModule::tile(const KernelRow &row, int64_t aStride, int64_t bStride,
                                int64_t outStride, bool fetches, Location loc,
                                const PanelStorage &storage) {
  auto pointer = LLVM::LLVMPointerType::get(module.getContext());
  auto i64 = IntegerType::get(module.getContext(), 64);
  std::string key;
  llvm::raw_string_ostream os(key);
  os << "tile " << row.name << ' ' << aStride << ' ' << bStride << ' ' << outStride
     << (fetches ? " fetches" : "");
  Type computed = row.element == ElementType::f64 ? Type(Float64Type::get(module.getContext()))
                                                  : Float32Type::get(module.getContext());
  Type stored = storage.element ? storage.element : computed;
  if (stored != computed)
    os << ' ' << stored;
  SmallVector<Type> arguments{pointer, pointer, pointer, i64, i64};
  if (fetches)
    arguments.push_back(pointer);
  return function(key, "tile", arguments, loc, [&](OpBuilder &builder, ValueRange args) {
    Emitter e(builder, loc, row);
    Value a = args[0], out = args[2], k = args[3], rows = args[4];
    int64_t width = row.vectors * row.lanes;
    e.choose(rows, row.maxRows, [&](int64_t count) {
      // The columns of a narrow row are taken one strip after another.
      for (int64_t strip = 0; strip < kernel::panelWidth; strip += width) {
        Value b = e.at(args[1], e.i64(strip), stored);
        auto step = [&](Value at, ValueRange sums, int64_t offset) {
          SmallVector<Value> next(sums), columns;
          Value bRow = e.at(b, e.mul(e.add(at, offset), bStride), stored);
          for (int64_t v = 0; v < row.vectors; ++v)
            columns.push_back(e.loadStored(e.at(bRow, e.i64(v * row.lanes), stored), stored));
          Value aColumn = e.at(a, at);
          for (int64_t r = 0; r < count; ++r) {
            Value element = e.splat(e.loadElement(e.at(aColumn, r * aStride + offset)));
            for (int64_t v = 0; v < row.vectors; ++v)
              next[r * row.vectors + v] = e.fma(element, columns[v], next[r * row.vectors + v]);
          }
          return next;
        };
        // One block of k after another: short sums lose less to rounding than one long one.
        e.loop(e.i64(0), k, sumBlock, [&](Value begin) {
          Value end = e.min(k, e.add(begin, sumBlock)), size = e.sub(end, begin);
          Value whole = e.sub(end, e.rem(size, row.unroll));
          SmallVector<Value> sums(count * row.vectors, e.splat(0.0));
          sums = e.loop(begin, whole, row.unroll, sums, [&](Value at, ValueRange current) {
            SmallVector<Value> next(current);
            if (fetches && strip == 0)
              for (int64_t line = 0; line < kernel::panelWidth;
                   line += lineBytes / e.elementBytes())
                e.prefetch(e.at(args[5], e.add(e.mul(at, kernel::panelWidth / row.unroll), line)));
            for (int64_t u = 0; u < row.unroll; ++u)
              next = step(at, next, u);
            return next;
          });
          sums = e.loop(whole, end, 1, sums,
                        [&](Value at, ValueRange current) { return step(at, current, 0); });
          auto finish = [&](bool first) {
            for (int64_t r = 0; r < count; ++r)
              for (int64_t v = 0; v < row.vectors; ++v) {
                Value place = e.at(out, r * outStride + strip + v * row.lanes),
                      sum = sums[r * row.vectors + v];
                e.store(first ? sum : e.fadd(e.load(place), sum), place);
              }
          };
          e.when(e.equal(begin, e.i64(0)), [&] { finish(true); }, [&] { finish(false); });
        });
      }
    });
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
  int64_t panels = op.getWeight().getType().getDimSize(0), perPanel = k * kernel::panelWidth;
  int64_t aStride = kernel::stridesOf(inputType).leading;
  int64_t rowsPerUnit = kernel::elementsPerUnit(inputType) / k;
  module.needScratch(row.maxRows * kernel::panelWidth * e.elementBytes(), 0);
  func::FuncOp tile;
  if (row.library == KernelLibrary::onednn)
    module.needs |= TFC_NEEDS_ONEDNN;
  else
    tile = module.tile(row, aStride, kernel::panelWidth, kernel::panelWidth, true, e.loc);

  Value m = e.mul(e.units(call, kernel::areaOf(inputType)), rowsPerUnit);
  // A block of A takes half of the second-level cache.
  Value blockTiles = e.div(e.loadI64(call, offsetof(tfc_call, cache_bytes)),
                           2 * e.elementBytes() * k * row.maxRows);
  Value maxBlock = e.mul(e.max(blockTiles, e.i64(1)), row.maxRows);
  Value blocks = e.div(e.add(m, e.sub(maxBlock, e.i64(1))), maxBlock);
  Value threads = e.loadI64(call, offsetof(tfc_call, threads));
  e.when(e.less(e.i64(0), m), [&] {
    Value perBlock = e.div(e.add(m, e.sub(blocks, e.i64(1))), blocks);
    e.shares(call, e.mul(blocks, panels), [&](Value share) {
      Value panel = e.rem(share, panels), first = e.mul(e.div(share, panels), perBlock);
      Value count = e.min(perBlock, e.sub(m, first));
      Value packed = e.at(weights, e.mul(panel, perPanel));
      Value next = e.at(weights, e.mul(e.rem(e.add(panel, threads), panels), perPanel));
      e.when(e.less(e.i64(0), count), [&] {
        Value tiles = e.ceilDiv(count, row.maxRows), size = e.div(count, tiles),
              larger = e.rem(count, tiles);
        e.loop(e.i64(0), tiles, 1, [&](Value number) {
          Value begin = e.add(first, e.add(e.mul(number, size), e.min(number, larger)));
          Value rows = e.add(size, e.select(e.less(number, larger), e.i64(1), e.i64(0)));
          Value from = e.at(a, e.mul(begin, aStride));
          if (tile) {
            // The first tiles fetch the next panel, a piece each; the others have nothing to do.
            Value piece = e.at(next, e.mul(number, perPanel / row.unroll));
            piece = e.select(e.less(number, e.i64(row.unroll)), piece, packed);
            func::CallOp::create(e.b, e.loc, tile,
                                 ValueRange{from, packed, scratch, e.i64(k), rows, piece});
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
