// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Codes of what is computed: of a step of its own, or of the share that computes the numbers.

#include "compiler/Codegen/KernelModule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tfc {

/// Groups that a share quantises.
static constexpr int64_t groupsPerShare = 64;

int64_t groupOf(ValueRange buffers) {
  return kernel::groupOf(cast<MemRefType>(buffers[0].getType()),
                         cast<MemRefType>(buffers[1].getType()));
}

void emitGroup(Emitter &e, ValueRange buffers, const Addresses &address, Value number,
               ArrayRef<Value> pieces) {
  Type word = e.b.getIntegerType(8 * e.elementBytes()), byte = e.b.getI8Type();
  Value zero = e.splat(Value(arith::ConstantOp::create(e.b, e.loc, e.b.getIntegerAttr(word, 0))));
  auto fold = [&](vector::CombiningKind kind, Value numbers) -> Value {
    return vector::ReductionOp::create(e.b, e.loc, kind, numbers);
  };
  const int64_t group = groupOf(buffers);
  Value codes = e.bytes(address.lookup(buffers[0]), e.mul(number, group));
  Value scale = e.at(address.lookup(buffers[1]), number);
  Value sum = e.at(address.lookup(buffers[2]), number, e.b.getI32Type());
  Value largest = zero;
  for (Value piece : pieces)
    largest = e.max(largest, e.magnitude(piece));
  auto [factor, inverse] = e.codeScale(fold(vector::CombiningKind::MAXSI, largest));
  e.storeElement(factor, scale);
  Value total = zero, by = e.splat(inverse);
  for (int64_t at = 0; at < group; at += e.lanes()) {
    Value code = zero;
    if (size_t piece = at / e.lanes(); piece < pieces.size()) {
      code = e.nearest(e.fmul(pieces[piece], by));
      total = e.add(total, code);
    }
    code = arith::TruncIOp::create(e.b, e.loc, e.vectorOf(byte), code);
    LLVM::StoreOp::create(e.b, e.loc, code, e.bytes(codes, e.i64(at)), 1);
  }
  total = fold(vector::CombiningKind::ADD, total);
  if (e.elementType().isF64())
    total = arith::TruncIOp::create(e.b, e.loc, e.b.getI32Type(), total);
  auto lowest = e.b.getI32IntegerAttr(-int32_t(kernel::codeOfZero(byte)));
  e.storeElement(e.mul(total, arith::ConstantOp::create(e.b, e.loc, lowest)), sum);
}

/// The same of `size` numbers in memory.
static void emitStoredGroup(Emitter &e, ValueRange buffers, const Addresses &address, Value number,
                            Value x, int64_t size) {
  SmallVector<Value> pieces;
  for (int64_t at = 0; at < size; at += e.lanes()) {
    Value piece = e.load(e.at(x, at));
    if (size - at < e.lanes())
      piece = e.select(e.lanesBelow(e.i64(size - at)), piece, e.splat(0.0));
    pieces.push_back(piece);
  }
  emitGroup(e, buffers, address, number, pieces);
}

void emitGroups(Emitter &e, ValueRange buffers, const Addresses &address, Value x, Value first,
                int64_t columns) {
  const int64_t size = groupOf(buffers), whole = columns / size, rest = columns % size;
  e.loop(e.i64(0), e.i64(whole), 1, [&](Value group) {
    emitStoredGroup(e, buffers, address, e.add(first, group), e.at(x, e.mul(group, size)), size);
  });
  if (rest)
    emitStoredGroup(e, buffers, address, e.add(first, whole), e.at(x, whole * size), rest);
}

void emitQuantize(Emitter &e, kernel::QuantizeOp op, Value call, const Addresses &address) {
  MemRefType input = op.getInput().getType();
  const Value buffers[] = {op.getOutput(), op.getScales(), op.getSums()};
  const int64_t columns = input.getShape().back(), size = groupOf(buffers),
                groups = llvm::divideCeil(columns, size), rest = columns % size;
  Value vectors =
      e.mul(e.units(call, kernel::areaOf(input)), kernel::elementsPerUnit(input) / columns);
  Value all = e.mul(vectors, groups);
  e.shares(call, e.ceilDiv(all, groupsPerShare), [&](Value share, Value) {
    Value first = e.mul(share, groupsPerShare);
    e.loop(first, e.min(e.add(first, groupsPerShare), all), 1, [&](Value number) {
      Value vector = e.div(number, groups), group = e.rem(number, groups);
      Value x = e.at(address.lookup(op.getInput()),
                     e.add(e.mul(vector, kernel::stridesOf(input).leading), e.mul(group, size)));
      auto emit = [&](int64_t count) { emitStoredGroup(e, buffers, address, number, x, count); };
      if (!rest)
        return emit(size);
      e.when(e.equal(group, e.i64(groups - 1)), [&] { emit(rest); }, [&] { emit(size); });
    });
  });
}

} // namespace tfc
