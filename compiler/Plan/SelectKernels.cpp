// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From ops on tensors of one row to kernels on buffers of a batch.
//
// Functions are rewritten op by op in their order. A value becomes a buffer; a constant expression (a weight, or weights
// joined) becomes a `kernel.weight` in the layout its user wants. What follows a product element by element is absorbed
// into the product's epilogue.

#include "compiler/Passes.h"
#include "compiler/Plan/KernelTable.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using tfc::KernelKind;
namespace xf = tfc::transformer;
namespace kn = tfc::kernel;

namespace tfc {
#define GEN_PASS_DEF_SELECTKERNELS
#include "compiler/Passes.h.inc"
} // namespace tfc

namespace {

RankedTensorType tensor(Value value) { return cast<RankedTensorType>(value.getType()); }

/// A weight, or weights joined along dimension 0: known when the model is compiled, and in any layout.
bool isWeight(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto concat = dyn_cast_or_null<xf::ConcatOp>(op))
    return concat.getDim() == 0 && llvm::all_of(concat.getInputs(), isWeight);
  return isa_and_nonnull<xf::WeightOp>(op);
}

/// A weight or a table of sines, which has but one layout.
bool isConstant(Value value) { return isWeight(value) || value.getDefiningOp<xf::SinusoidsOp>(); }

/// The layout a user wants of a constant operand.
kn::Layout layoutFor(OpOperand &use) {
  if (auto linear = dyn_cast<xf::LinearOp>(use.getOwner()))
    return use.get() == linear.getWeight() && use.getOperandNumber() == 1 ? kn::Layout::panels : kn::Layout::plain;
  if (auto ffn = dyn_cast<xf::FeedForwardOp>(use.getOwner()))
    return use.getOperandNumber() == ffn.getUpWeightMutable().getOperandNumber() ||
                   use.getOperandNumber() == ffn.getDownWeightMutable().getOperandNumber()
               ? kn::Layout::panels
               : kn::Layout::plain;
  return kn::Layout::plain;
}

/// The weights of a model by what they hold, so that equal ones are stored once.
class Weights {
public:
  explicit Weights(xf::ModelOp model) : model(model) {
    for (auto weight : model.getOps<kn::WeightOp>())
      names.insert(weight.getSymName());
  }

  kn::WeightOp get(Value value, kn::Layout layout);
  static MemRefType typeFor(RankedTensorType type, kn::Layout layout);

private:
  static void collect(Value value, SmallVectorImpl<Attribute> &sources, kn::Layout &layout);

  xf::ModelOp model;
  llvm::StringSet<> names;
  DenseMap<std::pair<Attribute, Type>, kn::WeightOp> known;
};

void Weights::collect(Value value, SmallVectorImpl<Attribute> &sources, kn::Layout &layout) {
  if (auto weight = value.getDefiningOp<xf::WeightOp>())
    sources.push_back(weight.getNameAttr());
  else if (auto sinusoids = value.getDefiningOp<xf::SinusoidsOp>())
    layout = sinusoids.getHalves() ? kn::Layout::sinusoid_halves : kn::Layout::sinusoids;
  else
    for (Value input : value.getDefiningOp<xf::ConcatOp>().getInputs())
      collect(input, sources, layout);
}

MemRefType Weights::typeFor(RankedTensorType type, kn::Layout layout) {
  SmallVector<int64_t> shape(type.getShape());
  if (layout == kn::Layout::panels)
    shape = {int64_t(llvm::divideCeil(shape[0], kn::panelWidth)), shape[1], kn::panelWidth};
  return MemRefType::get(shape, type.getElementType(), MemRefLayoutAttrInterface(),
                         kn::AreaAttr::get(type.getContext(), kn::Area::weight));
}

