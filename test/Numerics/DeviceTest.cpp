// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A GPU's kernels, emulated: the same numbers as everywhere, and those of products bit for bit.

#include "Model.h"

#include "compiler/Compiler.h"
#include "compiler/Target/NVPTX/NVPTX.h"
#include "compiler/Target/Registry.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"

using namespace tfc;
using namespace tfc::test;
using mlir::Value;
namespace xf = tfc::transformer;

namespace {

class Device : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Gpus, Device, testing::Values("sm_80", "sm_90a"),
                         [](const auto &info) { return info.param; });

/// Whole warps, parts of one, and more than one.
TEST_P(Device, NormsAndReductions) {
  Model model(1);
  for (int64_t width : {1, 31, 32, 33, 200}) {
    Value x = model.tokens(width), gamma = model.weight({width}), beta = model.weight({width});
    model.output(model.add<xf::LayerNormOp>(x, gamma, beta, model.number(1e-5)));
    model.output(model.add<xf::SoftmaxOp>(x));
    model.output(model.add<xf::NormalizeOp>(x, model.number(1e-12)));
  }
  expectReference(model, model.rows({1, 9, 40, 33}), Way::asWritten, {GetParam()});
}

/// As many vectors as a row has tokens, each as long as the row.
TEST_P(Device, SoftmaxOfTheRow) {
  Model model(2);
  auto split = [&](Value x, mlir::ArrayRef<int64_t> order) {
    return model.add<xf::TransposeOp>(model.add<xf::ReshapeOp>(model.type({dynamic, 2, 4}), x),
                                      order);
  };
  Value scores =
      model.add<xf::MatmulOp>(split(model.tokens(8), {1, 0, 2}), split(model.tokens(8), {1, 2, 0}));
  model.output(model.add<xf::SoftmaxOp>(scores));
  expectReference(model, model.rows({1, 33, 5}), Way::asWritten, {GetParam()});
}

TEST_P(Device, PoolingAndActivations) {
  Model model(3);
  Value x = model.tokens(45);
  for (auto kind :
       {xf::PoolKind::mean, xf::PoolKind::first, xf::PoolKind::max, xf::PoolKind::mean_sqrt})
    model.output(model.add<xf::PoolOp>(kind, x));
  for (auto kind : {xf::ActivationKind::gelu, xf::ActivationKind::gelu_tanh,
                    xf::ActivationKind::silu, xf::ActivationKind::tanh}) {
    model.output(model.add<xf::ActivationOp>(kind, x));
    Value product = model.add<xf::LinearOp>(x, model.weight({37, 45}), model.weight({37}));
    model.output(model.add<xf::ActivationOp>(kind, product));
  }
  expectReference(model, model.rows({3, 1, 20}), Way::asWritten, {GetParam()});
}

/// Two layers that share a function, as in BERT: attention is written out, for it has no row.
void twoLayers(Model &model) {
  constexpr int64_t hidden = 48, heads = 3;
  auto layer = [&](Value x, int64_t in, int64_t out) {
    return model.add<xf::LinearOp>(x, model.weight({out, in}, 1 / std::sqrt(float(in))),
                                   model.weight({out}));
  };
  auto norm = [&](Value x, Value residual) {
    return model.add<xf::AddNormOp>(x, residual, model.weight({hidden}), model.weight({hidden}),
                                    model.number(1e-5));
  };
  Value h = model.tokens(hidden);
  for (int number = 0; number < 2; ++number) {
    Value mixed = model.add<xf::AttentionOp>(layer(h, hidden, hidden), layer(h, hidden, hidden),
                                             layer(h, hidden, hidden), heads, llvm::APFloat(0.25f));
    h = norm(layer(mixed, hidden, hidden), h);
    h = norm(model.add<xf::FeedForwardOp>(xf::ActivationKind::gelu, h, Value(), Value(),
                                          model.weight({100, hidden}, 0.1), model.weight({100}),
                                          model.weight({hidden, 100}, 0.1), model.weight({hidden})),
             h);
  }
  model.output(h);
  model.output(model.add<xf::NormalizeOp>(model.add<xf::PoolOp>(xf::PoolKind::mean, h),
                                          model.number(1e-12)));
}

TEST_P(Device, WholeModel) {
  Model model(4);
  twoLayers(model);
  expectReference(model, model.rows({7, 1, 40, 22}), Way::fused, {GetParam()});
}

TEST_P(Device, BlocksAndBatchChangeNoBit) {
  Model model(5);
  twoLayers(model);
  Compiled plan(model, Way::fused, {GetParam()});
  ASSERT_EQ(plan.error, "");
  Rows rows = model.rows({13, 1, 40});
  Outputs few = Runner(plan.path, GetParam(), 1).run(rows);
  ASSERT_FALSE(few.empty());
  EXPECT_EQ(few, Runner(plan.path, GetParam(), 7).run(rows));
  for (size_t row = 0; row < rows.size(); ++row) {
    Outputs alone = Runner(plan.path, GetParam(), 2).run({rows[row]});
    ASSERT_FALSE(alone.empty());
    for (size_t out = 0; out < few.size(); ++out)
      EXPECT_EQ(alone[out][0], few[out][row]) << "row " << row << ", output " << out;
  }
}

/// A CPU that multiplies and adds in one rounding does the same, in the same order.
TEST_P(Device, ProductsHaveTheBitsOfACpu) {
  std::string cpu = machineVariants().front();
  if (!kernelRow(KernelKind::gemm, ElementType::f32, cpu).fma)
    GTEST_SKIP() << cpu << " has no fused multiply-add";
  Model model(6);
  Value x = model.tokens(700), residual = model.tokens(90);
  for (int64_t k : {7, 256, 700}) {
    Value product = model.add<xf::LinearOp>(model.add<xf::SliceOp>(x, 1, 0, k),
                                            model.weight({90, k}), model.weight({90}));
    Value active = model.add<xf::ActivationOp>(xf::ActivationKind::gelu, product);
    model.output(model.add<xf::AddOp>(active, residual));
  }
  Rows rows = model.rows({50, 3, 64});
  Compiled plan(model, Way::asWritten, {GetParam()}), library(model, Way::asWritten, {cpu});
  ASSERT_EQ(plan.error + library.error, "");
  Outputs found = Runner(plan.path, GetParam()).run(rows);
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found, Runner(library.path, library.variants[0]).run(rows));
}

/// No libm is there to be called: LLVM would let the PTX ask for it.
TEST_P(Device, RefusesFunctionsOfElsewhere) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  registry.insert<mlir::gpu::GPUDialect, mlir::LLVM::LLVMDialect>();
  mlir::MLIRContext mlir(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(R"(
    gpu.module @kernels {
      llvm.func @cbrtf(f32) -> f32
      llvm.func @kernel(%place: !llvm.ptr, %x: f32) {
        %0 = llvm.call @cbrtf(%x) : (f32) -> f32
        llvm.store %0, %place : f32, !llvm.ptr
        llvm.return
      }
    })",
                                                        &mlir);
  ASSERT_TRUE(module);
  llvm::LLVMContext context;
  auto target = llvm::cantFail(resolveTarget("cuda:" + GetParam()));
  auto kernels = lowerKernels(*module, *target, context);
  ASSERT_FALSE(kernels);
  EXPECT_EQ(llvm::toString(kernels.takeError()),
            "kernels call cbrtf, which is not there on " + GetParam());
}

} // namespace
