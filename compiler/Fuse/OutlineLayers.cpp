// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Moves equal layers into one function.
//
// Constants aside, a function is a list of ops ("steps"). A run is `repeats` neighbouring sequences
// of `period` steps that are the same ops with the same attributes and types, wired the same way
// inside, and used the same way from outside. The sequence becomes a function; what flows in from
// earlier steps and the constants become its arguments.
//
// The search takes near-linear time: only distances at which many equal ops follow each other are
// tried as periods, and only the places where few values flow from one step to the next as borders.

#include "compiler/Fuse/Constants.h"
#include "compiler/Passes.h"

#include "mlir/IR/OperationSupport.h"
#include "llvm/Support/DebugLog.h"

#include <map>

#define DEBUG_TYPE "transformer-outline-layers"

namespace tfc {
#define GEN_PASS_DEF_OUTLINELAYERS
#include "compiler/Passes.h.inc"
} // namespace tfc

using namespace mlir;
using namespace tfc;
using namespace tfc::transformer;

namespace {

/// How far the search goes: next equal ops looked at from each op, periods tried, borders tried for
/// each stretch, runs taken from a function.
constexpr unsigned maxNeighbours = 8, maxPeriods = 64, maxBorders = 8, maxRuns = 8;

/// Neighbouring sequences of steps that are equal: `repeats` times `period` steps from step `start`
/// on.
struct Run {
  int64_t start = 0, period = 0, repeats = 0;
  int64_t covered() const { return period * repeats; }
  bool isBetterThan(const Run &other) const {
    return covered() != other.covered() ? covered() > other.covered() : period < other.period;
  }
};

/// A result of a sequence's step.
using StepResult = std::pair<int64_t, unsigned>;

/// The ops of a block that are not constant, in order.
class Steps {
public:
  Steps(Block &block, const DenseSet<Operation *> &excluded);

  Operation *operator[](int64_t step) const { return ops[step]; }
  bool isConstant(Value value) const { return constants.contains(value); }

  /// How many steps before `step` its operand was made; more than there are where it comes from
  /// outside the block.
  int64_t distance(int64_t step, Value operand) const {
    auto at = indices.find(operand.getDefiningOp());
    return at == indices.end() ? size() + 1 : step - at->second;
  }

  /// The results of the steps from `start` on that are used behind the sequence.
  SmallVector<StepResult> liveOuts(int64_t start, int64_t period) const;

  /// The run that covers the most steps, of the smallest period; no repeats where there is none.
  Run findBestRun() const;

private:
  int64_t size() const { return ops.size(); }
  SmallVector<int64_t> likelyPeriods() const;
  void findRunsAt(int64_t start, int64_t period, int64_t segments, Run &best) const;
  bool areEqual(int64_t start, int64_t period) const;
  bool readsConstants(int64_t start, int64_t period) const;

