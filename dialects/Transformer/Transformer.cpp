// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dialect itself: what is registered, and what its attributes may stand on.

#include "dialects/Transformer/Transformer.h"

#include "dialects/Doubles.h"
#include "dialects/Transformer/Infer.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tfc::transformer;

#include "dialects/Transformer/TransformerDialect.cpp.inc"
#include "dialects/Transformer/TransformerEnums.cpp.inc"
#include "dialects/Transformer/TransformerInterfaces.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Transformer/TransformerAttributes.cpp.inc"

void TransformerDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Transformer/TransformerAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Transformer/Transformer.cpp.inc"
      >();
}

static LogicalResult verifyValueAttribute(Operation *op, NamedAttribute attribute) {
  if (attribute.getName() == nameAttr || attribute.getName() == formulaAttr) {
    auto text = dyn_cast<StringAttr>(attribute.getValue());
    if (!text || text.empty())
      return op->emitOpError() << attribute.getName().getValue()
                               << " expects a non-empty string, found " << attribute.getValue();
    return success();
  }
  if (attribute.getName() == optionalAttr || attribute.getName() == sourceKeysAttr) {
    if (!isa<UnitAttr>(attribute.getValue()))
      return op->emitOpError() << attribute.getName().getValue() << " expects no value, found "
                               << attribute.getValue();
    return success();
  }
  return op->emitOpError() << "has the unknown attribute " << attribute.getName()
                           << "; arguments and results know " << nameAttr << ", " << optionalAttr
                           << ", " << sourceKeysAttr << " and " << formulaAttr;
}

LogicalResult TransformerDialect::verifyRegionArgAttribute(Operation *op, unsigned, unsigned,
                                                           NamedAttribute attribute) {
  return verifyValueAttribute(op, attribute);
}

LogicalResult TransformerDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned,
                                                              NamedAttribute attribute) {
  return verifyValueAttribute(op, attribute);
}

Value ElementContext::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value ElementContext::number(double value, Type type) {
  return arith::ConstantOp::create(builder, loc, builder.getFloatAttr(type, value));
}

Value ElementContext::size(RankedTensorType type, unsigned dim) {
  return type.isDynamicDim(dim) ? length() : index(type.getDimSize(dim));
}

Value ElementContext::position(Value index) {
  return arith::AddIOp::create(builder, loc, past(), index);
}

#define GET_OP_CLASSES
#include "dialects/Transformer/Transformer.cpp.inc"
