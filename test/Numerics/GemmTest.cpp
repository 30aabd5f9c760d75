// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products of small whole numbers are exact, whatever the order of the sum: every size must give
// every bit. Every row of the table that computes products is tested by its name.

#include "Model.h"

#include <map>
#include <numeric>

using namespace tfc;
using namespace tfc::test;
using mlir::Value;
namespace xf = tfc::transformer;

namespace {

/// A model of products, batches for it, and every bit that must come out.
class Exact {
public:
  /// A batch for each number of tokens, in rows of at most 64.
  Exact(ElementType element, unsigned seed, llvm::function_ref<void(Model &)> addProducts,
        const std::vector<int64_t> &tokens)
      : model(seed, 29, 64, element) {
    addProducts(model);
    for (int64_t count : tokens) {
      Batch &batch = batches.emplace_back();
      for (int64_t left = count; left > 0; left -= 64)
        batch.rows.push_back(model.row(std::min(left, int64_t(64))));
      for (const auto &row : batch.rows) {
        std::vector<std::vector<double>> numbers;
        for (const Array<double> &array : model.interpretRow<double>(row))
          numbers.push_back(array.data);
        batch.expected.push_back(numbers);
      }
    }
  }

  /// Compiles every product with `row` and compares. A GPU is emulated, which takes its time: every
  /// seventh batch has to do.
  void expectFrom(const KernelRow &row) {
    Compiled library(model, Way::asWritten, {row.target.str()}, &row);
    ASSERT_EQ(library.error, "") << model.text();
    ASSERT_NE(library.plan.find(row.name), std::string::npos) << library.plan;
    Runner runner(library.path, row.target.str());
    for (size_t number = 0; number < batches.size(); number += row.threads ? 7 : 1) {
      const Batch &batch = batches[number];
      Outputs found = runner.run(batch.rows);
      ASSERT_FALSE(found.empty());
      for (size_t i = 0; i < batch.rows.size(); ++i)
        for (size_t out = 0; out < found.size(); ++out)
          ASSERT_NO_FATAL_FAILURE(
              expectSame(found[out][i], batch.expected[i][out], batch.rows, i, out));
    }
  }

private:
  struct Batch {
    Rows rows;
    std::vector<std::vector<std::vector<double>>> expected; ///< of each row, each output
  };

  static void expectSame(const std::vector<double> &found, const std::vector<double> &expected,
                         const Rows &rows, size_t row, size_t out) {
    auto [at, wanted] = std::mismatch(found.begin(), found.end(), expected.begin());
    ASSERT_TRUE(at == found.end())
        << "row " << row << " of " << rows.size() << ", the last of which has "
        << rows.back().size() << " tokens: output " << out << " of width "
        << found.size() / rows[row].size() << ", element " << at - found.begin() << " is " << *at
        << ", expected " << *wanted;
  }

