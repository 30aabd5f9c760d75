// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/ModelWriter.h"

using namespace mlir;
using namespace tfc;
using namespace tfc::transformer;

static RankedTensorType tensor(Value value) { return cast<RankedTensorType>(value.getType()); }

ModelWriter::ModelWriter(MLIRContext &context, StringRef name, StringRef functionName)
    : module(ModuleOp::create(UnknownLoc::get(&context))), builder(&context),
      loc(UnknownLoc::get(&context)) {
  builder.setInsertionPointToStart(module->getBody());
  modelOp = ModelOp::create(builder, loc, name, builder.getStrArrayAttr({}), StringAttr(), "encode",
                            ArrayAttr(),
                            /*max_sequence=*/1, /*family=*/StringAttr(),
                            /*generation=*/DictionaryAttr());
  modelOp.getBody().emplaceBlock();
  beginFunction(functionName);
}

void ModelWriter::beginFunction(StringRef functionName) {
  builder.setInsertionPointToEnd(&modelOp.getBody().front());
  function = func::FuncOp::create(builder, loc, functionName, builder.getFunctionType({}, {}));
  builder.setInsertionPointToStart(function.addEntryBlock());
}

Value ModelWriter::ids(StringRef name, bool optional) {
  argumentAttrs.push_back(attributesOf(name, optional));
  auto type = RankedTensorType::get({ShapedType::kDynamic}, builder.getI32Type());
  return function.getBody().front().addArgument(type, loc);
}

Value ModelWriter::numbers(StringRef name, int64_t width) {
  argumentAttrs.push_back(attributesOf(name, /*optional=*/false));
  auto type = RankedTensorType::get({ShapedType::kDynamic, width}, builder.getF32Type());
  return function.getBody().front().addArgument(type, loc);
}

void ModelWriter::output(StringRef name, Value value, bool optional) {
  results.push_back(value);
  resultAttrs.push_back(attributesOf(name, optional));
}

void ModelWriter::layerOutputs(StringRef name, ArrayRef<Value> values) {
  for (auto [number, value] : llvm::enumerate(values))
    output((name + "." + Twine(number)).str(), value, /*optional=*/true);
}

DictionaryAttr ModelWriter::attributesOf(StringRef name, bool optional) {
  SmallVector<NamedAttribute> attributes{
      builder.getNamedAttr(nameAttr, builder.getStringAttr(name))};
  if (optional)
    attributes.push_back(builder.getNamedAttr(optionalAttr, builder.getUnitAttr()));
  return builder.getDictionaryAttr(attributes);
}

Value ModelWriter::weight(StringRef name, ArrayRef<int64_t> shape) {
  Value &known = weights[name];
  if (!known)
    known =
        WeightOp::create(builder, loc, RankedTensorType::get(shape, builder.getF32Type()), name);
  return known;
}

Value ModelWriter::embedding(Value ids, StringRef name, int64_t rows, int64_t hidden) {
  return EmbeddingOp::create(builder, loc, ids, weight((name + ".weight").str(), {rows, hidden}));
}

Value ModelWriter::positions(Value like, StringRef name, int64_t rows, int64_t hidden,
                             int64_t first) {
  Value table = weight((name + ".weight").str(), {rows, hidden});
  return PositionsOp::create(builder, loc, like, table, builder.getI64IntegerAttr(first));
}

Value ModelWriter::sinusoids(Value like, int64_t rows, int64_t hidden, int64_t first, bool closed) {
  auto type = RankedTensorType::get({rows, hidden}, builder.getF32Type());
  Value table = SinusoidsOp::create(builder, loc, type, /*halves=*/true, closed);
  return PositionsOp::create(builder, loc, like, table, builder.getI64IntegerAttr(first));
}

Value ModelWriter::linear(Value input, StringRef name, int64_t out, LinearForm form) {
  int64_t in = tensor(input).getShape().back();
  std::string matrixName = (name + ".weight").str();
  Value matrix;
  if (form.transposed)
    matrix =
        TransposeOp::create(builder, loc, weight(matrixName, {in, out}), ArrayRef<int64_t>{1, 0});
  else
    matrix = weight(matrixName, {out, in});
  return linear(input, matrix, form.bias ? weight((name + ".bias").str(), {out}) : Value());
}

Value ModelWriter::linear(Value input, Value weight, Value bias) {
  return LinearOp::create(builder, loc, input, weight, bias);
}

Value ModelWriter::add(Value lhs, Value rhs) { return AddOp::create(builder, loc, lhs, rhs); }

Value ModelWriter::mul(Value lhs, Value rhs) { return MulOp::create(builder, loc, lhs, rhs); }

Value ModelWriter::scale(Value input, double factor) {
  return ScaleOp::create(builder, loc, input, number(factor));
}

Value ModelWriter::softcap(Value input, double cap) {
  return scale(activation(ActivationKind::tanh, scale(input, 1 / cap)), cap);
}

Value ModelWriter::activation(ActivationKind kind, Value input) {
  return ActivationOp::create(builder, loc, kind, input);
}

Value ModelWriter::layerNorm(Value input, StringRef name, double eps, Holds holds) {
  auto vector = [&](StringRef ending, StringRef old) {
    std::string full = (name + ending).str(), other = (name + old).str();
    return weight(!holds(full) && holds(other) ? other : full, tensor(input).getShape().back());
  };
  Value gamma = vector(".weight", ".gamma"), beta = vector(".bias", ".beta");
  return LayerNormOp::create(builder, loc, input, gamma, beta, number(eps));
}

