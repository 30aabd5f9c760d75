// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A composite op equals what it is written out as: for every one that is registered, on random
// shapes, both ways of compiling it against each other and against the interpreter in f64.

#include "Model.h"

#include <fmt/format.h>

using namespace tfc;
using namespace tfc::test;
using mlir::Value;
namespace xf = tfc::transformer;

namespace {

/// Adds one op on random shapes to the model, with its results as outputs.
using Generator = void (*)(Model &);

void attention(Model &model) {
  int64_t heads = model.pick({1, 2, 3, 5}), dim = model.pick({1, 4, 8, 20, 32, 33, 64});
  int64_t valueDim = model.pick({dim, dim, 1, 24});
  Value q = model.tokens(heads * dim), k = model.tokens(heads * dim),
        v = model.tokens(heads * valueDim);
  llvm::APFloat scale(1 / std::sqrt(float(dim)));
  auto op =
      xf::AttentionOp::create(model.builder, model.builder.getUnknownLoc(), q, k, v, heads, scale);
  model.output(op.getResult());
}

/// Attention of a decoder: causal, perhaps in a window, with fewer heads of keys.
void causalAttention(Model &model) {
  int64_t keyHeads = model.pick({1, 2, 3}), heads = keyHeads * model.pick({1, 2, 4});
  int64_t dim = model.pick({1, 8, 18, 64}), valueDim = model.pick({dim, dim, 7});
  Value q = model.tokens(heads * dim), k = model.tokens(keyHeads * dim),
        v = model.tokens(keyHeads * valueDim);
  for (std::optional<int64_t> window : {std::optional<int64_t>(), std::optional<int64_t>(5)})
    model.output(
        model.add<xf::AttentionOp>(q, k, v, heads, llvm::APFloat(0.25), /*causal=*/true, window));
}

/// Attention that also gives its probabilities, or what they are made of, or both, by one kernel.
void attentionWithMaps(Model &model) {
  int64_t heads = model.pick({1, 2, 3}), dim = model.pick({1, 4, 20, 33});
  Value q = model.tokens(heads * dim), k = model.tokens(heads * dim), v = model.tokens(heads * 5);
  auto result = model.type({dynamic, heads * 5}), pairs = model.type({heads, dynamic, dynamic});
  bool causal = model.random() % 2, narrow = causal && model.random() % 2;
  const int which = model.pick({1, 2, 3});
  auto op = xf::AttentionOp::create(
      model.builder, model.builder.getUnknownLoc(), result, which & 1 ? pairs : mlir::Type(),
      which & 2 ? pairs : mlir::Type(), /*log_sum_exp=*/mlir::Type(), q, k, v,
      /*distances=*/Value(), model.builder.getI64IntegerAttr(heads), model.number(0.25),
      causal ? model.builder.getUnitAttr() : mlir::UnitAttr(),
      narrow ? model.builder.getI64IntegerAttr(3) : mlir::IntegerAttr(), mlir::FloatAttr(),
      mlir::DenseF64ArrayAttr());
  for (Value given : op->getResults())
    model.output(given);
}

/// Attention that also gives its log-sum-exp, which has no kernel of its own.
void attentionWithResults(Model &model) {
  int64_t heads = model.pick({1, 2, 3}), dim = model.pick({1, 4, 20});
  Value q = model.tokens(heads * dim), k = model.tokens(heads * dim), v = model.tokens(heads * 3);
  auto result = model.type({dynamic, heads * 3}), pairs = model.type({heads, dynamic, dynamic});
  auto sums = model.type({heads, dynamic});
  auto op = xf::AttentionOp::create(model.builder, model.builder.getUnknownLoc(), result, pairs,
                                    /*scores=*/mlir::Type(), sums, q, k, v,
                                    /*distances=*/Value(), model.builder.getI64IntegerAttr(heads),
                                    model.number(0.25), mlir::UnitAttr(), mlir::IntegerAttr(),
                                    mlir::FloatAttr(), mlir::DenseF64ArrayAttr());
  model.output(op.getResult());
  model.output(op.getLogSumExp());
  model.output(op.getProbabilities());
}

/// Attention whose scores are capped, the lower the further a key is away, or biased by a table of
/// distances, or several of these; with and without its probabilities, and with the log-sum-exp of
/// what became of the scores.
void attentionToScores(Model &model) {
  int64_t heads = model.pick({2, 3}), dim = model.pick({4, 20});
  Value q = model.tokens(heads * dim, 3), k = model.tokens(heads * dim),
        v = model.tokens(heads * 5);
  llvm::SmallVector<double> slopes{0.5, 0.0625, 1.5};
  slopes.resize(heads);
  for (int kind : {1, 2, 3, 4, 7}) {
    Value distances;
    if (kind & 4)
      distances = model.add<xf::DistanceTableOp>(model.weight({8, heads}), 50, 18, kind == 4);
    bool maps = model.random() % 2, causal = model.random() % 2, narrow = causal && kind == 3;
    auto pairs = model.type({heads, dynamic, dynamic});
    auto op = xf::AttentionOp::create(
        model.builder, model.builder.getUnknownLoc(), model.type({dynamic, heads * 5}),
        maps ? pairs : mlir::Type(), kind & 1 ? pairs : mlir::Type(),
        maps && kind == 2 ? model.type({heads, dynamic}) : mlir::Type(), q, k, v, distances,
        model.builder.getI64IntegerAttr(heads), model.number(0.25),
        causal ? model.builder.getUnitAttr() : mlir::UnitAttr(),
        narrow ? model.builder.getI64IntegerAttr(3) : mlir::IntegerAttr(),
        kind & 1 ? model.number(1.75) : mlir::FloatAttr(),
        kind & 2 ? model.builder.getDenseF64ArrayAttr(slopes) : mlir::DenseF64ArrayAttr());
    for (Value result : op->getResults())
      model.output(result);
  }
}

void feedForward(Model &model) {
  int64_t in = model.pick({1, 7, 16, 33, 64}), inner = model.pick({1, 31, 32, 65}),
          out = model.pick({1, 15, in, 40});
  auto bias = [&](int64_t size) { return model.random() % 3 ? model.weight({size}) : Value(); };
  Value x = model.tokens(in), up = model.weight({inner, in}, 0.3), upBias = bias(inner);
  Value gate, gateBias;
  if (model.random() % 2) {
    gate = model.weight({inner, in}, 0.3);
    gateBias = bias(inner);
  }
  Value down = model.weight({out, inner}, 0.3), downBias = bias(out);
  auto kind =
      *xf::symbolizeActivationKind(model.random() % (xf::getMaxEnumValForActivationKind() + 1));
  model.output(model.add<xf::FeedForwardOp>(kind, x, gate, gateBias, up, upBias, down, downBias));
}

void addNorm(Model &model) {
  int64_t width = model.pick({1, 2, 15, 16, 17, 48, 100});
  Value x = model.tokens(width), residual = model.tokens(width);
  if (model.random() % 2) // what a product ends in
    x = model.add<xf::LinearOp>(model.tokens(9), model.weight({width, 9}), Value());
  Value gamma = model.weight({width}), beta = model.weight({width});
  model.output(model.add<xf::AddNormOp>(x, residual, gamma, beta, model.number(1e-5)));
}

/// How to make an example of each composite op. A new op needs a line here, and its formula in
/// Reference.cpp.
const std::multimap<std::string, Generator> generators{
    {"transformer.attention", attention},
    {"transformer.attention", causalAttention},
    {"transformer.attention", attentionWithMaps},
    {"transformer.attention", attentionWithResults},
    {"transformer.attention", attentionToScores},
    {"transformer.feed_forward", feedForward},
    {"transformer.add_norm", addNorm},
};

TEST(Composite, EveryRegisteredOpHasAGenerator) {
  Model model(0);
  unsigned found = 0;
  for (mlir::RegisteredOperationName name : model.context.getRegisteredOperations()) {
    if (!name.hasInterface<xf::CompositeOpInterface>())
      continue;
    ++found;
    EXPECT_TRUE(generators.count(name.getStringRef().str()))
        << name.getStringRef().str()
        << " is composite and has no test on random shapes: add a function that makes an "
        << "example to `generators` in test/Numerics/CompositeTest.cpp, and its formula to "
           "Reference.cpp";
  }
  EXPECT_GE(found, 3u);
}

class Composite : public testing::TestWithParam<std::tuple<ElementType, unsigned>> {};

TEST_P(Composite, EqualsWrittenOut) {
  auto [element, seed] = GetParam();
  Model model(seed, 53, 96, element);
  for (auto [name, generate] : generators)
    generate(model);
  Rows rows = model.rows({1, 17, 2, 33, 16, 31, 90, 1, 7});
  Compiled fused(model, Way::asWritten), plain(model, Way::writtenOut);
  ASSERT_EQ(fused.error, "") << model.text();
  ASSERT_EQ(plain.error, "") << model.text();
  EXPECT_EQ(plain.plan.find("kernel.attention"), std::string::npos)
      << "the written-out form was not compiled";
  EXPECT_NE(fused.plan.find("kernel.attention"), std::string::npos);
  for (const std::string &variant : fused.variants) {
    Outputs one = Runner(fused.path, variant).run(rows),
            other = Runner(plain.path, variant).run(rows);
    expectReference(model, rows, one, variant + ", composite");
    expectReference(model, rows, other, variant + ", written out");
    // Both are near the truth; near each other, then, with twice the room.
    for (size_t out = 0; out < one.size(); ++out) {
      double largest = 0, apart = 0;
      for (size_t row = 0; row < rows.size(); ++row)
        for (size_t i = 0; i < one[out][row].size(); ++i) {
          if (std::isinf(one[out][row][i])) { // of masked scores
            EXPECT_EQ(one[out][row][i], other[out][row][i]) << variant << ", output " << out;
            continue;
          }
          largest = std::max(largest, std::abs(one[out][row][i]));
          apart = std::max(apart, std::abs(one[out][row][i] - other[out][row][i]));
        }
      EXPECT_LE(apart, largest * (element == ElementType::f64 ? 2e-14 : 2e-5))
          << variant << ", output " << out;
    }
  }
  if (HasFailure())
    ADD_FAILURE() << model.text() << fused.plan << plain.plan;
}

constexpr auto types = {ElementType::f32, ElementType::f64};
auto name(const testing::TestParamInfo<Composite::ParamType> &info) {
  return fmt::format("{}_{}", nameOf(std::get<0>(info.param)), std::get<1>(info.param));
}
INSTANTIATE_TEST_SUITE_P(Seeds, Composite,
                         testing::Combine(testing::ValuesIn(types), testing::Values(1u)), name);
INSTANTIATE_TEST_SUITE_P(SlowSeeds, Composite,
                         testing::Combine(testing::ValuesIn(types), testing::Range(100u, 131u)),
                         name);

} // namespace
