// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Plan/FunctionLowering.h"

#include "compiler/Plan/Steps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tfc;
namespace xf = tfc::transformer;
namespace kn = tfc::kernel;

static RankedTensorType tensor(Value value) { return cast<RankedTensorType>(value.getType()); }

ArrayAttr FunctionLowering::rowsFor(KernelKind kind, Value value, KernelLibrary library) {
  ElementType element = elementTypeOf(value.getType());
  SmallVector<Attribute> rows;
  for (const std::string &target : targets) {
    const KernelRow *row = findKernelRow(kind, element, target, library);
    rows.push_back(builder.getStringAttr(row ? StringRef(row->name) : "none"));
    if (row || std::exchange(refused, true))
      continue;
    auto error = builder.getInsertionPoint()->emitOpError("has no kernel for ");
    error << cast<ShapedType>(value.getType()).getElementType() << " on " << target
          << "; there are";
    for (const KernelRow &other : kernelTable())
      if (other.target == target)
        error << ' ' << other.name;
  }
  return builder.getArrayAttr(rows);
}

/// Pages for a cache whose page is [tokens, heads, dim], or [tokens, heads] of scales.
static MemRefType pagesFor(RankedTensorType page, kn::Layout layout) {
  SmallVector<int64_t> shape{page.getDimSize(1), xf::pageTokens};
  if (page.getRank() == 3 && layout == kn::Layout::panels)
    shape = {page.getDimSize(1), xf::pageTokens / kn::panelWidth,
             kn::storedSteps(page.getElementType(), page.getDimSize(2)), kn::panelWidth};
  else if (page.getRank() == 3)
    shape.push_back(page.getDimSize(2));
  return MemRefType::get(shape, page.getElementType(), MemRefLayoutAttrInterface(),
                         kn::AreaAttr::get(page.getContext(), kn::Area::page));
}

/// A new buffer for a value, or the out buffer it is returned in.
Value FunctionLowering::arena(Value value) {
  if (Value out = outBuffers.lookup(value))
    return buffers[{value, 0}] = out;
  Value buffer =
      kn::ArenaOp::create(builder, value.getLoc(), kn::bufferFor(tensor(value)), IntegerAttr());
  return buffers[{value, 0}] = buffer;
}

Value FunctionLowering::bufferOf(Value value, kn::Layout layout) {
  if (Value known = buffers.lookup({value, int(layout)}))
    return known;
  if (auto cache = value.getDefiningOp<xf::CacheOp>())
    return buffers[{value, int(layout)}] =
               kn::CacheOp::create(builder, value.getLoc(), pagesFor(tensor(value), layout),
                                   cache.getNameAttr(), cache.getSourceAttr(), IntegerAttr());
  if (auto dequantize = value.getDefiningOp<xf::DequantizeOp>()) {
    lowerElement(dequantize); // for whom it is no matrix of a product, nor read by elements
    return buffers.lookup({value, 0});
  }
  assert(isConstant(value) && "operands come before their users");
  kn::WeightOp weight = weights.get(value, layout);
  Value buffer =
      kn::GetWeightOp::create(builder, value.getLoc(), cast<MemRefType>(weight.getType()),
                              FlatSymbolRefAttr::get(weight.getSymNameAttr()));
  return buffers[{value, int(layout)}] = buffer;
}

/// The buffer of an operand that kernels take row by row: a weight is copied for each row.
Value FunctionLowering::perRow(Value value) {
  Value buffer = bufferOf(value);
  if (kn::areaOf(cast<MemRefType>(buffer.getType())) != kn::Area::weight)
    return buffer;
  Value &made = buffers[{value, -1}];
  if (!made) {
    made =
        kn::ArenaOp::create(builder, value.getLoc(), kn::bufferFor(tensor(value)), IntegerAttr());
    copy(buffer, made);
  }
  return made;
}

