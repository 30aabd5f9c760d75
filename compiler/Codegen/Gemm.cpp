// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The product with packed weights.
//
// Panels of B are 32 columns wide and K long; A is not packed. Rows of A are taken in blocks that
// stay in the second-level cache, cut in balance into tiles of at most the row's maxRows: 13 rows
// are 7 + 6, not 12 + 1. Where the row has wideRows, blocks of many rows by panels of numbers are
// cut into wide tiles, of two panels each. Then panels that are stored as something else than what
// is computed with are unpacked once for a block, and a long K is taken in pieces, so that panels
// stay in the cache and rows need not. A tile's sums go to scratch, where one small loop applies
// the epilogue: its code is emitted once for each width, not once for each size of tile. Where it
// gives codes, a share has the panels of a group of them. Every sum runs over k upwards in blocks
// of fixed size, so neither batch nor threads change a bit.
//
// The first tile of a share needs its whole panel at once, faster than memory gives it. So the
// tiles of each share fetch the panel that this thread is likely to claim next.
//
// A row of oneDNN's differs in one thing: its tiles are larger, and oneDNN computes their sums.

#include "compiler/Codegen/KernelModule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"

#include "tfc/abi.h"

#include <cstddef>

using namespace mlir;

namespace tfc {

/// A piece of two panels: so many bytes at most, as numbers that are computed with.
static constexpr int64_t pieceBytes = 256 << 10;

/// Where there are several such pieces: wide tiles of a block at most.
static constexpr int64_t pieceTiles = 42;

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

namespace {

/// So many rows in so few tiles of at most `most`, cut in balance: the first `larger` have one
/// more.
struct Cut {
  Cut(Emitter &e, Value count, int64_t most)
      : e(e), tiles(e.ceilDiv(count, e.i64(most))), size(e.div(count, tiles)),
        larger(e.rem(count, tiles)) {}

  Value begin(Value number) { return e.add(e.mul(number, size), e.min(number, larger)); }
  Value rows(Value number) {
    return e.add(size, e.select(e.less(number, larger), e.i64(1), e.i64(0)));
  }

  Emitter &e;
  const Value tiles, size, larger;
};

/// Some rows by one panel or two, and what the thread probably computes next.
struct Share {
  Value first, count; ///< rows
  Value panel, nextPanel;
  Value width; ///< panels of most shares, and so of the next
};

/// The kernel of a product.
class Product {
public:
  Product(KernelModule &module, Emitter &e, kernel::GemmOp op, Value call, Value scratch,
          const Addresses &address);

  void emit();

private:
  void emitNarrow(const Share &share);
  void emitWide(const Share &share);
  void unpack(Value packed, Value steps);
  Value partsOfTile(Value tiles, Value all);

  Value panelAt(Value panel) { return e.bytes(weights, e.mul(panel, perPanel)); }
  Value rowsAt(Value begin) { return e.at(a, e.mul(begin, aStride), inputType.getElementType()); }
  /// Whether there are wide tiles.
  bool hasWide() const { return row.wideRows && !storage.group && panels > 1; }
  /// Whether they get panels as numbers that are computed with, and not as they are stored.
  bool unpacks() const { return storage.element != e.elementType(); }
  /// Sums of a tile, and those of one panel of a wide tile.
  int64_t narrowSums() const { return row.maxRows * kernel::panelWidth; }
  int64_t wideSums() const { return row.wideRows * kernel::panelWidth; }