kn::WeightOp Weights::get(Value value, kn::Layout layout) {
  SmallVector<Attribute> sources;
  collect(value, sources, layout);
  MemRefType type = typeFor(tensor(value), layout);
  Builder attributes(model.getContext());
  Attribute key = attributes.getArrayAttr({attributes.getArrayAttr(sources), attributes.getI32IntegerAttr(int(layout))});
  kn::WeightOp &weight = known[{key, type}];
  if (weight)
    return weight;
  std::string name = sources.empty() ? stringifyLayout(layout).str() : cast<StringAttr>(sources[0]).getValue().str();
  if (sources.size() > 1)
    name += "+" + std::to_string(sources.size() - 1);
  std::string unique = name;
  for (int count = 1; !names.insert(unique).second; ++count)
    unique = name + "." + std::to_string(count);
  auto builder = OpBuilder::atBlockBegin(model.getBody().empty() ? nullptr : &model.getBody().front());
  for (Operation &op : model.getBody().front())
    if (isa<kn::WeightOp>(op))
      builder.setInsertionPointAfter(&op);
  weight = kn::WeightOp::create(builder, value.getLoc(), unique, layout, builder.getArrayAttr(sources), IntegerAttr(),
                                type);
  return weight;
}

/// An op of a product's epilogue, and the operand that is not the running value, if it has two.
struct Link {
  Operation *op;
  Value other;
};

/// How a function looks after the rewrite: what each old argument became.
struct Signature {
  /// (old argument, the layout of a weight) in the order of the new arguments; out buffers follow.
  SmallVector<std::pair<unsigned, std::optional<kn::Layout>>> arguments;
};

/// Rewrites one function.
class Lowering {
public:
  Lowering(xf::ModelOp model, Weights &weights, const DenseMap<StringAttr, Signature> &signatures,
           ArrayRef<std::string> targets)
      : model(model), weights(weights), signatures(signatures), targets(targets), builder(model.getContext()) {}

  LogicalResult run(func::FuncOp func);

private:
  LogicalResult lowerOp(Operation *op);
  LogicalResult lowerArguments(func::FuncOp func, Block *body);
  LogicalResult lowerReturn(func::ReturnOp op);
  LogicalResult lowerCall(func::CallOp op);
  LogicalResult lowerAddNorm(xf::AddNormOp op);
  LogicalResult lowerEntryInput(func::FuncOp func, BlockArgument argument);
  void lowerProduct(Value input, Value weight, Value bias, std::optional<xf::ActivationKind> activation,
                    ArrayRef<Link> chain, Value output);
  void lowerElement(xf::ElementOpInterface op);
  void copy(Value buffer, Value out);
  LogicalResult lowerSlice(xf::SliceOp op);
  void findChain(Operation *product);
  bool canMultiply(Value input, Value weight);

  Value arena(Value value);
  Value bufferOf(Value value, kn::Layout layout = kn::Layout::plain);
  Value perRow(Value value);
  ArrayAttr rowsFor(KernelKind kind);

  xf::ModelOp model;
  Weights &weights;
  const DenseMap<StringAttr, Signature> &signatures;
  ArrayRef<std::string> targets;
  OpBuilder builder;
  DenseMap<std::pair<Value, int>, Value> buffers; // by layout: a constant argument may be wanted in two
  DenseMap<Value, Value> outBuffers;              // where a returned value must be written
  /// The ops that follow a product and are part of its epilogue, and where the product is then emitted.
  DenseMap<Operation *, SmallVector<Link>> chains;
  DenseMap<Operation *, Operation *> productAt;
  DenseSet<Operation *> absorbed;
};

ArrayAttr Lowering::rowsFor(KernelKind kind) {
  SmallVector<Attribute> rows;
  for (const std::string &target : targets)
    rows.push_back(builder.getStringAttr(tfc::kernelRow(kind, target).name));
  return builder.getArrayAttr(rows);
}

/// A new buffer for a value, or the out buffer it is returned in.
Value Lowering::arena(Value value) {
  if (Value out = outBuffers.lookup(value))
    return buffers[{value, 0}] = out;
  Value buffer = kn::ArenaOp::create(builder, value.getLoc(), kn::bufferFor(tensor(value)), IntegerAttr());
  return buffers[{value, 0}] = buffer;
}

