// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The product with packed weights, on a GPU.
//
// A block computes a tile of the output: each of its warps has maxRows rows, and all have the same
// `vectors` panels of 32 columns, a lane for each column. So a warp's registers are the register
// tile of a CPU's row, with lanes in the place of a vector's. `unroll` steps of k are brought into
// shared memory at once, A transposed, so that a warp's rows of one step are a few wide loads.
//
// Sums run over k upwards in blocks of fixed size, with the same operations as on a CPU that
// multiplies and adds in one rounding: their bits are the same, too.

#include "compiler/Target/NVPTX/DeviceKernels.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tfc {

namespace {

/// Elements that a thread loads or stores at once.
constexpr int64_t wide = 4;

class BlockGemm {
public:
  BlockGemm(WarpEmitter &e, kernel::GemmOp op, Value call, const Addresses &address,
            gpu::GPUModuleOp kernels);
  void emit();

private:
  using Sums = SmallVector<Value>;

  Value shared(StringRef name, int64_t elements, gpu::GPUModuleOp kernels);
  void setSources(Value firstRow, Value firstPanel);
  void fetch(Value k, Value steps);
  Sums multiply(Value step, ValueRange sums);
  Sums stage(Value from, Value steps, ValueRange sums);
  Sums product();
  void finish(ArrayRef<Value> sums, Value firstRow, Value firstPanel);
  Value loadWide(Value address);
  void storeWide(Value vector, Value address);

  WarpEmitter &e;
  const KernelRow &row;
  kernel::GemmOp op;
  Value call;
  const Addresses &address;
  const int64_t k, panels, aStride, tileRows, aRow; // aRow: elements of a step of A's tile
  Value m, aTile, bTile, sumTile;
  // Where this thread gets its pieces of the tiles from, and where it puts them.
  struct Piece {
    Value source, place, step; ///< step: of k, counted within the stage
  };
  SmallVector<Piece> aPieces, bPieces;
};

} // namespace

BlockGemm::BlockGemm(WarpEmitter &e, kernel::GemmOp op, Value call, const Addresses &address,
                     gpu::GPUModuleOp kernels)
    : e(e), row(e.row), op(op), call(call), address(address),
      k(op.getInput().getType().getShape().back()), panels(op.getWeight().getType().getDimSize(0)),
      aStride(kernel::stridesOf(op.getInput().getType()).leading),
      tileRows(e.warps() * row.maxRows), aRow(tileRows + wide) { // so that banks differ
  assert(row.lanes == kernel::panelWidth && row.maxRows % wide == 0);
  assert(tileRows * row.unroll % row.threads == 0);
  assert(row.vectors * row.unroll * kernel::panelWidth % (wide * row.threads) == 0);
  MemRefType input = op.getInput().getType();
  m = e.mul(e.units(call, kernel::areaOf(input)), kernel::elementsPerUnit(input) / k);
  aTile = shared("a", row.unroll * aRow, kernels);
  bTile = shared("b", row.vectors * row.unroll * kernel::panelWidth, kernels);
  sumTile = shared("sums", tileRows * row.vectors * kernel::panelWidth, kernels);
}

/// Kernels of one row share their memory: no two of them run in a block.
Value BlockGemm::shared(StringRef name, int64_t elements, gpu::GPUModuleOp kernels) {
  std::string symbol = (row.name + "_" + name).str();
  auto type = LLVM::LLVMArrayType::get(e.elementType(), elements);
  auto global = kernels.lookupSymbol<LLVM::GlobalOp>(symbol);
  if (!global) {
    auto builder = OpBuilder::atBlockBegin(kernels.getBody());
    global = LLVM::GlobalOp::create(builder, kernels.getLoc(), type, /*isConstant=*/false,
                                    LLVM::Linkage::Internal, symbol, Attribute(),
                                    wide * e.elementBytes(), /*addrSpace=*/3);
  }
  return LLVM::AddressOfOp::create(e.b, e.loc, global);
}

Value BlockGemm::loadWide(Value from) {
  auto type = VectorType::get({wide}, e.elementType());
  return LLVM::LoadOp::create(e.b, e.loc, type, from, wide * e.elementBytes());
}
void BlockGemm::storeWide(Value vector, Value to) {
  LLVM::StoreOp::create(e.b, e.loc, vector, to, wide * e.elementBytes());
}

/// Rows and panels that do not exist are read from the last one that does; nobody uses their sums.
void BlockGemm::setSources(Value firstRow, Value firstPanel) {
  Value a = address.lookup(op.getInput()), weights = address.lookup(op.getWeight());
  aPieces.clear();
  for (int64_t i = 0; i < tileRows * row.unroll; i += row.threads) {
    Value number = e.add(e.thread, i), r = e.div(number, row.unroll),
          step = e.rem(number, row.unroll);
    Value from = e.min(e.add(firstRow, r), e.sub(m, e.i64(1)));
    aPieces.push_back({e.at(a, e.add(e.mul(from, aStride), step)),
                       e.at(aTile, e.add(e.mul(step, aRow), r)), step});
  }
  bPieces.clear();
  int64_t perPanel = row.unroll * kernel::panelWidth / wide;
  for (int64_t i = 0; i < row.vectors * perPanel; i += row.threads) {
    Value number = e.add(e.thread, i), within = e.mul(e.rem(number, perPanel), wide);
    Value panel = e.min(e.add(firstPanel, e.div(number, perPanel)), e.i64(panels - 1));
    bPieces.push_back({e.at(weights, e.add(e.mul(panel, k * kernel::panelWidth), within)),
                       e.at(bTile, e.mul(number, wide)), e.div(within, kernel::panelWidth)});
  }
}