/// Element by element: the op says what one element is, and of a matrix that codes stand for, the
/// op that makes it from them.
void FunctionLowering::lowerElement(xf::ElementOpInterface op) {
  struct Context : xf::ElementContext {
    Context(OpBuilder &builder, Location loc) : ElementContext(builder, loc) {}
    Value load(unsigned operand, ValueRange index) override {
      if (const auto &[dequantize, inner] = decoded[operand]; inner)
        return xf::DequantizeOp(dequantize).emitElement(*inner, index);
      return kn::LoadOp::create(builder, loc, buffers[operand], index).getResult();
    }
    Value length() override { return kn::LengthOp::create(builder, loc, builder.getIndexType()); }
    Value past() override { return kn::PastOp::create(builder, loc, builder.getIndexType()); }
    SmallVector<Value> buffers;
    SmallVector<std::pair<xf::DequantizeOp, std::unique_ptr<Context>>> decoded;
  };
  auto contextOf = [&](Operation *of, auto &self) -> std::unique_ptr<Context> {
    auto context = std::make_unique<Context>(builder, op.getLoc());
    for (Value operand : of->getOperands()) {
      auto dequantize = operand.getDefiningOp<xf::DequantizeOp>();
      context->buffers.push_back(dequantize ? Value() : bufferOf(operand));
      context->decoded.emplace_back(dequantize, dequantize ? self(dequantize, self) : nullptr);
    }
    return context;
  };
  std::unique_ptr<Context> context = contextOf(op, contextOf);
  auto map = kn::MapOp::create(builder, op.getLoc(), arena(op->getResult(0)));
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(&map.getBody());
  for (int64_t i = 0; i < tensor(op->getResult(0)).getRank(); ++i)
    block->addArgument(builder.getIndexType(), op.getLoc());
  kn::YieldOp::create(builder, op.getLoc(), op.emitElement(*context, block->getArguments()));
}

/// A norm whose sum no product has computed.
LogicalResult FunctionLowering::lowerAddNorm(xf::AddNormOp op) {
  Location loc = op.getLoc();
  Value left = bufferOf(op.getInput()), right = bufferOf(op.getResidual());
  Value gamma = bufferOf(op.getGamma()), beta = bufferOf(op.getBeta()),
        output = arena(op.getResult());
  auto map = kn::MapOp::create(builder, loc, output);
  {
    OpBuilder::InsertionGuard guard(builder);
    Block *block = builder.createBlock(&map.getBody());
    for (int64_t i = 0; i < tensor(op.getResult()).getRank(); ++i)
      block->addArgument(builder.getIndexType(), loc);
    Value sum = arith::AddFOp::create(
        builder, loc, kn::LoadOp::create(builder, loc, left, block->getArguments()),
        kn::LoadOp::create(builder, loc, right, block->getArguments()));
    kn::YieldOp::create(builder, loc, sum);
  }
  kn::LayerNormOp::create(builder, loc, output, gamma, beta, output, /*codes=*/ValueRange(),
                          op.getEpsAttr(), rowsFor(KernelKind::rows, output));
  return success();
}

/// Columns of a matrix are a view; other slices are copied.
LogicalResult FunctionLowering::lowerSlice(xf::SliceOp op) {
  Value source = bufferOf(op.getInput());
  auto type = cast<MemRefType>(source.getType());
  if (type.getRank() != 2 || op.getDim() != 1 || outBuffers.contains(op.getResult())) {
    lowerElement(op);
    return success();
  }
  kn::Strides strides = kn::stridesOf(type);
  auto layout = StridedLayoutAttr::get(op.getContext(), strides.offset + op.getOffset(),
                                       {strides.leading, 1});
  auto view = MemRefType::get(tensor(op.getResult()).getShape(), type.getElementType(), layout,
                              type.getMemorySpace());
  buffers[{op.getResult(), 0}] = kn::SliceOp::create(builder, op.getLoc(), view, source);
  return success();
}

