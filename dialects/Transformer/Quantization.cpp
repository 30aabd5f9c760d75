// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules and meaning of weights in fewer bits.

#include "dialects/Transformer/Infer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tfc::transformer;

/// Whether codes and scales fit the matrix that they stand for, and each other.
static LogicalResult verifyCodes(Operation *op, RankedTensorType matrix, Value codes, Value scales,
                                 std::optional<uint64_t> group) {
  if (!matrix.hasStaticShape() || tensor(codes).getShape() != matrix.getShape())
    return op->emitOpError() << "expects codes of the matrix's fixed shape, found " << matrix
                             << " and " << codes.getType();
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
  const int64_t shape[] = {matrix.getDimSize(0),
                           int64_t(llvm::divideCeil(matrix.getDimSize(1), *group))};
  if (tensor(scales).getShape() != ArrayRef(shape))
    return op->emitOpError() << "expects scales of [" << shape[0] << ", " << shape[1]
                             << "] for groups of " << *group << " in " << matrix << ", found "
                             << scales.getType();
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
  Value group = arith::DivUIOp::create(b, context.loc, index[1], context.index(*getGroup()));
  return arith::MulFOp::create(b, context.loc, code, widen(context.load(1, {index[0], group})));
}
