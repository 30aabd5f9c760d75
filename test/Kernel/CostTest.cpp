// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each step costs, against formulas written out by hand.

#include "compiler/Compiler.h"
#include "dialects/Kernel/Kernel.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace tfc::kernel;

namespace {

/// The buffers that the steps below work on.
constexpr const char *buffers = R"(
    %ids: memref<?xi32, #kernel.area<token>>, %x: memref<?x48xf32, #kernel.area<token>>,
    %y: memref<?x40xf32, #kernel.area<token>>, %z: memref<?x40xf32, #kernel.area<token>>,
    %w: memref<2x48x32xf32, #kernel.area<weight>>, %bias: memref<40xf32, #kernel.area<weight>>,
    %gamma: memref<48xf32, #kernel.area<weight>>, %table: memref<100x48xf32, #kernel.area<weight>>,
    %row: memref<48xf32, #kernel.area<row>>, %scores: memref<4x?x?xf32, #kernel.area<pair>>,
    %sums: memref<4x?xf32, #kernel.area<token>>,
    %keys: memref<2x1x12x32xf32, #kernel.area<page>>, %values: memref<2x32x12xf32, #kernel.area<page>>,
    %codes: memref<2x48x32xi4, #kernel.area<weight>>, %scales: memref<2x2x32xbf16, #kernel.area<weight>>,
    %tableCodes: memref<9x48xi4, #kernel.area<weight>>, %tableScales: memref<9x2xf32, #kernel.area<weight>>,
    %bytes: memref<?x64xi8, #kernel.area<token>>, %factors: memref<?x2xf32, #kernel.area<token>>, %codeSums: memref<?x2xi32, #kernel.area<token>>)";

class CostTest : public ::testing::Test {
protected:
  CostTest() {
    mlir::DialectRegistry registry;
    tfc::registerDialects(registry);
    context.appendDialectRegistry(registry);
  }

  Cost costOf(const std::string &step) {
    auto module = mlir::parseSourceString<mlir::ModuleOp>(
        "func.func @f(" + std::string(buffers) + ") {\n" + step + "\nreturn\n}", &context);
    Cost cost;
    EXPECT_TRUE(module) << step;
    if (module)
      module->walk([&](StepOpInterface op) { cost = op.cost(); });
    return cost;
  }

  mlir::MLIRContext context;
};

constexpr int64_t rows = 3, length = 7, source = 5, tokens = rows * length,
                  pairs = rows * length * length;

int64_t value(const Amount &amount) { return int64_t(amount.at(rows, length, source)); }

} // namespace

TEST(Amount, isAConstantAndAPolynomialOfEachRowsLengths) {
  Amount amount = Amount::constant(5);
  amount += Amount::perRow(2, 0);
  amount += Amount::perRow(10, 3);
  amount += Amount::perRow(1, 1);
  EXPECT_EQ(value(amount), 5 + 2 * rows + tokens + 10 * rows * length * length * length);
  EXPECT_EQ(value(amount * 3), 3 * value(amount));
  EXPECT_EQ(Amount::perRow(0, 2), Amount());
  EXPECT_EQ(amount * 0, Amount());
  amount += Amount::perRow(2, 1, 1);
  amount += Amount::perRow(3, 1, 1);
  ASSERT_EQ(amount.terms().size(), 5u);
  EXPECT_EQ(amount.terms()[3], (Amount::Term{5, true, 1, 1}));
  EXPECT_EQ(amount.at(rows, 2, 4) - amount.at(rows, 2, 3), 5 * rows * 2);
  const Amount window = Amount::perWindow(3, 1, 5);
  EXPECT_EQ(window.at(rows, 4, 0), 3 * rows * 4 * 4);
  EXPECT_EQ(window.at(rows, 7, 0), 3 * rows * 7 * 5);
}

