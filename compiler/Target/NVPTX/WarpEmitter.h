// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An emitter's words on a GPU: a vector is a warp, and each of its threads holds one lane.

#ifndef TFC_COMPILER_TARGET_NVPTX_WARPEMITTER_H
#define TFC_COMPILER_TARGET_NVPTX_WARPEMITTER_H

#include "compiler/Codegen/Emitter.h"

namespace tfc {

/// Builds one kernel, from its first line on. A share belongs to a warp, all of whose threads run
/// through the same code; shares are dealt out to the warps of the grid in turn, so a kernel is
/// right for every number of blocks. A scalar is the same in all threads of a warp.
class WarpEmitter : public Emitter {
public:
  WarpEmitter(mlir::OpBuilder &builder, mlir::Location loc, const KernelRow &row);

  Value load(Value address) override { return loadElement(at(address, lane)); }
  void store(Value vector, Value address) override { storeElement(vector, at(address, lane)); }
  void storeFirst(Value vector, Value address, int64_t count) override;
  Value lanesBelow(Value count) override { return less(lane, count); }
  void storeMasked(Value vector, Value address, Value mask) override;
  using Emitter::splat;
  Value splat(Value scalar) override { return scalar; }
  void spread(Value from, Value to, Body body) override;
  void shares(Value call, Value total, ShareBody body) override;
  /// Claiming a share costs nothing, and a GPU has more warps than there are shares.
  int64_t perShare(int64_t) override { return 1; }
  mlir::Type vectorOf(mlir::Type element) override { return element; }

  /// The same for shares of whole blocks.
  void blockShares(Value total, Body body);
  /// Waits for all threads of the block, and for what they have written.
  void syncBlock();
  int64_t warps() const { return row.threads / row.lanes; }

  /// Numbers of this thread: in its block, in its warp; and its warp's in the block.
  Value thread, lane, warp;

private:
  Value foldLanes(Value vector, llvm::function_ref<Value(Value, Value)> combine) override;
  void strided(Value from, Value to, Value step, Body body);

  Value block, blocks; // this block's number in the grid, and their count
};

} // namespace tfc

#endif
