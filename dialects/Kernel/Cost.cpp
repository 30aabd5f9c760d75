// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each step costs: the formulas.

#include "dialects/Kernel/Kernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tfc::kernel;

Amount &Amount::operator+=(const Amount &other) {
  auto kind = [](const Term &term) {
    return std::tuple(term.ofRows, term.length, term.source, term.window);
  };
  for (const Term &term : other.sum) {
    auto place = llvm::lower_bound(
        sum, term, [&](const Term &one, const Term &two) { return kind(one) < kind(two); });
    if (place != sum.end() && kind(*place) == kind(term))
      place->count += term.count;
    else
      sum.insert(place, term);
  }
  return *this;
}

Amount Amount::operator*(double factor) const {
  Amount product;
  if (factor)
    product = *this;
  for (Term &term : product.sum)
    term.count *= factor;
  return product;
}

double Amount::at(int64_t rows, int64_t length, int64_t source) const {
  double total = 0;
  for (const Term &term : sum) {
    double product = term.count * (term.ofRows ? double(rows) : 1.0);
    if (term.window)
      product *= double(std::min(length, term.window));
    for (unsigned i = 0; i < term.length; ++i)
      product *= double(length);
    for (unsigned i = 0; i < term.source; ++i)
      product *= double(source);
    total += product;
  }
  return total;
}

Cost &Cost::operator+=(const Cost &other) {
  operations += other.operations;
  integerOperations += other.integerOperations;
  weightBytes += other.weightBytes;
  activationBytes += other.activationBytes;
  cacheBytes += other.cacheBytes;
  return *this;
}

Cost Cost::operator*(double factor) const {
  return {operations * factor, integerOperations * factor, weightBytes * factor,
          activationBytes * factor, cacheBytes * factor};
}

// ---- What they share ----

/// The elements of a buffer, or of a part of it with `perUnit` of them in each unit.
static Amount elementsOf(MemRefType type, int64_t perUnit) {
  Area area = areaOf(type);
  if (area == Area::weight)
    return Amount::constant(perUnit);
  if (area == Area::page) // of a row from its first token on
    return Amount::perRow(double(perUnit) / pageTokens, 1);
  return Amount::perRow(perUnit, unsigned(area));
}
static Amount elementsOf(MemRefType type) { return elementsOf(type, elementsPerUnit(type)); }

static double elementBytes(MemRefType type) { return type.getElementTypeBitWidth() / 8.0; }

/// Reads or writes a whole buffer.
static void touch(Cost &cost, MemRefType type) {
  const Area area = areaOf(type);
  (area == Area::weight ? cost.weightBytes
   : area == Area::page ? cost.cacheBytes
                        : cost.activationBytes) += elementsOf(type) * elementBytes(type);
}

static Cost touchAll(Operation *op) {
  Cost cost;
  for (Type type : op->getOperandTypes())
    touch(cost, cast<MemRefType>(type));
  return cost;
}

static bool computes(Operation &op) {
  return op.getNumRegions() == 0 && !isa<LoadOp>(op) && !op.hasTrait<OpTrait::ConstantLike>() &&
         llvm::any_of(op.getResultTypes(), llvm::IsaPred<FloatType>);
}

/// Of each number that codes are made of, the magnitude, a maximum, a factor, rounding and a sum.
static Amount operationsOfCodes(MemRefType numbers, bool are = true) {
  return are ? elementsOf(numbers) * 5 : Amount();
}

// ---- The steps ----

Cost GemmOp::cost() {
  MemRefType output = getOutput().getType();
  Cost cost = touchAll(*this);
  (getInputScales() ? cost.integerOperations : cost.operations) +=
      elementsOf(output) * (2 * getWeight().getType().getDimSize(1));
  cost.operations += elementsOf(output) * llvm::count_if(getEpilogue().front(), computes);
  cost.operations += operationsOfCodes(output, !getCodes().empty());
  return cost;
}

/// What is written where `input` is kept in `pages`.
static Amount kept(MemRefType input, MemRefType pages) {
  return elementsOf(input) * elementBytes(pages);
}