  Constants constants;
  SmallVector<Operation *> ops;
  DenseMap<Operation *, int64_t> indices;
  /// Equal numbers: equal but for the values of the operands.
  SmallVector<unsigned> kinds;
  /// The last step that uses each result of a step; its own number where none does.
  SmallVector<SmallVector<int64_t, 1>> lastUses;
  /// How many values flow from the steps before each step to it or beyond.
  SmallVector<int64_t> crossing;
};

/// Whether two ops are equal but for the values of their operands.
bool isSameKind(Operation *a, Operation *b, const Constants &constants) {
  auto anyValue = [](Value, Value) { return success(); };
  return a->getOperandTypes() == b->getOperandTypes() &&
         llvm::all_of(llvm::zip(a->getOperands(), b->getOperands()),
                      [&](auto pair) {
                        return constants.contains(std::get<0>(pair)) ==
                               constants.contains(std::get<1>(pair));
                      }) &&
         OperationEquivalence::isEquivalentTo(a, b, anyValue, nullptr,
                                              OperationEquivalence::IgnoreLocations);
}

Steps::Steps(Block &block, const DenseSet<Operation *> &excluded) : constants(block) {
  for (Operation &op : block.without_terminator())
    if (!constants.contains(&op)) {
      indices[&op] = ops.size();
      ops.push_back(&op);
    }

  DenseMap<llvm::hash_code, SmallVector<unsigned, 1>> kindsOfHash;
  SmallVector<Operation *> examples;
  for (Operation *op : ops) {
    auto hash = OperationEquivalence::computeHash(op, OperationEquivalence::ignoreHashValue,
                                                  OperationEquivalence::ignoreHashValue,
                                                  OperationEquivalence::IgnoreLocations);
    auto &sameHash = kindsOfHash[hash];
    bool movable = op->getNumRegions() == 0 && isMemoryEffectFree(op) && !excluded.contains(op);
    auto *known = movable ? llvm::find_if(sameHash,
                                          [&](unsigned kind) {
                                            return examples[kind] &&
                                                   isSameKind(examples[kind], op, constants);
                                          })
                          : sameHash.end();
    kinds.push_back(known == sameHash.end() ? examples.size() : *known);
    if (known == sameHash.end()) {
      sameHash.push_back(examples.size());
      examples.push_back(movable ? op : nullptr);
    }
  }

  SmallVector<int64_t> flow(size() + 2);
  for (auto [step, op] : llvm::enumerate(ops)) {
    auto &last = lastUses.emplace_back(op->getNumResults(), step);
    for (OpResult result : op->getResults()) {
      for (Operation *user : result.getUsers()) {
        auto at = indices.find(block.findAncestorOpInBlock(*user));
        last[result.getResultNumber()] =
            std::max(last[result.getResultNumber()], at == indices.end() ? size() : at->second);
      }
      ++flow[step + 1];
      --flow[last[result.getResultNumber()] + 1];
    }
  }
  int64_t values = 0;
  for (int64_t change : flow)
    crossing.push_back(values += change);
}

SmallVector<StepResult> Steps::liveOuts(int64_t start, int64_t period) const {
  SmallVector<StepResult> results;
  for (int64_t slot = 0; slot < period; ++slot)
    for (auto [number, last] : llvm::enumerate(lastUses[start + slot]))
      if (last >= start + period)
        results.push_back({slot, number});
  return results;
}

/// The distances between equal ops that are met most often.
SmallVector<int64_t> Steps::likelyPeriods() const {
  SmallVector<SmallVector<int64_t>> stepsOfKind(size());
  DenseMap<int64_t, int64_t> votes;
  for (int64_t step = size() - 1; step >= 0; --step) {
    auto &later = stepsOfKind[kinds[step]];
    for (int64_t next : llvm::reverse(ArrayRef(later).take_back(maxNeighbours)))
      if (next - step <= size() / 2)
        ++votes[next - step];
    later.push_back(step);
  }
  SmallVector<std::pair<int64_t, int64_t>> ranking;
  for (auto [period, count] : votes)
    ranking.push_back({-count, period});
  llvm::sort(ranking);
  return llvm::map_to_vector(ArrayRef(ranking).take_front(maxPeriods),
                             [](auto &entry) { return entry.second; });
}

/// Whether the sequence from `start` on and the next one are wired the same way: operands made
/// inside are made by the same step, and operands from outside are from outside in both. Their
/// kinds are known to be the same.
bool Steps::areEqual(int64_t start, int64_t period) const {
  for (int64_t slot = 0; slot < period; ++slot) {
    int64_t here = start + slot, there = here + period;
    for (auto [a, b] : llvm::zip(ops[here]->getOperands(), ops[there]->getOperands())) {
      if (isConstant(a))
        continue;
      int64_t back = distance(here, a), backThere = distance(there, b);
      if (back > slot && backThere > slot)
        continue;
      if (back != backThere ||
          cast<OpResult>(a).getResultNumber() != cast<OpResult>(b).getResultNumber())
        return false;
    }
  }
  return true;
}

bool Steps::readsConstants(int64_t start, int64_t period) const {
  return llvm::any_of(ArrayRef(ops).slice(start, period), [&](Operation *op) {
    return llvm::any_of(op->getOperands(), [&](Value operand) { return isConstant(operand); });
  });
}

/// Offers the runs among `segments` sequences of the same kinds. A difference in which results are
/// used behind the sequence ends a run, but for this: what only the next sequence uses is not used
/// behind the last one.
void Steps::findRunsAt(int64_t start, int64_t period, int64_t segments, Run &best) const {
  int64_t first = start;
  SmallVector<StepResult> outs = liveOuts(start, period);
  for (int64_t here = start, end = start + segments * period; here < end; here += period) {
    int64_t next = here + period, behindNext = next + period;
    bool goesOn = false, endsWithNext = false;
    if (next < end) {
      SmallVector<StepResult> nextOuts = liveOuts(next, period);
      auto leavesNoTrace = [&](StepResult out) {
        return llvm::is_contained(nextOuts, out) ||
               lastUses[here + out.first][out.second] < behindNext;
      };
      if (areEqual(here, period)) {
        goesOn = nextOuts == outs;
        endsWithNext =
            !goesOn && llvm::includes(outs, nextOuts) && llvm::all_of(outs, leavesNoTrace);
      }
      outs = std::move(nextOuts);
    }
    if (goesOn)
      continue;
    Run run{first, period, (here - first) / period + 1 + endsWithNext};
    if (run.repeats >= 2 && run.isBetterThan(best) && readsConstants(run.start, period))
      best = run;
    first = next;
  }
}

Run Steps::findBestRun() const {
  Run best;
  for (int64_t period : likelyPeriods()) {
    // Stretches of steps whose kinds come again one period later.
    for (int64_t begin = 0, end; begin + period < size(); begin = end + 1) {
      for (end = begin; end + period < size() && kinds[end] == kinds[end + period];)
        ++end;
      int64_t starts = std::min(period, end - begin - period + 1);
      if (starts <= 0)
        continue;
      // Where the fewest values flow from one sequence into the next; earlier is better among
      // equals.
      auto borders = llvm::to_vector(llvm::seq(begin, begin + starts));
      llvm::sort(borders, [&](int64_t a, int64_t b) {
        return std::pair(crossing[a + period], a) < std::pair(crossing[b + period], b);
      });
      for (int64_t start : ArrayRef(borders).take_front(maxBorders))
        findRunsAt(start, period, (end + period - start) / period, best);
    }
  }
  return best;
}

/// Writes the function of a run and its calls.
class Outliner {
public:
  Outliner(const Steps &steps, Run run, SmallVectorImpl<func::FuncOp> &layers)
      : steps(steps), run(run), layers(layers) {}

