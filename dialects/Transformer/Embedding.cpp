// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules and meaning of embeddings and positions.

#include "dialects/Transformer/Infer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

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
  Value row = index[0];
  if (getFirst())
    row = arith::AddIOp::create(context.builder, context.loc, row, context.index(getFirst()));
  return context.load(1, {row, index[1]});
}
