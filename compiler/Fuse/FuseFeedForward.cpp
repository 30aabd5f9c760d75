// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Recognises two linear layers with a nonlinearity between them, and perhaps a gate.
//
// A block's feed-forward part works on [tokens, hidden] and gives back what it got. The same three
// ops also make up classifiers (pooled vector → linear → tanh → linear): other ranks and widths
// stay as they are written.

#include "compiler/Passes.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace tfc {
#define GEN_PASS_DEF_FUSEFEEDFORWARD
#include "compiler/Passes.h.inc"
} // namespace tfc

using namespace mlir;
using namespace tfc::transformer;

namespace {

/// What flows into the last layer.
struct Inner {
  ActivationOp activation;
  LinearOp up;
  LinearOp gate = {}; ///< the layer before the nonlinearity, where that is a factor of `up`
};

/// activation(linear(x)), or its product with linear(x) in either order; what lies between is used
/// here alone.
FailureOr<Inner> matchInner(Value value) {
  auto only = [](auto op) { return op && op->hasOneUse() ? op : decltype(op)(); };
  auto matchActivated = [&](Value value) -> std::pair<ActivationOp, LinearOp> {
    auto activation = only(value.getDefiningOp<ActivationOp>());
    return {activation,
            activation ? only(activation.getInput().getDefiningOp<LinearOp>()) : LinearOp()};
  };
  if (auto [activation, up] = matchActivated(value); up)
    return Inner{activation, up};
  auto product = only(value.getDefiningOp<MulOp>());
  if (!product)
    return failure();
  for (auto [left, right] : {std::pair(product.getLhs(), product.getRhs()),
                             std::pair(product.getRhs(), product.getLhs())}) {
    auto [activation, gate] = matchActivated(left);
    auto up = only(right.getDefiningOp<LinearOp>());
    if (gate && up && gate.getInput() == up.getInput() && gate.getType() == up.getType())
      return Inner{activation, up, gate};
  }
  return failure();
}

/// linear(activation(linear(x))) = feed_forward(x)
/// linear(activation(linear(x)) * linear(x)) = feed_forward(x) with a gate
struct FeedForwardWrittenOut : OpRewritePattern<LinearOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LinearOp down, PatternRewriter &rewriter) const override {
    auto inner = matchInner(down.getInput());
    if (failed(inner))
      return rewriter.notifyMatchFailure(
          down, "its input is no nonlinearity of a linear layer that nothing else uses");
    auto [activation, up, gate] = *inner;
    if (up.getInput().getType() != down.getType() || down.getType().getRank() != 2)
      return rewriter.notifyMatchFailure(down,
                                         "the result is not like the input, [tokens, hidden]");

    SmallVector<Location> parts{up.getLoc(), activation.getLoc(), down.getLoc()};
    if (gate)
      parts.push_back(gate.getLoc());
    auto feedForward = FeedForwardOp::create(
        rewriter, rewriter.getFusedLoc(parts), activation.getKind(), up.getInput(),
        gate ? gate.getWeight() : Value(), gate ? gate.getBias() : Value(), up.getWeight(),
        up.getBias(), down.getWeight(), down.getBias());
    rewriter.replaceOp(down, feedForward);
    return success();
  }
};

struct FuseFeedForward : tfc::impl::FuseFeedForwardBase<FuseFeedForward> {
  using Base::Base;
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FeedForwardWrittenOut>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
