// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules and meaning of attention and of the plain ops it is written with.

#include "dialects/Transformer/Infer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tfc::transformer;

LogicalResult MatmulOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectRank(loc, "lhs", adaptor.getLhs(), 2)))
    return failure();
  auto left = tensor(adaptor.getLhs()), right = tensor(adaptor.getRhs());
  int64_t rank = left.getRank();
  if (right.getRank() != rank || left.getShape().drop_back(2) != right.getShape().drop_back(2) ||
      left.getDimSize(rank - 1) != right.getDimSize(rank - 2))
    return emitOptionalError(
        loc, "expects [..., m, k] times [..., k, n] with the same leading dimensions, found ", left,
        " and ", right);
  SmallVector<int64_t> shape(left.getShape());
  shape.back() = right.getShape().back();
  types.push_back(left.clone(shape));
  return success();
}

StringRef MatmulOp::getFormula() {
  auto endsDynamic = [](Value value) {
    return ShapedType::isDynamic(cast<RankedTensorType>(value.getType()).getShape().back());
  };
  return endsDynamic(getResult()) ? "scores = {0} · {1}ᵀ"
         : endsDynamic(getLhs())  ? "weighted sum = {0} · {1}"
                                  : "product = {0} · {1}";
}

Value MatmulOp::emitElement(ElementContext &context, ValueRange index) {
  OpBuilder &builder = context.builder;
  auto left = tensor(getLhs());
  auto loop = scf::ForOp::create(builder, context.loc, context.index(0),
                                 context.size(left, left.getRank() - 1), context.index(1),
                                 context.number(0, left.getElementType()));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> a(index), b(index);
  a.back() = b[b.size() - 2] = loop.getInductionVar();
  Value product =
      arith::MulFOp::create(builder, context.loc, context.load(0, a), context.load(1, b));
  Value sum = arith::AddFOp::create(builder, context.loc, loop.getRegionIterArg(0), product);
  scf::YieldOp::create(builder, context.loc, sum);
  return loop.getResult(0);
}

LogicalResult CausalMaskOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                             Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectRank(loc, "input", adaptor.getInput(), 2)))
    return failure();
  types.push_back(adaptor.getInput().getType());
  return success();
}

Value CausalMaskOp::emitElement(ElementContext &context, ValueRange index) {
  OpBuilder &b = context.builder;
  Location loc = context.loc;
  Value query = index[index.size() - 2], key = index.back();
  auto compare = [&](arith::CmpIPredicate how, Value a, Value c) -> Value {
    return arith::CmpIOp::create(b, loc, how, a, c);
  };
  Value seen = compare(arith::CmpIPredicate::ule, key, query);
  if (auto window = getWindow()) {
    Value end = arith::AddIOp::create(b, loc, key, context.index(*window));
    seen = arith::AndIOp::create(b, loc, seen, compare(arith::CmpIPredicate::ult, query, end));
  }
  Value score = context.load(0, index);
  Value never = context.number(-std::numeric_limits<double>::infinity(), score.getType());
  return arith::SelectOp::create(b, loc, seen, score, never);
}

LogicalResult LinearBiasOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                             Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto type = tensor(adaptor.getInput());
  int64_t heads = adaptor.getSlopes().size();
  if (type.getRank() != 3 || type.getDimSize(0) != heads)
    return emitOptionalError(loc, "expects scores of [", heads,
                             ", queries, keys], a head for each slope, found ", type);
  types.push_back(type);
  return success();
}

/// The heads take turns: which slope is meant is known where the element is computed.
Value LinearBiasOp::emitElement(ElementContext &context, ValueRange index) {
  OpBuilder &b = context.builder;
  Location loc = context.loc;
  Value score = context.load(0, index);
  Type type = score.getType(), integer = b.getI64Type();
  Value slope = context.number(getSlopes()[0], type);
  for (auto [head, other] : llvm::drop_begin(llvm::enumerate(getSlopes()))) {
    Value here =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, index[0], context.index(head));
    slope = arith::SelectOp::create(b, loc, here, context.number(other, type), slope);
  }
  Value apart = arith::SubIOp::create(b, loc, index[2], index[1]);
  apart = arith::SIToFPOp::create(b, loc, type, arith::IndexCastOp::create(b, loc, integer, apart));
  return arith::AddFOp::create(b, loc, score, arith::MulFOp::create(b, loc, slope, apart));
}

LogicalResult DistanceBiasOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                               Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto type = tensor(adaptor.getInput()), table = tensor(adaptor.getTable());
  if (type.getRank() != 3 || table.getRank() != 2 || !table.hasStaticShape() ||
      table.getDimSize(0) != type.getDimSize(0) || table.getDimSize(1) % 2 != 1)
    return emitOptionalError(loc,
                             "expects scores of [heads, queries, keys] and a table of [heads, "
                             "an odd number], found ",
                             type, " and ", table);
  types.push_back(type);
  return success();
}

