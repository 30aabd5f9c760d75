// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention, and what it finds in pages.

#include "compiler/Plan/FunctionLowering.h"

using namespace mlir;
using namespace tfc;
namespace xf = tfc::transformer;
namespace kn = tfc::kernel;

LogicalResult FunctionLowering::lowerAttention(xf::AttentionOp op) {
  Value query = bufferOf(op.getQuery()), key = bufferOf(op.getKey()),
        value = bufferOf(op.getValue());
  Value output = arena(op.getResult()), probabilities = arenaOrNone(op.getProbabilities()),
        scores = arenaOrNone(op.getScores()), distances = bufferOrNone(op.getDistances());
  kn::AttentionOp::create(builder, op.getLoc(), query, key, value, output, probabilities, scores,
                          /*key_scales=*/Value(), /*value_scales=*/Value(), distances,
                          /*new_key=*/Value(), /*new_value=*/Value(),
                          /*codes=*/ValueRange(), op.getHeadsAttr(), op.getScaleAttr(),
                          op.getCausalAttr(), op.getWindowAttr(), op.getSoftcapAttr(),
                          op.getSlopesAttr(), rowsFor(KernelKind::attention, query));
  return success();
}

/// The pages that an op reads or writes.
template <typename OpTy> FunctionLowering::Pages FunctionLowering::pagesOf(OpTy op) {
  return {bufferOf(op.getKeys(), kn::Layout::panels), bufferOf(op.getValues()),
          bufferOrNone(op.getKeyScales()), bufferOrNone(op.getValueScales())};
}

/// Keeps keys and values of this run's tokens.
void FunctionLowering::append(Location loc, Value key, Value value, const Pages &pages) {
  for (auto [from, to, scales] : {std::tuple(bufferOf(key), pages.keys, pages.keyScales),
                                  std::tuple(bufferOf(value), pages.values, pages.valueScales)})
    kn::AppendOp::create(builder, loc, from, to, scales, rowsFor(KernelKind::rows, from));
}

LogicalResult FunctionLowering::lowerKeep(xf::KeepOp op) {
  append(op.getLoc(), op.getKey(), op.getValue(), pagesOf(op));
  return success();
}

LogicalResult FunctionLowering::lowerCachedAttention(xf::CachedAttentionOp op) {
  Value query = bufferOf(op.getQuery());
  Pages pages = pagesOf(op);
  if (!op.seesSource())
    append(op.getLoc(), op.getKey(), op.getValue(), pages);
  Value output = arena(op.getResult()), probabilities = arenaOrNone(op.getProbabilities()),
        scores = arenaOrNone(op.getScores()), distances = bufferOrNone(op.getDistances());
  kn::AttentionOp::create(builder, op.getLoc(), query, pages.keys, pages.values, output,
                          probabilities, scores, pages.keyScales, pages.valueScales, distances,
                          /*new_key=*/Value(), /*new_value=*/Value(),
                          /*codes=*/ValueRange(), op.getHeadsAttr(), op.getScaleAttr(),
                          op.seesSource() ? UnitAttr() : builder.getUnitAttr(), op.getWindowAttr(),
                          op.getSoftcapAttr(), op.getSlopesAttr(),
                          rowsFor(KernelKind::attention, query));
  return success();
}
