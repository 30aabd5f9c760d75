// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels that need a whole vector at once: norms, softmax, pooling.

#include "compiler/Codegen/KernelModule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tfc {

/// Vectors that a share holds where a buffer is one flat list of them.
static constexpr int64_t vectorsPerShare = 8;

/// Runs `body` on each piece of a vector of `size` elements: the offset, and a mask for the last
/// one where it is not whole (null elsewhere). `running` are folded from piece to piece.
using PieceBody =
    llvm::function_ref<SmallVector<Value>(Value offset, Value mask, ValueRange running)>;
static SmallVector<Value> overVector(Emitter &e, Value size, ValueRange running, PieceBody body) {
  Value whole = e.sub(size, e.rem(size, e.lanes()));
  SmallVector<Value> folded =
      e.loop(e.i64(0), whole, e.lanes(), running,
             [&](Value at, ValueRange current) { return body(at, Value(), current); });
  // At most once; a fixed size that is a multiple of the lanes folds it away.
  return e.loop(whole, size, e.lanes(), folded, [&](Value at, ValueRange current) {
    return body(at, e.lanesBelow(e.sub(size, at)), current);
  });
}

static void storePiece(Emitter &e, Value vector, Value address, Value mask) {
  mask ? e.storeMasked(vector, address, mask) : e.store(vector, address);
}

/// Runs `body` with the address of each vector of the last dimension, of its result, its size, and
/// its number, which is null for those of pairs. A result is as long as its vector, or one number.
static void overVectors(Emitter &e, Value call, Value in, MemRefType inputType, Value out,
                        MemRefType outputType,
                        llvm::function_ref<void(Value x, Value y, Value size, Value number)> body) {
  bool keeps = inputType.getRank() == outputType.getRank();
  int64_t perShare = e.perShare(vectorsPerShare);
  int64_t last = inputType.getShape().back();
  if (!ShapedType::isDynamic(last) && kernel::areaOf(inputType) != kernel::Area::pair) {
    Value count =
        e.mul(e.units(call, kernel::areaOf(inputType)), kernel::elementsPerUnit(inputType) / last);
    e.shares(call, e.ceilDiv(count, perShare), [&](Value share, Value) {
      Value first = e.mul(share, perShare);
      e.loop(first, e.min(e.add(first, perShare), count), 1, [&](Value number) {
        body(e.at(in, e.mul(number, kernel::stridesOf(inputType).leading)),
             e.at(out, e.mul(number, keeps ? kernel::stridesOf(outputType).leading : 1)),
             e.i64(last), number);
      });
    });
    return;
  }
  // Vectors as long as the row, or as many as its square: row by row. These are no views.
  auto countFor = [&](Value length) {
    Value count = e.i64(1);
    for (int64_t dim : inputType.getShape().drop_back())
      count = e.mul(count, ShapedType::isDynamic(dim) ? length : e.i64(dim));
    return count;
  };
  Value parts = e.ceilDiv(countFor(e.longest(call)), perShare);
  e.shares(call, e.mul(e.units(call, kernel::Area::row), parts), [&](Value share, Value) {
    Value rowNumber = e.div(share, parts), begin = e.rowStart(call, rowNumber),
          length = e.sub(e.rowStart(call, e.add(rowNumber, 1)), begin);
    Value size = ShapedType::isDynamic(last) ? length : e.i64(last);
    Value x = e.rowPiece(call, in, inputType, rowNumber),
          y = e.rowPiece(call, out, outputType, rowNumber);
    Value first = e.mul(e.rem(share, parts), perShare);
    e.loop(first, e.min(e.add(first, perShare), countFor(length)), 1, [&](Value number) {
      body(e.at(x, e.mul(number, size)), e.at(y, keeps ? e.mul(number, size) : number), size,
           Value());
    });
  });
}

/// The codes of vector `number`, which was just stored at y, where a norm gives them.
template <typename Norm>
static void emitCodesOf(Emitter &e, Norm op, Value y, Value number, const Addresses &address) {
  if (op.getCodes().empty())
    return;
  const int64_t columns = op.getOutput().getType().getShape().back();
  auto scales = cast<MemRefType>(op.getCodes()[1].getType());
  Value group = e.mul(number, scales.getShape().back());
  emitGroups(e, op.getCodes(), address, y, group, columns);
}

