// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Models that are allowed and unusual: what is returned, shared, joined, or called. Such things are
// decided in the plan, which is one for all instruction sets: each model is run on one of them.

#include "Model.h"

#include <gmock/gmock.h>

#include <bit>

using namespace tfc;
using namespace tfc::test;
using mlir::Value;
namespace xf = tfc::transformer;

namespace {

const std::initializer_list<int64_t> lengths = {3, 1, 40, 17};

std::vector<std::string> best() { return {machineVariants().front()}; }

void expectReference(Model &model, Way way = Way::asWritten) {
  test::expectReference(model, model.rows(lengths), way, best());
}

TEST(Corners, OneValueUnderTwoNames) {
  Model model(1);
  Value x = model.tokens(5), y = model.add<xf::ScaleOp>(x, model.number(2));
  model.output(y);
  model.output(y);
  model.output(x);
  expectReference(model);
}

TEST(Corners, AViewIsReturned) {
  Model model(1);
  Value x = model.tokens(12);
  model.output(model.add<xf::SliceOp>(x, 1, 4, 3));
  model.output(x);
  expectReference(model);
}

TEST(Corners, AWeightIsReturned) {
  Model model(1);
  model.output(model.tokens(3));
  model.output(model.weight({5}));
  expectReference(model);
}

TEST(Corners, TheInputIsReturned) {
  Model model(1);
  model.output(model.ids);
  model.output(model.tokens(3));
  Compiled library(model, Way::asWritten, best());
  ASSERT_EQ(library.error, "");
  Rows rows = model.rows(lengths);
  Outputs found = Runner(library.path, library.variants[0]).run(rows);
  for (size_t row = 0; row < rows.size(); ++row)
    for (size_t i = 0; i < rows[row].size(); ++i)
      EXPECT_EQ(std::bit_cast<int32_t>(float(found[0][row][i])), rows[row][i]);
}

TEST(Corners, PairsAreReturned) {
  Model model(1);
  Value x = model.tokens(4);
  Value scores =
      model.add<xf::MatmulOp>(x, model.add<xf::TransposeOp>(x, mlir::ArrayRef<int64_t>{1, 0}));
  model.output(scores);
  expectReference(model, model.rows(lengths));
}

TEST(Corners, PoolsOfFixedTensorsAreRefused) {
  Model model(1);
  Value pooled = model.add<xf::PoolOp>(xf::PoolKind::mean, model.tokens(12));
  Value matrix = model.add<xf::ReshapeOp>(model.type({3, 4}), pooled);
  model.output(model.add<xf::PoolOp>(xf::PoolKind::mean, matrix));
  EXPECT_THAT(Compiled(model).error,
              testing::HasSubstr("over a fixed number of tokens has no kernel yet"));
}

/// One tensor as table, as matrix and as a plain operand.
TEST(Corners, TiedWeights) {
  Model model(1, 37);
  Value table = model.weight({37, 10}), x = model.lookUp(table);
  model.output(model.add<xf::LinearOp>(x, table, Value()));
  model.output(model.add<xf::PositionsOp>(model.ids, model.weight({64, 37}), 0));
  Value bias = model.weight({37});
  Value logits = model.add<xf::LinearOp>(x, table, bias);
  model.output(model.add<xf::MulOp>(logits, bias));
  expectReference(model);
}

/// What is computed of weights alone, though it could have been computed before.
TEST(Corners, WeightsAsInputs) {
  Model model(1);
  Value matrix = model.weight({7, 5}), vector = model.weight({5});
  model.output(model.tokens(1));
  model.output(model.add<xf::SoftmaxOp>(matrix));
  model.output(model.add<xf::LogSumExpOp>(matrix));
  model.output(model.add<xf::LayerNormOp>(matrix, vector, vector, model.number(1e-5)));
  model.output(model.add<xf::NormalizeOp>(vector, model.number(1e-6)));
  model.output(model.add<xf::LinearOp>(matrix, model.weight({40, 5}), Value()));
  model.output(model.add<xf::SliceOp>(matrix, 1, 2, 2));
  model.output(model.add<xf::MatmulOp>(matrix, model.weight({5, 3})));
  expectReference(model);
}

TEST(Corners, JoinedWeights) {
  Model model(1);
  Value x = model.tokens(6);
  auto join = [&](std::initializer_list<Value> parts) {
    return model.add<xf::ConcatOp>(mlir::ValueRange(llvm::ArrayRef<Value>(parts)), 0);
  };
  Value a = model.weight({3, 6}), b = model.weight({40, 6}), c = model.weight({1, 6});
  Value bias = join({model.weight({3}), model.weight({40}), model.weight({1})});
  model.output(model.add<xf::LinearOp>(x, join({a, b, c}), bias));
  model.output(model.add<xf::LinearOp>(x, join({join({b, a}), b}), Value()));
  model.output(model.lookUp(join({model.weight({30, 6}), model.weight({23, 6})})));
  Value sines = model.add<xf::SinusoidsOp>(model.type({30, 6}), false, false);
  model.output(model.add<xf::PositionsOp>(model.ids, join({sines, model.weight({34, 6})}), 0));
  model.output(model.add<xf::LinearOp>(x, sines, Value())); // a table of sines as a matrix
  model.output(model.add<xf::MulOp>(x, model.add<xf::ReshapeOp>(model.type({6}), c)));
  expectReference(model);
}

/// Layers that also use what was made before the first of them.
TEST(Corners, LayersWithSharedValues) {
  Model model(1);
  Value x = model.tokens(8), shared = model.tokens(8), gate = model.weight({8});
  Value h = x;
  for (int layer = 0; layer < 4; ++layer) {
    Value y = model.add<xf::LinearOp>(h, model.weight({8, 8}, 0.3), model.weight({8}));
    y = model.add<xf::ActivationOp>(xf::ActivationKind::tanh, y);
    y = model.add<xf::MulOp>(y, gate);
    h = model.add<xf::AddNormOp>(y, shared, model.weight({8}), model.weight({8}),
                                 model.number(1e-5));
  }
  model.output(h);
  model.output(shared);
  Compiled library(model, Way::fused, best());
  EXPECT_NE(library.plan.find("call"), std::string::npos) << library.plan;
  expectReference(model, Way::fused);
}

/// A private function of the given arguments, called once with them; gives what it returns.
std::vector<Value> call(Model &model, const std::string &name, std::vector<Value> arguments,
                        std::function<std::vector<Value>(mlir::ValueRange)> body) {
  auto at = model.builder.saveInsertionPoint();
  // Functions stand before the one they are called from.
  model.builder.setInsertionPoint(at.getBlock()->getParentOp());
  mlir::Location loc = model.builder.getUnknownLoc();
  mlir::TypeRange types{mlir::ValueRange(arguments)};
  auto function = mlir::func::FuncOp::create(model.builder, loc, name,
                                             model.builder.getFunctionType(types, {}));
  function.setPrivate();
  mlir::Block *block = function.addEntryBlock();
  model.builder.setInsertionPointToEnd(block);
  std::vector<Value> results = body(block->getArguments());
  mlir::func::ReturnOp::create(model.builder, loc, results);
  function.setFunctionType(
      model.builder.getFunctionType(types, mlir::TypeRange(mlir::ValueRange(results))));
  model.builder.restoreInsertionPoint(at);
  auto op = mlir::func::CallOp::create(model.builder, loc, function, arguments);
  return {op.getResults().begin(), op.getResults().end()};
}

TEST(Corners, FunctionsThatReturnTheirArguments) {
  Model model(1);
  Value x = model.tokens(5), y = model.tokens(5), weight = model.weight({5, 5});
  auto results =
      call(model, "swap", {x, y, weight}, [&](mlir::ValueRange arguments) -> std::vector<Value> {
        Value z = model.add<xf::LinearOp>(arguments[0], arguments[2], Value());
        Value columns = model.add<xf::SliceOp>(z, 1, 1, 3);
        return {arguments[1], arguments[0], z, z, columns, arguments[2]};
      });
  for (Value result : results)
    model.output(result);
  model.output(model.add<xf::AddOp>(results[0], results[2]));
  expectReference(model);
}

/// A function of a function; weights are handed through both.
TEST(Corners, NestedCalls) {
  Model model(1);
  Value x = model.tokens(6), weight = model.weight({6, 6}), gamma = model.weight({6}),
        beta = model.weight({6});
  auto inner = [&](mlir::ValueRange a) -> std::vector<Value> {
    Value y = model.add<xf::LinearOp>(a[0], a[1], a[2]);
    return {model.add<xf::LayerNormOp>(y, a[2], a[3], model.number(1e-5))};
  };
  auto outer = [&](mlir::ValueRange a) -> std::vector<Value> {
    Value y = call(model, "inner", {a[0], a[1], a[2], a[3]}, inner)[0];
    return {model.add<xf::AddOp>(model.add<xf::LinearOp>(y, a[1], Value()), a[0])};
  };
  model.output(call(model, "outer", {x, weight, gamma, beta}, outer)[0]);
  expectReference(model);
}

TEST(Corners, FunctionsOnPairsAndVectors) {
  Model model(1);
  Value x = model.tokens(6), pooled = model.add<xf::PoolOp>(xf::PoolKind::mean, x);
  Value scores =
      model.add<xf::MatmulOp>(x, model.add<xf::TransposeOp>(x, mlir::ArrayRef<int64_t>{1, 0}));
  auto results =
      call(model, "both", {scores, pooled, x}, [&](mlir::ValueRange a) -> std::vector<Value> {
        return {model.add<xf::SoftmaxOp>(a[0]),
                model.add<xf::NormalizeOp>(a[1], model.number(1e-6)),
                model.add<xf::AddOp>(a[2], a[1])};
      });
  model.output(model.add<xf::MatmulOp>(results[0], results[2]));
  model.output(results[1]);
  expectReference(model);
}

} // namespace
