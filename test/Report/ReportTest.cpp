// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The report on a small encoder, against its formulas written out by hand.

#include "compiler/Report/Report.h"

#include "compiler/Compiler.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

using namespace tfc;

namespace {

constexpr int64_t hidden = 32, inner = 64, heads = 4, vocabulary = 48, layers = 2;

/// BERT's layer twice, with weights of its own each time, then the mean.
constexpr const char *encoder = R"(
transformer.model @toy attributes {max_sequence = 16 : i64, task = "embed", family = "bert"} {
  func.func @encode(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<32xf32> {transformer.name = "embedding"}) {
    %table = transformer.weight "table" : tensor<48x32xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<48x32xf32>
    %y = func.call @first(%x) : (tensor<?x32xf32>) -> tensor<?x32xf32>
    %z = func.call @second(%y) : (tensor<?x32xf32>) -> tensor<?x32xf32>
    %e = transformer.pool mean %z : tensor<?x32xf32>
    return %e : tensor<32xf32>
  }
  func.func private @first(%x: tensor<?x32xf32>) -> tensor<?x32xf32> { WEIGHTS("0.") }
  func.func private @second(%x: tensor<?x32xf32>) -> tensor<?x32xf32> { WEIGHTS("1.") }
  func.func private @layer(%x: tensor<?x32xf32>, %wq: tensor<96x32xf32>, %bq: tensor<96xf32>, %wo: tensor<32x32xf32>,
      %b: tensor<32xf32>, %wu: tensor<64x32xf32>, %bu: tensor<64xf32>, %wd: tensor<32x64xf32>) -> tensor<?x32xf32> {
    %qkv = transformer.linear %x, %wq, %bq : tensor<?x32xf32>, tensor<96x32xf32>, tensor<96xf32>
    %q = transformer.slice %qkv dim 1 offset 0 size 32 : tensor<?x96xf32>
    %k = transformer.slice %qkv dim 1 offset 32 size 32 : tensor<?x96xf32>
    %v = transformer.slice %qkv dim 1 offset 64 size 32 : tensor<?x96xf32>
    %a = transformer.attention %q, %k, %v heads 4 scale 0.25 : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>) -> tensor<?x32xf32>
    %o = transformer.linear %a, %wo, %b : tensor<?x32xf32>, tensor<32x32xf32>, tensor<32xf32>
    %n = transformer.add_norm %o, %x, %b, %b eps 1.0e-5 : tensor<?x32xf32>, tensor<?x32xf32>, tensor<32xf32>, tensor<32xf32>
    %u = transformer.linear %n, %wu, %bu : tensor<?x32xf32>, tensor<64x32xf32>, tensor<64xf32>
    %r = transformer.activation gelu %u : tensor<?x64xf32>
    %d = transformer.linear %r, %wd, %b : tensor<?x64xf32>, tensor<32x64xf32>, tensor<32xf32>
    %m = transformer.add_norm %d, %n, %b, %b eps 1.0e-5 : tensor<?x32xf32>, tensor<?x32xf32>, tensor<32xf32>, tensor<32xf32>
    return %m : tensor<?x32xf32>
  }
})";

/// A call of @layer with the weights whose names begin so.
std::string layerCall(const std::string &prefix) {
  auto weight = [&](const std::string &name, const std::string &shape) {
    return "%" + name + " = transformer.weight \"" + prefix + name + "\" : tensor<" + shape +
           "xf32>\n";
  };
  return weight("wq", "96x32") + weight("bq", "96") + weight("wo", "32x32") + weight("b", "32") +
         weight("wu", "64x32") + weight("bu", "64") + weight("wd", "32x64") +
         R"(%y = func.call @layer(%x, %wq, %bq, %wo, %b, %wu, %bu, %wd)
      : (tensor<?x32xf32>, tensor<96x32xf32>, tensor<96xf32>, tensor<32x32xf32>, tensor<32xf32>, tensor<64x32xf32>,
         tensor<64xf32>, tensor<32x64xf32>) -> tensor<?x32xf32>
    return %y : tensor<?x32xf32>)";
}

class ReportTest : public ::testing::Test {
protected:
  ReportTest() {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.disableMultithreading();
    std::string text = encoder;
    for (const char *prefix : {"0.", "1."}) {
      const std::string mark = "WEIGHTS(\"" + std::string(prefix) + "\")";
      text.replace(text.find(mark), mark.size(), layerCall(prefix));
    }
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    mlir::PassManager passes(&context);
    addPlanPasses(passes.nest<transformer::ModelOp>(), {"x86-64-v4", "x86-64"});
    EXPECT_TRUE(module && succeeded(passes.run(*module)));
  }