Value DistanceBiasOp::emitElement(ElementContext &context, ValueRange index) {
  OpBuilder &b = context.builder;
  Location loc = context.loc;
  Value reach = context.index(tensor(getTable()).getDimSize(1) / 2);
  Value apart = arith::SubIOp::create(b, loc, index[2], index[1]);
  apart = arith::MinSIOp::create(b, loc, apart, reach);
  apart = arith::AddIOp::create(b, loc, apart, reach);
  apart = arith::MaxSIOp::create(b, loc, apart, context.index(0));
  return arith::AddFOp::create(b, loc, context.load(0, index), context.load(1, {index[0], apart}));
}

LogicalResult SoftmaxOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                          Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectRank(loc, "input", adaptor.getInput(), 1)))
    return failure();
  types.push_back(adaptor.getInput().getType());
  return success();
}

LogicalResult LogSumExpOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(expectRank(loc, "input", adaptor.getInput(), 1)))
    return failure();
  auto type = tensor(adaptor.getInput());
  types.push_back(type.clone(type.getShape().drop_back()));
  return success();
}

/// What scores become before they are masked.
static LogicalResult verifyScores(Operation *op, int64_t heads, std::optional<APFloat> softcap,
                                  std::optional<ArrayRef<double>> slopes) {
  if (softcap && !(softcap->isFiniteNonZero() && !softcap->isNegative()))
    return op->emitOpError() << "expects a softcap above 0, found " << softcap->convertToDouble();
  if (slopes && int64_t(slopes->size()) != heads)
    return op->emitOpError() << "expects a slope for each of " << heads << " heads, found "
                             << slopes->size();
  return success();
}

/// A table of distances is one: kernels count on how it ends.
static LogicalResult verifyDistances(Operation *op, Value distances, int64_t heads) {
  if (!distances)
    return success();
  auto type = tensor(distances);
  bool isTable = isa<BlockArgument>(distances) || distances.getDefiningOp<DistanceTableOp>();
  if (isTable && type.hasStaticShape() && type.getDimSize(0) == heads &&
      type.getDimSize(1) % 2 == 1 && type.getDimSize(1) > 64)
    return success();
  return op->emitOpError() << "expects distances of a distance_table for " << heads
                           << " heads, found " << type;
}

/// Queries, keys and values divide into heads, of which key and value may have fewer.
static LogicalResult verifyHeads(Operation *op, RankedTensorType query, RankedTensorType key,
                                 RankedTensorType value, int64_t heads) {
  auto hasColumns = [](RankedTensorType type) {
    return !type.isDynamicDim(1) && type.getDimSize(1) > 0;
  };
  for (auto type : {query, key, value})
    if (!hasColumns(type))
      return op->emitOpError() << "expects a fixed number of columns, found " << type;
  if (query.getDimSize(1) % heads)
    return op->emitOpError() << "expects columns that divide into " << heads << " heads, found "
                             << query;
  int64_t headDim = query.getDimSize(1) / heads, keyHeads = key.getDimSize(1) / headDim;
  if (key.getDimSize(1) % headDim || heads % keyHeads)
    return op->emitOpError() << "expects keys of heads of " << headDim
                             << " columns, whose number divides " << heads << ", found " << key;
  if (value.getDimSize(1) % keyHeads)
    return op->emitOpError() << "expects values that divide into " << keyHeads
                             << " heads as the keys do, found " << value;
  if (key.getDimSize(0) != value.getDimSize(0))
    return op->emitOpError() << "expects as many values as keys, found " << key << " and " << value;
  return success();
}

void AttentionOp::build(OpBuilder &builder, OperationState &state, Value query, Value key,
                        Value value, int64_t heads, APFloat scale, bool causal,
                        std::optional<int64_t> window) {
  auto type = tensor(query);
  int64_t keyHeads = tensor(key).getDimSize(1) / (type.getDimSize(1) / heads);
  int64_t width = tensor(value).getDimSize(1) / keyHeads * heads;
  build(builder, state, type.clone({type.getDimSize(0), width}), Type(), Type(), Type(), query, key,
        value, /*distances=*/Value(), builder.getI64IntegerAttr(heads),
        builder.getF64FloatAttr(scale.convertToDouble()),
        causal ? builder.getUnitAttr() : UnitAttr(),
        window ? builder.getI64IntegerAttr(*window) : IntegerAttr(), FloatAttr(),
        DenseF64ArrayAttr());
}

