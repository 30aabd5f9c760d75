// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One library, one instruction set: the same bits with any number of threads, in any batch and at
// any place in it.

#include "Model.h"

#include <cstring>

using namespace tfc;
using namespace tfc::test;
using mlir::Value;
namespace xf = tfc::transformer;

namespace {

bool same(const std::vector<double> &a, const std::vector<double> &b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

/// A block as in BERT, and a vector for the row.
void block(Model &model, Value x, int64_t heads, int64_t dim) {
  int64_t hidden = heads * dim, inner = 2 * hidden;
  auto layer = [&](Value input, int64_t in, int64_t out) {
    return model.add<xf::LinearOp>(input, model.weight({out, in}, 1 / std::sqrt(float(in))),
                                   model.weight({out}));
  };
  auto norm = [&](Value input, Value residual) {
    return model.add<xf::AddNormOp>(input, residual, model.weight({hidden}), model.weight({hidden}),
                                    model.number(1e-5));
  };
  Value qkv = layer(x, hidden, 3 * hidden);
  auto part = [&](int64_t number) {
    return model.add<xf::SliceOp>(qkv, 1, number * hidden, hidden);
  };
  Value mixed = model.add<xf::AttentionOp>(part(0), part(1), part(2), heads,
                                           llvm::APFloat(1 / std::sqrt(float(dim))));
  Value h = norm(layer(mixed, hidden, hidden), x);
  Value ffn = model.add<xf::FeedForwardOp>(
      xf::ActivationKind::gelu, h, Value(), Value(), model.weight({inner, hidden}, 0.1),
      model.weight({inner}), model.weight({hidden, inner}, 0.1), model.weight({hidden}));
  h = norm(ffn, h);
  model.output(h);
  model.output(model.add<xf::NormalizeOp>(model.add<xf::PoolOp>(xf::PoolKind::mean, h),
                                          model.number(1e-12)));
}

void expectSameBits(Model &model, const Rows &rows) {
  Compiled library(model);
  ASSERT_EQ(library.error, "") << model.text();
  for (const std::string &variant : library.variants) {
    Outputs together = Runner(library.path, variant, 1).run(rows);
    ASSERT_FALSE(together.empty());
    auto expectRow = [&](const Outputs &found, size_t at, size_t row, const std::string &how) {
      for (size_t out = 0; out < found.size(); ++out)
        ASSERT_TRUE(same(found[out][at], together[out][row]))
            << variant << ", output " << out << ", row " << row << " of " << rows[row].size()
            << " tokens, " << how;
    };
    for (unsigned threads : {2u, 3u, 4u, lonely}) {
      Outputs found = Runner(library.path, variant, threads).run(rows);
      for (size_t row = 0; row < rows.size(); ++row)
        expectRow(found, row, row, "with " + std::to_string(threads) + " threads");
    }
    Runner runner(library.path, variant, 2);
    for (size_t row = 0; row < rows.size(); ++row)
      expectRow(runner.run({rows[row]}), 0, row, "alone");
    Rows backwards(rows.rbegin(), rows.rend());
    Outputs found = runner.run(backwards);
    for (size_t row = 0; row < rows.size(); ++row)
      expectRow(found, rows.size() - 1 - row, row, "in a batch the other way round");
    // Pieces of the batch, each row at another place with other neighbours.
    for (int round = 0; round < 4; ++round) {
      std::vector<size_t> order(rows.size());
      std::iota(order.begin(), order.end(), 0);
      std::shuffle(order.begin(), order.end(), model.random);
      order.resize(1 + model.random() % order.size());
      Rows chosen;
      for (size_t row : order)
        chosen.push_back(rows[row]);
      Outputs part = runner.run(chosen);
      for (size_t at = 0; at < order.size(); ++at)
        expectRow(part, at, order[at], "in another batch");
    }
    // A session too small for the batch cuts it.
    Outputs cut = Runner(library.path, variant, 2, 1).run(rows);
    for (size_t row = 0; row < rows.size(); ++row)
      expectRow(cut, row, row, "in a small session");
  }
}

/// Heads of every kind of size: one number, less than a vector, no multiple of one, several panels.
class Bitwise : public testing::TestWithParam<std::pair<int64_t, int64_t>> {};

TEST_P(Bitwise, NeitherThreadsNorBatchesChangeABit) {
  auto [heads, dim] = GetParam();
  Model model(heads * 1000 + dim, 101, 300);
  block(model, model.tokens(heads * dim), heads, dim);
  // Around the tiles' rows, the panels and the blocks of keys.
  Rows rows = model.rows({1, 12, 13, 31, 33, 127, 128, 129, 2, 300, 5});
  expectSameBits(model, rows);
  if (!HasFailure())
    expectReference(model, {rows[0], rows[4], rows[7]});
}
const std::pair<int64_t, int64_t> heads[] = {{3, 20}, {2, 64}};
const std::pair<int64_t, int64_t> moreHeads[] = {{1, 1},  {3, 1},  {2, 8},   {12, 1},  {2, 32},
                                                 {1, 80}, {2, 80}, {1, 128}, {3, 128}, {5, 7}};
INSTANTIATE_TEST_SUITE_P(Heads, Bitwise, testing::ValuesIn(heads));
INSTANTIATE_TEST_SUITE_P(SlowHeads, Bitwise, testing::ValuesIn(moreHeads));

/// Weights of every scheme, and of every kind of k: whole groups side by side, what is left, and
/// several pieces; and so many rows that panels are unpacked.
TEST(Bitwise, StoredWeightsChangeNoBit) {
  for (const Scheme &scheme : schemes()) {
    SCOPED_TRACE(scheme.name.str());
    Model model(6, 101, 300);
    Value table = model.stored(model.weight({model.vocabulary, 2050}), scheme);
    Value wide = model.lookUp(table);
    for (int64_t k : {40, 660, 2050}) {
      Value x = model.add<xf::SliceOp>(wide, 1, 0, k);
      Value weight = model.stored(model.weight({100, k}, 0.1), scheme);
      x = scheme.inputGroup ? xf::throughCodes(model.builder, x, scheme.inputGroup) : x;
      model.output(model.add<xf::LinearOp>(x, weight, model.weight({100})));
    }
    expectSameBits(model, model.rows({1, 2, 3, 13, 25, 300}));
  }
}

/// So wide that the rows of a product no longer stay in one block, and so long that keys fill
/// several.
TEST(Bitwise, BlocksOfRowsChangeNoBit) {
  Model model(5, 101, 700);
  Value x = model.tokens(16);
  Value up = model.add<xf::LinearOp>(x, model.weight({1100, 16}, 0.3), Value());
  model.output(model.add<xf::LinearOp>(up, model.weight({40, 1100}, 0.03), model.weight({40})));
  Value down = model.add<xf::SliceOp>(up, 1, 0, 32);
  model.output(model.add<xf::AttentionOp>(down, down, down, 2, llvm::APFloat(0.05f)));
  expectSameBits(model, model.rows({700, 3, 520, 1, 130, 119}));
}

} // namespace
