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

class ByCodes : public Quantized {
protected:
  Value coded(Model &model, Value x) {
    return xf::throughCodes(model.builder, x, GetParam().inputGroup);
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

/// Parts of groups and of words, and a vector for each row. The inputs are numbers
/// of a table, so that their codes are known. All kernels that round in the same places give the
/// same bits, however they multiply.
TEST_P(ByCodes, ProductsOfEverySize) {
  for (ElementType element : {ElementType::f32, ElementType::f64}) {
    Model model(25, 29, 30, element);
    Value wide = model.tokens(287);
    for (int64_t k : {1, 31, 257, 287}) { // of two widths, so that there are two kinds of tiles
      Value x = coded(model, model.add<xf::SliceOp>(wide, 1, 0, k));
      int64_t n = k == 257 ? 64 : k == 31 ? 1 : 35;
      model.output(model.add<xf::LinearOp>(x, stored(model, {n, k}, 1 / std::sqrt(float(k))),
                                           n == 35 ? model.weight({n}) : Value()));
    }
    Value last = coded(model, model.add<xf::PoolOp>(xf::PoolKind::last, wide));
    model.output(model.add<xf::LinearOp>(last, stored(model, {40, 287}, 0.1), Value()));
    Compiled library(model);
    ASSERT_EQ(library.error, "");
    Rows rows = model.rows({25, 2});
    std::map<bool, Outputs> known;
    for (const std::string &variant : library.variants) {
      Outputs outputs = Runner(library.path, variant).run(rows);
      expectReference(model, rows, outputs, variant);
      const bool fma = kernelRow(KernelKind::codes, element, variant).fma;
      EXPECT_EQ(known.try_emplace(fma, outputs).first->second, outputs) << variant;
    }
  }
}

/// Whole numbers up to 127, of which each group has the largest: they are their own codes.
TEST_P(ByCodes, WholeNumbers) {
  Model model(26, 29, 30);
  std::vector<float> table(29 * 100);
  for (size_t i = 0; i < table.size(); ++i)
    table[i] = i % 100 % GetParam().inputGroup == 0 ? (i % 3 ? 127 : -127)
                                                    : float(int(i * 89 % 255) - 127);
  Value x = model.lookUp(model.weight({29, 100}, table));
  for (int64_t n : {1, 32, 70}) {
    Value matrix = stored(model, {n, 100});
    Value bias = model.weight({n});
    model.output(model.add<xf::LinearOp>(x, matrix, bias));
    model.output(model.add<xf::LinearOp>(coded(model, x), matrix, bias));
  }
  expectReference(model, model.rows({13, 1}));
}

/// Groups of zeros, of numbers too small for a code, and ties; and codes that are read as numbers.
TEST_P(ByCodes, Corners) {
  Model model(27, 29, 30);
  std::vector<float> zeros(29 * 70), small(29 * 70), ties(29 * 70);
  for (size_t i = 0; i < ties.size(); ++i) {
    small[i] = (i % 7 - 3.0f) * (int64_t(i % 70) < GetParam().inputGroup ? 1e-40f : 1e-37f);
    ties[i] = i % 70 % GetParam().inputGroup == 1 ? 127 : float(i % 13) / 2 - 3;
  }
  for (auto &data : {zeros, small, ties}) {
    Value x = coded(model, model.lookUp(model.weight({29, 70}, data)));
    model.output(x);
    model.output(model.add<xf::LinearOp>(x, stored(model, {33, 70}), Value()));
  }
  expectReference(model, model.rows({3, 5}));
}

/// Whole numbers whose scales are 1, with every part of a group and of a word: no error at all.
TEST(QuantizedActivations, ExactForAllTails) {
  for (auto [name, top, group] :
       {std::tuple("int8-nearest", 127, 32), std::tuple("int8-nearest", 127, 64),
        std::tuple("int4-nearest", 7, 32)}) {
    Model model(29, 29, 30);
    auto upTo = [&](int64_t rows, int64_t columns, int largest) {
      std::vector<float> numbers(rows * columns);
      std::generate(numbers.begin(), numbers.end(), model.integers(largest));
      for (size_t i = 0; i < numbers.size(); ++i)
        if (int64_t column = int64_t(i) % columns; column % 32 == 0)
          numbers[i] = numbers[i] < 0 ? -largest : largest;
      return model.weight({rows, columns}, numbers);
    };
    Value wide = model.lookUp(upTo(29, 128, 127));
    auto sizes = llvm::to_vector(llvm::seq<int64_t>(1, 65));
    sizes.append({65, 90, 128}); // of two groups
    for (int64_t k : sizes)
      model.output(model.add<xf::LinearOp>(
          xf::throughCodes(model.builder, model.add<xf::SliceOp>(wide, 1, 0, k), group),
          model.stored(upTo(k % 3 ? 33 : 8, k, top), *findScheme(name)), Value()));
    Rows rows = model.rows({14, 1});
    Compiled library(model);
    ASSERT_EQ(library.error, "");
    for (const std::string &variant : library.variants) {
      Outputs found = Runner(library.path, variant).run(rows);
      for (size_t row = 0; row < rows.size(); ++row) {
        auto exact = model.interpretRow<double>(rows[row]);
        for (size_t out = 0; out < found.size(); ++out)
          EXPECT_TRUE(std::equal(exact[out].data.begin(), exact[out].data.end(),
                                 found[out][row].begin(), found[out][row].end()))
              << name << " by groups of " << group << ' ' << variant << ", k = " << sizes[out];
      }
    }
  }
}

/// Codes that a norm, a product or an attention gives beside its numbers are those that a step of
/// its own makes of them, which it is where something else stands in between.
TEST(QuantizedActivations, ComeFromWhoeverComputes) {
  using Producer = std::function<Value(Model &, Value x)>; // of [tokens, 70] or [70]
  const Producer layerNorm = [](Model &model, Value x) {
    return model.add<xf::LayerNormOp>(x, model.weight({70}), model.weight({70}),
                                      model.number(1e-5));
  };
  const Producer rmsNorm = [](Model &model, Value x) {
    return model.add<xf::RmsNormOp>(x, model.weight({70}), model.number(1e-5), model.number(0));
  };
  const Producer product = [](Model &model, Value x) {
    return model.add<xf::LinearOp>(x, model.weight({90, 70}), model.weight({90}));
  };
  const Producer productOfWholeGroups = [](Model &model, Value x) {
    return model.add<xf::LinearOp>(x, model.weight({128, 70}), Value());
  };
  auto productOfCodes = [](int64_t columns) {
    return [columns](Model &model, Value x) {
      return model.add<xf::LinearOp>(xf::throughCodes(model.builder, x, 64),
                                     model.stored(model.weight({columns, 70}), *findScheme("int8")),
                                     Value());
    };
  };
  auto attention = [](int64_t heads) {
    return [heads](Model &model, Value) {
      Value q = model.tokens(64), k = model.tokens(64), v = model.tokens(64);
      return model.add<xf::AttentionOp>(q, k, v, heads, llvm::APFloat(0.25), /*causal=*/true);
    };
  };
  struct Case {
    Producer producer;
    bool ofRows = false;
    size_t steps = 1; ///< kernels that only make codes
    ElementType element = ElementType::f32;
    int64_t group = 32;
  };
  for (const Case &test :
       {Case{layerNorm},
        Case{layerNorm, true},
        Case{layerNorm, false, 1, ElementType::f64},
        Case{rmsNorm},
        Case{rmsNorm, false, 1, ElementType::f64},
        Case{product},
        Case{product, false, 1, ElementType::f64},
        Case{productOfCodes(1), false, 2},
        Case{attention(1)},
        Case{attention(2)},
        Case{attention(2), false, 1, ElementType::f64},
        Case{attention(4), false, 2}, // two heads of 16 share a group
        Case{layerNorm, false, 1, ElementType::f32, 64},
        Case{product, false, 1, ElementType::f32, 64},
        Case{product, false, 1, ElementType::f64, 64},
        Case{productOfWholeGroups, false, 1, ElementType::f32, 64},
        Case{productOfCodes(1), false, 2, ElementType::f32, 64},
        Case{productOfCodes(90), false, 2, ElementType::f32, 64},  // three panels
        Case{productOfCodes(300), false, 2, ElementType::f32, 64}, // 44 in the last group
        Case{attention(1), false, 1, ElementType::f32, 64},
        Case{attention(2), false, 2, ElementType::f32, 64}}) {
    Model model(31, 29, 30, test.element);
    auto rowsOf = [&](Value tokens) {
      return test.ofRows ? model.add<xf::PoolOp>(xf::PoolKind::last, tokens) : tokens;
    };
    Value numbers = test.producer(model, rowsOf(model.tokens(70)));
    const int64_t columns = cast<mlir::RankedTensorType>(numbers.getType()).getShape().back();
    Value zeros = model.lookUp(model.weight({29, columns}, std::vector<float>(29 * columns)));
    Value same = model.add<xf::AddOp>(numbers, rowsOf(zeros));
    Value matrix = model.stored(model.weight({35, columns}), *findScheme("int8"));
    model.output(numbers);
    for (Value from : {numbers, same})
      model.output(model.add<xf::LinearOp>(xf::throughCodes(model.builder, from, test.group),
                                           matrix, Value()));
    const Rows rows = model.rows({13, 1, 30});
    Compiled library(model);
    ASSERT_EQ(library.error, "");
    EXPECT_EQ(llvm::StringRef(library.plan).count("kernel.quantize"), test.steps) << library.plan;
    for (const std::string &variant : library.variants) {
      Outputs found = Runner(library.path, variant).run(rows);
      ASSERT_EQ(found.size(), 3);
      EXPECT_EQ(found[1], found[2]) << variant << '\n' << library.plan;
    }
  }
}

/// NaN and infinity are not made to numbers.
TEST(QuantizedActivations, StayBroken) {
  Model model(28, 2, 30);
  std::vector<float> table(2 * 70, 1);
  table[40] = NAN;
  table[70 + 65] = -INFINITY;
  Value x = xf::throughCodes(model.builder, model.lookUp(model.weight({2, 70}, table)), 64);
  model.output(model.add<xf::LinearOp>(x, model.stored(model.weight({33, 70}), *findScheme("int8")),
                                       Value()));
  Compiled library(model);
  ASSERT_EQ(library.error, "");
  for (const std::string &variant : library.variants) {
    Outputs outputs = Runner(library.path, variant).run({{0, 1}});
    for (float number : outputs[0][0])
      EXPECT_FALSE(std::isfinite(number)) << variant;
  }
}

/// What is stored of weights, each way once: whether their factors become codes is said above.
std::vector<Scheme> storages() {
  std::vector<Scheme> found;
  for (const Scheme &scheme : schemes())
    if (!scheme.inputGroup)
      found.push_back(scheme);
  return found;
}

/// The same, by codes of inputs.
std::vector<Scheme> storagesByCodes() {
  std::vector<Scheme> found;
  for (Scheme scheme : storages())
    for (int64_t group : {32, 64}) {
      scheme.inputGroup = group;
      if (scheme.search && scheme.group % group == 0 &&
          (group == 32 || scheme.codes == Storage::i8))
        found.push_back(scheme);
    }
  return found;
}

std::string nameOfScheme(const testing::TestParamInfo<Scheme> &info) {
  std::string name = info.param.name.str();
  std::replace(name.begin(), name.end(), '-', '_');
  return info.param.inputGroup ? name + "_by_" + std::to_string(info.param.inputGroup) : name;
}

INSTANTIATE_TEST_SUITE_P(Schemes, Quantized, testing::ValuesIn(storages()), nameOfScheme);
INSTANTIATE_TEST_SUITE_P(Schemes, ByCodes, testing::ValuesIn(storagesByCodes()), nameOfScheme);

} // namespace
