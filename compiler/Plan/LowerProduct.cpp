// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products: which ops become a gemm, and what its epilogue absorbs.

#include "compiler/Plan/FunctionLowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tfc;
namespace xf = tfc::transformer;
namespace kn = tfc::kernel;

static RankedTensorType tensor(Value value) { return cast<RankedTensorType>(value.getType()); }

/// Whether a product can use packed weights: they are known, or a weight argument.
bool FunctionLowering::canMultiply(Value input, Value weight) {
  if (auto dequantize = weight.getDefiningOp<xf::DequantizeOp>())
    weight = dequantize.getCodes();
  if (!isWeight(weight) && !buffers.contains({weight, int(kn::Layout::panels)}))
    return false;
  return llvm::count_if(tensor(input).getShape(), ShapedType::isDynamic) <= 1 &&
         !tensor(input).getShape().empty();
}

/// Follows the single users of a product as long as they work on each element by itself.
void FunctionLowering::findChain(Operation *product) {
  SmallVector<Link> chain;
  Value last = product->getResult(0);
  bool open = true; // a norm needs the whole vector and ends the chain
  while (open && last.hasOneUse()) {
    OpOperand &use = *last.use_begin();
    Operation *user = use.getOwner();
    if (user->getBlock() != product->getBlock() || absorbed.contains(user))
      break;
    Value other;
    if (isa<xf::AddOp, xf::MulOp, xf::AddNormOp>(user)) {
      other = user->getOperand(1 - std::min(use.getOperandNumber(), 1u));
      open = !isa<xf::AddNormOp>(user);
      if (use.getOperandNumber() > 1 || other.getType() != last.getType() || isConstant(other))
        break;
    } else if (!isa<xf::ActivationOp, xf::ScaleOp>(user)) {
      break;
    }
    chain.push_back({user, other});
    absorbed.insert(user);
    last = user->getResult(0);
  }
  absorbed.insert(product);
  productAt[last.getDefiningOp()] = product;
  chains[product] = std::move(chain);
}

FunctionLowering::Packed FunctionLowering::packedOf(Value matrix) {
  auto dequantize = matrix.getDefiningOp<xf::DequantizeOp>();
  if (!dequantize)
    return {bufferOf(matrix, kn::Layout::panels), Value(), IntegerAttr()};
  Value codes = bufferOf(dequantize.getCodes(), kn::Layout::panels), scales;
  if (dequantize.getScales())
    scales = bufferOf(dequantize.getScales(), kn::Layout::panels);
  return {codes, scales, dequantize.getGroupAttr()};
}

/// Codes are multiplied with codes whose groups suit theirs, and with nothing else.
FunctionLowering::Factor FunctionLowering::factorOf(Value input, Value matrix) {
  auto of = input.getDefiningOp<xf::DequantizeOp>();
  auto by = matrix.getDefiningOp<xf::DequantizeOp>();
  if (of && by && of.getGroup() && by.getGroup() &&
      kn::takesGroups(*of.getGroup(), *by.getGroup(), tensor(by.getCodes()).getElementType()))
    if (auto known = quantized.find(of.getCodes()); known != quantized.end())
      return known->second;
  return {perRow(input), Value(), Value()};
}

LogicalResult FunctionLowering::lowerQuantize(xf::QuantizeOp op) {
  auto input = tensor(op.getInput());
  Type element = input.getElementType();
  if (!op.getGroup() || op.getSearch() || !tensor(op.getCodes()).getElementType().isInteger(8) ||
      tensor(op.getScales()).getElementType() != element)
    return op.emitOpError() << "has a kernel for what is computed only in groups, with codes of "
                            << "i8, scales of " << element << " and without a search";
  Value from = perRow(op.getInput());
  SmallVector<int64_t> shape(input.getShape());
  const int64_t group = *op.getGroup(), groups = llvm::divideCeil(shape.back(), group);
  auto made = [&](int64_t columns, Type type) -> Value {
    shape.back() = columns;
    return kn::ArenaOp::create(builder, op.getLoc(),
                               kn::bufferFor(RankedTensorType::get(shape, type)), IntegerAttr());
  };
  Factor factor{made(groups * group, builder.getI8Type()), made(groups, element),
                made(groups, builder.getI32Type())};
  kn::QuantizeOp::create(builder, op.getLoc(), from, factor.buffer, factor.scales, factor.sums,
                         rowsFor(KernelKind::codes, from));
  buffers[{op.getCodes(), 0}] = factor.buffer;
  buffers[{op.getScales(), 0}] = factor.scales;
  quantized[op.getCodes()] = factor;
  return success();
}

