// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules and meaning of embeddings and positions.

#include "dialects/Transformer/Infer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tfc::transformer;

LogicalResult EmbeddingOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectRank(loc, "ids", adaptor.getIds(), 1)) ||
      failed(expectMatrix(loc, "table", adaptor.getTable())))
    return failure();
  auto table = tensor(adaptor.getTable());
  types.push_back(RankedTensorType::get(
      {tensor(adaptor.getIds()).getDimSize(0), table.getDimSize(1)}, table.getElementType()));
  return success();
}

Value EmbeddingOp::emitElement(ElementContext &context, ValueRange index) {
  Value id = context.load(0, index[0]);
  Value row =
      arith::IndexCastOp::create(context.builder, context.loc, context.builder.getIndexType(), id);
  return context.load(1, {row, index[1]});
}

LogicalResult PositionsOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectRank(loc, "like", adaptor.getLike(), 1)) ||
      failed(expectMatrix(loc, "table", adaptor.getTable())))
    return failure();
  auto table = tensor(adaptor.getTable());
  if (table.isDynamicDim(0))
    return emitOptionalError(loc, "expects a table with a fixed number of rows, found ", table);
  // The parser infers before it fills in defaults.
  IntegerAttr attribute = adaptor.getFirstAttr();
  int64_t first = attribute ? attribute.getInt() : 0;
  if (first >= table.getDimSize(0))
    return emitOptionalError(loc, "expects first below the table's ", table.getDimSize(0),
                             " rows, found ", first);
  types.push_back(RankedTensorType::get(
      {tensor(adaptor.getLike()).getDimSize(0), table.getDimSize(1)}, table.getElementType()));
  return success();
}

Value PositionsOp::emitElement(ElementContext &context, ValueRange index) {
  Value row = context.position(index[0]);
  if (getFirst())
    row = arith::AddIOp::create(context.builder, context.loc, row, context.index(getFirst()));
  return context.load(1, {row, index[1]});
}

LogicalResult RotaryOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectMatrix(loc, "table", adaptor.getTable())) ||
      failed(expectMatrix(loc, "input", adaptor.getInput())))
    return failure();
  auto input = tensor(adaptor.getInput()), table = tensor(adaptor.getTable());
  int64_t heads = adaptor.getHeads(), width = input.getDimSize(1), turned = table.getDimSize(1);
  if (heads <= 0 || ShapedType::isDynamic(width) || width % heads)
    return emitOptionalError(loc, "expects columns that divide into ", heads, " heads, found ",
                             input);
  if (table.getNumDynamicDims() || turned % 2 || turned > width / heads)
    return emitOptionalError(loc, "expects a table of [positions, an even number up to ",
                             width / heads, "], found ", table);
  types.push_back(input);
  return success();
}

Value RotaryOp::emitElement(ElementContext &context, ValueRange index) {
  OpBuilder &b = context.builder;
  Location loc = context.loc;
  int64_t dim = tensor(getInput()).getDimSize(1) / int64_t(getHeads());
  int64_t turned = tensor(getTable()).getDimSize(1), half = turned / 2;
  Value x = context.load(0, index), row = context.position(index[0]);
  Value column = arith::RemUIOp::create(b, loc, index[1], context.index(dim));
  auto below = [&](int64_t bound) -> Value {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, column, context.index(bound));
  };
  auto rotate = [&]() -> Value {
    Value first = below(half);
    auto pick = [&](Value a, Value c) -> Value {
      return arith::SelectOp::create(b, loc, first, a, c);
    };
    Value shift = context.index(half);
    Value partner = pick(arith::AddIOp::create(b, loc, index[1], shift),
                         arith::SubIOp::create(b, loc, index[1], shift));
    Value pair = pick(column, arith::SubIOp::create(b, loc, column, shift));
    Value cos = context.load(1, {row, pair});
    Value sin = context.load(1, {row, arith::AddIOp::create(b, loc, pair, shift)});
    Value other = context.load(0, {index[0], partner});
    other = pick(arith::NegFOp::create(b, loc, other), other);
    return arith::AddFOp::create(b, loc, arith::MulFOp::create(b, loc, x, cos),
                                 arith::MulFOp::create(b, loc, other, sin));
  };
  if (turned == dim)
    return rotate();
  auto choice = scf::IfOp::create(b, loc, x.getType(), below(turned), /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.thenBlock());
  scf::YieldOp::create(b, loc, rotate());
  b.setInsertionPointToStart(choice.elseBlock());
  scf::YieldOp::create(b, loc, x);
  return choice.getResult(0);
}