/// For each score: scale, maximum, difference, exponential function and sum, beside the products;
/// a cap is a function and a factor, a slope a factor and a term, a distance a term.
/// Where probabilities or scores are asked for, these are computed once more.
Cost AttentionOp::cost() {
  const int64_t heads = getHeads(), queryWidth = getQuery().getType().getDimSize(1),
                valueWidth = getOutput().getType().getDimSize(1);
  // `count` for each key that queries see, times their number to the power of `queries`.
  auto perKey = [&](double count, unsigned queries) {
    if (getWindow())
      return Amount::perWindow(count, queries, *getWindow());
    return seesSource() ? Amount::perRow(count, queries, 1) : Amount::perRow(count, queries + 1);
  };
  // Of n queries the causal ones see n (n + 1) / 2 keys; with a window w at least n (w + 1) / 2.
  auto perScore = [&](double count) {
    if (!getCausal())
      return perKey(count, 1);
    Amount scores = perKey(count / 2, 1);
    scores += Amount::perRow(count / 2, 1);
    return scores;
  };
  Cost cost;
  for (Value operand : getOperands()) {
    auto type = cast<MemRefType>(operand.getType());
    const double bytes = double(elementsPerUnit(type)) * elementBytes(type);
    if (areaOf(type) == Area::page)
      cost.cacheBytes += perKey(bytes / pageTokens, 0);
    else if (operand == getProbabilities() || operand == getScores())
      cost.activationBytes += perKey(bytes, 1);
    else
      touch(cost, type);
  }
  if (appends()) {
    cost.activationBytes += kept(getNewKey().getType(), getKey().getType());
    cost.activationBytes += kept(getNewValue().getType(), getValue().getType());
  }
  const int64_t more =
      (getSoftcap() ? 2 * heads : 0) + (getSlopes() ? 2 * heads : 0) + (getDistances() ? heads : 0);
  cost.operations = perScore(2 * queryWidth + 5 * heads + more + 2 * valueWidth);
  cost.operations += elementsOf(getOutput().getType());
  cost.operations += operationsOfCodes(getOutput().getType(), !getCodes().empty());
  if (givesMaps())
    cost.operations += perScore(2 * queryWidth + heads + more);
  if (getProbabilities())
    cost.operations += perScore(3 * heads);
  return cost;
}

/// Square, its sum, and two factors.
Cost RmsNormOp::cost() {
  Cost cost = touchAll(*this);
  cost.operations = elementsOf(getInput().getType()) * 4;
  cost.operations += operationsOfCodes(getOutput().getType(), !getCodes().empty());
  return cost;
}

Cost QuantizeOp::cost() {
  Cost cost = touchAll(*this);
  cost.operations = operationsOfCodes(getInput().getType());
  return cost;
}

Cost AppendOp::cost() {
  Cost cost;
  touch(cost, getInput().getType());
  cost.activationBytes += kept(getInput().getType(), getOutput().getType());
  return cost;
}

/// Sum; difference, square and its sum; difference, two factors and a term.
Cost LayerNormOp::cost() {
  Cost cost = touchAll(*this);
  cost.operations = elementsOf(getInput().getType()) * 8;
  cost.operations += operationsOfCodes(getOutput().getType(), !getCodes().empty());
  return cost;
}

/// For each element. softmax: maximum, difference, exponential function, sum, quotient;
/// log_sum_exp: all but the last; normalize: square, sum, quotient.
Cost ReduceOp::cost() {
  constexpr int64_t operations[] = {5, 4, 3};
  Cost cost = touchAll(*this);
  cost.operations = elementsOf(getInput().getType()) * operations[unsigned(getKind())];
  return cost;
}

/// A sum or maximum for each element, and a factor for each mean; the first token is only copied.
Cost PoolOp::cost() {
  MemRefType input = getInput().getType(), output = getOutput().getType();
  Cost cost;
  touch(cost, output);
  if (getKind() == Pooling::first) {
    touch(cost, output); // as much is read
    return cost;
  }
  touch(cost, input);
  cost.operations = elementsOf(input);
  if (getKind() != Pooling::max)
    cost.operations += elementsOf(output);
  return cost;
}