Value ModelWriter::rmsNorm(Value input, StringRef name, double eps, double offset) {
  Value gamma = weight((name + ".weight").str(), tensor(input).getShape().back());
  return RmsNormOp::create(builder, loc, input, gamma, number(eps), number(offset));
}

Value ModelWriter::headNorm(Value input, StringRef name, double eps, int64_t heads) {
  auto type = tensor(input);
  auto split = type.clone({type.getDimSize(0), heads, type.getDimSize(1) / heads});
  Value norm = rmsNorm(ReshapeOp::create(builder, loc, split, input), name, eps);
  return ReshapeOp::create(builder, loc, type, norm);
}

Value ModelWriter::rotaryTable(int64_t positions, ArrayRef<double> frequencies, double factor) {
  auto type =
      RankedTensorType::get({positions, int64_t(2 * frequencies.size())}, builder.getF32Type());
  return RotaryTableOp::create(builder, loc, type, frequencies,
                               builder.getF64FloatAttr(factor).getValue());
}

Value ModelWriter::distanceTable(StringRef name, int64_t buckets, int64_t heads, int64_t max,
                                 bool bidirectional) {
  return DistanceTableOp::create(builder, loc, weight((name + ".weight").str(), {buckets, heads}),
                                 /*reach=*/max + 32, max, bidirectional);
}

Value ModelWriter::rotary(Value input, Value table, int64_t heads) {
  return RotaryOp::create(builder, loc, input, table, heads);
}

std::pair<Value, Value> ModelWriter::attention(Value query, Value key, Value value,
                                               const AttentionForm &form) {
  const int64_t dim = tensor(query).getDimSize(1) / form.heads;
  // [tokens, heads · dim] → [tokens, heads, dim] → the given order of these three.
  auto split = [&](Value x, ArrayRef<int64_t> order) -> Value {
    auto type = tensor(x);
    int64_t heads = type.getDimSize(1) / dim;
    auto shape = type.clone({type.getDimSize(0), heads, dim});
    Value parts = ReshapeOp::create(builder, loc, shape, x);
    if (heads < form.heads)
      parts = RepeatOp::create(builder, loc, parts, /*dim=*/1, form.heads / heads);
    return TransposeOp::create(builder, loc, parts, order);
  };
  Value perHead = split(query, {1, 0, 2}), transposed = split(key, {1, 2, 0});
  Value scores = MatmulOp::create(builder, loc, perHead, transposed);
  scores = scale(scores, form.scale);
  if (form.softcap)
    scores = softcap(scores, form.softcap);
  if (!form.slopes.empty())
    scores = LinearBiasOp::create(builder, loc, scores, form.slopes);
  if (form.distances)
    scores = DistanceBiasOp::create(builder, loc, scores, form.distances);
  if (form.causal)
    scores = CausalMaskOp::create(
        builder, loc, scores, form.window ? builder.getI64IntegerAttr(form.window) : IntegerAttr());
  Value probabilities = SoftmaxOp::create(builder, loc, scores);
  Value context = MatmulOp::create(builder, loc, probabilities, split(value, {1, 0, 2}));
  Value joined = TransposeOp::create(builder, loc, context, ArrayRef<int64_t>{1, 0, 2});
  return {ReshapeOp::create(builder, loc, query.getType(), joined), probabilities};
}

Value ModelWriter::columns(Value input, int64_t first, int64_t count) {
  return SliceOp::create(builder, loc, input, /*dim=*/1, first, count);
}

Value ModelWriter::partOfHeads(Value input, int64_t heads, int64_t parts, int64_t number) {
  auto type = tensor(input);
  int64_t tokens = type.getDimSize(0), dim = type.getDimSize(1) / (heads * parts);
  Value all = ReshapeOp::create(builder, loc, type.clone({tokens, heads, parts, dim}), input);
  Value part = SliceOp::create(builder, loc, all, /*dim=*/2, number, 1);
  return ReshapeOp::create(builder, loc, type.clone({tokens, heads * dim}), part);
}

Value ModelWriter::column(Value input, int64_t number) {
  return ReshapeOp::create(builder, loc, tensor(input).clone({ShapedType::kDynamic}),
                           columns(input, number, 1));
}

Value ModelWriter::pool(PoolKind kind, Value input) {
  return PoolOp::create(builder, loc, kind, input);
}

Value ModelWriter::normalize(Value input, double eps) {
  return NormalizeOp::create(builder, loc, input, number(eps));
}

void ModelWriter::endFunction() {
  func::ReturnOp::create(builder, loc, results);
  function.setFunctionType(builder.getFunctionType(function.getBody().getArgumentTypes(),
                                                   ValueRange(results).getTypes()));
  function.setAllArgAttrs(argumentAttrs);
  function.setAllResultAttrs(resultAttrs);
}

void ModelWriter::nextFunction(StringRef name) {
  endFunction();
  weights.clear();
  results.clear();
  argumentAttrs.clear();
  resultAttrs.clear();
  beginFunction(name);
}

OwningOpRef<ModuleOp> ModelWriter::finish() {
  endFunction();
  return std::move(module);
}