/// Brings the steps from `from` on into shared memory: all of a stage, or `steps` where they are
/// fewer.
void BlockGemm::fetch(Value from, Value steps) {
  auto where = [&](const Piece &piece, llvm::function_ref<void()> copy) {
    steps ? e.when(e.less(piece.step, steps), copy) : copy();
  };
  e.syncBlock(); // the tiles' last users are done
  for (const Piece &piece : aPieces)
    where(piece, [&] { e.storeElement(e.loadElement(e.at(piece.source, from)), piece.place); });
  for (const Piece &piece : bPieces)
    where(piece, [&] {
      storeWide(loadWide(e.at(piece.source, e.mul(from, kernel::panelWidth))), piece.place);
    });
  e.syncBlock();
}

/// One step of k for all sums of this thread.
BlockGemm::Sums BlockGemm::multiply(Value step, ValueRange sums) {
  Value a = e.at(aTile, e.add(e.mul(step, aRow), e.mul(e.warp, row.maxRows)));
  Sums next(sums), columns, rows;
  for (int64_t v = 0; v < row.vectors; ++v)
    columns.push_back(e.load(e.at(bTile, e.mul(e.add(step, v * row.unroll), kernel::panelWidth))));
  for (int64_t r = 0; r < row.maxRows; r += wide) {
    Value some = loadWide(e.at(a, r));
    for (int64_t i = 0; i < wide; ++i)
      rows.push_back(vector::ExtractOp::create(e.b, e.loc, some, i));
  }
  for (int64_t r = 0; r < row.maxRows; ++r)
    for (int64_t v = 0; v < row.vectors; ++v) {
      Value &sum = next[r * row.vectors + v];
      sum = e.fma(rows[r], columns[v], sum);
    }
  return next;
}

BlockGemm::Sums BlockGemm::stage(Value from, Value steps, ValueRange sums) {
  fetch(from, steps);
  if (steps)
    return e.loop(e.i64(0), steps, 1, sums,
                  [&](Value step, ValueRange current) { return multiply(step, current); });
  Sums next(sums);
  for (int64_t step = 0; step < row.unroll; ++step)
    next = multiply(e.i64(step), next);
  return next;
}

/// All of this thread's sums.
BlockGemm::Sums BlockGemm::product() {
  Sums zeros(row.maxRows * row.vectors, e.splat(0.0));
  return e.loop(e.i64(0), e.i64(k), sumBlock, zeros, [&](Value begin, ValueRange totals) {
    Value end = e.min(e.i64(k), e.add(begin, sumBlock));
    Value whole = e.sub(end, e.rem(e.sub(end, begin), row.unroll));
    Sums sums = e.loop(begin, whole, row.unroll, zeros, [&](Value from, ValueRange current) {
      return stage(from, Value(), current);
    });
    if (k % row.unroll) // once at most
      sums = e.loop(whole, end, row.unroll, sums, [&](Value from, ValueRange current) {
        return stage(from, e.sub(end, from), current);
      });
    for (auto [sum, total] : llvm::zip_equal(sums, totals))
      sum = e.fadd(total, sum);
    return sums;
  });
}

/// The sums go through shared memory, where each thread finds its own again: so the epilogue is
/// there once and not once for each of them.
void BlockGemm::finish(ArrayRef<Value> sums, Value firstRow, Value firstPanel) {
  int64_t perPanel = row.maxRows * kernel::panelWidth;
  Value own = e.at(sumTile, e.mul(e.warp, row.vectors * perPanel));
  for (int64_t v = 0; v < row.vectors; ++v)
    for (int64_t r = 0; r < row.maxRows; ++r)
      e.store(sums[r * row.vectors + v], e.at(own, v * perPanel + r * kernel::panelWidth));
  Value begin = e.add(firstRow, e.mul(e.warp, row.maxRows));
  Value rows = e.min(e.i64(row.maxRows), e.sub(m, begin)); // may be negative
  Value count = e.min(e.i64(row.vectors), e.sub(e.i64(panels), firstPanel));
  e.loop(e.i64(0), count, 1, [&](Value v) {
    emitEpilogue(e, op, address, e.at(own, e.mul(v, perPanel)), perPanel, begin, rows,
                 e.add(firstPanel, v));
  });
}

void BlockGemm::emit() {
  int64_t groups = llvm::divideCeil(panels, row.vectors);
  e.blockShares(e.mul(e.ceilDiv(m, tileRows), groups), [&](Value share) {
    Value firstRow = e.mul(e.div(share, groups), tileRows),
          firstPanel = e.mul(e.rem(share, groups), row.vectors);
    setSources(firstRow, firstPanel);
    finish(product(), firstRow, firstPanel);
  });
}

void emitDeviceGemm(WarpEmitter &e, kernel::GemmOp op, Value call, const Addresses &address,
                    gpu::GPUModuleOp kernels) {
  BlockGemm(e, op, call, address, kernels).emit();
}

} // namespace tfc