LogicalResult FunctionLowering::lowerOp(Operation *op) {
  builder.setInsertionPoint(op);
  Location loc = op->getLoc();
  if (isa<xf::CacheOp, xf::DequantizeOp>(op) ||
      (op->getNumResults() != 0 && isConstant(op->getResult(0))))
    return success(); // its users make what they need
  if (isProduct(op))
    findChain(op);
  if (Operation *product = productAt.lookup(op))
    return lowerProductAt(op, product), success();
  if (absorbed.contains(op))
    return success();

  auto reduce = [&](kn::Reduction kind, Value input, FloatAttr eps) {
    Value in = perRow(input);
    kn::ReduceOp::create(builder, loc, kind, in, arena(op->getResult(0)), eps.getValue(),
                         rowsFor(KernelKind::rows, input));
    return success();
  };
  FloatAttr zero = builder.getF64FloatAttr(0);
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](func::ReturnOp ret) { return lowerReturn(ret); })
      .Case([&](func::CallOp call) { return lowerCall(call); })
      .Case([&](xf::SliceOp slice) { return lowerSlice(slice); })
      .Case([&](xf::SoftmaxOp softmax) {
        return reduce(kn::Reduction::softmax, softmax.getInput(), zero);
      })
      .Case([&](xf::LogSumExpOp lse) {
        return reduce(kn::Reduction::log_sum_exp, lse.getInput(), zero);
      })
      .Case([&](xf::NormalizeOp norm) {
        return reduce(kn::Reduction::normalize, norm.getInput(), norm.getEpsAttr());
      })
      .Case([&](xf::LayerNormOp norm) {
        Value in = perRow(norm.getInput()), gamma = bufferOf(norm.getGamma()),
              beta = bufferOf(norm.getBeta());
        kn::LayerNormOp::create(builder, loc, in, gamma, beta, arena(norm.getResult()),
                                /*codes=*/ValueRange(), norm.getEpsAttr(),
                                rowsFor(KernelKind::rows, in));
        return success();
      })
      .Case([&](xf::RmsNormOp norm) {
        Value in = perRow(norm.getInput()), gamma = bufferOf(norm.getGamma());
        kn::RmsNormOp::create(builder, loc, in, gamma, arena(norm.getResult()),
                              /*codes=*/ValueRange(), norm.getEpsAttr(), norm.getOffsetAttr(),
                              rowsFor(KernelKind::rows, in));
        return success();
      })
      .Case([&](xf::AddNormOp norm) { return lowerAddNorm(norm); })
      .Case([&](xf::PoolOp pool) {
        if (!tensor(pool.getInput()).isDynamicDim(0))
          return pool.emitOpError("over a fixed number of tokens has no kernel yet"), failure();
        Value in = bufferOf(pool.getInput());
        kn::PoolOp::create(builder, loc, kn::Pooling(int(pool.getKind())), in,
                           arena(pool.getResult()), rowsFor(KernelKind::rows, in));
        return success();
      })
      .Case([&](xf::AttentionOp attention) { return lowerAttention(attention); })
      .Case([&](xf::CachedAttentionOp attention) { return lowerCachedAttention(attention); })
      .Case([&](xf::KeepOp keep) { return lowerKeep(keep); })
      .Case([&](xf::QuantizeOp quantize) { return lowerQuantize(quantize); })
      .Case([&](xf::ElementOpInterface element) {
        lowerElement(element);
        return success();
      })
      .Default([&](Operation *other) {
        return other->emitOpError("has no kernel, no decomposition and no definition by elements"),
               failure();
      });
}

LogicalResult FunctionLowering::lowerEntryInput(func::FuncOp func, BlockArgument argument) {
  unsigned number = argument.getArgNumber();
  auto name = func.getArgAttrOfType<StringAttr>(number, xf::nameAttr);
  if (!name)
    return func.emitOpError() << "is an entry point and expects " << xf::nameAttr << " on argument "
                              << number;
  auto type = dyn_cast<RankedTensorType>(argument.getType());
  if (!type || !type.getElementType().isInteger(32) || type.getRank() != 1 || !type.isDynamicDim(0))
    return func.emitOpError() << "is an entry point and expects ids, tensor<?xi32>, as argument "
                              << number << ", found " << argument.getType();
  const int64_t limit = signatures.at(func.getSymNameAttr()).limits[number];
  bool optional = func.getArgAttr(number, xf::optionalAttr) != nullptr;
  buffers[{argument, 0}] = kn::InputOp::create(builder, func.getLoc(), kn::bufferFor(type), name,
                                               optional ? builder.getUnitAttr() : UnitAttr(),
                                               builder.getI64IntegerAttr(limit), IntegerAttr());
  return success();
}

/// Copies a buffer element by element.
void FunctionLowering::copy(Value buffer, Value out) {
  Location loc = buffer.getLoc();
  auto map = kn::MapOp::create(builder, loc, out);
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(&map.getBody());
  for (int64_t i = 0; i < map.getOutput().getType().getRank(); ++i)
    block->addArgument(builder.getIndexType(), loc);
  Value element = kn::LoadOp::create(builder, loc, buffer, block->getArguments());
  kn::YieldOp::create(builder, loc, element);
}