  void outline(SymbolTable &symbols) {
    collectArguments();
    outs = steps.liveOuts(run.start, run.period);
    func::FuncOp layer = makeLayer(symbols);
    for (int64_t segment = 0; segment < run.repeats; ++segment)
      replaceByCall(segment, layer);
  }

private:
  /// An operand of a step of the sequence.
  using Slot = std::pair<int64_t, unsigned>;

  Operation *op(int64_t segment, int64_t slot) const {
    return steps[run.start + segment * run.period + slot];
  }
  Value operand(int64_t segment, Slot slot) const {
    return op(segment, slot.first)->getOperand(slot.second);
  }

  /// Two operands share an argument where they are the same value in every sequence.
  void collectArguments() {
    std::map<std::vector<void *>, unsigned> known[2];
    SmallVector<Slot> bySource[2];
    SmallVector<std::tuple<Slot, bool, unsigned>> uses;
    for (int64_t slot = 0; slot < run.period; ++slot)
      for (OpOperand &use : op(0, slot)->getOpOperands()) {
        bool constant = steps.isConstant(use.get());
        if (!constant && steps.distance(run.start + slot, use.get()) <= slot)
          continue;
        Slot place{slot, use.getOperandNumber()};
        std::vector<void *> values;
        for (int64_t segment = 0; segment < run.repeats; ++segment)
          values.push_back(operand(segment, place).getAsOpaquePointer());
        auto [at, isNew] =
            known[constant].try_emplace(std::move(values), bySource[constant].size());
        if (isNew)
          bySource[constant].push_back(place);
        uses.push_back({place, constant, at->second});
      }
    for (auto [place, constant, number] : uses)
      argumentOf[place] = constant ? bySource[0].size() + number : number;
    llvm::append_range(arguments, bySource[0]);
    llvm::append_range(arguments, bySource[1]);
  }

