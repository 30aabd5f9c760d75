// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules and meaning of the norms.

#include "dialects/Transformer/Infer.h"

using namespace mlir;
using namespace tfc::transformer;

static LogicalResult inferNorm(std::optional<Location> loc, Value input, Value gamma, Value beta,
                               FloatAttr eps, SmallVectorImpl<Type> &types) {
  if (failed(expectFixedLast(loc, "input", input)))
    return failure();
  int64_t size = tensor(input).getShape().back();
  if (failed(expectVector(loc, "gamma", gamma, size)) ||
      failed(expectVector(loc, "beta", beta, size)))
    return failure();
  if (!(eps.getValueAsDouble() >= 0))
    return emitOptionalError(loc, "expects eps not to be negative, found ", eps);
  types.push_back(input.getType());
  return success();
}

LogicalResult LayerNormOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  return inferNorm(loc, adaptor.getInput(), adaptor.getGamma(), adaptor.getBeta(),
                   adaptor.getEpsAttr(), types);
}

LogicalResult RmsNormOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                          Adaptor adaptor, SmallVectorImpl<Type> &types) {
  return inferNorm(loc, adaptor.getInput(), adaptor.getGamma(), Value(), adaptor.getEpsAttr(),
                   types);
}

LogicalResult AddNormOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                          Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (adaptor.getInput().getType() != adaptor.getResidual().getType())
    return emitOptionalError(loc, "expects input and residual of one type, found ",
                             adaptor.getInput().getType(), " and ",
                             adaptor.getResidual().getType());
  return inferNorm(loc, adaptor.getInput(), adaptor.getGamma(), adaptor.getBeta(),
                   adaptor.getEpsAttr(), types);
}

SmallVector<Value> AddNormOp::decompose(OpBuilder &builder) {
  Value sum = AddOp::create(builder, getLoc(), getInput(), getResidual());
  return {LayerNormOp::create(builder, getLoc(), sum, getGamma(), getBeta(), getEpsAttr())};
}

LogicalResult NormalizeOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  return inferNorm(loc, adaptor.getInput(), Value(), Value(), adaptor.getEpsAttr(), types);
}
