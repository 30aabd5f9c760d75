// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What becomes of a product's sums: bias, activation, whatever else the epilogue says, and beside
// it codes and the largest of each panel.

#include "compiler/Codegen/KernelModule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

#include "tfc/abi.h"

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

int64_t panelsAtOnce(kernel::GemmOp op) {
  static_assert(kernel::groupUnit % kernel::panelWidth == 0);
  return op.getCodes().empty() ? 1 : groupOf(op.getCodes()) / kernel::panelWidth;
}

/// The epilogue of `columns` columns, from those of `panel` on.
static void emitColumns(Emitter &e, kernel::GemmOp op, const Addresses &address, Value scratch,
                        int64_t perPanel, Value begin, Value rows, Value panel, int64_t columns) {
  Value column = e.mul(panel, kernel::panelWidth);
  const bool givesCodes = !op.getCodes().empty();
  int64_t outStride = kernel::stridesOf(op.getOutput().getType()).leading;
  e.loop(e.i64(0), rows, 1, [&](Value r) {
    Value number = e.add(begin, r), sums = e.mul(r, kernel::panelWidth);
    Value outRow = e.at(address.lookup(op.getOutput()), e.add(e.mul(number, outStride), column));
    SmallVector<Value> pieces, largest;
    Value least;
    if (op.getLargest())
      least = e.splat(-std::numeric_limits<double>::infinity());
    for (int64_t v = 0; v < columns; v += e.lanes()) {
      const int64_t panelsBefore = v / kernel::panelWidth, within = v % kernel::panelWidth;
      SmallVector<Value> arguments{
          e.load(e.at(scratch, e.add(sums, panelsBefore * perPanel + within)))};
      for (Value extra : op.getExtras()) {
        auto type = cast<MemRefType>(extra.getType());
        Value place = e.add(column, v);
        if (kernel::areaOf(type) != kernel::Area::weight)
          place = e.add(place, e.mul(number, kernel::stridesOf(type).leading));
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
        if (within == 0)
          largest.push_back(least);
        largest.back() = e.larger(piece, largest.back());
      }
    }
    if (givesCodes) {
      auto scales = cast<MemRefType>(op.getCodes()[1].getType());
      Value group = e.add(e.mul(number, scales.getShape().back()), e.div(panel, panelsAtOnce(op)));
      emitGroup(e, op.getCodes(), address, group, pieces);
    }
    static_assert(kernel::panelWidth == TFC_LARGEST_OF);
    for (auto [behind, lanes] : llvm::enumerate(largest)) {
      Value at = e.add(e.mul(number, op.getWeight().getType().getDimSize(0)), panel);
      e.storeElement(e.foldLanes(lanes, [&](Value a, Value c) { return e.larger(a, c); }),
                     e.at(address.lookup(op.getLargest()), e.add(at, int64_t(behind))));
    }
  });
}

void emitEpilogue(Emitter &e, kernel::GemmOp op, const Addresses &address, Value scratch,
                  int64_t perPanel, Value begin, Value rows, Value panel) {
  auto finish = [&](int64_t columns) {
    emitColumns(e, op, address, scratch, perPanel, begin, rows, panel, columns);
  };
  const int64_t all = op.getOutput().getType().getShape().back(),
                whole = panelsAtOnce(op) * kernel::panelWidth, rest = all % whole;
  if (!rest)
    return finish(whole);
  e.when(
      e.equal(panel, e.i64((all - rest) / kernel::panelWidth)), [&] { finish(rest); },
      [&] { finish(whole); });
}

} // namespace tfc
