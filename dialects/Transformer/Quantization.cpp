// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules and meaning of matrices in fewer bits.

#include "dialects/Transformer/Infer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tfc::transformer;

/// Whether codes and scales fit the matrix that they stand for, and each other.
static LogicalResult verifyCodes(Operation *op, RankedTensorType matrix, Value codes, Value scales,
                                 std::optional<uint64_t> group) {
  if (matrix.isDynamicDim(matrix.getRank() - 1) || tensor(codes).getShape() != matrix.getShape())
    return op->emitOpError() << "expects a fixed number of columns, and codes of the matrix's "
                                "shape, found "
                             << matrix << " and " << codes.getType();
  bool whole = tensor(codes).getElementType().isInteger();
  if (whole != bool(scales) || whole != group.has_value())
    return op->emitOpError() << "expects groups and scales for whole numbers, and only for them, "
                                "found codes of "
                             << tensor(codes).getElementType() << (scales ? " with" : " without")
                             << " scales" << (group ? " and with" : " and without") << " a group";
  if (!whole)
    return success();
  if (*group % groupUnit || *group > largestGroup)
    return op->emitOpError() << "expects groups of a multiple of " << groupUnit << " up to "
                             << largestGroup << ", found " << *group;
  SmallVector<int64_t> shape(matrix.getShape());
  shape.back() = llvm::divideCeil(shape.back(), *group);
  auto wanted = tensor(scales).clone(shape);
  if (scales.getType() != wanted)
    return op->emitOpError() << "expects scales of " << wanted << " for groups of " << *group
                             << " in " << matrix << ", found " << scales.getType();
  return success();
}

LogicalResult QuantizeOp::verify() {
  return verifyCodes(*this, tensor(getInput()), getCodes(), getScales(), getGroup());
}

LogicalResult DequantizeOp::verify() {
  return verifyCodes(*this, tensor(getResult()), getCodes(), getScales(), getGroup());
}

Value DequantizeOp::emitElement(ElementContext &context, ValueRange index) {
  OpBuilder &b = context.builder;
  Type type = tensor(getResult()).getElementType();
  auto widen = [&](Value number) -> Value {
    if (number.getType().isInteger())
      return arith::SIToFPOp::create(b, context.loc, type, number);
    return number.getType() == type ? number
                                    : Value(arith::ExtFOp::create(b, context.loc, type, number));
  };
  Value code = widen(context.load(0, index));
  if (!getScales())
    return code;
  SmallVector<Value> group(index);
  group.back() = arith::DivUIOp::create(b, context.loc, index.back(), context.index(*getGroup()));
  return arith::MulFOp::create(b, context.loc, code, widen(context.load(1, group)));
}

Value tfc::transformer::throughCodes(OpBuilder &builder, Value input, int64_t group) {
  auto type = tensor(input);
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = llvm::divideCeil(shape.back(), group);
  auto codes =
      QuantizeOp::create(builder, input.getLoc(), type.clone(builder.getI8Type()),
                         type.clone(shape), input, builder.getI64IntegerAttr(group), UnitAttr());
  return DequantizeOp::create(builder, input.getLoc(), type, codes.getCodes(), codes.getScales(),
                              codes.getGroupAttr());
}
