// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Target/NVPTX/WarpEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace tfc {

WarpEmitter::WarpEmitter(OpBuilder &builder, Location loc, const KernelRow &row)
    : Emitter(builder, loc, row) {
  auto wide = [&](Value number) -> Value {
    return arith::ExtUIOp::create(b, loc, b.getI64Type(), number);
  };
  Type i32 = b.getI32Type();
  thread = wide(NVVM::ThreadIdXOp::create(b, loc, i32));
  block = wide(NVVM::BlockIdXOp::create(b, loc, i32));
  blocks = wide(NVVM::GridDimXOp::create(b, loc, i32));
  lane = rem(thread, row.lanes);
  warp = div(thread, row.lanes);
}

void WarpEmitter::storeFirst(Value vector, Value address, int64_t count) {
  if (count >= lanes())
    return store(vector, address);
  storeMasked(vector, address, lanesBelow(i64(count)));
}

void WarpEmitter::storeMasked(Value vector, Value address, Value mask) {
  when(mask, [&] { store(vector, address); });
}

void WarpEmitter::strided(Value from, Value to, Value step, Body body) {
  auto loop = scf::ForOp::create(b, loc, from, to, step);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

void WarpEmitter::spread(Value from, Value to, Body body) {
  strided(add(from, lane), to, i64(lanes()), body);
}

void WarpEmitter::shares(Value, Value total, ShareBody body) {
  strided(add(mul(block, warps()), warp), total, mul(blocks, warps()),
          [&](Value share) { body(share, share); });
}

void WarpEmitter::blockShares(Value total, Body body) { strided(block, total, blocks, body); }

void WarpEmitter::syncBlock() { NVVM::Barrier0Op::create(b, loc); }

/// By halves, as in a register: every lane gets the bits of the first one, for `combine` commutes.
Value WarpEmitter::foldLanes(Value vector, llvm::function_ref<Value(Value, Value)> combine) {
  auto i32 = [&](int32_t value) -> Value {
    return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(value));
  };
  for (int64_t distance = lanes() / 2; distance > 0; distance /= 2) {
    Value other = NVVM::ShflOp::create(b, loc, vector.getType(), i32(-1), vector, i32(distance),
                                       i32(lanes() - 1), NVVM::ShflKind::bfly, UnitAttr());
    vector = combine(vector, other);
  }
  return vector;
}

} // namespace tfc
