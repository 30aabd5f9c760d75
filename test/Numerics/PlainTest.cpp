// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every plain op against its formula in a wider type, on shapes that are no multiple of anything.

#include "Model.h"

#include <fmt/format.h>

#include "llvm/ADT/StringSet.h"

#include <limits>

using namespace tfc;
using namespace tfc::test;
using mlir::Value;
namespace xf = tfc::transformer;

namespace {

using Indices = mlir::ArrayRef<int64_t>;

void embeddingsAndPositions(Model &model) {
  Value learned = model.weight({70, 19});
  model.output(model.tokens(1));
  model.output(model.tokens(33));
  model.output(model.add<xf::PositionsOp>(model.ids, learned, 0));
  model.output(model.add<xf::PositionsOp>(model.ids, learned, 2));
  for (auto [halves, closed] : {std::pair(false, false), {true, false}, {true, true}}) {
    Value table = model.add<xf::SinusoidsOp>(model.type({64, 18}), halves, closed);
    model.output(model.add<xf::PositionsOp>(model.ids, table, 0));
  }
}

void rotary(Model &model) {
  const double frequencies[] = {1, 0.3, 0.01};
  Value table = model.add<xf::RotaryTableOp>(
      model.type({64, 6}), mlir::ArrayRef<double>(frequencies), llvm::APFloat(1.25));
  Value x = model.tokens(24);
  model.output(model.add<xf::RotaryOp>(x, table, 4)); // all of each head
  model.output(model.add<xf::RotaryOp>(x, table, 3)); // the first 6 of 8 columns
  model.output(model.add<xf::RotaryOp>(model.add<xf::SliceOp>(x, 1, 5, 13), table, 1));
}

void linears(Model &model) {
  auto layer = [&](Value x, int64_t in, int64_t out, bool bias) {
    Value weight = model.weight({out, in});
    return model.add<xf::LinearOp>(x, weight, bias ? model.weight({out}) : Value());
  };
  model.output(layer(model.tokens(5), 5, 3, true));
  model.output(layer(model.tokens(64), 64, 33, false));
  model.output(layer(model.tokens(300), 300, 1, true)); // sums of more than one block
  Value cubes = model.add<xf::ReshapeOp>(model.type({dynamic, 3, 8}), model.tokens(24));
  model.output(layer(cubes, 8, 5, true));
  Value turned = model.add<xf::TransposeOp>(cubes, Indices{1, 0, 2});
  Value far = layer(turned, 8, 7, false); // [3, tokens, 7]
  model.output(model.add<xf::TransposeOp>(far, Indices{1, 0, 2}));
  Value pooled = model.add<xf::PoolOp>(xf::PoolKind::mean, model.tokens(20));
  model.output(layer(pooled, 20, 6, true)); // one vector a row
  // A weight that is not known when compiling: no packed product.
  Value joined =
      model.add<xf::ConcatOp>(mlir::ValueRange{model.weight({4, 3}), model.weight({4, 2})}, 1);
  model.output(model.add<xf::LinearOp>(model.tokens(5), joined, model.weight({4})));
}

/// What a product's epilogue takes in, and what ends it.
void epilogues(Model &model) {
  Value x = model.tokens(12), residual = model.tokens(37);
  Value product = model.add<xf::LinearOp>(x, model.weight({37, 12}), model.weight({37}));
  Value active = model.add<xf::ActivationOp>(xf::ActivationKind::gelu, product);
  Value sum = model.add<xf::AddOp>(active, residual);
  model.output(model.add<xf::ScaleOp>(sum, model.number(-1.5)));
  Value gated = model.add<xf::LinearOp>(x, model.weight({37, 12}), Value());
  model.output(
      model.add<xf::MulOp>(model.add<xf::ActivationOp>(xf::ActivationKind::silu, gated), residual));
  Value other = model.add<xf::LinearOp>(x, model.weight({37, 12}), Value());
  model.output(model.add<xf::AddOp>(residual, other)); // the product on the right
  model.output(other);                                 // and used twice
  Value biased = model.add<xf::LinearOp>(x, model.weight({8, 12}), Value());
  model.output(model.add<xf::AddOp>(biased, model.weight({8}))); // a bias written as a sum
  Value twice = model.add<xf::LinearOp>(x, model.weight({8, 12}), Value());
  model.output(model.add<xf::AddOp>(twice, twice));
  Value chained = model.add<xf::LinearOp>(x, model.weight({12, 12}), Value());
  Value back = model.add<xf::AddOp>(chained, x);
  model.output(
      model.add<xf::LinearOp>(back, model.weight({5, 12}), Value())); // a product of a product
  Value pooled = model.add<xf::PoolOp>(xf::PoolKind::first, x);
  Value head = model.add<xf::LinearOp>(pooled, model.weight({12, 12}), model.weight({12}));
  model.output(
      model.add<xf::AddOp>(model.add<xf::ActivationOp>(xf::ActivationKind::tanh, head), pooled));
}

void elementwise(Model &model) {
  Value x = model.tokens(21), y = model.tokens(21), row = model.weight({21});
  model.output(model.add<xf::AddOp>(x, y));
  model.output(model.add<xf::AddOp>(x, row));
  model.output(model.add<xf::MulOp>(x, y));
  model.output(model.add<xf::MulOp>(x, row));
  Value cubes = model.add<xf::ReshapeOp>(model.type({dynamic, 3, 7}), x);
  model.output(model.add<xf::AddOp>(cubes, model.weight({3, 7})));
  model.output(model.add<xf::MulOp>(cubes, model.weight({7})));
  Value pooled = model.add<xf::PoolOp>(xf::PoolKind::max, y);
  model.output(model.add<xf::AddOp>(x, pooled)); // one vector of the row, to each of its tokens
  model.output(model.add<xf::ScaleOp>(pooled, model.number(0.1)));
  for (int kind = 0; kind <= int(xf::getMaxEnumValForActivationKind()); ++kind)
    model.output(model.add<xf::ActivationOp>(*xf::symbolizeActivationKind(kind), x));
}

void vectors(Model &model) {
  for (int64_t width : {1, 7, 16, 50}) {
    Value x = model.tokens(width, 3);
    if (width > 1)
      model.output(model.add<xf::LayerNormOp>(x, model.weight({width}), model.weight({width}),
                                              model.number(1e-12)));
    model.output(
        model.add<xf::RmsNormOp>(x, model.weight({width}), model.number(1e-6), model.number(0)));
    model.output(model.add<xf::SoftmaxOp>(x));
    model.output(model.add<xf::LogSumExpOp>(x));
    model.output(model.add<xf::NormalizeOp>(x, model.number(1e-12)));
  }
  model.output(
      model.add<xf::NormalizeOp>(model.tokens(9, [] { return 0.0f; }), model.number(1e-6)));
  Value pooled = model.add<xf::PoolOp>(xf::PoolKind::mean, model.tokens(18));
  model.output(model.add<xf::NormalizeOp>(pooled, model.number(1e-12)));
  model.output(model.add<xf::SoftmaxOp>(pooled));
  model.output(model.add<xf::LogSumExpOp>(pooled));
  model.output(model.add<xf::LayerNormOp>(pooled, model.weight({18}), model.weight({18}),
                                          model.number(1e-5)));
  // Columns of a wider matrix are a view with a stride.
  Value wide = model.tokens(30);
  Value columns = model.add<xf::SliceOp>(wide, 1, 3, 11);
  model.output(model.add<xf::SoftmaxOp>(columns));
  model.output(model.add<xf::LogSumExpOp>(columns));
  model.output(model.add<xf::NormalizeOp>(columns, model.number(1e-12)));
  model.output(model.add<xf::LayerNormOp>(columns, model.weight({11}), model.weight({11}),
                                          model.number(1e-5)));
  model.output(
      model.add<xf::RmsNormOp>(columns, model.weight({11}), model.number(1e-5), model.number(1)));
  Value cubes = model.add<xf::ReshapeOp>(model.type({dynamic, 2, 9}), model.tokens(18));
  model.output(model.add<xf::SoftmaxOp>(cubes));
  model.output(model.add<xf::LogSumExpOp>(cubes));
}

void pools(Model &model) {
  for (int kind = 0; kind <= int(xf::getMaxEnumValForPoolKind()); ++kind)
    for (int64_t width : {1, 16, 37})
      model.output(model.add<xf::PoolOp>(*xf::symbolizePoolKind(kind), model.tokens(width)));
  Value columns = model.add<xf::SliceOp>(model.tokens(30), 1, 5, 20);
  model.output(model.add<xf::PoolOp>(xf::PoolKind::mean, columns));
}

/// Tensors that grow with the square of a row's length.
void pairs(Model &model) {
  auto heads = [&](std::initializer_list<int64_t> order) {
    Value split = model.add<xf::ReshapeOp>(model.type({dynamic, 3, 5}), model.tokens(15));
    return model.add<xf::TransposeOp>(split, Indices(order.begin(), order.size()));
  };
  Value scores = model.add<xf::MatmulOp>(heads({1, 0, 2}), heads({1, 2, 0})); // [3, tokens, tokens]
  Value values = heads({1, 0, 2});
  model.output(model.add<xf::LogSumExpOp>(scores));
  model.output(model.add<xf::MatmulOp>(model.add<xf::SoftmaxOp>(scores), values));
  for (mlir::IntegerAttr window : {mlir::IntegerAttr(), model.builder.getI64IntegerAttr(3)}) {
    Value masked = model.add<xf::CausalMaskOp>(scores, window);
    model.output(model.add<xf::MatmulOp>(model.add<xf::SoftmaxOp>(masked), values));
  }
  Value biased = model.add<xf::LinearBiasOp>(scores, llvm::ArrayRef<double>{0.5, 0.25, 1});
  model.output(model.add<xf::MatmulOp>(model.add<xf::SoftmaxOp>(biased), values));
  for (bool bothSides : {false, true}) {
    Value table = model.add<xf::DistanceTableOp>(model.weight({8, 3}), 45, 13, bothSides);
    Value apart = model.add<xf::DistanceBiasOp>(scores, table);
    model.output(model.add<xf::MatmulOp>(model.add<xf::SoftmaxOp>(apart), values));
  }
  Value calm = model.add<xf::ScaleOp>(scores, model.number(0.3));
  Value sum = model.add<xf::AddOp>(model.add<xf::MulOp>(calm, scores), scores);
  model.output(model.add<xf::MatmulOp>(sum, values));
  Value turned = model.add<xf::TransposeOp>(scores, Indices{0, 2, 1});
  model.output(model.add<xf::MatmulOp>(model.add<xf::SoftmaxOp>(turned), values));
  Value last = model.add<xf::TransposeOp>(scores, Indices{1, 2, 0}); // [tokens, tokens, 3]
  Value normed =
      model.add<xf::LayerNormOp>(last, model.weight({3}), model.weight({3}), model.number(1e-5));
  Value mixed = model.add<xf::SoftmaxOp>(last);
  mixed = model.add<xf::AddOp>(model.add<xf::NormalizeOp>(mixed, model.number(1e-6)), normed);
  Value front = model.add<xf::TransposeOp>(mixed, Indices{2, 0, 1});
  model.output(model.add<xf::MatmulOp>(front, values));
  // A linear layer on pairs has no packed product.
  Value wider = model.add<xf::LinearOp>(last, model.weight({4, 3}), model.weight({4}));
  model.output(model.add<xf::MatmulOp>(
      model.add<xf::SliceOp>(model.add<xf::TransposeOp>(wider, Indices{2, 0, 1}), 0, 1, 3),
      values));
  Value one = model.add<xf::MatmulOp>(model.tokens(6),
                                      model.add<xf::TransposeOp>(model.tokens(6), Indices{1, 0}));
  model.output(
      model.add<xf::MatmulOp>(model.add<xf::SoftmaxOp>(one), model.tokens(4))); // no head dimension
  Value gram = model.add<xf::MatmulOp>(model.add<xf::TransposeOp>(model.tokens(6), Indices{1, 0}),
                                       model.tokens(5));
  model.output(gram); // [6, 5], sums over the row's tokens
}

void shapes(Model &model) {
  Value x = model.tokens(24);
  Value cubes = model.add<xf::ReshapeOp>(model.type({dynamic, 2, 12}), x);
  model.output(cubes);
  model.output(model.add<xf::ReshapeOp>(model.type({dynamic, 4, 6}), cubes));
  model.output(model.add<xf::ReshapeOp>(model.type({2, dynamic, 12}),
                                        x)); // the same numbers in the row's order
  model.output(model.add<xf::TransposeOp>(cubes, Indices{2, 0, 1}));
  model.output(model.add<xf::TransposeOp>(x, Indices{1, 0}));
  model.output(model.add<xf::RepeatOp>(cubes, 1, 3));
  model.output(model.add<xf::RepeatOp>(x, 1, 2));
  model.output(model.add<xf::SliceOp>(x, 1, 20, 4));
  model.output(model.add<xf::SliceOp>(cubes, 2, 5, 7));
  model.output(model.add<xf::SliceOp>(cubes, 1, 1, 1));
  Value y = model.tokens(3);
  model.output(model.add<xf::ConcatOp>(mlir::ValueRange{x, y, x}, 1));
  Value slice = model.add<xf::SliceOp>(x, 1, 2, 9);
  model.output(model.add<xf::ConcatOp>(mlir::ValueRange{slice, y}, 1));
  model.output(model.add<xf::SliceOp>(slice, 1, 4, 3)); // a view of a view
  model.output(model.add<xf::AddOp>(slice, model.tokens(9)));
  Value first = model.add<xf::PoolOp>(xf::PoolKind::first, x),
        second = model.add<xf::PoolOp>(xf::PoolKind::max, y);
  model.output(model.add<xf::ConcatOp>(mlir::ValueRange{first, second}, 0)); // of one vector a row
  model.output(model.add<xf::SliceOp>(first, 0, 1, 5));
  model.output(model.add<xf::ReshapeOp>(model.type({4, 6}), first));
}

using Generator = void (*)(Model &);
struct Case {
  const char *name;
  Generator generate;
};
constexpr Case cases[] = {
    {"EmbeddingsAndPositions", embeddingsAndPositions},
    {"Rotary", rotary},
    {"Linears", linears},
    {"Epilogues", epilogues},
    {"Elementwise", elementwise},
    {"Vectors", vectors},
    {"Pools", pools},
    {"Pairs", pairs},
    {"Shapes", shapes},
};

class Plain : public testing::TestWithParam<std::tuple<ElementType, Case>> {};

TEST_P(Plain, EqualsItsFormula) {
  auto [element, example] = GetParam();
  Model model(7, 53, 64, element);
  example.generate(model);
  expectReference(model, model.rows({5, 1, 33, 2, 64, 16, 1}));
}
INSTANTIATE_TEST_SUITE_P(Ops, Plain,
                         testing::Combine(testing::Values(ElementType::f32, ElementType::f64),
                                          testing::ValuesIn(cases)),
                         [](const auto &info) {
                           return fmt::format("{}_{}", std::get<1>(info.param).name,
                                              nameOf(std::get<0>(info.param)));
                         });

TEST(Plain, EveryRegisteredOpIsTested) {
  llvm::StringSet<> tested;
  for (const Case &each : cases) {
    Model model(0);
    each.generate(model);
    model.ids.getParentRegion()->walk(
        [&](mlir::Operation *op) { tested.insert(op->getName().getStringRef()); });
  }
  Model model(0);
  // What a row keeps from run to run has no formula of one run: test/EndToEnd/generate.py and
  // translate.py have it.
  // Weights in fewer bits have tests of their own: QuantizedTest.cpp.
  for (llvm::StringRef other :
       {xf::ModelOp::getOperationName(), xf::CacheOp::getOperationName(),
        xf::CachedAttentionOp::getOperationName(), xf::KeepOp::getOperationName(),
        xf::QuantizeOp::getOperationName(), xf::DequantizeOp::getOperationName()})
    tested.insert(other);
  for (mlir::RegisteredOperationName name : model.context.getRegisteredOperations())
    if (name.getDialectNamespace() == "transformer" &&
        !name.hasInterface<xf::CompositeOpInterface>())
      EXPECT_TRUE(tested.contains(name.getStringRef()))
          << name.getStringRef().str()
          << " is never compared with its formula: use it in test/Numerics/PlainTest.cpp, "
          << "and add its formula to Reference.cpp";
}

/// A mean of a thousand deviations: a variance computed as a difference of squares would have lost
/// itself.
TEST(Plain, LayerNormOfALargeMean) {
  Model model(2);
  auto shifted = [normal = model.normal(1)]() { return 1000 + normal(); };
  model.output(model.add<xf::LayerNormOp>(model.tokens(40, Fill(shifted)), model.weight({40}),
                                          model.weight({40}), model.number(1e-5)));
  Compiled library(model);
  ASSERT_EQ(library.error, "");
  Rows rows = model.rows({50});
  for (const std::string &variant : library.variants)
    expectReference(model, rows, Runner(library.path, variant).run(rows), variant, 1e-3);
}

/// Scores beyond all measure: the largest is taken away before exp, and what is left of −∞ is 0.
TEST(Plain, SoftmaxOfExtremes) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  Model model(1, 6);
  std::vector<float> scores{-inf,   -inf,   -inf,   -inf,   -inf,  // no score at all: zeros
                            -inf,   2,      -inf,   2,      -inf,  // half each
                            3e38f,  0,      -3e38f, 3e38f,  1e30f, //
                            88,     89,     90,     -90,    -1e4f, //
                            -1e30f, -1e30f, -2e30f, -1e30f, -inf,  //
                            0,      0,      0,      0,      0};
  Value table = model.weight({6, 5}, scores), x = model.lookUp(table);
  model.output(model.add<xf::SoftmaxOp>(x));
  model.output(model.add<xf::LogSumExpOp>(x));
  Compiled library(model);
  ASSERT_EQ(library.error, "");
  const std::vector<std::vector<float>> softmax{{0, 0, 0, 0, 0},
                                                {0, 0.5, 0, 0.5, 0},
                                                {0.5, 0, 0, 0.5, 0},
                                                {0.0900305733f, 0.244728476f, 0.665240943f, 0, 0},
                                                {1 / 3.f, 1 / 3.f, 0, 1 / 3.f, 0},
                                                {0.2f, 0.2f, 0.2f, 0.2f, 0.2f}};
  const float sums[] = {-inf, 2.69314718f, 3e38f, 90.4076059f, -1e30f, 1.60943791f};
  for (const std::string &variant : library.variants) {
    Outputs found = Runner(library.path, variant).run({{0, 1, 2, 3, 4, 5}});
    for (int row = 0; row < 6; ++row) {
      for (int i = 0; i < 5; ++i)
        EXPECT_NEAR(found[0][0][row * 5 + i], softmax[row][i], 1e-7)
            << variant << ", row " << row << ", element " << i;
      EXPECT_FLOAT_EQ(found[1][0][row], sums[row]) << variant << ", row " << row;
    }
  }
}

} // namespace