  /// The function of the sequence, or one that was made before and is the same.
  func::FuncOp makeLayer(SymbolTable &symbols) {
    auto argumentTypes =
        llvm::map_to_vector(arguments, [&](Slot slot) { return operand(0, slot).getType(); });
    auto resultTypes = llvm::map_to_vector(
        outs, [&](StepResult out) { return op(0, out.first)->getResult(out.second).getType(); });
    OpBuilder builder(symbols.getOp()->getContext());
    auto layer = func::FuncOp::create(builder, op(0, 0)->getLoc(), "layer",
                                      builder.getFunctionType(argumentTypes, resultTypes));
    layer.setPrivate();
    Block *body = layer.addEntryBlock();
    builder.setInsertionPointToStart(body);
    SmallVector<Operation *> copies;
    for (int64_t slot = 0; slot < run.period; ++slot) {
      Operation *copy = copies.emplace_back(builder.clone(*op(0, slot)));
      for (OpOperand &use : copy->getOpOperands()) {
        auto argument = argumentOf.find({slot, use.getOperandNumber()});
        use.set(argument != argumentOf.end()
                    ? Value(body->getArgument(argument->second))
                    : copies[slot - steps.distance(run.start + slot, use.get())]->getResult(
                          cast<OpResult>(use.get()).getResultNumber()));
      }
    }
    auto results = llvm::map_to_vector(
        outs, [&](StepResult out) -> Value { return copies[out.first]->getResult(out.second); });
    func::ReturnOp::create(builder, layer.getLoc(), results);

    for (func::FuncOp known : layers)
      if (known.getFunctionType() == layer.getFunctionType() &&
          OperationEquivalence::isRegionEquivalentTo(&known.getBody(), &layer.getBody(),
                                                     OperationEquivalence::IgnoreLocations)) {
        layer.erase();
        return known;
      }
    symbols.insert(layer);
    layers.push_back(layer);
    return layer;
  }

  /// Calls the layer where the sequence's last step stands: there all its arguments are known, and
  /// nothing uses its results yet.
  void replaceByCall(int64_t segment, func::FuncOp layer) {
    OpBuilder builder(op(segment, run.period - 1));
    auto values = llvm::map_to_vector(arguments, [&](Slot slot) { return operand(segment, slot); });
    auto call = func::CallOp::create(builder, op(segment, 0)->getLoc(), layer, values);
    for (auto [out, result] : llvm::zip_equal(outs, call.getResults()))
      op(segment, out.first)->getResult(out.second).replaceAllUsesWith(result);
    for (int64_t slot = run.period - 1; slot >= 0; --slot)
      op(segment, slot)->erase();
  }

  const Steps &steps;
  Run run;
  SmallVectorImpl<func::FuncOp> &layers;
  SmallVector<Slot> arguments;
  DenseMap<Slot, unsigned> argumentOf;
  SmallVector<StepResult> outs;
};

struct OutlineLayers : tfc::impl::OutlineLayersBase<OutlineLayers> {
  using Base::Base;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<func::FuncOp> layers;
    for (auto func : llvm::to_vector(getOperation().getOps<func::FuncOp>()))
      if (func.isPublic() && func.getBody().hasOneBlock())
        runOnFunction(func, symbols, layers);
  }

  void runOnFunction(func::FuncOp func, SymbolTable &symbols,
                     SmallVectorImpl<func::FuncOp> &layers) {
    DenseSet<Operation *> excluded;
    for (unsigned count = 0; count < maxRuns; ++count) {
      Steps steps(func.getBody().front(), excluded);
      Run run = steps.findBestRun();
      if (run.repeats == 0) {
        LDBG() << "no (more) equal layers in " << func.getName();
        return;
      }
      if (run.period == 1) {
        LDBG() << "a layer of one op is not worth a function: " << *steps[run.start];
        for (int64_t step = run.start; step < run.start + run.repeats; ++step)
          excluded.insert(steps[step]);
        continue;
      }
      LDBG() << run.repeats << " layers of " << run.period << " ops in " << func.getName();
      Outliner(steps, run, layers).outline(symbols);
    }
  }
};

} // namespace