  Emitter &e;
  kernel::GemmOp op;
  const KernelRow &row;
  const Addresses &address;
  const Value call, scratch, a, weights;
  const MemRefType inputType, weightType;
  const bool isQuantized; ///< then columns are filled up with zeros
  const int64_t k, panels, perPanel, aStride;
  const int64_t sumBlocks; ///< of k
  const int64_t together;  ///< panels of a share at least: those of an epilogue
  int64_t allParts, pieces, pieceSteps, scalesPerPanel = 0;
  PanelStorage storage;
  func::FuncOp tile, wideTile;
  Value ahead, unpacked;
};

Product::Product(KernelModule &module, Emitter &e, kernel::GemmOp op, Value call, Value scratch,
                 const Addresses &address)
    : e(e), op(op), row(e.row), address(address), call(call), scratch(scratch),
      a(address.lookup(op.getInput())), weights(address.lookup(op.getWeight())),
      inputType(op.getInput().getType()), weightType(op.getWeight().getType()),
      isQuantized(bool(op.getInputScales())),
      k(isQuantized ? weightType.getDimSize(1) : inputType.getShape().back()),
      panels(weightType.getDimSize(0)),
      perPanel(kernel::bytesOf(weightType, weightType.getDimSize(1) * kernel::panelWidth)),
      aStride(kernel::stridesOf(inputType).leading), sumBlocks(llvm::divideCeil(k, sumBlock)),
      together(panelsAtOnce(op)), allParts(panelParts(row, weightType.getElementType())) {
  storage.element = weightType.getElementType();
  storage.group = op.getGroup().value_or(0);
  if (storage.group) {
    MemRefType scales = op.getScales().getType();
    storage.scale = scales.getElementType();
    scalesPerPanel = scales.getDimSize(1) * kernel::panelWidth;
  }
  if (isQuantized) {
    MemRefType inputScales = op.getInputScales().getType();
    storage.aGroup = kernel::groupOf(inputType, inputScales);
    storage.aGroups = inputScales.getShape().back();
  }
  assert(together <= kernel::mostPanelsAtOnce && "a wide tile has so many");
  if (row.library == KernelLibrary::onednn)
    module.needs |= TFC_NEEDS_ONEDNN;
  else
    tile = module.tile(row, aStride, kernel::panelWidth, kernel::panelWidth, true, e.loc, storage);

  const int64_t mostSteps = pieceBytes / (2 * kernel::panelWidth * e.elementBytes());
  pieces = hasWide() ? llvm::divideCeil(k, mostSteps) : 1;
  pieceSteps = pieces == 1 ? k : llvm::divideCeil(sumBlocks, pieces) * sumBlock;
  int64_t sums = together * narrowSums(), numbers = 0;
  if (hasWide()) {
    PanelStorage wide;
    (unpacks() ? wide.fetched : wide.element) = storage.element;
    if (pieces > 1)
      wide.stride = unpacks() ? pieceSteps : k;
    wideTile =
        module.tile(row, aStride, kernel::panelWidth, kernel::panelWidth, true, e.loc, wide, 2);
    sums = std::max(sums, 2 * wideSums() * (pieces == 1 ? 1 : pieceTiles));
    numbers = unpacks() ? 2 * pieceSteps * kernel::panelWidth : 0;
  }
  module.needScratch((sums + numbers) * e.elementBytes(), 0);
  unpacked = e.at(scratch, e.i64(sums));
  ahead = e.loadI64(call, offsetof(tfc_call, ahead_bytes));
}

/// How many parts of what comes next each tile fetches, so that they fetch `all` as evenly as
/// powers of two allow: faster than memory gives lines, they would wait.
Value Product::partsOfTile(Value tiles, Value all) {
  Value parts = e.i64(1);
  for (int64_t fewer = 1; fewer < allParts; fewer *= 2)
    parts = e.select(e.less(e.mul(tiles, fewer), all), e.i64(2 * fewer), parts);
  return parts;
}

void Product::emitNarrow(const Share &share) {
  Cut cut(e, share.count, row.maxRows);
  // Of 13 rows 7 fetch, and 6 wait for what they need themselves.
  Value fetching = e.select(e.less(e.i64(row.maxRows / 2), cut.size), cut.tiles, e.i64(1));
  Value next = panelAt(share.nextPanel), all = e.mul(share.width, allParts),
        parts = partsOfTile(e.mul(fetching, together), all);
  e.loop(e.i64(0), cut.tiles, 1, [&](Value number) {
    Value begin = e.add(share.first, cut.begin(number)), rows = cut.rows(number),
          from = rowsAt(begin);
    auto emitTile = [&](Value panel, Value nextPanel, Value turn, Value sums) {
      if (!tile)
        return callOneDnn(e, call, rows, k, from, aStride, panelAt(panel), sums);
      Value part = e.mul(turn, parts), fetched = e.bytes(next, e.mul(part, perPanel / allParts)),
            fetchedParts = e.select(e.less(part, all), parts, e.i64(0));
      SmallVector<Value> operands{from, panelAt(panel), sums,         e.i64(k),
                                  rows, fetched,        fetchedParts, ahead};
      if (storage.group)
        for (Value of : {panel, nextPanel})
          operands.push_back(
              e.at(address.lookup(op.getScales()), e.mul(of, scalesPerPanel), storage.scale));
      if (isQuantized)
        for (Value beside : {op.getInputScales(), op.getInputSums()})
          operands.push_back(e.at(address.lookup(beside), e.mul(begin, storage.aGroups),
                                  getElementTypeOrSelf(beside)));
      func::CallOp::create(e.b, e.loc, tile, operands);
    };
    if (together == 1)
      emitTile(share.panel, share.nextPanel, number, scratch);
    else
      e.loop(e.i64(0), e.min(e.i64(together), e.sub(e.i64(panels), share.panel)), 1,
             [&](Value behind) {
               emitTile(e.add(share.panel, behind), e.add(share.nextPanel, behind),
                        e.add(e.mul(number, together), behind),
                        e.at(scratch, e.mul(behind, narrowSums())));
             });
    emitEpilogue(e, op, address, scratch, narrowSums(), begin, rows, share.panel);
  });
}

/// Puts `steps` of two panels into scratch, as numbers that are computed with.
void Product::unpack(Value packed, Value steps) {
  for (int64_t panel = 0; panel < 2; ++panel)
    e.loop(e.i64(0), e.mul(steps, kernel::panelWidth), kernel::panelWidth, [&](Value at) {
      Value from = e.at(e.bytes(packed, e.i64(panel * perPanel)), at, storage.element),
            to = e.at(unpacked, e.add(at, panel * pieceSteps * kernel::panelWidth));
      for (int64_t column = 0; column < kernel::panelWidth; column += row.lanes)
        e.store(e.loadStored(e.at(from, e.i64(column), storage.element), storage.element),
                e.at(to, column));
    });
}

/// Two panels, so many steps of k at a time that these and those that come next stay in the
/// second-level cache. Sums of all tiles wait in scratch in between.
void Product::emitWide(const Share &share) {
  Cut cut(e, share.count, row.wideRows);
  const int64_t perStep = perPanel / k;
  Value all = e.i64(2 * allParts), parts = partsOfTile(cut.tiles, all);
  e.loop(e.i64(0), e.i64(pieces), 1, [&](Value piece) {
    // Pieces are of equal length but for one block of sums.
    auto stepsBefore = [&](Value piece) {
      return e.mul(e.div(e.mul(piece, sumBlocks), pieces), sumBlock);
    };
    Value before = stepsBefore(piece), isLast = e.equal(piece, e.i64(pieces - 1)),
          steps = e.sub(e.min(e.i64(k), stepsBefore(e.add(piece, 1))), before),
          packed = e.bytes(panelAt(share.panel), e.mul(before, perStep)),
          soon = e.select(isLast, panelAt(share.nextPanel), e.bytes(packed, e.mul(steps, perStep)));
    if (unpacks()) {
      unpack(packed, steps);
      packed = unpacked;
    }
    e.loop(e.i64(0), cut.tiles, 1, [&](Value number) {
      Value begin = e.add(share.first, cut.begin(number)), rows = cut.rows(number);
      Value part = e.mul(number, parts);
      Value fetched =
          e.bytes(soon, e.add(e.mul(e.div(part, allParts), perPanel),
                              e.mul(e.rem(part, allParts), e.mul(steps, perStep / allParts))));
      Value fetchedParts = e.select(e.less(part, all), parts, e.i64(0));
      Value sums = pieces == 1 ? scratch : e.at(scratch, e.mul(number, 2 * wideSums()));
      const Value operands[] = {e.at(rowsAt(begin), before),
                                packed,
                                sums,
                                steps,
                                rows,
                                fetched,
                                fetchedParts,
                                ahead,
                                before};
      func::CallOp::create(e.b, e.loc, wideTile, operands);
      e.when(isLast, [&] {
        e.loop(e.i64(0), e.i64(2), together, [&](Value behind) {
          emitEpilogue(e, op, address, e.at(sums, e.mul(behind, wideSums())), wideSums(), begin,
                       rows, e.add(share.panel, behind));
        });
      });
    });
  });
}

void Product::emit() {
  const int64_t rowsPerUnit = kernel::elementsPerUnit(inputType) / inputType.getShape().back();
  Value m = e.mul(e.units(call, kernel::areaOf(inputType)), rowsPerUnit);
  // A block of A takes half of the second-level cache. Pieces of it are read front to back, which
  // needs no cache, and more rows read weights less often.
  Value blockTiles =
      e.div(e.loadI64(call, offsetof(tfc_call, cache_bytes)),
            2 * kernel::bytesOf(inputType, inputType.getShape().back()) * row.maxRows);
  Value blocks = e.ceilDiv(m, e.mul(e.max(blockTiles, e.i64(1)), row.maxRows));
  e.when(e.less(e.i64(0), m), [&] {
    Value width = e.i64(together), groups = e.i64(llvm::divideCeil(panels, together)),
          widest = e.i64(1);
    if (hasWide()) {
      // Of many rows, a share is two panels, but for the last of an odd number, and not where a
      // thread would have much more to do than others. To unpack takes as long as some tiles save.
      Value wideBlocks = pieces == 1 ? blocks : e.ceilDiv(m, e.i64(pieceTiles * row.wideRows)),
            wideGroups = e.i64(llvm::divideCeil(panels, 2)),
            threads = e.loadI64(call, offsetof(tfc_call, threads));
      auto mostWork = [&](Value blocks, Value groups, int64_t width) {
        Value mostPanels = e.mul(e.ceilDiv(e.mul(blocks, groups), threads), width);
        return e.mul(e.min(mostPanels, e.mul(blocks, panels)), e.ceilDiv(m, blocks));
      };
      const int64_t least = (unpacks() ? 4 : 2) * row.maxRows;
      Value isMuch = e.less(e.mul(mostWork(blocks, groups, together), 17),
                            e.mul(mostWork(wideBlocks, wideGroups, 2), 16));
      Value takesTwo =
          e.select(isMuch, e.less(m, e.i64(0)), e.less(e.i64(least - 1), e.ceilDiv(m, wideBlocks)));
      widest = e.select(takesTwo, e.i64(2), widest);
      width = e.max(width, widest);
      groups = e.select(takesTwo, wideGroups, groups);
      blocks = e.select(takesTwo, wideBlocks, blocks);
    }
    Value perBlock = e.ceilDiv(m, blocks);
    e.shares(call, e.mul(blocks, groups), [&](Value number, Value nextNumber) {
      Share share;
      share.first = e.mul(e.div(number, groups), perBlock);
      share.count = e.min(perBlock, e.sub(m, share.first));
      share.panel = e.mul(e.rem(number, groups), width);
      share.nextPanel = e.mul(e.rem(nextNumber, groups), width);
      share.width = width;
      e.when(e.less(e.i64(0), share.count), [&] {
        if (!hasWide())
          return emitNarrow(share);
        Value isWide = e.less(e.i64(1), e.min(widest, e.sub(e.i64(panels), share.panel)));
        e.when(isWide, [&] { emitWide(share); }, [&] { emitNarrow(share); });
      });
    });
  });
}

} // namespace

void emitGemm(KernelModule &module, Emitter &e, kernel::GemmOp op, Value call, Value scratch,
              const Addresses &address) {
  Product(module, e, op, call, scratch, address).emit();
}

} // namespace tfc
