// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Recognises attention written out: head split, scores, scale, cap (a factor, tanh, a factor),
// linear bias or a bias by distance, causal mask, softmax, weighted sum and head join. Keys and
// values of fewer heads are repeated between split and product.
//
// Scales come on the scores, or on query or key before or after the split; all of them become the
// one factor of `attention`. A single factor keeps its bits. Several are multiplied in double
// precision and rounded once, by the kernel, which is no further from the exact result than the
// roundings they replace, as long as no product over- or underflows.

#include "compiler/Passes.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <cmath>

namespace tfc {
#define GEN_PASS_DEF_FUSEATTENTION
#include "compiler/Passes.h.inc"
} // namespace tfc

using namespace mlir;
using namespace tfc::transformer;

namespace {

/// The constant factors met on the way, as one.
class Factor {
public:
  void times(APFloat factor) {
    product *= factor.convertToDouble();
    ++count;
  }
  /// The factor, or nothing where several have no product that is normal in single precision.
  std::optional<APFloat> get() const {
    if (count > 1 && !std::isnormal(static_cast<float>(product)))
      return std::nullopt;
    return APFloat(product);
  }

private:
  double product = 1;
  int count = 0;
};

/// A matrix [tokens, heads · dim] that is read as `heads` matrices, and in which order of [tokens,
/// heads, dim]. One head needs no split: then the order is that of [tokens, dim]. Each head may
/// stand `times` times. What is split may have more dimensions behind the first, which a matrix
/// joins.
struct Heads {
  TypedValue<RankedTensorType> matrix;
  int64_t heads, times;
  SmallVector<int64_t> order;
};

/// Looks through transposes, repeated heads, scales (where they are asked for) and the reshape that
/// splits.
FailureOr<Heads> matchSplit(Value value, Factor *factor) {
  SmallVector<int64_t> order =
      llvm::to_vector(llvm::seq(cast<RankedTensorType>(value.getType()).getRank()));
  int64_t times = 1, repeated = 1; // a dimension of the value at hand
  auto lookThroughScale = [&]() {
    auto scale = factor ? value.getDefiningOp<ScaleOp>() : ScaleOp();
    if (!scale)
      return false;
    factor->times(scale.getFactor());
    value = scale.getInput();
    return true;
  };
  while (true) {
    if (auto transpose = value.getDefiningOp<TransposeOp>()) {
      for (int64_t &dim : order)
        dim = transpose.getPermutation()[dim];
      repeated = transpose.getPermutation()[repeated];
      value = transpose.getInput();
    } else if (auto repeat = value.getDefiningOp<RepeatOp>(); repeat && times == 1) {
      times = repeat.getTimes();
      repeated = repeat.getDim();
      value = repeat.getInput();
    } else if (!lookThroughScale()) {
      break;
    }
  }
  int64_t heads = 1;
  if (order.size() == 3) {
    auto reshape = value.getDefiningOp<ReshapeOp>();
    if (!reshape || reshape.getInput().getType().getRank() < 2)
      return failure();
    auto from = reshape.getInput().getType(), to = reshape.getType();
    if (from.getDimSize(0) != to.getDimSize(0) || to.isDynamicDim(1) || to.isDynamicDim(2))
      return failure();
    heads = to.getDimSize(1);
    value = reshape.getInput();
    while (lookThroughScale())
      ;
  }
  if (times > 1 && (order.size() != 3 || repeated != 1))
    return failure();
  return Heads{cast<TypedValue<RankedTensorType>>(value), heads, times, order};
}

/// The product of probabilities with values, if there is just one.
MatmulOp matchSum(Value probabilities) {
  MatmulOp sum;
  for (Operation *user : probabilities.getUsers()) {
    auto product = dyn_cast<MatmulOp>(user);
    if (!product)
      continue;
    if (sum || product.getLhs() != probabilities)
      return MatmulOp();
    sum = product;
  }
  return sum;
}

/// The factor behind tanh, where `scores` are capped by it.
ScaleOp matchCap(Value scores) {
  auto scale = scores.getDefiningOp<ScaleOp>();
  auto tanh = scale ? scale.getInput().getDefiningOp<ActivationOp>() : ActivationOp();
  bool caps = tanh && tanh.getKind() == ActivationKind::tanh && !scale.getFactor().isNegative() &&
              scale.getFactor().isFiniteNonZero();
  return caps ? scale : ScaleOp();
}

/// The op that alone uses `value`, if it is an `OpTy`.
template <typename OpTy> OpTy onlyUser(Value value) {
  return value.hasOneUse() ? dyn_cast<OpTy>(*value.user_begin()) : OpTy();
}

/// The value that joins the heads of `context` [heads, queries, dim] to [queries, heads · dim], or
/// null.
Value matchJoin(Value context) {
  auto transpose = onlyUser<TransposeOp>(context);
  if (!transpose || transpose.getPermutation() != ArrayRef<int64_t>{1, 0, 2})
    return Value();
  auto reshape = onlyUser<ReshapeOp>(transpose.getResult());
  if (!reshape)
    return Value();
  auto from = transpose.getType(), to = reshape.getType();
  bool joins = to.getRank() == 2 && to.getDimSize(0) == from.getDimSize(0) && !from.isDynamicDim(2);
  return joins ? reshape.getResult() : Value();
}

struct AttentionWrittenOut : OpRewritePattern<SoftmaxOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SoftmaxOp softmax, PatternRewriter &rewriter) const override {
    auto skip = [&](StringRef why) { return rewriter.notifyMatchFailure(softmax, why); };

