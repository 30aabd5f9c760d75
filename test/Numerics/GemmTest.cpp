// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products of small whole numbers are exact in f32, whatever the order of the sum: every size must
// give every bit.

#include "Model.h"

#include <numeric>

using namespace tfc;
using namespace tfc::test;
using mlir::Value;
namespace xf = tfc::transformer;

namespace {

/// Compares all bits with the interpreter's, for each number of tokens and each instruction set.
void expectExact(Model &model, const std::vector<int64_t> &tokens) {
  Compiled library(model);
  ASSERT_EQ(library.error, "") << model.text();
  std::vector<std::pair<Rows, std::vector<std::vector<float>>>> batches;
  for (int64_t count : tokens) {
    // One row, and now and then the same tokens as several.
    auto ids = model.row(std::min(count, int64_t(64)));
    Rows rows{ids};
    while (int64_t left =
               count - 64 * int64_t(rows.size()) > 0 ? count - 64 * int64_t(rows.size()) : 0)
      rows.push_back(model.row(std::min(left, int64_t(64))));
    std::vector<std::vector<float>> expected;
    for (const auto &row : rows) {
      auto exact = model.interpretRow<float>(row);
      expected.resize(exact.size());
      for (size_t out = 0; out < exact.size(); ++out)
        expected[out].insert(expected[out].end(), exact[out].data.begin(), exact[out].data.end());
    }
    batches.emplace_back(rows, expected);
  }
  for (const std::string &variant : machineVariants()) {
    Runner runner(library.path, variant);
    for (const auto &[rows, expected] : batches) {
      Outputs found = runner.run(rows);
      ASSERT_EQ(found.size(), expected.size());
      for (size_t out = 0; out < found.size(); ++out) {
        std::vector<float> flat;
        for (const auto &row : found[out])
          flat.insert(flat.end(), row.begin(), row.end());
        size_t tokenCount =
            std::accumulate(rows.begin(), rows.end(), size_t(0),
                            [](size_t sum, const auto &row) { return sum + row.size(); });
        auto [at, wanted] = std::mismatch(flat.begin(), flat.end(), expected[out].begin());
        ASSERT_TRUE(at == flat.end())
            << variant << ", " << tokenCount << " tokens, output " << out << " of width "
            << flat.size() / tokenCount << ", element " << at - flat.begin() << ": " << *at
            << ", expected " << *wanted;
      }
    }
  }
}

std::vector<int64_t> upTo(int64_t last) {
  std::vector<int64_t> counts(last);
  std::iota(counts.begin(), counts.end(), 1);
  return counts;
}

/// Columns of one wide matrix: every k and n up to 64 in a few models that share their tiles.
class Gemm : public testing::TestWithParam<unsigned> {};

TEST_P(Gemm, EverySizeIsExact) {
  const unsigned part = GetParam();
  Model model(part, 29);
  Value wide = model.tokens(70, model.integers(7));
  std::vector<int64_t> widths = upTo(64);
  std::shuffle(widths.begin(), widths.end(), model.random);
  for (int64_t n = 1; n <= 64; ++n) {
    int64_t k = widths[n - 1], first = model.random() % (70 - k + 1);
    Value weight = model.weight({n, k}, model.integers(7));
    // Without a bias, with one, with an activation, with a residual.
    Value bias = (n + part) % 4 ? model.weight({n}, model.integers(50)) : Value();
    Value y = model.add<xf::LinearOp>(model.add<xf::SliceOp>(wide, 1, first, k), weight, bias);
    if ((n + part) % 4 == 2)
      y = model.add<xf::ActivationOp>(xf::ActivationKind::relu, y);
    if ((n + part) % 4 == 3)
      y = model.add<xf::AddOp>(y, model.add<xf::SliceOp>(wide, 1, 70 - n, n));
    model.output(y);
  }
  expectExact(model, upTo(70));
}
INSTANTIATE_TEST_SUITE_P(Parts, Gemm, testing::Range(0u, 1u));
INSTANTIATE_TEST_SUITE_P(SlowParts, Gemm, testing::Range(1u, 10u));

/// Sums of several blocks of k, and rows of several blocks of m.
TEST(Gemm, LongSumsAndManyRowsAreExact) {
  Model model(3, 29);
  Value wide = model.tokens(2050, model.integers(3));
  for (int64_t k : {255, 256, 257, 511, 512, 513, 1027, 2050}) {
    Value x = model.add<xf::SliceOp>(wide, 1, 0, k);
    model.output(model.add<xf::LinearOp>(x, model.weight({35, k}, model.integers(3)), Value()));
  }
  expectExact(model, {1, 63, 130, 700});
}

/// Matrices that are not views: their rows lie k apart.
TEST(Gemm, DenseRowsAreExact) {
  Model model(4, 29);
  for (int64_t k : {1, 3, 17, 40}) {
    Value x = model.tokens(k, model.integers(7));
    model.output(model.add<xf::LinearOp>(x, model.weight({33, k}, model.integers(7)), Value()));
  }
  expectExact(model, {1, 2, 11, 12, 13, 25, 64});
}

} // namespace
