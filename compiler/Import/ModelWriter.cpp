// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/ModelWriter.h"

#include <cmath>

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
                            /*max_sequence=*/1, /*family=*/StringAttr());
  builder.setInsertionPointToStart(&modelOp.getBody().emplaceBlock());
  function = func::FuncOp::create(builder, loc, functionName, builder.getFunctionType({}, {}));
  builder.setInsertionPointToStart(function.addEntryBlock());
}

Value ModelWriter::ids(StringRef name, bool optional) {
  argumentAttrs.push_back(attributesOf(name, optional));
  auto type = RankedTensorType::get({ShapedType::kDynamic}, builder.getI32Type());
  return function.getBody().front().addArgument(type, loc);
}

void ModelWriter::output(StringRef name, Value value, bool optional) {
  results.push_back(value);
  resultAttrs.push_back(attributesOf(name, optional));
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

Value ModelWriter::linear(Value input, StringRef name, int64_t out) {
  Value matrix = weight((name + ".weight").str(), {out, tensor(input).getShape().back()});
  return linear(input, matrix, weight((name + ".bias").str(), {out}));
}

Value ModelWriter::linear(Value input, Value weight, Value bias) {
  return LinearOp::create(builder, loc, input, weight, bias);
}

Value ModelWriter::add(Value lhs, Value rhs) { return AddOp::create(builder, loc, lhs, rhs); }

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

std::pair<Value, Value> ModelWriter::attention(Value query, Value key, Value value, int64_t heads) {
  // [tokens, heads · dim] → [tokens, heads, dim] → the given order of these three.
  auto split = [&](Value x, ArrayRef<int64_t> order) -> Value {
    auto type = tensor(x);
    auto shape = type.clone({type.getDimSize(0), heads, type.getDimSize(1) / heads});
    return TransposeOp::create(builder, loc, ReshapeOp::create(builder, loc, shape, x), order);
  };
  int64_t dim = tensor(query).getDimSize(1) / heads;
  Value perHead = split(query, {1, 0, 2}), transposed = split(key, {1, 2, 0});
  Value scores = MatmulOp::create(builder, loc, perHead, transposed);
  scores = ScaleOp::create(builder, loc, scores, number(1 / std::sqrt(double(dim))));
  Value probabilities = SoftmaxOp::create(builder, loc, scores);
  Value context = MatmulOp::create(builder, loc, probabilities, split(value, {1, 0, 2}));
  Value joined = TransposeOp::create(builder, loc, context, ArrayRef<int64_t>{1, 0, 2});
  return {ReshapeOp::create(builder, loc, query.getType(), joined), probabilities};
}

Value ModelWriter::column(Value input, int64_t number) {
  Value column = SliceOp::create(builder, loc, input, /*dim=*/1, number, /*size=*/1);
  return ReshapeOp::create(builder, loc, tensor(input).clone({ShapedType::kDynamic}), column);
}

Value ModelWriter::pool(PoolKind kind, Value input) {
  return PoolOp::create(builder, loc, kind, input);
}

Value ModelWriter::normalize(Value input, double eps) {
  return NormalizeOp::create(builder, loc, input, number(eps));
}

OwningOpRef<ModuleOp> ModelWriter::finish() {
  func::ReturnOp::create(builder, loc, results);
  function.setFunctionType(builder.getFunctionType(function.getBody().getArgumentTypes(),
                                                   ValueRange(results).getTypes()));
  function.setAllArgAttrs(argumentAttrs);
  function.setAllResultAttrs(resultAttrs);
  return std::move(module);
}
