// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Joins linear layers of one input into one: query, key and value, or gate and up.

#include "compiler/Fuse/Constants.h"
#include "compiler/Passes.h"

#include "llvm/Support/DebugLog.h"

#define DEBUG_TYPE "transformer-fuse-qkv"

namespace tfc {
#define GEN_PASS_DEF_FUSEQKV
#include "compiler/Passes.h.inc"
} // namespace tfc

using namespace mlir;
using namespace tfc;
using namespace tfc::transformer;

namespace {

/// Linear layers that read one input, in the order they are written.
using Group = SmallVector<LinearOp, 3>;

/// Sorts the linear layers of a block into groups. A layer that depends on a group closes it: what
/// reads the same input behind that point belongs to another part of the model (the next layer's
/// cross-attention), and stays there.
class Grouping {
public:
  explicit Grouping(Block &block) : constants(block) {
    for (auto linear : block.getOps<LinearOp>()) {
      closeGroupsBehind(linear);
      add(linear);
    }
  }

  SmallVector<Group> groups;
  Constants constants;

private:
  void add(LinearOp linear) {
    // Anything else would be joined each time the model runs.
    if (!constants.contains(linear.getWeight()) ||
        (linear.getBias() && !constants.contains(linear.getBias()))) {
      LDBG() << "the weights are not constant: " << linear;
      return;
    }
    auto [at, isNew] =
        open[linear.getBias() != nullptr].try_emplace(linear.getInput(), groups.size());
    if (isNew)
      groups.emplace_back();
    groups[at->second].push_back(linear);
  }

  /// Closes the groups that `linear` depends on, through ops other than linear layers. No op is
  /// looked at twice, since the first look closed all groups above it.
  void closeGroupsBehind(LinearOp linear) {
    SmallVector<Value> work{linear.getInput()};
    while (!work.empty()) {
      Operation *def = work.pop_back_val().getDefiningOp();
      if (!def || def->getBlock() != linear->getBlock() || !visited.insert(def).second)
        continue;
      if (auto member = dyn_cast<LinearOp>(def))
        open[member.getBias() != nullptr].erase(member.getInput());
      else
        llvm::append_range(work, def->getOperands());
    }
  }

  /// The groups that can still grow, by input: those without a bias, and those with one.
  DenseMap<Value, size_t> open[2];
  DenseSet<Operation *> visited;
};

/// concat(weights), concat(biases), one linear layer, and a slice for each.
void fuse(const Group &group, Constants &constants) {
  LinearOp first = group.front();
  SmallVector<Value> weights, biases;
  SmallVector<Location> locations;
  for (LinearOp linear : group) {
    constants.hoist(linear.getWeight(), first);
    weights.push_back(linear.getWeight());
    locations.push_back(linear.getLoc());
    if (linear.getBias()) {
      constants.hoist(linear.getBias(), first);
      biases.push_back(linear.getBias());
    }
  }
  OpBuilder builder(first);
  Location loc = builder.getFusedLoc(locations);
  Value weight = ConcatOp::create(builder, loc, weights, 0);
  Value bias = biases.empty() ? Value() : ConcatOp::create(builder, loc, biases, 0);
  Value joined = LinearOp::create(builder, loc, first.getInput(), weight, bias);

  int64_t dim = cast<RankedTensorType>(joined.getType()).getRank() - 1, offset = 0;
  for (LinearOp linear : group) {
    int64_t size = linear.getWeight().getType().getDimSize(0);
    linear.replaceAllUsesWith(
        SliceOp::create(builder, linear.getLoc(), joined, dim, offset, size).getResult());
    offset += size;
  }
  for (LinearOp linear : group)
    linear.erase();
}

struct FuseQKV : tfc::impl::FuseQKVBase<FuseQKV> {
  using Base::Base;
  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>())
      for (Block &block : func.getBody()) {
        Grouping grouping(block);
        for (const Group &group : grouping.groups)
          if (group.size() >= 2)
            fuse(group, grouping.constants);
      }
  }
};

} // namespace
