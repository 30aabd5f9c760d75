// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gives each entry point a twin that shows every step, for people who want to see a model at work.
//
// A value that is a result has a number, by which formulas name it. One that is none stands in
// them as its own formula, and one whose numbers were only moved as what they are of.

#include "compiler/Fuse/Functions.h"
#include "compiler/Passes.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

namespace tfc {
#define GEN_PASS_DEF_EXPLAIN
#include "compiler/Passes.h.inc"
} // namespace tfc

using namespace mlir;
using namespace tfc;
using namespace tfc::transformer;

namespace {

/// Of formulas, which double where a value that is no result is used twice: bytes that stand in
/// others.
constexpr size_t mostText = 500;

/// What the names of steps begin with.
constexpr StringLiteral stepPrefix = "steps.";

RankedTensorType tensor(Value value) { return cast<RankedTensorType>(value.getType()); }

/// An attribute as people write it: 0.125, gelu.
std::string written(Attribute attribute) {
  std::string text;
  llvm::raw_string_ostream out(text);
  if (auto number = dyn_cast_or_null<FloatAttr>(attribute)) {
    out << llvm::format("%g", number.getValueAsDouble());
  } else if (auto number = dyn_cast_or_null<IntegerAttr>(attribute)) {
    out << number.getInt();
  } else if (attribute) {
    attribute.print(out);
    StringRef word = text; // #transformer<activation_kind gelu>
    return word.consume_back(">") ? word.rsplit(' ').second.str() : text;
  }
  return text;
}

/// What is asked of a value is its own tokens': [tokens, …] of numbers, a vector, or pairs.
Value asOutput(Value value, OpBuilder &builder) {
  auto type = tensor(value);
  auto reshape = [&](Value from, ArrayRef<int64_t> shape) -> Value {
    return ReshapeOp::create(builder, value.getLoc(), type.clone(shape), from);
  };
  constexpr int64_t any = ShapedType::kDynamic;
  ArrayRef<int64_t> shape = type.getShape();
  if (type.hasStaticShape())
    return type.getRank() == 1 ? value : reshape(value, {type.getNumElements()});
  switch (type.getRank()) {
  case 1:
    return value;
  case 2:
    return shape[1] == any   ? shape[0] == any ? reshape(value, {1, any, any}) : Value()
           : shape[0] == any ? value
                             : Value();
  case 3:
    if (shape[1] == any && shape[2] == any)
      return shape[0] == any ? Value() : value;
    if (shape[1] == any && shape[0] != any) { // heads are joined
      value = TransposeOp::create(builder, value.getLoc(), value,
                                  builder.getDenseI64ArrayAttr({1, 0, 2}));
      return reshape(value, {any, shape[0] * shape[2]});
    }
    if (shape[0] == any && shape[1] != any && shape[2] != any)
      return reshape(value, {any, shape[1] * shape[2]});
    return Value();
  default:
    return Value();
  }
}

/// The steps of one function.
class Steps {
public:
  Steps(func::FuncOp func, unsigned &number) : func(func), number(number) {
    for (BlockArgument argument : func.getArguments()) {
      auto name = func.getArgAttrOfType<StringAttr>(argument.getArgNumber(), nameAttr);
      texts[argument] = name ? name.str() : "input";
      const bool isSource = isa<FloatType>(tensor(argument).getElementType()); // see KeepSource
      (isSource ? ofSource : ofRow).insert(argument);
    }
    for (OpOperand &result : func.getBody().front().getTerminator()->getOpOperands()) {
      const unsigned place = result.getOperandNumber();
      auto name = func.getResultAttrOfType<StringAttr>(place, nameAttr);
      if (name && !func.getResultAttr(place, optionalAttr))
        giveTitle(result.get(), name.getValue());
      func.removeResultAttr(place, StringAttr::get(func.getContext(), optionalAttr));
    }
  }

  LogicalResult addResults() {
    for (Operation &op : llvm::make_early_inc_range(func.getBody().front().without_terminator()))
      visit(&op);
    Operation *end = func.getBody().front().getTerminator();
    SmallVector<Type> types;
    SmallVector<DictionaryAttr> attributes;
    Builder builder(func.getContext());
    for (auto &[value, name, formula] : results) {
      types.push_back(value.getType());
      attributes.push_back(builder.getDictionaryAttr(
          {builder.getNamedAttr(nameAttr, builder.getStringAttr(name)),
           builder.getNamedAttr(formulaAttr, builder.getStringAttr(formula))}));
      end->insertOperands(end->getNumOperands(), value);
    }
    SmallVector<unsigned> places(types.size(), func.getNumResults());
    return func.insertResults(places, types, attributes);
  }

private:
  struct Result {
    Value value;
    std::string name, formula;
  };

  void visit(Operation *op) {
    auto isIn = [](const DenseSet<Value> &set) {
      return [&set](Value value) { return set.contains(value); };
    };
    const bool dependsOnRow = llvm::any_of(op->getOperands(), isIn(ofRow)),
               dependsOnSource = llvm::any_of(op->getOperands(), isIn(ofSource));
    const bool isOfPairs = dependsOnRow && dependsOnSource;
    // Probabilities of the source's tokens times what is of these is the row's own again.
    const bool leavesSource =
        isOfPairs && isa<MatmulOp>(op) && llvm::all_of(op->getOperands(), isIn(ofSource));
    // The source's own are moved to the encoder as they are, see KeepSource.
    auto isOfTokens = [](Value value) {
      return tensor(value).getRank() == 2 && tensor(value).isDynamicDim(0);
    };
    auto isGiven = [](Operation *of) { // by attention
      return isa<SoftmaxOp>(of) || llvm::any_of(of->getUsers(), llvm::IsaPred<SoftmaxOp>);
    };
    auto formula = dyn_cast<FormulaOpInterface>(op);
    const std::string filled = formula ? fill(formula.getFormula(), op) : "";
    for (Value result : op->getResults()) {
      if (dependsOnRow)
        ofRow.insert(result);
      if (dependsOnSource && !leavesSource)
        ofSource.insert(result);
      const bool isShown = (dependsOnRow || dependsOnSource) && !filled.empty() && !leavesSource &&
                           (isOfPairs ? isGiven(op) : dependsOnRow || isOfTokens(result));
      texts[result] = isShown && show(op, result, filled) ? "(" + std::to_string(number) + ")"
                                                          : textOf(op, filled);
    }
  }