LogicalResult AttentionOp::verify() {
  auto query = tensor(getQuery()), key = tensor(getKey()), value = tensor(getValue());
  if (failed(verifyHeads(*this, query, key, value, getHeads())) ||
      failed(verifyScores(*this, getHeads(), getSoftcap(), getSlopes())) ||
      failed(verifyDistances(*this, getDistances(), getHeads())))
    return failure();
  if (getWindow() && !getCausal())
    return emitOpError("expects a window only with causal");
  int64_t heads = getHeads(), queries = query.getDimSize(0), keys = key.getDimSize(0);
  auto expect = [&](StringRef name, Value result, ArrayRef<int64_t> shape) -> LogicalResult {
    if (!result || tensor(result).getShape() == shape)
      return success();
    return emitOpError() << "expects " << name << " of " << query.clone(shape) << ", found "
                         << result.getType();
  };
  return success(succeeded(expect("the result", getResult(), {queries, heads * getValueDim()})) &&
                 succeeded(expect("probabilities", getProbabilities(), {heads, queries, keys})) &&
                 succeeded(expect("scores", getScores(), {heads, queries, keys})) &&
                 succeeded(expect("log_sum_exp", getLogSumExp(), {heads, queries})));
}

/// Gives no more than is used.
LogicalResult AttentionOp::canonicalize(AttentionOp op, PatternRewriter &rewriter) {
  auto others = llvm::drop_begin(op->getResults());
  if (llvm::none_of(others, [](Value result) { return result.use_empty(); }))
    return failure();
  auto typeOf = [&](Value result) {
    return result && !result.use_empty() ? result.getType() : Type();
  };
  auto less = AttentionOp::create(
      rewriter, op.getLoc(), op.getResult().getType(), typeOf(op.getProbabilities()),
      typeOf(op.getScores()), typeOf(op.getLogSumExp()), op.getQuery(), op.getKey(), op.getValue(),
      op.getDistances(), op.getHeadsAttr(), op.getScaleAttr(), op.getCausalAttr(),
      op.getWindowAttr(), op.getSoftcapAttr(), op.getSlopesAttr());
  rewriter.replaceAllUsesWith(op.getResult(), less.getResult());
  for (auto [more, fewer] : {std::pair(op.getProbabilities(), less.getProbabilities()),
                             std::pair(op.getScores(), less.getScores()),
                             std::pair(op.getLogSumExp(), less.getLogSumExp())})
    if (fewer)
      rewriter.replaceAllUsesWith(more, fewer);
  rewriter.eraseOp(op);
  return success();
}

SmallVector<Value> AttentionOp::decompose(OpBuilder &builder) {
  // [tokens, heads · dim] → [tokens, heads, dim] → the given order of these three.
  auto split = [&](Value x, int64_t heads, ArrayRef<int64_t> order) -> Value {
    auto type = tensor(x);
    auto shape = type.clone({type.getDimSize(0), heads, type.getDimSize(1) / heads});
    Value parts = ReshapeOp::create(builder, getLoc(), shape, x);
    if (int64_t times = int64_t(getHeads()) / heads; times > 1)
      parts = RepeatOp::create(builder, getLoc(), parts, 1, times);
    return TransposeOp::create(builder, getLoc(), parts, order);
  };
  int64_t keyHeads = getKeyHeads();
  Value scores = MatmulOp::create(builder, getLoc(), split(getQuery(), getHeads(), {1, 0, 2}),
                                  split(getKey(), keyHeads, {1, 2, 0}));
  scores = ScaleOp::create(builder, getLoc(), scores, getScaleAttr());
  if (auto cap = getSoftcap()) {
    auto inverse = builder.getF64FloatAttr(1 / cap->convertToDouble());
    scores = ScaleOp::create(builder, getLoc(), scores, inverse);
    scores = ActivationOp::create(builder, getLoc(), ActivationKind::tanh, scores);
    scores = ScaleOp::create(builder, getLoc(), scores, getSoftcapAttr());
  }
  if (getSlopes())
    scores = LinearBiasOp::create(builder, getLoc(), scores, getSlopesAttr());
  if (getDistances())
    scores = DistanceBiasOp::create(builder, getLoc(), scores, getDistances());
  if (getCausal())
    scores = CausalMaskOp::create(builder, getLoc(), scores, getWindowAttr());
  Value probabilities = SoftmaxOp::create(builder, getLoc(), scores);
  Value context =
      MatmulOp::create(builder, getLoc(), probabilities, split(getValue(), keyHeads, {1, 0, 2}));
  Value joined = TransposeOp::create(builder, getLoc(), context, ArrayRef<int64_t>{1, 0, 2});
  SmallVector<Value> results{ReshapeOp::create(builder, getLoc(), getResult().getType(), joined)};
  if (getProbabilities())
    results.push_back(probabilities);
  if (getScores())
    results.push_back(scores);
  if (getLogSumExp())
    results.push_back(LogSumExpOp::create(builder, getLoc(), scores));
  return results;
}