void emitLayerNorm(Emitter &e, kernel::LayerNormOp op, Value call, const Addresses &address) {
  int64_t n = op.getInput().getType().getShape().back();
  Value gamma = address.lookup(op.getGamma()), beta = address.lookup(op.getBeta());
  Value in = address.lookup(op.getInput()), out = address.lookup(op.getOutput());
  overVectors(e, call, in, op.getInput().getType(), out, op.getOutput().getType(),
              [&](Value x, Value y, Value size, Value number) {
                auto sum = [&](llvm::function_ref<Value(Value piece, Value running)> fold) {
                  SmallVector<Value> total = overVector(
                      e, size, e.splat(0.0), [&](Value at, Value mask, ValueRange running) {
                        Value next = fold(e.load(e.at(x, at)), running[0]);
                        return SmallVector<Value>{mask ? e.select(mask, next, running[0]) : next};
                      });
                  return e.fmul(e.sumLanes(total[0]), e.number(1.0 / n));
                };
                Value mean = e.splat(
                    sum([&](Value piece, Value running) { return e.fadd(running, piece); }));
                Value variance = sum([&](Value piece, Value running) {
                  Value centred = e.fsub(piece, mean);
                  return e.fma(centred, centred, running);
                });
                Value deviation = e.sqrt(e.fadd(variance, e.number(op.getEps().convertToDouble())));
                Value inverse = e.splat(e.fdiv(e.number(1), deviation));
                overVector(e, size, ValueRange(), [&](Value at, Value mask, ValueRange) {
                  Value normal = e.fmul(e.fsub(e.load(e.at(x, at)), mean), inverse);
                  storePiece(e, e.fma(normal, e.load(e.at(gamma, at)), e.load(e.at(beta, at))),
                             e.at(y, at), mask);
                  return SmallVector<Value>();
                });
                emitCodesOf(e, op, y, number, address);
              });
}

void emitRmsNorm(Emitter &e, kernel::RmsNormOp op, Value call, const Addresses &address) {
  int64_t n = op.getInput().getType().getShape().back();
  Value gamma = address.lookup(op.getGamma());
  overVectors(e, call, address.lookup(op.getInput()), op.getInput().getType(),
              address.lookup(op.getOutput()), op.getOutput().getType(),
              [&](Value x, Value y, Value size, Value number) {
                Value squares = overVector(
                    e, size, e.splat(0.0), [&](Value at, Value mask, ValueRange running) {
                      Value piece = e.load(e.at(x, at)), next = e.fma(piece, piece, running[0]);
                      return SmallVector<Value>{mask ? e.select(mask, next, running[0]) : next};
                    })[0];
                Value mean = e.fmul(e.sumLanes(squares), e.number(1.0 / n));
                Value root = e.sqrt(e.fadd(mean, e.number(op.getEps().convertToDouble())));
                Value inverse = e.splat(e.fdiv(e.number(1), root));
                overVector(e, size, ValueRange(), [&](Value at, Value mask, ValueRange) {
                  Value normal = e.fmul(e.load(e.at(x, at)), inverse);
                  Value weight = e.load(e.at(gamma, at));
                  if (double offset = op.getOffset().convertToDouble())
                    weight = e.fadd(weight, e.splat(offset));
                  storePiece(e, e.fmul(normal, weight), e.at(y, at), mask);
                  return SmallVector<Value>();
                });
                emitCodesOf(e, op, y, number, address);
              });
}

