// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A loop nest around what one element is.

#include "compiler/Codegen/KernelModule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace tfc {

/// Leading elements of a row that a share holds.
static constexpr int64_t leadingPerShare = 32;

void emitMap(Emitter &e, kernel::MapOp op, Value call, const Addresses &address) {
  MemRefType type = op.getOutput().getType();
  bool split = type.getRank() > 0 && type.isDynamicDim(0);
  int64_t perShare = e.perShare(leadingPerShare);
  Value parts = split ? e.ceilDiv(e.longest(call), perShare) : e.i64(1);
  e.shares(call, e.mul(e.units(call, kernel::Area::row), parts), [&](Value share, Value) {
    Value rowNumber = e.div(share, parts);
    Value begin = e.rowStart(call, rowNumber),
          length = e.sub(e.rowStart(call, e.add(rowNumber, 1)), begin);
    Value past; // asked for by few
    op.getBody().walk([&](kernel::PastOp) {
      if (!past)
        past = e.rowPast(call, rowNumber);
    });
    auto sizeOf = [&](int64_t size) { return ShapedType::isDynamic(size) ? length : e.i64(size); };

    // The distance of two neighbours along each dimension, and where this row's piece begins.
    struct Piece {
      Value start;
      SmallVector<Value> strides;
    };
    DenseMap<Value, Piece> pieces;
    for (Value buffer : KernelModule::buffersOf(op)) { // in an order that is the same each time
      auto memref = cast<MemRefType>(buffer.getType());
      Piece &piece = pieces[buffer];
      piece.start = e.rowPiece(call, address.lookup(buffer), memref, rowNumber);
      piece.strides.assign(memref.getRank(), e.i64(1));
      for (int64_t dim = memref.getRank() - 2; dim >= 0; --dim)
        piece.strides[dim] = e.mul(piece.strides[dim + 1], sizeOf(memref.getDimSize(dim + 1)));
      if (!memref.getLayout().isIdentity())
        piece.strides[0] = e.i64(kernel::stridesOf(memref).leading);
    }
    auto offset = [&](const Piece &piece, ValueRange index) {
      Value offset = e.i64(0);
      for (auto [at, stride] : llvm::zip_equal(index, piece.strides))
        offset = e.add(offset, e.mul(at, stride));
      return offset;
    };
    auto element = [&](Value buffer, ValueRange index) {
      const Piece &piece = pieces.at(buffer);
      return e.at(piece.start, offset(piece, index),
                  cast<MemRefType>(buffer.getType()).getElementType());
    };

    auto loadElement = [&](Value buffer, ValueRange index) -> Value {
      Type type = cast<MemRefType>(buffer.getType()).getElementType();
      if (!type.isInteger(4))
        return LLVM::LoadOp::create(e.b, e.loc, type, element(buffer, index),
                                    type.getIntOrFloatBitWidth() / 8);
      // Two of them are a byte.
      Type byte = e.b.getI8Type();
      const Piece &piece = pieces.at(buffer);
      Value number = offset(piece, index);
      Value pair =
          LLVM::LoadOp::create(e.b, e.loc, byte, e.bytes(piece.start, e.div(number, 2)), 1);
      Value shift = arith::TruncIOp::create(e.b, e.loc, byte, e.mul(e.rem(number, 2), 4));
      pair = arith::ShRUIOp::create(e.b, e.loc, pair, shift);
      return arith::TruncIOp::create(e.b, e.loc, type, pair);
    };

    Block &body = op.getBody().front();
    SmallVector<Value> index;
    std::function<void(int64_t)> nest = [&](int64_t dim) {
      if (dim < type.getRank()) {
        Value from = e.i64(0), to = sizeOf(type.getDimSize(dim));
        if (dim == 0 && split) {
          from = e.mul(e.rem(share, parts), perShare);
          to = e.min(to, e.add(from, perShare));
        }
        auto inner = [&](Value at) {
          index.push_back(at);
          nest(dim + 1);
          index.pop_back();
        };
        return dim + 1 < type.getRank() ? e.loop(from, to, 1, inner) : e.spread(from, to, inner);
      }
      IRMapping mapping;
      for (auto [argument, at] : llvm::zip_equal(body.getArguments(), index))
        mapping.map(argument, e.toIndex(at));
      SmallVector<Operation *> copies;
      for (Operation &inner : body.without_terminator())
        copies.push_back(e.b.clone(inner, mapping));
      Value result =
          mapping.lookupOrDefault(cast<kernel::YieldOp>(body.getTerminator()).getValue());
      e.storeElement(result, element(op.getOutput(), index));
      // What the copies read is now an address.
      for (Operation *copy : copies)
        copy->walk([&](Operation *inner) {
          OpBuilder::InsertionGuard guard(e.b);
          e.b.setInsertionPoint(inner);
          if (auto load = dyn_cast<kernel::LoadOp>(inner)) {
            SmallVector<Value> at;
            for (Value number : load.getIndex())
              at.push_back(e.fromIndex(number));
            load.replaceAllUsesWith(loadElement(load.getBuffer(), at));
            load.erase();
          } else if (auto asked = dyn_cast<kernel::LengthOp>(inner)) {
            asked.replaceAllUsesWith(e.toIndex(length));
            asked.erase();
          } else if (auto asked = dyn_cast<kernel::PastOp>(inner)) {
            asked.replaceAllUsesWith(e.toIndex(past));
            asked.erase();
          }
        });
    };
    nest(0);
  });
}

} // namespace tfc
