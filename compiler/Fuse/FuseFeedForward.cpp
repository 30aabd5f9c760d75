// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Recognises two linear layers with a nonlinearity between them.
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

/// linear(activation(linear(x))) = feed_forward(x)
struct FeedForwardWrittenOut : OpRewritePattern<LinearOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LinearOp down, PatternRewriter &rewriter) const override {
    auto activation = down.getInput().getDefiningOp<ActivationOp>();
    if (!activation)
      return rewriter.notifyMatchFailure(down, "its input is no nonlinearity");
    auto up = activation.getInput().getDefiningOp<LinearOp>();
    if (!up)
      return rewriter.notifyMatchFailure(down, "no linear layer before the nonlinearity");
    if (!activation->hasOneUse() || !up->hasOneUse())
      return rewriter.notifyMatchFailure(down, "what lies between the layers has other users");
    if (up.getInput().getType() != down.getType() || down.getType().getRank() != 2)
      return rewriter.notifyMatchFailure(down,
                                         "the result is not like the input, [tokens, hidden]");

    Location loc = rewriter.getFusedLoc({up.getLoc(), activation.getLoc(), down.getLoc()});
    auto feedForward =
        FeedForwardOp::create(rewriter, loc, activation.getKind(), up.getInput(), Value(), Value(),
                              up.getWeight(), up.getBias(), down.getWeight(), down.getBias());
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
