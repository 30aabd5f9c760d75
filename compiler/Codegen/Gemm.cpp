// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The product with packed weights.
//
// Panels of B are 32 columns wide and K long; A is not packed and K is not blocked. Rows of A are
// taken in blocks that stay in the second-level cache, cut in balance into tiles of at most the
// row's maxRows: 13 rows are 7 + 6, not 12 + 1. Where it has wideRows, blocks of many rows are cut
// into wide tiles, of two panels each, unless these are codes. A tile's sums go to scratch, where
// one small loop applies the epilogue: its code is emitted once, not once for each size of tile.
// Every sum runs over k upwards in blocks of fixed size, so neither batch nor threads change a bit.
//
// The first tile of a share needs its whole panel at once, faster than memory gives it. So the
// tiles of each share fetch the panel that this thread is likely to claim next.
//
// A row of oneDNN's differs in one thing: its tiles are larger, and oneDNN computes their sums.

#include "compiler/Codegen/KernelModule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/TypeUtilities.h"

#include "tfc/abi.h"

#include <cstddef>
#include <limits>

using namespace mlir;

namespace tfc {

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

/// The epilogue of the first `columns` columns of a panel.
static void emitColumns(Emitter &e, kernel::GemmOp op, const Addresses &address, Value scratch,
                        Value begin, Value rows, Value panel, int64_t columns) {
  Value column = e.mul(panel, kernel::panelWidth);
  const bool givesCodes = !op.getCodes().empty();
  int64_t outStride = kernel::stridesOf(op.getOutput().getType()).leading;
  e.loop(e.i64(0), rows, 1, [&](Value r) {
    Value outRow =
        e.at(address.lookup(op.getOutput()), e.add(e.mul(e.add(begin, r), outStride), column));
    SmallVector<Value> pieces;
    Value least, largest;
    if (op.getLargest())
      least = largest = e.splat(-std::numeric_limits<double>::infinity());
    for (int64_t v = 0; v < columns; v += e.lanes()) {
      SmallVector<Value> arguments{e.load(e.at(scratch, e.add(e.mul(r, kernel::panelWidth), v)))};
      for (Value extra : op.getExtras()) {
        auto type = cast<MemRefType>(extra.getType());
        Value place = e.add(column, v);
        if (kernel::areaOf(type) != kernel::Area::weight)
          place = e.add(place, e.mul(e.add(begin, r), kernel::stridesOf(type).leading));
        arguments.push_back(e.load(e.at(address.lookup(extra), place)));
      }
      Value piece = inlineEpilogue(e, op.getEpilogue().front(), arguments);
      e.storeFirst(piece, e.at(outRow, v), columns - v);
      if (givesCodes && columns - v < e.lanes())
        piece = e.select(e.lanesBelow(e.i64(columns - v)), piece, e.splat(0.0));
      pieces.push_back(piece);
      if (op.getLargest()) {
        if (columns - v < e.lanes())
          piece = e.select(e.lanesBelow(e.i64(columns - v)), piece, least);
        largest = e.larger(piece, largest);
      }
    }
    if (!givesCodes && !op.getLargest())
      return;
    // A panel is a group.
    static_assert(kernel::panelWidth == kernel::groupUnit);
    static_assert(kernel::panelWidth == TFC_LARGEST_OF);
    Value group = e.add(e.mul(e.add(begin, r), op.getWeight().getType().getDimSize(0)), panel);
    if (givesCodes)
      emitGroup(e, op.getCodes(), address, group, pieces);
    if (op.getLargest())
      e.storeElement(e.foldLanes(largest, [&](Value a, Value c) { return e.larger(a, c); }),
                     e.at(address.lookup(op.getLargest()), group));
  });
}

void emitEpilogue(Emitter &e, kernel::GemmOp op, const Addresses &address, Value scratch,
                  Value begin, Value rows, Value panel) {
  auto finish = [&](int64_t columns) {
    emitColumns(e, op, address, scratch, begin, rows, panel, columns);
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

  MemRefType weightType = op.getWeight().getType();
  const bool quantized = bool(op.getInputScales()); // then the columns are filled up with zeros
  int64_t columns = inputType.getShape().back(), k = quantized ? weightType.getDimSize(1) : columns;
  int64_t panels = weightType.getDimSize(0),
          perPanel = kernel::bytesOf(weightType, weightType.getDimSize(1) * kernel::panelWidth);
  const int64_t allParts = panelParts(row, weightType.getElementType());
  int64_t aStride = kernel::stridesOf(inputType).leading;
  int64_t rowsPerUnit = kernel::elementsPerUnit(inputType) / columns;
  module.needScratch(
      std::max(row.maxRows, 2 * row.wideRows) * kernel::panelWidth * e.elementBytes(), 0);
  PanelStorage storage{weightType.getElementType(), Type(), int64_t(op.getGroup().value_or(0))};
  int64_t scalesPerPanel = 0;
  if (storage.group) {
    MemRefType scales = op.getScales().getType();
    storage.scale = scales.getElementType();
    scalesPerPanel = scales.getDimSize(1) * kernel::panelWidth;
    storage.aGroups = quantized ? columns / kernel::groupUnit : 0;
  }
  func::FuncOp tile, wideTile;
  if (row.library == KernelLibrary::onednn)
    module.needs |= TFC_NEEDS_ONEDNN;
  else
    tile = module.tile(row, aStride, kernel::panelWidth, kernel::panelWidth, true, e.loc, storage);
  if (row.wideRows && !storage.group && panels > 1)
    wideTile =
        module.tile(row, aStride, kernel::panelWidth, kernel::panelWidth, true, e.loc, storage, 2);

  Value m = e.mul(e.units(call, kernel::areaOf(inputType)), rowsPerUnit);
  // A block of A takes half of the second-level cache.
  Value blockTiles = e.div(e.loadI64(call, offsetof(tfc_call, cache_bytes)),
                           2 * kernel::bytesOf(inputType, columns) * row.maxRows);
  Value ahead = e.loadI64(call, offsetof(tfc_call, ahead_bytes));
  Value maxBlock = e.mul(e.max(blockTiles, e.i64(1)), row.maxRows);
  Value blocks = e.ceilDiv(m, maxBlock);
  e.when(e.less(e.i64(0), m), [&] {
    Value perBlock = e.ceilDiv(m, blocks);
    auto choose = [&](Value isWide, int64_t wide, int64_t narrow) {
      return isWide ? e.select(isWide, e.i64(wide), e.i64(narrow)) : e.i64(narrow);
    };
    // Of many rows, a share is two panels, but for the last of an odd number, and not where a
    // thread would have nothing to do meanwhile.
    Value takesTwo;
    if (wideTile) {
      Value threads = e.loadI64(call, offsetof(tfc_call, threads));
      auto mostPanels = [&](int64_t width) {
        Value shares = e.mul(blocks, llvm::divideCeil(panels, width));
        return e.mul(e.ceilDiv(shares, threads), width);
      };
      takesTwo = e.select(e.less(mostPanels(1), mostPanels(2)), e.less(m, e.i64(0)),
                          e.less(e.i64(2 * row.maxRows - 1), perBlock));
    }
    Value width = choose(takesTwo, 2, 1),
          groups = choose(takesTwo, llvm::divideCeil(panels, 2), panels);
    e.shares(call, e.mul(blocks, groups), [&](Value share, Value nextShare) {
      Value panel = e.mul(e.rem(share, groups), width),
            first = e.mul(e.div(share, groups), perBlock);
      Value count = e.min(perBlock, e.sub(m, first));
      Value packed = e.bytes(weights, e.mul(panel, perPanel));
      Value nextPanel = e.mul(e.rem(nextShare, groups), width);
      Value next = e.bytes(weights, e.mul(nextPanel, perPanel));
      Value isWide;
      if (wideTile)
        isWide = e.less(e.i64(1), e.min(width, e.sub(e.i64(panels), panel)));
      Value mostRows = choose(isWide, row.wideRows, row.maxRows);
      e.when(e.less(e.i64(0), count), [&] {
        Value tiles = e.ceilDiv(count, mostRows), size = e.div(count, tiles),
              larger = e.rem(count, tiles);
        // The tiles fetch the next panels as evenly as powers of two allow: faster than memory
        // gives lines, they would wait.
        Value parts = e.i64(1);
        for (int64_t fewer = 1; fewer < allParts; fewer *= 2)
          parts = e.select(e.less(e.mul(tiles, fewer), e.mul(width, allParts)), e.i64(2 * fewer),
                           parts);
        e.loop(e.i64(0), tiles, 1, [&](Value number) {
          Value begin = e.add(first, e.add(e.mul(number, size), e.min(number, larger)));
          Value rows = e.add(size, e.select(e.less(number, larger), e.i64(1), e.i64(0)));
          Value from = e.at(a, e.mul(begin, aStride), inputType.getElementType());
          if (!tile) {
            callOneDnn(e, call, rows, k, from, aStride, packed, scratch);
            return emitEpilogue(e, op, address, scratch, begin, rows, panel);
          }
          Value part = e.mul(number, parts);
          Value fetched = e.bytes(next, e.mul(part, perPanel / allParts));
          Value fetchedParts = e.select(e.less(part, e.mul(width, allParts)), parts, e.i64(0));
          SmallVector<Value> operands{from, packed,  scratch,      e.i64(k),
                                      rows, fetched, fetchedParts, ahead};
          if (storage.group)
            for (Value of : {panel, nextPanel})
              operands.push_back(
                  e.at(address.lookup(op.getScales()), e.mul(of, scalesPerPanel), storage.scale));
          if (quantized)
            for (Value beside : {op.getInputScales(), op.getInputSums()})
              operands.push_back(e.at(address.lookup(beside), e.mul(begin, storage.aGroups),
                                      getElementTypeOrSelf(beside)));
          auto compute = [&](func::FuncOp function) {
            func::CallOp::create(e.b, e.loc, function, operands);
          };
          if (!wideTile) {
            compute(tile);
            return emitEpilogue(e, op, address, scratch, begin, rows, panel);
          }
          e.when(isWide, [&] { compute(wideTile); }, [&] { compute(tile); });
          e.loop(e.i64(0), choose(isWide, 2, 1), 1, [&](Value behind) {
            Value sums = e.at(scratch, e.mul(behind, row.wideRows * kernel::panelWidth));
            emitEpilogue(e, op, address, sums, begin, rows, e.add(panel, behind));
          });
        });
      });
    });
  });
}

} // namespace tfc