  Report report(llvm::ArrayRef<llvm::StringRef> targets = {"x86-64-v4", "x86-64"},
                int64_t maxBatch = 0) {
    return llvm::cantFail(
        reportOn(*module->getOps<transformer::ModelOp>().begin(), targets, maxBatch));
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

} // namespace

TEST_F(ReportTest, countsTheOperationsOfAnEncoder) {
  const int64_t rows = 3, length = 7, tokens = rows * length, pairs = tokens * length;
  const int64_t linear = tokens * (2 * hidden * 3 * hidden + 3 * hidden +   // query, key, value
                                   2 * hidden * hidden + 2 * hidden +       // output, residual
                                   2 * hidden * inner + inner + 5 * inner + // up, bias, gelu
                                   2 * inner * hidden + 2 * hidden),        // down, residual
      attention = pairs * (4 * hidden + 5 * heads) + tokens * hidden,
                norms = 2 * 8 * tokens * hidden, pool = tokens * hidden + rows * hidden;
  Report found = report();
  ASSERT_EQ(found.entries.size(), 1u);
  EXPECT_EQ(totalsOf(found.entries[0], found.ceilings, {rows, length}).operations,
            double(layers * (linear + attention + norms) + pool));
}

TEST_F(ReportTest, readsEachWeightOnceAndARowOfTheTableForEachToken) {
  Report found = report();
  const double table = 4 * vocabulary * hidden, lookups = 4 * 5 * hidden, slack = 256;
  // @b is read five times a layer: bias twice, and as gamma and beta of both norms.
  const double again = layers * 4 * 5 * hidden;
  EXPECT_EQ(totalsOf(found.entries[0], found.ceilings, {1, 5}).weightBytes,
            double(found.weightsBytes) - table - slack + lookups + again);
}

TEST_F(ReportTest, sumsAreThoseOfTheirParts) {
  Report found = report();
  const ReportBatch batch{2, 16};
  const EntryReport &entry = found.entries[0];
  std::vector<std::pair<std::string, int64_t>> calls;
  Totals sum;
  for (const FunctionReport &function : entry.functions) {
    calls.emplace_back(function.name, function.times);
    for (int64_t i = 0; i < function.times; ++i)
      for (const StepReport &step : function.steps)
        sum += totalsOf(step, found.ceilings, batch);
  }
  EXPECT_EQ(calls, (decltype(calls){{"encode", 1}, {"first", 1}, {"second", 1}, {"layer", 2}}));
  Totals all = totalsOf(entry, found.ceilings, batch);
  EXPECT_EQ(all.operations, sum.operations);
  EXPECT_EQ(all.weightBytes, sum.weightBytes);
  EXPECT_EQ(all.activationBytes, sum.activationBytes);
  EXPECT_NEAR(all.seconds, sum.seconds, 1e-12);
}

TEST_F(ReportTest, aStepTakesAsLongAsTheSlowerOfItsTwo) {
  StepReport step{"gemm", "", {}};
  step.cost.operations = kernel::Amount::perRow(1000, 1);
  step.cost.weightBytes = kernel::Amount::constant(4000);
  step.cost.activationBytes = kernel::Amount::perRow(1, 1);
  const Ceilings ceilings{1e6, 1e7, 1e6};
  Totals one = totalsOf(step, ceilings, {1, 1}), many = totalsOf(step, ceilings, {10, 10});
  EXPECT_FALSE(one.computeBound);
  EXPECT_DOUBLE_EQ(one.seconds, 4001e-6);
  EXPECT_TRUE(many.computeBound);
  EXPECT_DOUBLE_EQ(many.seconds, 0.1);
  step.cost.integerOperations = kernel::Amount::perRow(1000, 1);
  Totals codes = totalsOf(step, ceilings, {10, 10});
  EXPECT_DOUBLE_EQ(codes.operations, 2e5);
  EXPECT_DOUBLE_EQ(codes.seconds, 0.11);
}

TEST_F(ReportTest, ceilingsFollowTheInstructionSet) {
  EXPECT_EQ(report().ceilings.operations, 192e9);          // 16 lanes, two units, fused
  EXPECT_EQ(report({"x86-64"}).ceilings.operations, 24e9); // 4 lanes, two units
  EXPECT_EQ(report().ceilings.integerOperations, 256e9);   // 128 in three instructions
  EXPECT_EQ(report({"x86-64"}).ceilings.integerOperations, 24e9);
}

TEST_F(ReportTest, namesTheKernelsOfTheBestInstructionSet) {
  auto kernelOf = [&](const Report &report) { return report.entries[0].functions.back().steps[0]; };
  EXPECT_EQ(kernelOf(report()).step, "gemm [?, 96]");
  EXPECT_EQ(kernelOf(report()).kernel, "gemm_f32_avx512_12x32");
  EXPECT_EQ(kernelOf(report({"x86-64"})).kernel, "gemm_f32_4x8");
}

TEST_F(ReportTest, batchesFitTheSession) {
  auto batches = batchesOf(report());
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_EQ(batches[0].rows, 1);
  EXPECT_EQ(batches[0].length, 16); // the model's limit
  EXPECT_EQ(batches[1].rows, 4096 / 16);
  EXPECT_EQ(batches[1].length, 16);
  EXPECT_EQ(batchesOf(report({"x86-64"}, 8))[1].rows, 8);
  EXPECT_EQ(batchesOf(report({"x86-64"}, 1)).size(), 1u);
}
