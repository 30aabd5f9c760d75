// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Weights in fewer bits, of every scheme of the table: kernels that read codes against what the
// codes stand for.

#include "Model.h"

using namespace tfc;
using namespace tfc::test;
using mlir::Value;
namespace xf = tfc::transformer;

namespace {

class Quantized : public testing::TestWithParam<Scheme> {
protected:
  Value stored(Model &model, mlir::ArrayRef<int64_t> shape, float deviation = 1) {
    return model.stored(model.weight(shape, deviation), GetParam());
  }
};

/// Groups of every kind: less than one, one, several, several side by side, and a part of one; and
/// panels that are full or not; columns of one wide matrix, so that all products share their tiles.
/// That other numbers of rows give the same bits is tested elsewhere.
TEST_P(Quantized, ProductsOfEverySize) {
  for (ElementType element : {ElementType::f32, ElementType::f64}) {
    Model model(21, 29, 30, element);
    Value wide = model.tokens(700);
    for (int64_t k : {1, 31, 33, 64, 129, 260, 515, 700}) {
      Value x = model.add<xf::SliceOp>(wide, 1, 0, k);
      int64_t n = k == 64 ? 64 : k == 129 ? 1 : 35;
      model.output(model.add<xf::LinearOp>(x, stored(model, {n, k}, 1 / std::sqrt(float(k))),
                                           n == 35 ? model.weight({n}) : Value()));
    }
    expectReference(model, model.rows({11, 2}));
  }
}

/// Rows that are looked up: in every scheme a row may end within a byte or a group.
TEST_P(Quantized, Tables) {
  Model model(22, 29, 30);
  for (int64_t width : {1, 3, 32, 45, 130}) {
    model.output(model.lookUp(stored(model, {model.vocabulary, width})));
    model.output(model.add<xf::PositionsOp>(model.ids, stored(model, {33, width}), 2));
  }
  expectReference(model, model.rows({1, 9}));
}

/// One matrix as a table and as a head, in a feed-forward part, joined, and where it is neither:
/// what the plan makes of that is the same for every instruction set.
TEST_P(Quantized, Users) {
  Model model(23, 45, 30);
  Value tied = stored(model, {45, 40});
  Value x = model.lookUp(tied);
  model.output(model.add<xf::LinearOp>(x, tied, Value()));
  model.output(model.add<xf::FeedForwardOp>(
      xf::ActivationKind::silu, x, stored(model, {70, 40}, 0.2), Value(),
      stored(model, {70, 40}, 0.2), model.weight({70}), stored(model, {40, 70}, 0.2), Value()));
  Value joined = model.add<xf::ConcatOp>(
      mlir::ValueRange{model.weight({8, 40}), model.weight({5, 40}), model.weight({20, 40})}, 0);
  model.output(model.add<xf::LinearOp>(x, model.stored(joined, GetParam()), Value()));
  Value turned = model.add<xf::TransposeOp>(model.weight({40, 36}), mlir::ArrayRef<int64_t>{1, 0});
  model.output(model.add<xf::LinearOp>(x, model.stored(turned, GetParam()), Value()));
  model.output(model.add<xf::MatmulOp>(x, stored(model, {40, 6})));
  for (Way way : {Way::asWritten, Way::writtenOut})
    expectReference(model, model.rows({1, 9}), way, {machineVariants().front()});
}

/// Numbers that no code is the nearest of: zeros alone, one number, and halves between two codes.
TEST_P(Quantized, Corners) {
  Model model(24, 29, 30);
  Value x = model.tokens(64);
  std::vector<float> zeros(33 * 64), single(33 * 64), ties(33 * 64);
  for (size_t i = 0; i < ties.size(); ++i) {
    single[i] = i % 64 == i / 64 ? -3.25f : 0;
    ties[i] = i % 32 == 0 ? 7 : float(i % 13) / 2 - 3;
  }
  for (auto &data : {zeros, single, ties})
    model.output(model.add<xf::LinearOp>(x, model.stored(model.weight({33, 64}, data), GetParam()),
                                         Value()));
  expectReference(model, model.rows({3}), Way::asWritten, {machineVariants().front()});
}

INSTANTIATE_TEST_SUITE_P(Schemes, Quantized, testing::ValuesIn(schemes()), [](const auto &info) {
  std::string name = info.param.name.str();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

} // namespace
