// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the rules for result types share. They run before ODS has looked at ranks, so they look
// themselves.

#ifndef TFC_DIALECTS_TRANSFORMER_INFER_H
#define TFC_DIALECTS_TRANSFORMER_INFER_H

#include "dialects/Transformer/Transformer.h"

namespace tfc::transformer {

/// The type of an operand; expectTensors has looked at it.
inline mlir::RankedTensorType tensor(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType());
}

/// All operands are ranked tensors.
inline mlir::LogicalResult expectTensors(std::optional<mlir::Location> loc,
                                         mlir::ValueRange operands) {
  for (auto [number, type] : llvm::enumerate(operands.getTypes()))
    if (!mlir::isa<mlir::RankedTensorType>(type))
      return mlir::emitOptionalError(loc, "expects operand #", number,
                                     " to be a ranked tensor, found ", type);
  return mlir::success();
}

/// `value` is a vector of `size` elements, or absent.
inline mlir::LogicalResult expectVector(std::optional<mlir::Location> loc, llvm::StringRef name,
                                        mlir::Value value, int64_t size) {
  if (!value || (tensor(value).getRank() == 1 && tensor(value).getDimSize(0) == size))
    return mlir::success();
  return mlir::emitOptionalError(loc, "expects ", name, " of size ", size, ", found ",
                                 value.getType());
}

inline mlir::LogicalResult expectMatrix(std::optional<mlir::Location> loc, llvm::StringRef name,
                                        mlir::Value value) {
  if (tensor(value).getRank() == 2)
    return mlir::success();
  return mlir::emitOptionalError(loc, "expects ", name, " of 2 dimensions, found ",
                                 value.getType());
}

inline mlir::LogicalResult expectRank(std::optional<mlir::Location> loc, llvm::StringRef name,
                                      mlir::Value value, int64_t atLeast) {
  if (tensor(value).getRank() >= atLeast)
    return mlir::success();
  return mlir::emitOptionalError(loc, "expects ", name, " of at least ", atLeast,
                                 " dimension(s), found ", value.getType());
}

/// The last dimension has a fixed size.
inline mlir::LogicalResult expectFixedLast(std::optional<mlir::Location> loc, llvm::StringRef name,
                                           mlir::Value value) {
  if (failed(expectRank(loc, name, value, 1)))
    return mlir::failure();
  if (!tensor(value).isDynamicDim(tensor(value).getRank() - 1))
    return mlir::success();
  return mlir::emitOptionalError(loc, "expects the last dimension of ", name,
                                 " to be fixed, found ", value.getType());
}

} // namespace tfc::transformer

#endif