  Model model;
  std::vector<Batch> batches;
};

std::vector<int64_t> upTo(int64_t last) {
  std::vector<int64_t> counts(last);
  std::iota(counts.begin(), counts.end(), 1);
  return counts;
}

/// Every k and n up to 64, and every number of rows up to 70: columns of one wide matrix, so that
/// all products share their tiles.
Exact &everySize(ElementType element, unsigned part) {
  static std::map<std::pair<ElementType, unsigned>, Exact> made;
  auto addProducts = [&](Model &model) {
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
  };
  return made.try_emplace({element, part}, element, part, addProducts, upTo(70)).first->second;
}

/// Sums of several blocks of k, and rows of several blocks of m. Of four panels two are a share,
/// and a long k is taken in pieces.
Exact &longSumsAndManyRows(ElementType element) {
  static std::map<ElementType, Exact> made;
  auto addProducts = [](Model &model) {
    Value wide = model.tokens(2050, model.integers(3));
    for (int64_t k : {255, 256, 257, 511, 512, 513, 1027, 2050}) {
      Value x = model.add<xf::SliceOp>(wide, 1, 0, k), w = model.weight({35, k}, model.integers(3));
      model.output(model.add<xf::LinearOp>(x, w, Value()));
    }
    for (int64_t k : {257, 1027, 2050}) {
      Value x = model.add<xf::SliceOp>(wide, 1, 0, k),
            w = model.weight({100, k}, model.integers(3));
      model.output(model.add<xf::LinearOp>(x, w, Value()));
    }
  };
  const std::vector<int64_t> tokens{1, 63, 130, 252, 700};
  return made.try_emplace(element, element, 3, addProducts, tokens).first->second;
}

/// Matrices that are not views: their rows lie k apart.
Exact &denseRows(ElementType element) {
  static std::map<ElementType, Exact> made;
  auto addProducts = [](Model &model) {
    for (int64_t k : {3, 40}) {
      Value x = model.tokens(k, model.integers(7)), w = model.weight({33, k}, model.integers(7));
      model.output(model.add<xf::LinearOp>(x, w, Value()));
    }
  };
  const std::vector<int64_t> tokens{1, 2, 11, 12, 13, 25, 64};
  return made.try_emplace(element, element, 4, addProducts, tokens).first->second;
}

/// The rows that compute products.
std::vector<KernelRow> products() {
  std::vector<KernelRow> rows;
  llvm::copy_if(kernelTable(), std::back_inserter(rows),
                [](const KernelRow &row) { return row.kind == KernelKind::gemm; });
  return rows;
}

bool runsHere(const KernelRow &row) {
  return row.threads || (llvm::is_contained(machineVariants(), row.target) &&
                         (row.library == KernelLibrary::native || findsOneDnn()));
}

class Gemm : public testing::TestWithParam<KernelRow> {
  void SetUp() override {
    if (!runsHere(GetParam()))
      GTEST_SKIP() << "this machine cannot run " << GetParam().name.str();
  }
};

TEST_P(Gemm, EverySizeIsExact) { everySize(GetParam().element, 0).expectFrom(GetParam()); }
TEST_P(Gemm, LongSumsAndManyRowsAreExact) {
  longSumsAndManyRows(GetParam().element).expectFrom(GetParam());
}
TEST_P(Gemm, DenseRowsAreExact) { denseRows(GetParam().element).expectFrom(GetParam()); }
INSTANTIATE_TEST_SUITE_P(Rows, Gemm, testing::ValuesIn(products()),
                         [](const auto &info) { return info.param.name.str(); });

/// oneDNN may add up in another order for another batch, but not for another number of threads.
TEST(OneDnn, ThreadsChangeNoBit) {
  const KernelRow &row = kernelRow(KernelKind::gemm, ElementType::f32, machineVariants().front(),
                                   KernelLibrary::onednn);
  ASSERT_EQ(row.library, KernelLibrary::onednn);
  if (!runsHere(row))
    GTEST_SKIP() << "this machine cannot run " << row.name.str();
  Model model(9, 101, 400);
  Value x = model.tokens(300);
  for (int64_t n : {33, 700})
    model.output(model.add<xf::LinearOp>(x, model.weight({n, 300}, 0.1), model.weight({n})));
  Compiled library(model, Way::asWritten, {row.target.str()}, &row);
  ASSERT_EQ(library.error, "");
  Rows rows = model.rows({400, 1, 77, 130});
  Outputs alone = Runner(library.path, row.target.str(), 1).run(rows);
  ASSERT_FALSE(alone.empty());
  for (unsigned threads : {2, 3, 4})
    EXPECT_TRUE(alone == Runner(library.path, row.target.str(), threads).run(rows)) << threads;
  expectReference(model, rows, alone, row.name.str());
}

/// The same with other numbers, other k for each n, and other epilogues.
class Sizes : public testing::TestWithParam<unsigned> {};

TEST_P(Sizes, AreExactForEveryRow) {
  for (const KernelRow &row : products())
    if (runsHere(row)) {
      SCOPED_TRACE(row.name.str());
      everySize(row.element, GetParam()).expectFrom(row);
    }
}
INSTANTIATE_TEST_SUITE_P(SlowParts, Sizes, testing::Range(1u, 10u));

} // namespace
