// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Recognises the norm of a sum.
//
// Which side is called `residual` matters to the plan, not to the result: the product that computed
// `input` can add the residual on its way out, so the side that a linear layer made for this sum
// alone becomes `input`.

#include "compiler/Passes.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace tfc {
#define GEN_PASS_DEF_FUSEADDNORM
#include "compiler/Passes.h.inc"
} // namespace tfc

using namespace mlir;
using namespace tfc::transformer;

namespace {

/// Whether the last step of a sublayer made `value`, for one user.
bool isSublayerOutput(Value value) {
  return value.hasOneUse() && isa_and_present<LinearOp, FeedForwardOp>(value.getDefiningOp());
}

/// layer_norm(x + y) = add_norm(x, y) = add_norm(y, x)
struct NormOfSum : OpRewritePattern<LayerNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LayerNormOp norm, PatternRewriter &rewriter) const override {
    auto sum = norm.getInput().getDefiningOp<AddOp>();
    if (!sum)
      return rewriter.notifyMatchFailure(norm, "its input is no sum");
    if (!sum->hasOneUse())
      return rewriter.notifyMatchFailure(norm, "the sum has other users");
    Value input = sum.getLhs(), residual = sum.getRhs();
    if (input.getType() != residual.getType())
      return rewriter.notifyMatchFailure(norm, "one side of the sum is repeated");
    if (!isSublayerOutput(input) && isSublayerOutput(residual))
      std::swap(input, residual);

    Location loc = rewriter.getFusedLoc({sum.getLoc(), norm.getLoc()});
    rewriter.replaceOp(norm, AddNormOp::create(rewriter, loc, input, residual, norm.getGamma(),
                                               norm.getBeta(), norm.getEpsAttr()));
    return success();
  }
};

struct FuseAddNorm : tfc::impl::FuseAddNormBase<FuseAddNorm> {
  using Base::Base;
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<NormOfSum>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
