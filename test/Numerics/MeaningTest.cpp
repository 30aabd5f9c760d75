// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What attention and the feed-forward part promise whatever their numbers are: weights that sum to
// one and are zero where nothing may be seen, and a function of each token by itself.

#include "Model.h"

#include <fmt/format.h>

using namespace tfc;
using namespace tfc::test;
using mlir::Value;
namespace xf = tfc::transformer;

namespace {

/// Who sees whom.
struct Mask {
  bool causal;
  int64_t window; ///< 0: none
  bool sees(int64_t query, int64_t key) const {
    return !causal || (key <= query && (window == 0 || query - key < window));
  }
};

class AttentionWeights : public testing::TestWithParam<std::tuple<Way, ElementType>> {};

/// The probabilities of each query are numbers above zero where it sees a key, zero elsewhere, and
/// sum to one as well as so many rounded numbers can.
TEST_P(AttentionWeights, OfAQuerySumToOneAndAreZeroWhereMasked) {
  auto [way, element] = GetParam();
  Model model(3, 101, 300, element);
  const int64_t keyHeads = 2, heads = 4, dim = 20;
  Value q = model.tokens(heads * dim), k = model.tokens(keyHeads * dim),
        v = model.tokens(keyHeads * dim);
  const Mask masks[] = {{false, 0}, {true, 0}, {true, 5}, {true, 140}};
  for (const Mask &mask : masks) {
    auto op = xf::AttentionOp::create(
        model.builder, model.builder.getUnknownLoc(), model.type({dynamic, heads * dim}),
        model.type({heads, dynamic, dynamic}), mlir::Type(), mlir::Type(), q, k, v,
        /*distances=*/mlir::Value(), model.builder.getI64IntegerAttr(heads), model.number(0.25),
        mask.causal ? model.builder.getUnitAttr() : mlir::UnitAttr(),
        mask.window ? model.builder.getI64IntegerAttr(mask.window) : mlir::IntegerAttr(),
        mlir::FloatAttr(), mlir::DenseF64ArrayAttr());
    model.output(op.getProbabilities());
    model.output(op.getResult()); // without which attention would be a softmax of scores
  }
  Rows rows = model.rows({1, 33, 2, 300, 128, 17});
  Compiled library(model, way);
  ASSERT_EQ(library.error, "") << model.text();
  EXPECT_EQ(library.plan.find("kernel.attention") == std::string::npos, way == Way::writtenOut);
  const double rounding = element == ElementType::f64 ? 0x1p-53 : 0x1p-24;
  for (const std::string &variant : library.variants) {
    Outputs found = Runner(library.path, variant).run(rows);
    ASSERT_FALSE(found.empty());
    for (size_t number = 0; number < std::size(masks); ++number)
      for (size_t row = 0; row < rows.size(); ++row) {
        const int64_t length = rows[row].size();
        const double *weight = found[2 * number][row].data();
        for (int64_t head = 0; head < heads; ++head)
          for (int64_t query = 0; query < length; ++query) {
            double sum = 0;
            for (int64_t key = 0; key < length; ++key, ++weight) {
              sum += *weight;
              const bool sees = masks[number].sees(query, key);
              ASSERT_TRUE(sees ? *weight > 0 && *weight <= 1 + 8 * rounding : *weight == 0)
                  << variant << ", mask " << number << ", head " << head << ": query " << query
                  << " gives key " << key << " of " << length << " the weight " << *weight;
            }
            ASSERT_NEAR(sum, 1, double(8 + length) * rounding)
                << variant << ", mask " << number << ", head " << head << ", query " << query;
          }
      }
  }
}
INSTANTIATE_TEST_SUITE_P(Ways, AttentionWeights,
                         testing::Combine(testing::Values(Way::asWritten, Way::writtenOut),
                                          testing::Values(ElementType::f32, ElementType::f64)),
                         [](const testing::TestParamInfo<AttentionWeights::ParamType> &info) {
                           return fmt::format(
                               "{}_{}",
                               std::get<0>(info.param) == Way::asWritten ? "fused" : "writtenOut",
                               nameOf(std::get<1>(info.param)));
                         });

class FeedForward : public testing::TestWithParam<Way> {};

/// feed_forward(permuted tokens) = permuted feed_forward(tokens), to the last bit.
TEST_P(FeedForward, CommutesWithAnyOrderOfTheTokens) {
  Model model(9, 211, 100);
  const int64_t width = 33, inner = 70;
  Value x = model.tokens(width);
  for (bool gated : {false, true}) {
    auto up = [&] { return model.weight({inner, width}, 0.2); };
    Value gate = gated ? up() : Value(), gateBias = gated ? model.weight({inner}) : Value();
    model.output(model.add<xf::FeedForwardOp>(
        gated ? xf::ActivationKind::silu : xf::ActivationKind::gelu, x, gate, gateBias, up(),
        model.weight({inner}), model.weight({width, inner}, 0.1), model.weight({width})));
  }
  Compiled library(model, GetParam());
  ASSERT_EQ(library.error, "") << model.text();
  std::vector<int32_t> row = model.row(100);
  for (const std::string &variant : library.variants) {
    Runner runner(library.path, variant);
    Outputs straight = runner.run({row});
    ASSERT_FALSE(straight.empty());
    for (int round = 0; round < 3; ++round) {
      std::vector<size_t> order(row.size());
      std::iota(order.begin(), order.end(), 0);
      std::shuffle(order.begin(), order.end(), model.random);
      std::vector<int32_t> permuted;
      for (size_t from : order)
        permuted.push_back(row[from]);
      Outputs found = runner.run({permuted});
      for (size_t out = 0; out < found.size(); ++out)
        for (size_t to = 0; to < order.size(); ++to)
          ASSERT_TRUE(std::equal(&found[out][0][to * width], &found[out][0][to * width] + width,
                                 &straight[out][0][order[to] * width]))
              << variant << ", output " << out << ": token " << order[to] << " at place " << to;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Ways, FeedForward, testing::Values(Way::asWritten, Way::writtenOut),
                         [](const testing::TestParamInfo<Way> &info) {
                           return info.param == Way::asWritten ? "fused" : "writtenOut";
                         });

} // namespace