namespace {

/// How often something happens in a row: `count · length^degree`.
struct Times {
  double count = 1;
  unsigned degree = 0;

  Times repeated(int64_t size) const {
    return ShapedType::isDynamic(size) ? Times{count, degree + 1}
                                       : Times{count * double(size), degree};
  }
};

/// Goes through the body of a map. Loops repeat what is in them; of a choice both sides count.
class MapCost {
public:
  Cost of(MapOp op) {
    MemRefType output = op.getOutput().getType();
    Times times;
    for (auto [index, size] :
         llvm::zip_equal(op.getBody().front().getArguments(), output.getShape())) {
      sizes[index] = size;
      times = times.repeated(size);
    }
    touch(cost, output);
    visit(op.getBody().front(), times);
    return cost;
  }

private:
  void visit(Block &block, Times times) {
    for (Operation &op : block) {
      if (auto load = dyn_cast<LoadOp>(op))
        visit(load);
      else if (computes(op))
        cost.operations += Amount::perRow(times.count, times.degree);
      Times inner = times;
      if (auto loop = dyn_cast<scf::ForOp>(op)) {
        int64_t size = tripCount(loop);
        sizes[loop.getInductionVar()] = size;
        inner = times.repeated(size);
      }
      for (Region &region : op.getRegions())
        for (Block &nested : region)
          visit(nested, inner);
    }
  }

  /// What is no constant is a row's length.
  static int64_t tripCount(scf::ForOp loop) {
    std::optional<int64_t> from = getConstantIntValue(loop.getLowerBound()),
                           to = getConstantIntValue(loop.getUpperBound()),
                           step = getConstantIntValue(loop.getStep());
    if (!from || !to || !step || *step <= 0)
      return ShapedType::kDynamic;
    if (*to <= *from)
      return 0;
    // Unsigned, for a signed difference may overflow.
    uint64_t count = llvm::divideCeil(uint64_t(*to) - uint64_t(*from), uint64_t(*step));
    return int64_t(std::min<uint64_t>(count, INT64_MAX));
  }

  /// A buffer is read whole, and once. Of a weight whose place depends on the token, as much is
  /// read as there are places: that is what a look-up does.
  void visit(LoadOp load) {
    MemRefType type = load.getBuffer().getType();
    Times places;
    llvm::DenseSet<Value> seen;
    for (Value index : load.getIndex())
      places = spread(index, places, seen);
    if (areaOf(type) == Area::weight && places.degree)
      cost.weightBytes += Amount::perRow(places.count * elementBytes(type), places.degree);
    else if (whole.insert(load.getBuffer()).second)
      touch(cost, type);
  }

  /// Over how many values `value` goes, times `times`.
  Times spread(Value value, Times times, llvm::DenseSet<Value> &seen) {
    if (!seen.insert(value).second)
      return times;
    if (auto size = sizes.find(value); size != sizes.end())
      return times.repeated(size->second);
    if (auto quotient = value.getDefiningOp<arith::DivUIOp>()) // neighbours share a place
      if (auto size = sizes.find(quotient.getLhs()); size != sizes.end())
        if (auto by = getConstantIntValue(quotient.getRhs());
            by && *by > 0 && !ShapedType::isDynamic(size->second))
          return times.repeated(llvm::divideCeil(size->second, *by));
    if (Operation *op = value.getDefiningOp())
      op->walk([&](Operation *inner) {
        for (Value operand : inner->getOperands())
          times = spread(operand, times, seen);
      });
    return times;
  }

  Cost cost;
  llvm::DenseMap<Value, int64_t> sizes; ///< of the dimensions and loops that indices go over
  llvm::DenseSet<Value> whole;
};

} // namespace

Cost MapOp::cost() { return MapCost().of(*this); }