/// A gemm with its epilogue: bias, activation, the factor `gated`, then the chain. Where the chain
/// ends in a norm, `output` gets the sum.
void FunctionLowering::lowerProduct(const Factor &input, const Packed &matrix, Value bias,
                                    std::optional<xf::ActivationKind> activation, Value gated,
                                    ArrayRef<Link> chain, Value output) {
  Location loc = output.getLoc();
  SmallVector<Value> extras;
  if (bias)
    extras.push_back(bias);
  if (gated)
    extras.push_back(gated);
  for (const Link &link : chain)
    if (link.other)
      extras.push_back(tensor(link.other).getRank() == 1 ? bufferOf(link.other)
                                                         : perRow(link.other));
  // Libraries know weights of the type that is computed in, and no other.
  bool asComputed = cast<MemRefType>(matrix.weight.getType()).getElementType() ==
                    cast<MemRefType>(output.getType()).getElementType();
  KernelKind kind = input.scales ? KernelKind::codes : KernelKind::gemm;
  auto gemm = kn::GemmOp::create(
      builder, loc, input.buffer, matrix.weight, output, matrix.scales, input.scales, input.sums,
      extras, /*codes=*/ValueRange(), /*largest=*/Value(), matrix.group,
      rowsFor(kind, output, asComputed ? this->gemm : KernelLibrary::native));
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(&gemm.getEpilogue());
  Type element = cast<MemRefType>(output.getType()).getElementType();
  Value result = block->addArgument(element, loc);
  for (size_t i = 0; i < extras.size(); ++i)
    block->addArgument(element, loc);
  unsigned next = 1;
  auto number = [&](double value) -> Value {
    return arith::ConstantOp::create(builder, loc, builder.getFloatAttr(element, value));
  };
  auto addNext = [&] {
    result = arith::AddFOp::create(builder, loc, result, block->getArgument(next++));
  };
  auto multiplyNext = [&] {
    result = arith::MulFOp::create(builder, loc, result, block->getArgument(next++));
  };
  if (bias)
    addNext();
  if (activation)
    result = xf::emitActivation(builder, loc, *activation, result);
  if (gated)
    multiplyNext();
  for (const Link &link : chain) {
    if (auto act = dyn_cast<xf::ActivationOp>(link.op))
      result = xf::emitActivation(builder, loc, act.getKind(), result);
    else if (auto scale = dyn_cast<xf::ScaleOp>(link.op))
      result =
          arith::MulFOp::create(builder, loc, result, number(scale.getFactor().convertToDouble()));
    else if (isa<xf::MulOp>(link.op))
      multiplyNext();
    else
      addNext();
  }
  kn::YieldOp::create(builder, loc, result);
}

/// Whether an op is one gemm or several.
bool FunctionLowering::isProduct(Operation *product) {
  if (auto linear = dyn_cast<xf::LinearOp>(product))
    return canMultiply(linear.getInput(), linear.getWeight());
  if (auto ffn = dyn_cast<xf::FeedForwardOp>(product))
    return canMultiply(ffn.getInput(), ffn.getUpWeight()) &&
           canMultiply(ffn.getInput(), ffn.getDownWeight()) &&
           (!ffn.getGateWeight() || canMultiply(ffn.getInput(), ffn.getGateWeight()));
  return false;
}

/// Emits a product with its chain where the chain ends, at `op`.
void FunctionLowering::lowerProductAt(Operation *op, Operation *product) {
  Location loc = op->getLoc();
  Factor input;
  Value weight, bias;
  if (auto linear = dyn_cast<xf::LinearOp>(product)) {
    input = factorOf(linear.getInput(), linear.getWeight());
    weight = linear.getWeight();
    bias = linear.getBias();
  } else {
    auto ffn = cast<xf::FeedForwardOp>(product);
    SmallVector<int64_t> shape(tensor(ffn.getInput()).getShape());
    shape.back() = tensor(ffn.getUpWeight()).getDimSize(0);
    auto hidden = RankedTensorType::get(shape, tensor(ffn.getInput()).getElementType());
    Factor from{perRow(ffn.getInput()), Value(), Value()};
    auto inner = [&](Value by, Value plus, std::optional<xf::ActivationKind> activation,
                     Value gated) {
      Value made = kn::ArenaOp::create(builder, loc, kn::bufferFor(hidden), IntegerAttr());
      Packed packed = packedOf(by);
      lowerProduct(from, packed, bufferOrNone(plus), activation, gated, {}, made);
      return made;
    };
    Value gate = ffn.getGateWeight();
    input.buffer = inner(ffn.getUpWeight(), ffn.getUpBias(),
                         gate ? std::nullopt : std::optional(ffn.getActivation()), Value());
    if (gate)
      input.buffer = inner(gate, ffn.getGateBias(), ffn.getActivation(), input.buffer);
    weight = ffn.getDownWeight();
    bias = ffn.getDownBias();
  }
  Packed packed = packedOf(weight);
  Value added = bufferOrNone(bias);
  Value output = arena(op->getResult(0));
  lowerProduct(input, packed, added, std::nullopt, Value(), chains[product], output);
  if (auto norm = dyn_cast<xf::AddNormOp>(op))
    kn::LayerNormOp::create(builder, loc, output, bufferOf(norm.getGamma()),
                            bufferOf(norm.getBeta()), output, /*codes=*/ValueRange(),
                            norm.getEpsAttr(), rowsFor(KernelKind::rows, output));
}