    Factor factor;
    Value scores = softmax.getInput();
    // What the softmax is taken of may be wanted itself; what it was before, not.
    auto hasOtherUsers = [&](Value value) {
      return value != softmax.getInput() && !value.hasOneUse();
    };
    auto mask = scores.getDefiningOp<CausalMaskOp>();
    if (mask)
      scores = mask.getInput();
    auto bias = scores.getDefiningOp<LinearBiasOp>();
    if (bias && hasOtherUsers(scores))
      return skip("the biased scores have other users");
    if (bias)
      scores = bias.getInput();
    auto distances = scores.getDefiningOp<DistanceBiasOp>();
    if (distances && hasOtherUsers(scores))
      return skip("the biased scores have other users");
    if (distances && !distances.getTable().getDefiningOp<DistanceTableOp>())
      return skip("the bias is of no table of distances");
    if (distances)
      scores = distances.getInput();
    ScaleOp cap = matchCap(scores);
    if (cap) {
      if (hasOtherUsers(scores) || !cap.getInput().hasOneUse())
        return skip("the capped scores have other users");
      factor.times(cap.getFactor()); // against the one before tanh
      scores = cap.getInput().getDefiningOp<ActivationOp>().getInput();
    }
    while (auto scale = scores.getDefiningOp<ScaleOp>()) {
      if (hasOtherUsers(scores))
        return skip("the scaled scores have other users");
      factor.times(scale.getFactor());
      scores = scale.getInput();
    }
    auto product = scores.getDefiningOp<MatmulOp>();
    if (!product)
      return skip("its input is no product of two matrices");
    if (hasOtherUsers(scores))
      return skip("the scores have other users");
    MatmulOp sum = matchSum(softmax.getResult());
    if (!sum)
      return skip("the probabilities are not used by one product with values");

    auto query = matchSplit(product.getLhs(), &factor), key = matchSplit(product.getRhs(), &factor);
    auto value = matchSplit(sum.getRhs(), nullptr);
    if (failed(query) || failed(key) || failed(value))
      return skip("query, key or value is not split into heads");
    if (query->times > 1)
      return skip("heads of the query are repeated");
    if (key->times != value->times)
      return skip("keys and values are shared by other heads");
    // That key and value have as many heads as the query, counting repetitions, follows from the
    // order and the types of the products.
    bool split = query->order.size() == 3;
    if (split ? query->order != ArrayRef<int64_t>{1, 0, 2} ||
                    key->order != ArrayRef<int64_t>{1, 2, 0} ||
                    value->order != ArrayRef<int64_t>{1, 0, 2}
              : query->order != ArrayRef<int64_t>{0, 1} || key->order != ArrayRef<int64_t>{1, 0} ||
                    value->order != ArrayRef<int64_t>{0, 1})
      return skip("the dimensions are in another order");
    Value joined = split ? matchJoin(sum.getResult()) : sum.getResult();
    if (!joined)
      return skip("the heads are not joined");
    const std::pair<Value, Operation *> maps[] = {{softmax.getResult(), sum},
                                                  {softmax.getInput(), softmax}};
    for (auto [map, inner] : maps)
      for (Operation *user : map.getUsers()) {
        if (user == inner)
          continue;
        if (!split)
          return skip(
              "the probabilities or scores of one head without a dimension for it are used");
        if (user->getBlock() != softmax->getBlock() ||
            user->isBeforeInBlock(joined.getDefiningOp()))
          return skip("the probabilities or scores are used before the heads are joined");
      }
    auto scale = factor.get();
    if (!scale)
      return skip("the product of the scales over- or underflows");
    for (const Heads &heads : {*query, *key, *value})
      if (ShapedType::isDynamicShape(heads.matrix.getType().getShape().drop_front()))
        return skip("a width is not known");

    rewriter.setInsertionPoint(joined.getDefiningOp());
    Location loc = rewriter.getFusedLoc({product.getLoc(), softmax.getLoc(), sum.getLoc()});
    auto matrixOf = [&](const Heads &heads) -> Value {
      auto type = heads.matrix.getType();
      if (type.getRank() == 2)
        return heads.matrix;
      int64_t columns = ShapedType::getNumElements(type.getShape().drop_front());
      return ReshapeOp::create(rewriter, loc, type.clone({type.getDimSize(0), columns}),
                               heads.matrix);
    };
    Value queries = matrixOf(*query), keys = matrixOf(*key), values = matrixOf(*value);
    auto typeIfUsed = [](Value map) { return map.hasOneUse() ? Type() : map.getType(); };
    auto attention = AttentionOp::create(
        rewriter, loc, joined.getType(), typeIfUsed(softmax.getResult()),
        typeIfUsed(softmax.getInput()), /*log_sum_exp=*/Type(), queries, keys, values,
        distances ? Value(distances.getTable()) : Value(), rewriter.getI64IntegerAttr(query->heads),
        rewriter.getF64FloatAttr(scale->convertToDouble()),
        mask ? rewriter.getUnitAttr() : UnitAttr(), mask ? mask.getWindowAttr() : IntegerAttr(),
        cap ? cap.getFactorAttr() : FloatAttr(), bias ? bias.getSlopesAttr() : DenseF64ArrayAttr());
    const Value given[] = {attention.getProbabilities(), attention.getScores()};
    for (auto [map, value] : llvm::zip_equal(maps, given))
      if (value)
        rewriter.replaceUsesWithIf(map.first, value, [inner = map.second](OpOperand &use) {
          return use.getOwner() != inner;
        });
    rewriter.replaceOp(joined.getDefiningOp(), attention.getResult());
    return success();
  }
};

struct FuseAttention : tfc::impl::FuseAttentionBase<FuseAttention> {
  using Base::Base;
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<AttentionWrittenOut>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