TEST_F(CostTest, gemmMultipliesAndAddsAndReadsWholePanels) {
  Cost cost = costOf(R"(
    kernel.gemm %x, %w, %y extras(%bias, %z) {
    ^bb0(%sum: f32, %b: f32, %r: f32):
      %half = arith.constant 0.5 : f32
      %0 = arith.addf %sum, %b : f32
      %1 = arith.mulf %0, %half : f32
      %2 = arith.addf %1, %r : f32
      kernel.yield %2 : f32
    } : memref<?x48xf32, #kernel.area<token>>, memref<2x48x32xf32, #kernel.area<weight>>, memref<?x40xf32, #kernel.area<token>>
      extras(memref<40xf32, #kernel.area<weight>>, memref<?x40xf32, #kernel.area<token>>))");
  EXPECT_EQ(value(cost.operations), 2 * tokens * 40 * 48 + 3 * tokens * 40);
  EXPECT_EQ(value(cost.weightBytes), 4 * (2 * 48 * 32 + 40));
  EXPECT_EQ(value(cost.activationBytes), 4 * tokens * (48 + 40 + 40));
}

TEST_F(CostTest, gemmReadsTheBytesThatAreStored) {
  Cost cost = costOf(R"(
    kernel.gemm %x, %codes, %y scales(%scales) group 32 {
    ^bb0(%sum: f32):
      kernel.yield %sum : f32
    } : memref<?x48xf32, #kernel.area<token>>, memref<2x48x32xi4, #kernel.area<weight>>, memref<?x40xf32, #kernel.area<token>>
      scales(memref<2x2x32xbf16, #kernel.area<weight>>))");
  EXPECT_EQ(value(cost.operations), 2 * tokens * 40 * 48);
  EXPECT_EQ(value(cost.weightBytes), 2 * 48 * 32 / 2 + 2 * (2 * 2 * 32));
}

TEST_F(CostTest, productsOfCodesAreOfWholeNumbers) {
  Cost cost = costOf(R"(
    kernel.gemm %bytes, %codes, %y scales(%scales) group 32 quantized(%factors, %codeSums) extras(%bias) {
    ^bb0(%sum: f32, %b: f32):
      %0 = arith.addf %sum, %b : f32
      kernel.yield %0 : f32
    } : memref<?x64xi8, #kernel.area<token>>, memref<2x48x32xi4, #kernel.area<weight>>, memref<?x40xf32, #kernel.area<token>>
      scales(memref<2x2x32xbf16, #kernel.area<weight>>)
      quantized(memref<?x2xf32, #kernel.area<token>>, memref<?x2xi32, #kernel.area<token>>)
      extras(memref<40xf32, #kernel.area<weight>>))");
  EXPECT_EQ(value(cost.integerOperations), 2 * tokens * 40 * 48);
  EXPECT_EQ(value(cost.operations), tokens * 40);
}

TEST_F(CostTest, quantizeReadsNumbersAndWritesCodes) {
  Cost cost = costOf("kernel.quantize %x, %bytes, %factors, %codeSums : memref<?x48xf32, "
                     "#kernel.area<token>>, memref<?x64xi8, #kernel.area<token>>, "
                     "memref<?x2xf32, #kernel.area<token>>, memref<?x2xi32, #kernel.area<token>>");
  EXPECT_EQ(value(cost.operations), 5 * tokens * 48);
  EXPECT_EQ(value(cost.activationBytes), tokens * (4 * 48 + 64 + 4 * 2 + 4 * 2));
}

/// The same as of a step of its own, but for reading the numbers.
TEST_F(CostTest, codesCostTheSameWhereverTheyAreMade) {
  const std::string norm = "kernel.layer_norm %x, %gamma, %gamma, %x ",
                    types = " eps 1.0e-5 : memref<?x48xf32, #kernel.area<token>>, "
                            "memref<48xf32, #kernel.area<weight>>, memref<48xf32, "
                            "#kernel.area<weight>>, memref<?x48xf32, #kernel.area<token>>";
  Cost alone = costOf(norm + types);
  Cost both = costOf(norm + "codes(%bytes, %factors, %codeSums)" + types +
                     " codes(memref<?x64xi8, #kernel.area<token>>, memref<?x2xf32, "
                     "#kernel.area<token>>, memref<?x2xi32, #kernel.area<token>>)");
  EXPECT_EQ(value(both.operations) - value(alone.operations), 5 * tokens * 48);
  EXPECT_EQ(value(both.activationBytes) - value(alone.activationBytes),
            tokens * (64 + 4 * 2 + 4 * 2));
}

/// The same as of the three steps.
TEST_F(CostTest, keepingCostsTheSameWhoeverKeeps) {
  const std::string token = "memref<?x48xf32, #kernel.area<token>>",
                    keys = "memref<2x1x24x32xf32, #kernel.area<page>>",
                    values = "memref<2x32x24xf32, #kernel.area<page>>",
                    end = "heads 2 scale 1.0 causal : " + token + ", " + keys + ", " + values +
                          ", " + token;
  const std::string pages =
      "%k = kernel.cache \"k\" : " + keys + "\n%v = kernel.cache \"v\" : " + values + "\n";
  Cost append = costOf(pages + "kernel.append %x, %k : " + token + ", " + keys);
  Cost alone = costOf(pages + "kernel.attention %x, %k, %v, %x " + end);
  Cost both = costOf(pages + "kernel.attention %x, %k, %v, %x append(%x, %x) " + end + " append(" +
                     token + ", " + token + ")");
  EXPECT_EQ(value(both.operations), value(alone.operations));
  EXPECT_EQ(value(both.cacheBytes), value(alone.cacheBytes));
  EXPECT_EQ(value(append.activationBytes), tokens * 48 * (4 + 4));
  EXPECT_EQ(value(both.activationBytes),
            value(alone.activationBytes) + 2 * value(append.activationBytes));
}

/// Of each row that is looked up, the codes, and one scale for a group of them.
TEST_F(CostTest, lookUpsReadAScaleForEachGroup) {
  Cost cost = costOf(R"(
    kernel.map %x : memref<?x48xf32, #kernel.area<token>> {
    ^bb0(%i: index, %j: index):
      %id = kernel.load %ids[%i] : memref<?xi32, #kernel.area<token>>
      %at = arith.index_cast %id : i32 to index
      %c = kernel.load %tableCodes[%at, %j] : memref<9x48xi4, #kernel.area<weight>>
      %number = arith.sitofp %c : i4 to f32
      %size = arith.constant 32 : index
      %group = arith.divui %j, %size : index
      %s = kernel.load %tableScales[%at, %group] : memref<9x2xf32, #kernel.area<weight>>
      %0 = arith.mulf %number, %s : f32
      kernel.yield %0 : f32
    })");
  EXPECT_EQ(value(cost.weightBytes), tokens * (48 / 2 + 4 * 2));
}

TEST_F(CostTest, attentionGrowsWithPairsOfTokens) {
  const std::string type = "memref<?x48xf32, #kernel.area<token>>",
                    types = type + ", " + type + ", " + type + ", " + type;
  Cost plain = costOf("kernel.attention %x, %x, %x, %x heads 4 scale 0.5 : " + types);
  EXPECT_EQ(value(plain.operations), pairs * (2 * 48 + 2 * 48 + 5 * 4) + tokens * 48);
  EXPECT_EQ(value(plain.weightBytes), 0);
  EXPECT_EQ(value(plain.activationBytes), 4 * tokens * 4 * 48);
  // A cap is two operations for each score, slopes are two more.
  Cost shaped = costOf("kernel.attention %x, %x, %x, %x heads 4 scale 0.5 softcap 30.0 slopes "
                       "[0.5, 0.4, 0.3, 0.2] : " +
                       types);
  EXPECT_EQ(value(shaped.operations) - value(plain.operations), pairs * (2 + 2) * 4);
  // The maps are scored once more, and written.
  Cost maps =
      costOf("kernel.attention %x, %x, %x, %x probabilities %scores heads 4 scale 0.5 : " + types +
             " probabilities memref<4x?x?xf32, #kernel.area<pair>>");
  EXPECT_EQ(value(maps.operations) - value(plain.operations), pairs * (2 * 48 + 4 * 4));
  EXPECT_EQ(value(maps.activationBytes) - value(plain.activationBytes), 4 * 4 * pairs);
  Cost scores =
      costOf("kernel.attention %x, %x, %x, %x scores %scores heads 4 scale 0.5 : " + types +
             " scores memref<4x?x?xf32, #kernel.area<pair>>");
  EXPECT_EQ(value(scores.operations) - value(plain.operations), pairs * (2 * 48 + 4));
  EXPECT_EQ(value(scores.activationBytes) - value(plain.activationBytes), 4 * 4 * pairs);
}

/// Two heads of keys and values with 12 numbers a token.
TEST_F(CostTest, attentionReadsWhatIsKeptOfTheRowOrOfItsSource) {
  const std::string step = "kernel.attention %x, %keys, %values, %x heads 4 scale 0.5",
                    types = " : memref<?x48xf32, #kernel.area<token>>, memref<2x1x12x32xf32, "
                            "#kernel.area<page>>, memref<2x32x12xf32, #kernel.area<page>>, "
                            "memref<?x48xf32, #kernel.area<token>>";
  constexpr int64_t products = 2 * 48 + 2 * 48 + 5 * 4;
  Cost own = costOf(step + " causal" + types);
  EXPECT_EQ(value(own.cacheBytes), 4 * tokens * 2 * 2 * 12);
  EXPECT_EQ(value(own.activationBytes), 4 * tokens * 2 * 48);
  EXPECT_EQ(value(own.operations), (pairs + tokens) / 2 * products + tokens * 48);
  // Three of the seven tokens of a row are in a window.
  Cost near = costOf(step + " causal window 3" + types);
  EXPECT_EQ(value(near.cacheBytes), 4 * rows * 3 * 2 * 2 * 12);
  EXPECT_EQ(value(near.operations), (tokens * 3 + tokens) / 2 * products + tokens * 48);
  Cost cross = costOf(step + types);
  EXPECT_EQ(value(cross.cacheBytes), 4 * rows * source * 2 * 2 * 12);
  EXPECT_EQ(value(cross.operations), tokens * source * products + tokens * 48);
}

TEST_F(CostTest, layerNormTakesEightOperationsAnElement) {
  Cost cost = costOf(R"(
    kernel.layer_norm %x, %gamma, %gamma, %x eps 1.0e-5 : memref<?x48xf32, #kernel.area<token>>,
        memref<48xf32, #kernel.area<weight>>, memref<48xf32, #kernel.area<weight>>, memref<?x48xf32, #kernel.area<token>>)");
  EXPECT_EQ(value(cost.operations), 8 * tokens * 48);
  EXPECT_EQ(value(cost.weightBytes), 4 * 2 * 48);
  EXPECT_EQ(value(cost.activationBytes), 4 * 2 * tokens * 48);
}

TEST_F(CostTest, reductionsDifferInTheirOperations) {
  const std::string scores = "memref<4x?x?xf32, #kernel.area<pair>>";
  Cost softmax = costOf("kernel.reduce softmax %scores, %scores : " + scores + ", " + scores);
  EXPECT_EQ(value(softmax.operations), 5 * 4 * pairs);
  EXPECT_EQ(value(softmax.activationBytes), 4 * 2 * 4 * pairs);
  Cost sums = costOf("kernel.reduce log_sum_exp %scores, %sums : " + scores +
                     ", memref<4x?xf32, #kernel.area<token>>");
  EXPECT_EQ(value(sums.operations), 4 * 4 * pairs);
  EXPECT_EQ(value(sums.activationBytes), 4 * (4 * pairs + 4 * tokens));
  Cost unit = costOf("kernel.reduce normalize %row, %row : memref<48xf32, #kernel.area<row>>, "
                     "memref<48xf32, #kernel.area<row>>");
  EXPECT_EQ(value(unit.operations), 3 * 48 * rows);
  EXPECT_EQ(value(unit.activationBytes), 4 * 2 * 48 * rows);
}

TEST_F(CostTest, poolingReadsAllTokensOrTheFirst) {
  auto pool = [&](const std::string &kind) {
    return costOf("kernel.pool " + kind +
                  " %x, %row : memref<?x48xf32, #kernel.area<token>>, "
                  "memref<48xf32, #kernel.area<row>>");
  };
  EXPECT_EQ(value(pool("mean").operations), 48 * (tokens + rows));
  EXPECT_EQ(value(pool("mean_sqrt").operations), 48 * (tokens + rows));
  EXPECT_EQ(value(pool("max").operations), 48 * tokens);
  EXPECT_EQ(value(pool("max").activationBytes), 4 * 48 * (tokens + rows));
  EXPECT_EQ(value(pool("first").operations), 0);
  EXPECT_EQ(value(pool("first").activationBytes), 4 * 2 * 48 * rows);
}

TEST_F(CostTest, mapCountsTheOperationsOfItsBody) {
  Cost cost = costOf(R"(
    kernel.map %x : memref<?x48xf32, #kernel.area<token>> {
    ^bb0(%i: index, %j: index):
      %half = arith.constant 0.5 : f32
      %0 = kernel.load %x[%i, %j] : memref<?x48xf32, #kernel.area<token>>
      %1 = kernel.load %gamma[%j] : memref<48xf32, #kernel.area<weight>>
      %2 = arith.mulf %0, %1 : f32
      %3 = math.exp %2 : f32
      %4 = arith.mulf %3, %half : f32
      kernel.yield %4 : f32
    })");
  EXPECT_EQ(value(cost.operations), 3 * 48 * tokens);
  EXPECT_EQ(value(cost.weightBytes), 4 * 48);
  EXPECT_EQ(value(cost.activationBytes), 4 * 2 * 48 * tokens);
}

TEST_F(CostTest, lookUpsReadARowOfTheTableForEachToken) {
  Cost cost = costOf(R"(
    kernel.map %x : memref<?x48xf32, #kernel.area<token>> {
    ^bb0(%i: index, %j: index):
      %id = kernel.load %ids[%i] : memref<?xi32, #kernel.area<token>>
      %at = arith.index_cast %id : i32 to index
      %0 = kernel.load %table[%at, %j] : memref<100x48xf32, #kernel.area<weight>>
      kernel.yield %0 : f32
    })");
  EXPECT_EQ(value(cost.operations), 0);
  EXPECT_EQ(value(cost.weightBytes), 4 * 48 * tokens);
  EXPECT_EQ(value(cost.activationBytes), 4 * tokens + 4 * 48 * tokens);
}

TEST_F(CostTest, loopsRepeatTheirBody) {
  // Scores of all pairs by a loop over 48 numbers; then weighted sums by a loop over the row.
  Cost scores = costOf(R"(
    kernel.map %scores : memref<4x?x?xf32, #kernel.area<pair>> {
    ^bb0(%h: index, %i: index, %j: index):
      %zero = arith.constant 0.0 : f32
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c48 = arith.constant 48 : index
      %sum = scf.for %k = %c0 to %c48 step %c1 iter_args(%s = %zero) -> f32 {
        %a = kernel.load %x[%i, %k] : memref<?x48xf32, #kernel.area<token>>
        %b = kernel.load %table[%j, %k] : memref<100x48xf32, #kernel.area<weight>>
        %p = arith.mulf %a, %b : f32
        %t = arith.addf %s, %p : f32
        scf.yield %t : f32
      }
      kernel.yield %sum : f32
    })");
  EXPECT_EQ(value(scores.operations), 2 * 48 * 4 * pairs);
  EXPECT_EQ(value(scores.weightBytes), 4 * 48 * tokens);
  EXPECT_EQ(value(scores.activationBytes), 4 * (4 * pairs + 48 * tokens));
  Cost sums = costOf(R"(
    kernel.map %x : memref<?x48xf32, #kernel.area<token>> {
    ^bb0(%i: index, %j: index):
      %zero = arith.constant 0.0 : f32
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %n = kernel.length
      %sum = scf.for %k = %c0 to %n step %c1 iter_args(%s = %zero) -> f32 {
        %a = kernel.load %x[%k, %j] : memref<?x48xf32, #kernel.area<token>>
        %t = arith.addf %s, %a : f32
        scf.yield %t : f32
      }
      kernel.yield %sum : f32
    })");
  EXPECT_EQ(value(sums.operations), 48 * pairs);
}

TEST_F(CostTest, loopsRunTheirLastStepInPart) {
  auto additions = [&](const std::string &from, const std::string &to, const std::string &step) {
    return costOf("kernel.map %row : memref<48xf32, #kernel.area<row>> {\n^bb0(%j: index):\n"
                  "%zero = arith.constant 0.0 : f32\n"
                  "%from = arith.constant " +
                  from + " : index\n%to = arith.constant " + to +
                  " : index\n%step = arith.constant " + step + R"( : index
        %sum = scf.for %k = %from to %to step %step iter_args(%s = %zero) -> f32 {
          %a = kernel.load %row[%j] : memref<48xf32, #kernel.area<row>>
          %t = arith.addf %s, %a : f32
          scf.yield %t : f32
        }
        kernel.yield %sum : f32
      })")
        .operations;
  };
  EXPECT_EQ(additions("0", "5", "2"), Amount::perRow(48 * 3, 0));
  EXPECT_EQ(additions("-3", "3", "4"), Amount::perRow(48 * 2, 0));
  EXPECT_EQ(additions("0", "6", "2"), Amount::perRow(48 * 3, 0));
  EXPECT_EQ(additions("5", "5", "2"), Amount());
  EXPECT_EQ(additions("6", "5", "2"), Amount());
  // More often than a signed number can say, and than the products of such.
  const std::string least = "-9223372036854775808", most = "9223372036854775807";
  EXPECT_EQ(additions("0", most, "1"), Amount::perRow(48 * 0x1p63, 0));
  EXPECT_EQ(additions(least, most, "1"), Amount::perRow(48 * 0x1p63, 0));
  EXPECT_EQ(additions("0", "5", most), Amount::perRow(48, 0));
}
