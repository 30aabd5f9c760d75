// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules and meaning of the linear layer and the feed-forward part.

#include "dialects/Transformer/Infer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tfc::transformer;

/// [..., in] times [out, in] is [..., out].
static FailureOr<RankedTensorType> inferLinear(std::optional<Location> loc, StringRef what,
                                               RankedTensorType input, Value weight, Value bias) {
  if (failed(expectMatrix(loc, (what + "weight").str(), weight)))
    return failure();
  auto matrix = tensor(weight);
  if (input.getShape().empty() || input.getShape().back() != matrix.getDimSize(1))
    return emitOptionalError(loc, "expects ", what,
                             "weight of [out, in] with the input's last dimension as in, found ",
                             input, " and ", matrix);
  if (failed(expectVector(loc, (what + "bias").str(), bias, matrix.getDimSize(0))))
    return failure();
  SmallVector<int64_t> shape(input.getShape());
  shape.back() = matrix.getDimSize(0);
  return RankedTensorType::get(shape, input.getElementType());
}

LogicalResult LinearOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto type =
      inferLinear(loc, "", tensor(adaptor.getInput()), adaptor.getWeight(), adaptor.getBias());
  if (failed(type))
    return failure();
  types.push_back(*type);
  return success();
}

Value LinearOp::emitElement(ElementContext &context, ValueRange index) {
  OpBuilder &builder = context.builder;
  Value start = getBias() ? context.load(2, index.back())
                          : context.number(0, tensor(getResult()).getElementType());
  auto loop =
      scf::ForOp::create(builder, context.loc, context.index(0),
                         context.index(tensor(getWeight()).getDimSize(1)), context.index(1), start);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> source(index);
  source.back() = loop.getInductionVar();
  Value product = arith::MulFOp::create(builder, context.loc, context.load(0, source),
                                        context.load(1, {index.back(), loop.getInductionVar()}));
  Value sum = arith::AddFOp::create(builder, context.loc, loop.getRegionIterArg(0), product);
  scf::YieldOp::create(builder, context.loc, sum);
  return loop.getResult(0);
}

LogicalResult FeedForwardOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                              Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto up = inferLinear(loc, "up ", tensor(adaptor.getInput()), adaptor.getUpWeight(),
                        adaptor.getUpBias());
  if (failed(up))
    return failure();
  if (Value gate = adaptor.getGateWeight()) {
    auto gated = inferLinear(loc, "gate ", tensor(adaptor.getInput()), gate, adaptor.getGateBias());
    if (failed(gated))
      return failure();
    if (*gated != *up)
      return emitOptionalError(loc, "expects gate and up of one width, found ", gate.getType(),
                               " and ", adaptor.getUpWeight().getType());
  } else if (adaptor.getGateBias()) {
    return emitOptionalError(loc, "expects a gate bias only with a gate weight");
  }
  auto down = inferLinear(loc, "down ", *up, adaptor.getDownWeight(), adaptor.getDownBias());
  if (failed(down))
    return failure();
  types.push_back(*down);
  return success();
}

SmallVector<Value> FeedForwardOp::decompose(OpBuilder &builder) {
  auto linear = [&](Value input, Value weight, Value bias) -> Value {
    return LinearOp::create(builder, getLoc(), input, weight, bias);
  };
  auto activate = [&](Value input) -> Value {
    return ActivationOp::create(builder, getLoc(), getActivation(), input);
  };
  Value up = linear(getInput(), getUpWeight(), getUpBias());
  if (!getGateWeight())
    return {linear(activate(up), getDownWeight(), getDownBias())};
  Value gate = activate(linear(getInput(), getGateWeight(), getGateBias()));
  Value gated = MulOp::create(builder, getLoc(), gate, up);
  return {linear(gated, getDownWeight(), getDownBias())};
}