LogicalResult FunctionLowering::lowerReturn(func::ReturnOp op) {
  auto func = op->getParentOfType<func::FuncOp>();
  for (auto [number, value] : llvm::enumerate(op.getOperands())) {
    Value buffer = bufferOf(value);
    if (func.isPublic()) {
      auto name = func.getResultAttrOfType<StringAttr>(number, xf::nameAttr);
      if (!name)
        return func.emitOpError() << "is an entry point and expects " << xf::nameAttr
                                  << " on result " << number;
      // The runtime reads whole buffers of the arena: no view, no weight.
      if (!isa<kn::ArenaOp, kn::InputOp>(buffer.getDefiningOp())) {
        Value whole =
            kn::ArenaOp::create(builder, op.getLoc(), kn::bufferFor(tensor(value)), IntegerAttr());
        copy(buffer, whole);
        buffer = whole;
      }
      bool ofSource = func.getResultAttr(number, xf::sourceKeysAttr) != nullptr;
      kn::OutputOp::create(builder, op.getLoc(), buffer, name,
                           ofSource ? builder.getUnitAttr() : UnitAttr(),
                           func.getResultAttrOfType<StringAttr>(number, xf::formulaAttr),
                           /*largest=*/Value());
    } else if (Value out = op->getBlock()->getArguments().take_back(op.getNumOperands())[number];
               buffer != out) {
      copy(buffer, out); // the value is an argument, a view or constant, or is returned twice
    }
  }
  func::ReturnOp::create(builder, op.getLoc());
  return success();
}

LogicalResult FunctionLowering::lowerCall(func::CallOp op) {
  const Signature &signature = signatures.at(op.getCalleeAttr().getAttr());
  SmallVector<Value> operands;
  for (auto [argument, layout] : signature.arguments) {
    Value operand = op.getOperand(argument),
          buffer = bufferOf(operand, layout.value_or(kn::Layout::plain));
    // A view, or a weight where other calls pass what is computed: the callee knows whole buffers
    // of the arena.
    if (MemRefType whole = kn::bufferFor(tensor(operand)); !layout && buffer.getType() != whole) {
      Value made = kn::ArenaOp::create(builder, op.getLoc(), whole, IntegerAttr());
      copy(buffer, made);
      buffer = made;
    }
    operands.push_back(buffer);
  }
  for (Value result : op.getResults())
    operands.push_back(arena(result));
  func::CallOp::create(builder, op.getLoc(), op.getCallee(), TypeRange(), operands);
  return success();
}

/// Replaces the arguments by buffers; old ones stay until the old ops are gone.
LogicalResult FunctionLowering::lowerArguments(func::FuncOp func, Block *body) {
  builder.setInsertionPointToStart(body);
  SmallVector<BlockArgument> old(body->getArguments());
  if (func.isPublic()) {
    for (BlockArgument argument : old)
      if (failed(lowerEntryInput(func, argument)))
        return failure();
    return success();
  }
  for (auto [number, layout] : signatures.at(func.getSymNameAttr()).arguments) {
    auto type = cast<RankedTensorType>(old[number].getType());
    Type buffer = !layout ? kn::bufferFor(type)
                  : signatures.at(func.getSymNameAttr()).isCache(number)
                      ? pagesFor(type, *layout)
                      : PlannedWeights::typeFor(type, *layout);
    buffers[{old[number], int(layout.value_or(kn::Layout::plain))}] =
        body->addArgument(buffer, old[number].getLoc());
  }
  for (Value result : cast<func::ReturnOp>(body->getTerminator()).getOperands()) {
    Value out = body->addArgument(kn::bufferFor(tensor(result)), result.getLoc());
    if (result.getDefiningOp() && !isConstant(result) && !isa<func::CallOp>(result.getDefiningOp()))
      outBuffers.try_emplace(result, out);
  }
  return success();
}

LogicalResult FunctionLowering::run(func::FuncOp func) {
  Block *body = &func.getBody().front();
  unsigned oldArguments = body->getNumArguments();
  SmallVector<Operation *> old;
  for (Operation &op : *body)
    old.push_back(&op);
  if (failed(lowerArguments(func, body)))
    return failure();
  for (Operation *op : old)
    if (failed(lowerOp(op)) || refused)
      return failure();
  for (Operation *op : llvm::reverse(old))
    op->erase();
  body->eraseArguments(0, oldArguments);
  func.setArgAttrsAttr(nullptr);
  func.setResAttrsAttr(nullptr);
  func.setFunctionType(builder.getFunctionType(body->getArgumentTypes(), {}));
  return success();
}
