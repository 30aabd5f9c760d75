// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of pooling.

#include "dialects/Transformer/Infer.h"

using namespace mlir;
using namespace tfc::transformer;

LogicalResult PoolOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  if (failed(expectFixedLast(loc, "input", adaptor.getInput())))
    return failure();
  auto input = tensor(adaptor.getInput());
  types.push_back(input.clone(input.getShape().drop_front()));
  return success();
}