/// One vector of softmax, log-sum-exp or normalisation.
static void emitReduction(Emitter &e, kernel::ReduceOp op, Value x, Value y, Value size) {
  auto fold = [&](Value start, llvm::function_ref<Value(Value piece, Value running)> combine) {
    return overVector(e, size, start, [&](Value at, Value mask, ValueRange running) {
      Value next = combine(e.load(e.at(x, at)), running[0]);
      return SmallVector<Value>{mask ? e.select(mask, next, running[0]) : next};
    })[0];
  };
  auto write = [&](llvm::function_ref<Value(Value piece)> element) {
    overVector(e, size, ValueRange(), [&](Value at, Value mask, ValueRange) {
      storePiece(e, element(e.load(e.at(x, at))), e.at(y, at), mask);
      return SmallVector<Value>();
    });
  };
  if (op.getKind() == kernel::Reduction::normalize) {
    Value squares = fold(e.splat(0.0),
                         [&](Value piece, Value running) { return e.fma(piece, piece, running); });
    Value length = e.fmax(e.sqrt(e.sumLanes(squares)), e.number(op.getEps().convertToDouble()));
    Value inverse = e.splat(e.fdiv(e.number(1), length));
    return write([&](Value piece) { return e.fmul(piece, inverse); });
  }
  // The smallest number stands for −∞: what a row of −∞ gives is then 0/0-free.
  Value lowest = e.splat(e.lowest());
  Value top =
      e.maxLanes(fold(lowest, [&](Value piece, Value running) { return e.fmax(running, piece); }));
  Value largest = e.splat(top);
  auto power = [&](Value piece) { return e.exp(e.fsub(piece, largest)); };
  Value sum = e.sumLanes(fold(
      e.splat(0.0), [&](Value piece, Value running) { return e.fadd(running, power(piece)); }));
  if (op.getKind() == kernel::Reduction::log_sum_exp)
    return e.storeElement(e.fadd(top, e.log(sum)), y);
  Value inverse = e.splat(e.fdiv(e.number(1), e.fmax(sum, e.number(1e-30))));
  write([&](Value piece) { return e.fmul(power(piece), inverse); });
}

void emitReduce(Emitter &e, kernel::ReduceOp op, Value call, const Addresses &address) {
  overVectors(e, call, address.lookup(op.getInput()), op.getInput().getType(),
              address.lookup(op.getOutput()), op.getOutput().getType(),
              [&](Value x, Value y, Value size, Value) { emitReduction(e, op, x, y, size); });
}

void emitPool(Emitter &e, kernel::PoolOp op, Value call, const Addresses &address) {
  MemRefType input = op.getInput().getType(), output = op.getOutput().getType();
  int64_t stride = kernel::stridesOf(input).leading;
  e.shares(call, e.units(call, kernel::Area::row), [&](Value rowNumber, Value) {
    Value begin = e.rowStart(call, rowNumber),
          length = e.sub(e.rowStart(call, e.add(rowNumber, 1)), begin);
    Value x = e.rowPiece(call, address.lookup(op.getInput()), input, rowNumber);
    Value y = e.rowPiece(call, address.lookup(op.getOutput()), output, rowNumber);
    Value count = e.toFloat(length), factor;
    if (op.getKind() == kernel::Pooling::mean)
      factor = e.splat(e.fdiv(e.number(1), count));
    else if (op.getKind() == kernel::Pooling::mean_sqrt)
      factor = e.splat(e.fdiv(e.number(1), e.sqrt(count)));
    overVector(
        e, e.i64(output.getShape().back()), ValueRange(), [&](Value at, Value mask, ValueRange) {
          Value column = e.at(x, at), result = e.load(column);
          if (op.getKind() == kernel::Pooling::last)
            result = e.load(e.at(column, e.mul(e.sub(length, e.i64(1)), stride)));
          else if (op.getKind() != kernel::Pooling::first)
            result = e.loop(e.i64(1), length, 1, result, [&](Value token, ValueRange running) {
              Value piece = e.load(e.at(column, e.mul(token, stride)));
              bool largest = op.getKind() == kernel::Pooling::max;
              return SmallVector<Value>{largest ? e.fmax(running[0], piece)
                                                : e.fadd(running[0], piece)};
            })[0];
          storePiece(e, factor ? e.fmul(result, factor) : result, e.at(y, at), mask);
          return SmallVector<Value>();
        });
  });
}

} // namespace tfc
