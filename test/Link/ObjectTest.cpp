// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Target/Object.h"

#include "TestLibrary.h"

#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SourceMgr.h"

using namespace tfc;
using ::testing::Test;

namespace {

class Object : public Test {
protected:
  std::unique_ptr<llvm::Module> parse(const char *text) {
    llvm::SMDiagnostic diagnostic;
    auto module = llvm::parseAssemblyString(text, diagnostic, context);
    EXPECT_TRUE(module) << diagnostic.getMessage().str();
    return module;
  }
  std::string assembly(const char *text, const char *variant) {
    auto module = parse(text);
    llvm::cantFail(optimize(*module, *findVariant(variant)));
    auto bytes = llvm::cantFail(emitAssembly(*module, *findVariant(variant)));
    return {bytes.begin(), bytes.end()};
  }
  static bool has(const std::string &text, const char *part) {
    return text.find(part) != std::string::npos;
  }

  llvm::LLVMContext context;
};

constexpr const char *scalarLoop = R"(
define void @f(ptr noalias %to, ptr noalias %from, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %a = getelementptr float, ptr %from, i64 %i
  %b = getelementptr float, ptr %to, i64 %i
  %x = load float, ptr %a
  %y = fmul float %x, 3.0
  store float %y, ptr %b
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %exit
exit:
  ret void
})";

} // namespace

TEST_F(Object, scalarLoopsUseTheFullWidthOfEachVariant) {
  EXPECT_TRUE(has(assembly(scalarLoop, "x86-64-v4"), "zmm"));
  const std::string v3 = assembly(scalarLoop, "x86-64-v3"), v1 = assembly(scalarLoop, "x86-64");
  EXPECT_TRUE(has(v3, "ymm"));
  EXPECT_FALSE(has(v3, "zmm"));
  EXPECT_TRUE(has(v1, "mulps\t"));
  EXPECT_FALSE(has(v1, "ymm"));
}

TEST_F(Object, productsAndSumsAreNeverFused) {
  const char *text = R"(
define float @f(float %a, float %b, float %c) {
  %p = fmul fast float %a, %b
  %s = fadd fast float %p, %c
  ret float %s
}
define float @g(float %a, float %b, float %c) {
  %s = call float @llvm.fma.f32(float %a, float %b, float %c)
  ret float %s
})";
  const std::string code = assembly(text, "x86-64-v3");
  EXPECT_TRUE(has(code, "vmulss"));
  EXPECT_TRUE(has(code, "vaddss"));
  EXPECT_TRUE(has(code, "vfmadd")) << "an explicit llvm.fma stays one";
}

TEST_F(Object, sumsKeepTheirOrderWhateverTheModulePermits) {
  const char *text = R"(
define float @f(ptr %from, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %s = phi float [ 0.0, %entry ], [ %t, %loop ]
  %a = getelementptr float, ptr %from, i64 %i
  %x = load float, ptr %a
  %t = fadd fast float %s, %x
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %exit
exit:
  ret float %t
})";
  EXPECT_FALSE(has(assembly(text, "x86-64-v4"), "vaddps"));
}

TEST_F(Object, noCallOfTheMathLibraryAppears) {
  // LLVM knows that pow(x, 0.5) can be a square root and that pow(2, x) is exp2(x).
  const char *text = R"(
declare double @pow(double, double)
define double @f(double %x) {
  %y = call double @pow(double 2.0, double %x)
  ret double %y
})";
  const std::string code = assembly(text, "x86-64-v3");
  EXPECT_FALSE(has(code, "exp2"));
  EXPECT_TRUE(has(code, "pow"));
}

TEST_F(Object, entriesOfSeveralVariantsDoNotClash) {
  auto module = parse("define void @layer() { ret void }\n"
                      "define void @main() { call void @layer() ret void }\n"
                      "define void @other() { ret void }");
  auto symbols =
      llvm::cantFail(isolateEntries(*module, *findVariant("x86-64-v3"), {"main", "other"}));
  EXPECT_EQ(symbols, (std::vector<std::string>{"main.x86-64-v3", "other.x86-64-v3"}));
  EXPECT_TRUE(module->getFunction("layer")->hasInternalLinkage());
  EXPECT_TRUE(module->getFunction("main.x86-64-v3")->hasHiddenVisibility());
  EXPECT_EQ(test::text(isolateEntries(*module, *findVariant("x86-64-v3"), {"none"}).takeError()),
            "the module does not define its entry 'none'");
}

TEST_F(Object, wrongModuleIsAnInternalError) {
  auto module = parse("define void @f() { ret void }");
  module->getFunction("f")->getEntryBlock().getTerminator()->eraseFromParent();
  EXPECT_EQ(test::code(optimize(*module, *findVariant("x86-64"))), 70);
}

TEST_F(Object, sameModuleSameBytes) {
  auto first = parse(scalarLoop), second = parse(scalarLoop);
  const Variant &variant = *findVariant("x86-64-v4");
  llvm::cantFail(optimize(*first, variant));
  llvm::cantFail(optimize(*second, variant));
  EXPECT_EQ(llvm::cantFail(emitObject(*first, variant)),
            llvm::cantFail(emitObject(*second, variant)));
}