Value Lowering::bufferOf(Value value, kn::Layout layout) {
  if (Value known = buffers.lookup({value, int(layout)}))
    return known;
  assert(isConstant(value) && "operands come before their users");
  kn::WeightOp weight = weights.get(value, layout);
  Value buffer = kn::GetWeightOp::create(builder, value.getLoc(), cast<MemRefType>(weight.getType()),
                                         FlatSymbolRefAttr::get(weight.getSymNameAttr()));
  return buffers[{value, int(layout)}] = buffer;
}

/// The buffer of an operand that kernels take row by row: a weight is copied for each row.
Value Lowering::perRow(Value value) {
  Value buffer = bufferOf(value);
  if (kn::areaOf(cast<MemRefType>(buffer.getType())) != kn::Area::weight)
    return buffer;
  Value &made = buffers[{value, -1}];
  if (!made) {
    made = kn::ArenaOp::create(builder, value.getLoc(), kn::bufferFor(tensor(value)), IntegerAttr());
    copy(buffer, made);
  }
  return made;
}

/// Whether a product can use packed weights: they are known, or a weight argument.
bool Lowering::canMultiply(Value input, Value weight) {
  if (!isWeight(weight) && !buffers.contains({weight, int(kn::Layout::panels)}))
    return false;
  return llvm::count_if(tensor(input).getShape(), ShapedType::isDynamic) <= 1 && !tensor(input).getShape().empty();
}

