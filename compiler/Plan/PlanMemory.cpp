// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gives each buffer its place in the arena.
//
// A buffer is alive from the op that writes it first to the last op that touches it or a view of
// it. Places are found first-fit in that order. A function's buffers lie above those of all its
// callers, so a callee never touches what a caller still needs.

#include "compiler/Passes.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
namespace kn = tfc::kernel;

namespace tfc {
#define GEN_PASS_DEF_PLANMEMORY
#include "compiler/Passes.h.inc"
} // namespace tfc

namespace {

constexpr int areas = 3;

struct Interval {
  Operation *op;
  int64_t first, last, bytes, at = 0;
  int area;
};

struct PlanMemory : tfc::impl::PlanMemoryBase<PlanMemory> {
  using Base::Base;

  /// The last position at which a buffer or a view of it is used; an output is read after the run.
  static int64_t lastUse(Value buffer, const DenseMap<Operation *, int64_t> &position,
                         int64_t end) {
    int64_t last = 0;
    for (Operation *user : buffer.getUsers()) {
      Operation *outer = buffer.getParentBlock()->findAncestorOpInBlock(*user);
      last = std::max(last, isa<kn::OutputOp>(user) ? end : position.lookup(outer));
      if (auto slice = dyn_cast<kn::SliceOp>(user))
        last = std::max(last, lastUse(slice.getResult(), position, end));
    }
    return last;
  }

  /// Places one function's buffers above `base`; gives where they end.
  std::array<int64_t, areas> place(func::FuncOp func, std::array<int64_t, areas> base) {
    DenseMap<Operation *, int64_t> position;
    Block &block = func.getBody().front();
    for (Operation &op : block)
      position[&op] = position.size() + 1;
    int64_t end = position.size() + 1;

    SmallVector<Interval> placed;
    std::array<int64_t, areas> top = base;
    Builder builder(&getContext());
    for (Operation &op : block) {
      if (!isa<kn::ArenaOp, kn::InputOp>(op))
        continue;
      auto type = cast<MemRefType>(op.getResult(0).getType());
      Interval interval{&op,
                        position[&op],
                        lastUse(op.getResult(0), position, end),
                        kn::bytesOf(type, kn::elementsPerUnit(type)),
                        0,
                        int(kn::areaOf(type))};
      if (isa<kn::InputOp>(op))
        interval.first = 0; // written before the run
      interval.at = base[interval.area];
      // Placed intervals are sorted by place; step over each that is alive and in the way.
      for (const Interval &other : placed)
        if (other.area == interval.area && other.first <= interval.last &&
            interval.first <= other.last && interval.at < other.at + other.bytes &&
            other.at < interval.at + interval.bytes)
          interval.at = other.at + other.bytes;
      placed.insert(
          llvm::upper_bound(placed, interval,
                            [](const Interval &a, const Interval &b) { return a.at < b.at; }),
          interval);
      top[interval.area] = std::max(top[interval.area], interval.at + interval.bytes);
      op.setAttr("at", builder.getI64IntegerAttr(interval.at));
    }
    return top;
  }

  /// Pages are kept from run to run: none lie over others. Those of rows' own tokens come first.
  void placeCaches() {
    int64_t end = 0;
    Builder builder(&getContext());
    for (bool source : {false, true}) {
      DenseMap<StringAttr, int64_t> places;
      getOperation().walk([&](kn::CacheOp cache) {
        if (cache.getSource() != source)
          return;
        auto type = cache.getResult().getType();
        auto [place, isNew] = places.try_emplace(cache.getNameAttr(), end);
        if (isNew)
          end += llvm::alignTo(kn::bytesOf(type, type.getNumElements()), 64);
        cache.setAtAttr(builder.getI64IntegerAttr(place->second));
      });
    }
  }

  void runOnOperation() override {
    placeCaches();
    // Callers come before callees; a model's functions do not recurse.
    DenseMap<StringAttr, std::array<int64_t, areas>> base;
    SmallVector<func::FuncOp> ready, all(getOperation().getOps<func::FuncOp>());
    DenseMap<StringAttr, unsigned> waiting;
    getOperation().walk([&](func::CallOp call) { ++waiting[call.getCalleeAttr().getAttr()]; });
    llvm::copy_if(all, std::back_inserter(ready),
                  [&](func::FuncOp func) { return !waiting.lookup(func.getSymNameAttr()); });
    for (size_t done = 0; done < ready.size(); ++done) {
      auto top = place(ready[done], base[ready[done].getSymNameAttr()]);
      ready[done].walk([&](func::CallOp call) {
        StringAttr callee = call.getCalleeAttr().getAttr();
        for (int area = 0; area < areas; ++area)
          base[callee][area] = std::max(base[callee][area], top[area]);
        if (--waiting[callee] == 0)
          ready.push_back(*llvm::find_if(
              all, [&](func::FuncOp func) { return func.getSymNameAttr() == callee; }));
      });
    }
  }
};

} // namespace