  /// To a value, and to that which it is under another shape.
  void giveTitle(Value value, StringRef title) {
    titles.try_emplace(value, title);
    if (auto reshape = value.getDefiningOp<ReshapeOp>(); reshape && reshape.getFormula().empty())
      giveTitle(reshape.getInput(), title);
  }

  /// Makes a value a result, where it can be one.
  bool show(Operation *op, Value value, std::string formula) {
    if (StringRef title = titles.lookup(value); !title.empty())
      formula = (title + " = " + StringRef(formula).split(" = ").second).str();
    OpBuilder builder(op->getContext());
    builder.setInsertionPointAfter(op);
    Value output = asOutput(value, builder);
    if (output)
      results.push_back({output, (stepPrefix + Twine(++number)).str(), formula});
    return bool(output);
  }

  /// How formulas name what is no result.
  std::string textOf(Operation *op, StringRef filled) {
    std::string text = wholeTextOf(op, filled);
    return text.size() > mostText ? "…" : text;
  }

  std::string wholeTextOf(Operation *op, StringRef filled) {
    if (auto weight = dyn_cast<WeightOp>(op))
      return weight.getName().str();
    if (!filled.empty())
      return "(" + filled.split(" = ").second.str() + ")";
    if ((isa<FormulaOpInterface>(op) && op->getNumOperands() == 1) ||
        isa<QuantizeOp, DequantizeOp>(op))
      return texts.lookup(op->getOperand(0));
    std::string name = op->getName().stripDialect().str();
    llvm::replace(name, '_', ' ');
    return op->getNumOperands() ? "(" + name + " of " + operandsOf(op) + ")" : name;
  }

  std::string operandsOf(Operation *op) {
    auto operands = llvm::map_range(op->getOperands(), [&](Value v) { return texts.lookup(v); });
    return llvm::join(operands, ", ");
  }

  /// A formula's text with what stands for `{…}`, see FormulaOpInterface.
  std::string fill(StringRef text, Operation *op) {
    std::string filled;
    size_t optional = 0; // where what may be left out begins
    bool isAbsent = false;
    while (!text.empty()) {
      const char c = text.front();
      text = text.drop_front();
      if (c == '<') {
        optional = filled.size();
        isAbsent = false;
      } else if (c == '>') {
        if (isAbsent)
          filled.resize(optional);
      } else if (c == '{') {
        auto [name, rest] = text.split('}');
        text = rest;
        auto [digits, part] = name.split('.');
        unsigned operand = 0;
        if (name == "*")
          filled += operandsOf(op);
        else if (digits.getAsInteger(10, operand))
          filled += written(op->getAttr(name));
        else if (operand >= op->getNumOperands())
          isAbsent = true;
        else
          filled += part.empty() ? texts.lookup(op->getOperand(operand))
                                 : moduleOf(op->getOperand(operand));
      } else {
        filled += c;
      }
    }
    return filled;
  }

  /// What a weight belongs to: `encoder.0.query` of `encoder.0.query.weight`.
  std::string moduleOf(Value value) {
    while (isa_and_nonnull<QuantizeOp, DequantizeOp>(value.getDefiningOp()))
      value = value.getDefiningOp()->getOperand(0);
    auto weight = value.getDefiningOp<WeightOp>();
    if (!weight)
      return texts.lookup(value);
    auto [module, name] = weight.getName().rsplit('.');
    return (name == "weight" ? module : weight.getName()).str();
  }

  func::FuncOp func;
  unsigned &number; // of the last step
  DenseMap<Value, std::string> texts;
  DenseMap<Value, StringRef> titles; // of what is asked for by name
  DenseSet<Value> ofRow, ofSource;   // what depends on it
  SmallVector<Result, 0> results;
};

struct Explain : tfc::impl::ExplainBase<Explain> {
  using Base::Base;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    auto functions = llvm::to_vector(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp func : functions)
      for (unsigned number = 0; number < func.getNumResults(); ++number) {
        auto name = func.getResultAttrOfType<StringAttr>(number, nameAttr);
        if (!name || !name.getValue().starts_with(stepPrefix))
          continue;
        if (func.getResultAttr(number, formulaAttr))
          return; // it has been explained
        func.emitOpError() << "gives " << name << ", a name that steps have";
        return signalPassFailure();
      }
    unsigned number = 0;
    for (func::FuncOp func : functions) {
      if (!func.isPublic())
        continue;
      func::FuncOp steps = func.clone();
      steps.setName((func.getName() + "_steps").str());
      symbols.insert(steps, std::next(Block::iterator(func)));
      inlineCalls(steps, symbols);
      tfc::decompose(steps, [](Operation *) { return true; });
      if (failed(Steps(steps, number).addResults()))
        return signalPassFailure();
    }
  }
};

} // namespace