/// What is kept of key and value: pages of their heads, with scales where they are codes.
static LogicalResult verifyKept(Operation *op, ArrayRef<Value> computed, ArrayRef<Value> kept,
                                ArrayRef<Value> besides, int64_t keyHeads, ArrayRef<int64_t> dims,
                                Type element) {
  auto scales = RankedTensorType::get({pageTokens, keyHeads}, element);
  for (unsigned i = 0; i < 2; ++i) {
    auto page = tensor(kept[i]);
    if (computed[i] && tensor(computed[i]).getElementType() != element)
      return op->emitOpError() << "expects key and value of " << element << ", found "
                               << computed[i].getType();
    if (Type type = page.getElementType();
        type != element && !((type.isBF16() || type.isInteger(8)) && element.isF32()))
      return op->emitOpError() << "expects a cache of " << element
                               << (element.isF32() ? ", bf16 or i8" : "") << ", found " << page;
    auto expected = RankedTensorType::get({pageTokens, keyHeads, dims[i]}, page.getElementType());
    if (page != expected)
      return op->emitOpError() << "expects " << (i ? "values" : "keys") << " of " << expected
                               << ", found " << page;
    if (page.getElementType().isInteger(8) != bool(besides[i]) ||
        (besides[i] && besides[i].getType() != scales))
      return op->emitOpError() << "expects scales of " << scales << " for a cache of i8, and only "
                               << "there, found " << page << (besides[i] ? " with" : " without")
                               << " scales";
  }
  return success();
}

LogicalResult CachedAttentionOp::verify() {
  auto query = tensor(getQuery()), keys = tensor(getKeys()), values = tensor(getValues());
  if (bool(getKey()) != bool(getValue()))
    return emitOpError("expects a key and a value, or neither");
  // Without keys and values of its own, what is kept says how they would look.
  auto isPage = [](RankedTensorType page) {
    int64_t columns;
    return page.getRank() == 3 && page.hasStaticShape() &&
           !llvm::MulOverflow(page.getDimSize(1), page.getDimSize(2), columns);
  };
  if (!isPage(keys) || !isPage(values))
    return emitOpError() << "expects pages of [" << pageTokens << ", heads, dim], found " << keys
                         << " and " << values;
  auto wide = [&](RankedTensorType page) {
    return RankedTensorType::get({ShapedType::kDynamic, page.getDimSize(1) * page.getDimSize(2)},
                                 query.getElementType());
  };
  auto key = getKey() ? tensor(getKey()) : wide(keys);
  auto value = getValue() ? tensor(getValue()) : wide(values);
  if (failed(verifyHeads(*this, query, key, value, getHeads())) ||
      failed(verifyScores(*this, getHeads(), getSoftcap(), getSlopes())) ||
      failed(verifyDistances(*this, getDistances(), getHeads())))
    return failure();
  int64_t keyHeads = key.getDimSize(1) / getHeadDim();
  if (failed(verifyKept(*this, {getKey(), getValue()}, {getKeys(), getValues()},
                        {getKeyScales(), getValueScales()}, keyHeads,
                        {getHeadDim(), value.getDimSize(1) / keyHeads}, query.getElementType())))
    return failure();
  if (seesSource() && (getWindow() || getSlopes() || getDistances()))
    return emitOpError("of the source has no window, slopes or distances");
  if (!seesSource() && (getProbabilities() || getScores()))
    return emitOpError("gives probabilities and scores of the source only");
  auto expect = [&](StringRef name, Value found, ArrayRef<int64_t> shape) -> LogicalResult {
    if (!found || tensor(found) == query.clone(shape))
      return success();
    return emitOpError() << "expects " << name << " of " << query.clone(shape) << ", found "
                         << found.getType();
  };
  int64_t heads = getHeads(), queries = query.getDimSize(0);
  const int64_t maps[] = {heads, queries, ShapedType::kDynamic};
  return success(succeeded(expect("the result", getResult(), {queries, heads * getValueDim()})) &&
                 succeeded(expect("probabilities", getProbabilities(), maps)) &&
                 succeeded(expect("scores", getScores(), maps)));
}

LogicalResult KeepOp::verify() {
  auto key = tensor(getKey()), value = tensor(getValue()), keys = tensor(getKeys());
  int64_t heads = keys.getRank() == 3 ? keys.getDimSize(1) : 0;
  if (!heads || key.getDimSize(1) % heads || value.getDimSize(1) % heads)
    return emitOpError() << "expects pages of [" << pageTokens
                         << ", heads, dim] and columns that divide into their heads, found " << keys
                         << " for " << key << " and " << value;
  return verifyKept(*this, {getKey(), getValue()}, {getKeys(), getValues()},
                    {getKeyScales(), getValueScales()}, heads,
                    {key.getDimSize(1) / heads, value.getDimSize(1) / heads}, key.getElementType());
}