/// Follows the single users of a product as long as they work on each element by itself.
void Lowering::findChain(Operation *product) {
  SmallVector<Link> chain;
  Value last = product->getResult(0);
  bool open = true; // a norm needs the whole vector and ends the chain
  while (open && last.hasOneUse()) {
    OpOperand &use = *last.use_begin();
    Operation *user = use.getOwner();
    if (user->getBlock() != product->getBlock() || absorbed.contains(user))
      break;
    Value other;
    if (isa<xf::AddOp, xf::AddNormOp>(user)) {
      other = user->getOperand(1 - std::min(use.getOperandNumber(), 1u));
      open = isa<xf::AddOp>(user);
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

/// A gemm with its epilogue: bias, activation, then the chain. Where the chain ends in a norm, `output` gets the sum.
void Lowering::lowerProduct(Value input, Value weight, Value bias, std::optional<xf::ActivationKind> activation,
                            ArrayRef<Link> chain, Value output) {
  Location loc = output.getLoc();
  SmallVector<Value> extras;
  if (bias)
    extras.push_back(bias);
  for (const Link &link : chain)
    if (link.other)
      extras.push_back(tensor(link.other).getRank() == 1 ? bufferOf(link.other) : perRow(link.other));
  auto gemm = kn::GemmOp::create(builder, loc, input, weight, output, extras, rowsFor(KernelKind::gemm));
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(&gemm.getEpilogue());
  Type f32 = builder.getF32Type();
  Value result = block->addArgument(f32, loc);
  for (size_t i = 0; i < extras.size(); ++i)
    block->addArgument(f32, loc);
  unsigned next = 1;
  auto addNext = [&] { result = arith::AddFOp::create(builder, loc, result, block->getArgument(next++)); };
  if (bias)
    addNext();
  if (activation)
    result = xf::emitActivation(builder, loc, *activation, result);
  for (const Link &link : chain) {
    if (auto act = dyn_cast<xf::ActivationOp>(link.op))
      result = xf::emitActivation(builder, loc, act.getKind(), result);
    else if (auto scale = dyn_cast<xf::ScaleOp>(link.op))
      result = arith::MulFOp::create(builder, loc, result,
                                     arith::ConstantOp::create(builder, loc, scale.getFactorAttr()));
    else
      addNext();
  }
  kn::YieldOp::create(builder, loc, result);
}

/// Element by element: the op says what one element is.
void Lowering::lowerElement(xf::ElementOpInterface op) {
  struct Context : xf::ElementContext {
    Context(OpBuilder &builder, Location loc, SmallVector<Value> buffers)
        : ElementContext(builder, loc), buffers(std::move(buffers)) {}
    Value load(unsigned operand, ValueRange index) override {
      return kn::LoadOp::create(builder, loc, buffers[operand], index).getResult();
    }
    Value length() override { return kn::LengthOp::create(builder, loc, builder.getIndexType()); }
    SmallVector<Value> buffers;
  };
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(bufferOf(operand));
  auto map = kn::MapOp::create(builder, op.getLoc(), arena(op->getResult(0)));
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(&map.getBody());
  for (int64_t i = 0; i < tensor(op->getResult(0)).getRank(); ++i)
    block->addArgument(builder.getIndexType(), op.getLoc());
  Context context(builder, op.getLoc(), std::move(operands));
  kn::YieldOp::create(builder, op.getLoc(), op.emitElement(context, block->getArguments()));
}

/// A norm whose sum no product has computed.
LogicalResult Lowering::lowerAddNorm(xf::AddNormOp op) {
  Location loc = op.getLoc();
  Value left = bufferOf(op.getInput()), right = bufferOf(op.getResidual());
  Value gamma = bufferOf(op.getGamma()), beta = bufferOf(op.getBeta()), output = arena(op.getResult());
  auto map = kn::MapOp::create(builder, loc, output);
  {
    OpBuilder::InsertionGuard guard(builder);
    Block *block = builder.createBlock(&map.getBody());
    for (int64_t i = 0; i < tensor(op.getResult()).getRank(); ++i)
      block->addArgument(builder.getIndexType(), loc);
    Value sum = arith::AddFOp::create(builder, loc, kn::LoadOp::create(builder, loc, left, block->getArguments()),
                                      kn::LoadOp::create(builder, loc, right, block->getArguments()));
    kn::YieldOp::create(builder, loc, sum);
  }
  kn::LayerNormOp::create(builder, loc, output, gamma, beta, output, op.getEpsAttr(), rowsFor(KernelKind::rows));
  return success();
}

/// Columns of a matrix are a view; other slices are copied.
LogicalResult Lowering::lowerSlice(xf::SliceOp op) {
  Value source = bufferOf(op.getInput());
  auto type = cast<MemRefType>(source.getType());
  if (type.getRank() != 2 || op.getDim() != 1 || outBuffers.contains(op.getResult())) {
    lowerElement(op);
    return success();
  }
  kn::Strides strides = kn::stridesOf(type);
  auto layout = StridedLayoutAttr::get(op.getContext(), strides.offset + op.getOffset(), {strides.leading, 1});
  auto view = MemRefType::get(tensor(op.getResult()).getShape(), type.getElementType(), layout, type.getMemorySpace());
  buffers[{op.getResult(), 0}] = kn::SliceOp::create(builder, op.getLoc(), view, source);
  return success();
}

LogicalResult Lowering::lowerOp(Operation *op) {
  builder.setInsertionPoint(op);
  Location loc = op->getLoc();
  if (isa<xf::WeightOp, xf::SinusoidsOp>(op) || (op->getNumResults() == 1 && isConstant(op->getResult(0))))
    return success(); // its users make what they need
  auto isProduct = [&](Operation *product) {
    if (auto linear = dyn_cast<xf::LinearOp>(product))
      return canMultiply(linear.getInput(), linear.getWeight());
    if (auto ffn = dyn_cast<xf::FeedForwardOp>(product))
      return canMultiply(ffn.getInput(), ffn.getUpWeight()) && canMultiply(ffn.getInput(), ffn.getDownWeight());
    return false;
  };
  if (isProduct(op))
    findChain(op);
  if (Operation *product = productAt.lookup(op)) {
    SmallVector<Link> chain = chains[product];
    auto norm = dyn_cast<xf::AddNormOp>(op);
    Value output;
    auto finish = [&](Value input, Value weight, Value bias) {
      Value in = perRow(input), packed = bufferOf(weight, kn::Layout::panels);
      Value biasBuffer = bias ? bufferOf(bias) : Value();
      output = arena(op->getResult(0));
      lowerProduct(in, packed, biasBuffer, std::nullopt, chain, output);
    };
    if (auto linear = dyn_cast<xf::LinearOp>(product)) {
      finish(linear.getInput(), linear.getWeight(), linear.getBias());
    } else {
      auto ffn = cast<xf::FeedForwardOp>(product);
      SmallVector<int64_t> shape(tensor(ffn.getInput()).getShape());
      shape.back() = tensor(ffn.getUpWeight()).getDimSize(0);
      auto hiddenType = RankedTensorType::get(shape, tensor(ffn.getInput()).getElementType());
      Value hidden = kn::ArenaOp::create(builder, loc, kn::bufferFor(hiddenType), IntegerAttr());
      Value upBias = ffn.getUpBias() ? bufferOf(ffn.getUpBias()) : Value();
      Value in = perRow(ffn.getInput()), up = bufferOf(ffn.getUpWeight(), kn::Layout::panels);
      lowerProduct(in, up, upBias, ffn.getActivation(), {}, hidden);
      Value down = bufferOf(ffn.getDownWeight(), kn::Layout::panels);
      Value downBias = ffn.getDownBias() ? bufferOf(ffn.getDownBias()) : Value();
      output = arena(op->getResult(0));
      lowerProduct(hidden, down, downBias, std::nullopt, chain, output);
    }
    if (norm)
      kn::LayerNormOp::create(builder, loc, output, bufferOf(norm.getGamma()), bufferOf(norm.getBeta()), output,
                              norm.getEpsAttr(), rowsFor(KernelKind::rows));
    return success();
  }
  if (absorbed.contains(op))
    return success();

  auto reduce = [&](kn::Reduction kind, Value input, FloatAttr eps) {
    Value in = perRow(input);
    kn::ReduceOp::create(builder, loc, kind, in, arena(op->getResult(0)), eps.getValue(), rowsFor(KernelKind::rows));
    return success();
  };
  FloatAttr zero = builder.getF32FloatAttr(0);
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](func::ReturnOp ret) { return lowerReturn(ret); })
      .Case([&](func::CallOp call) { return lowerCall(call); })
      .Case([&](xf::SliceOp slice) { return lowerSlice(slice); })
      .Case([&](xf::SoftmaxOp softmax) { return reduce(kn::Reduction::softmax, softmax.getInput(), zero); })
      .Case([&](xf::LogSumExpOp lse) { return reduce(kn::Reduction::log_sum_exp, lse.getInput(), zero); })
      .Case([&](xf::NormalizeOp norm) { return reduce(kn::Reduction::normalize, norm.getInput(), norm.getEpsAttr()); })
      .Case([&](xf::LayerNormOp norm) {
        Value in = perRow(norm.getInput()), gamma = bufferOf(norm.getGamma()), beta = bufferOf(norm.getBeta());
        kn::LayerNormOp::create(builder, loc, in, gamma, beta, arena(norm.getResult()), norm.getEpsAttr(),
                                rowsFor(KernelKind::rows));
        return success();
      })
      .Case([&](xf::AddNormOp norm) { return lowerAddNorm(norm); })
      .Case([&](xf::PoolOp pool) {
        if (!tensor(pool.getInput()).isDynamicDim(0))
          return pool.emitOpError("over a fixed number of tokens has no kernel yet"), failure();
        Value in = bufferOf(pool.getInput());
        kn::PoolOp::create(builder, loc, kn::Pooling(int(pool.getKind())), in, arena(pool.getResult()),
                           rowsFor(KernelKind::rows));
        return success();
      })
      .Case([&](xf::AttentionOp attention) {
        Value q = bufferOf(attention.getQuery()), k = bufferOf(attention.getKey()), v = bufferOf(attention.getValue());
        kn::AttentionOp::create(builder, loc, q, k, v, arena(attention.getResult()), attention.getHeads(),
                                attention.getScale(), rowsFor(KernelKind::attention));
        return success();
      })
      .Case([&](xf::ElementOpInterface element) {
        lowerElement(element);
        return success();
      })
      .Default([&](Operation *other) {
        return other->emitOpError("has no kernel, no decomposition and no definition by elements"), failure();
      });
}

LogicalResult Lowering::lowerEntryInput(func::FuncOp func, BlockArgument argument) {
  unsigned number = argument.getArgNumber();
  auto name = func.getArgAttrOfType<StringAttr>(number, xf::nameAttr);
  if (!name)
    return func.emitOpError() << "is an entry point and expects " << xf::nameAttr << " on argument " << number;
  auto type = dyn_cast<RankedTensorType>(argument.getType());
  if (!type || !type.getElementType().isInteger(32) || type.getRank() != 1 || !type.isDynamicDim(0))
    return func.emitOpError() << "is an entry point and expects ids, tensor<?xi32>, as argument " << number
                              << ", found " << argument.getType();
  int64_t limit = std::numeric_limits<int32_t>::max();
  for (Operation *user : argument.getUsers())
    if (auto embedding = dyn_cast<xf::EmbeddingOp>(user))
      limit = std::min(limit, tensor(embedding.getTable()).getDimSize(0));
  bool optional = func.getArgAttr(number, xf::optionalAttr) != nullptr;
  buffers[{argument, 0}] = kn::InputOp::create(builder, func.getLoc(), kn::bufferFor(type), name,
                                               optional ? builder.getUnitAttr() : UnitAttr(),
                                               builder.getI64IntegerAttr(limit), IntegerAttr());
  return success();
}

/// Copies a buffer element by element.
void Lowering::copy(Value buffer, Value out) {
  Location loc = buffer.getLoc();
  auto map = kn::MapOp::create(builder, loc, out);
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(&map.getBody());
  for (int64_t i = 0; i < map.getOutput().getType().getRank(); ++i)
    block->addArgument(builder.getIndexType(), loc);
  Value element = kn::LoadOp::create(builder, loc, buffer, block->getArguments());
  kn::YieldOp::create(builder, loc, element);
}

LogicalResult Lowering::lowerReturn(func::ReturnOp op) {
  auto func = op->getParentOfType<func::FuncOp>();
  for (auto [number, value] : llvm::enumerate(op.getOperands())) {
    Value buffer = bufferOf(value);
    if (func.isPublic()) {
      auto name = func.getResultAttrOfType<StringAttr>(number, xf::nameAttr);
      if (!name)
        return func.emitOpError() << "is an entry point and expects " << xf::nameAttr << " on result " << number;
      if (kn::areaFor(tensor(value).getShape()) == kn::Area::pair)
        return func.emitOpError() << "is an entry point and cannot return " << value.getType()
                                  << " as result " << number << ": the size of an output grows with rows or tokens";
      // The runtime reads whole buffers of the arena: no view, no weight.
      if (!isa<kn::ArenaOp, kn::InputOp>(buffer.getDefiningOp())) {
        Value whole = kn::ArenaOp::create(builder, op.getLoc(), kn::bufferFor(tensor(value)), IntegerAttr());
        copy(buffer, whole);
        buffer = whole;
      }
      kn::OutputOp::create(builder, op.getLoc(), buffer, name);
    } else if (Value out = op->getBlock()->getArguments().take_back(op.getNumOperands())[number];
               buffer != out) {
      copy(buffer, out); // the value is an argument, a view or constant, or is returned twice
    }
  }
  func::ReturnOp::create(builder, op.getLoc());
  return success();
}

LogicalResult Lowering::lowerCall(func::CallOp op) {
  const Signature &signature = signatures.at(op.getCalleeAttr().getAttr());
  SmallVector<Value> operands;
  for (auto [argument, layout] : signature.arguments) {
    Value operand = op.getOperand(argument), buffer = bufferOf(operand, layout.value_or(kn::Layout::plain));
    // A view, or a weight where other calls pass what is computed: the callee knows whole buffers of the arena.
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
LogicalResult Lowering::lowerArguments(func::FuncOp func, Block *body) {
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
    Type buffer = layout ? Weights::typeFor(type, *layout) : kn::bufferFor(type);
    buffers[{old[number], int(layout.value_or(kn::Layout::plain))}] = body->addArgument(buffer, old[number].getLoc());
  }
  for (Value result : cast<func::ReturnOp>(body->getTerminator()).getOperands()) {
    Value out = body->addArgument(kn::bufferFor(tensor(result)), result.getLoc());
    if (result.getDefiningOp() && !isConstant(result) && !isa<func::CallOp>(result.getDefiningOp()))
      outBuffers.try_emplace(result, out);
  }
  return success();
}

LogicalResult Lowering::run(func::FuncOp func) {
  if (!llvm::hasSingleElement(func.getBody()))
    return func.emitOpError("expects a body of one block");
  Block *body = &func.getBody().front();
  unsigned oldArguments = body->getNumArguments();
  SmallVector<Operation *> old;
  for (Operation &op : *body)
    old.push_back(&op);
  if (failed(lowerArguments(func, body)))
    return failure();
  for (Operation *op : old)
    if (failed(lowerOp(op)))
      return failure();
  for (Operation *op : llvm::reverse(old))
    op->erase();
  body->eraseArguments(0, oldArguments);
  func.setArgAttrsAttr(nullptr);
  func.setResAttrsAttr(nullptr);
  func.setFunctionType(builder.getFunctionType(body->getArgumentTypes(), {}));
  return success();
}

struct SelectKernels : tfc::impl::SelectKernelsBase<SelectKernels> {
  using Base::Base;

  /// Whether a composite op has a kernel as it stands.
  static bool hasKernel(Operation *op) {
    auto known = [](Value value) { return isWeight(value) || isa<BlockArgument>(value); };
    if (auto ffn = dyn_cast<xf::FeedForwardOp>(op))
      return known(ffn.getUpWeight()) && known(ffn.getDownWeight());
    if (isa<xf::AttentionOp>(op))
      return op->getNumResults() == 1 && llvm::all_of(op->getOperandTypes(), [](Type type) {
               return cast<RankedTensorType>(type).isDynamicDim(0);
             });
    return isa<xf::AddNormOp>(op);
  }

  /// Spells out what has no kernel: attention that also gives its probabilities, say.
  void decompose() {
    SmallVector<xf::CompositeOpInterface> found;
    getOperation().walk([&](xf::CompositeOpInterface op) {
      if (!hasKernel(op))
        found.push_back(op);
    });
    for (xf::CompositeOpInterface op : found) {
      OpBuilder builder(op);
      op->replaceAllUsesWith(op.decompose(builder));
      op->erase();
    }
  }

  /// A private function's argument is a weight where every call passes a constant.
  Signature signatureOf(func::FuncOp func, ArrayRef<func::CallOp> calls) {
    Signature signature;
    for (BlockArgument argument : func.getArguments()) {
      unsigned number = argument.getArgNumber();
      if (calls.empty() ||
          !llvm::all_of(calls, [&](func::CallOp call) { return isWeight(call.getOperand(number)); })) {
        signature.arguments.push_back({number, std::nullopt});
        continue;
      }
      SmallVector<kn::Layout> layouts;
      for (OpOperand &use : argument.getUses())
        if (kn::Layout layout = layoutFor(use); !llvm::is_contained(layouts, layout))
          layouts.push_back(layout);
      llvm::sort(layouts);
      for (kn::Layout layout : layouts)
        signature.arguments.push_back({number, layout});
    }
    return signature;
  }

  void runOnOperation() override {
    xf::ModelOp model = getOperation();
    SmallVector<std::string> names(targets.begin(), targets.end());
    if (names.empty())
      names = {"x86-64-v4", "x86-64-v3", "x86-64"};
    decompose();
    DenseMap<StringAttr, SmallVector<func::CallOp>> calls;
    model.walk([&](func::CallOp call) { calls[call.getCalleeAttr().getAttr()].push_back(call); });
    DenseMap<StringAttr, Signature> signatures;
    for (auto func : model.getOps<func::FuncOp>())
      signatures[func.getSymNameAttr()] = signatureOf(func, calls[func.getSymNameAttr()]);
    Weights weights(model);
    for (auto func : llvm::to_vector(model.getOps<func::FuncOp>()))
      if (failed(Lowering(model, weights, signatures, names).run(func)))
        return signalPassFailure();
    model->setAttr("kernel.targets", Builder(&getContext()).getStrArrayAttr(
                                         llvm::map_to_vector(names, [](const std::string &n) { return StringRef(n); })));
  }
};

} // namespace
