// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Target/Registry.h"

#include "test/Support/Errors.h"

#include "llvm/ADT/STLExtras.h"

#include <gtest/gtest.h>

using namespace tfc;

#if defined(__x86_64__)
static constexpr const char *here = "x86-64", *elsewhere = "aarch64";
static uint32_t levelHere() {
  if (__builtin_cpu_supports("x86-64-v4"))
    return __builtin_cpu_supports("avx512vnni") ? 5 : 4;
  return __builtin_cpu_supports("x86-64-v3") ? 3 : 1;
}
#elif defined(__aarch64__)
static constexpr const char *here = "aarch64", *elsewhere = "x86-64";
static uint32_t levelHere() { return 1; }
#else
#error "say here what the table of architectures calls this machine"
#endif

static std::vector<std::string> names(llvm::StringRef option) {
  std::vector<std::string> result;
  for (const Variant *variant : llvm::cantFail(resolveVariants(option)))
    result.push_back(variant->name.str());
  return result;
}

TEST(Registry, allIsEveryVariantOfThisArchitectureBestFirst) {
  EXPECT_EQ(hostArchitecture().name, here);
  auto all = llvm::cantFail(resolveVariants("all"));
  for (const Variant &variant : variants())
    EXPECT_EQ(llvm::is_contained(all, &variant), variant.architecture.name == here)
        << variant.name.str();
  EXPECT_TRUE(llvm::is_sorted(
      all, [](const Variant *one, const Variant *next) { return one->level > next->level; }));
}

TEST(Registry, aLibraryHasOneArchitecture) {
  EXPECT_EQ(names("aarch64"), std::vector<std::string>{"aarch64"});
  const std::string other = elsewhere;
  for (const std::string &mixed :
       {std::string("x86-64-v3,aarch64"), other + ",all", "native," + other})
    EXPECT_EQ(test::code(resolveVariants(mixed).takeError()), 2) << mixed;
  EXPECT_EQ(test::text(resolveVariants("aarch64,x86-64-v3").takeError()),
            "--cpu: expected instruction sets of one architecture, as a library has; found "
            "x86-64-v3 and aarch64");
}

TEST(Registry, theBaselineOfAnArchitectureRunsOnAllOfIt) {
  for (const Architecture &architecture : architectures()) {
    EXPECT_EQ(&baseline(architecture).architecture, &architecture);
    EXPECT_TRUE(baseline(architecture).required.empty());
  }
  EXPECT_EQ(baseline(hostArchitecture()).name, here);
  EXPECT_EQ(baseline(findVariant("x86-64-v4")->architecture).name, "x86-64");
}

TEST(Registry, namesAreSortedAndTakenOnce) {
  EXPECT_EQ(names("x86-64-v3,x86-64,x86-64-v4"),
            (std::vector<std::string>{"x86-64-v4", "x86-64-v3", "x86-64"}));
  EXPECT_EQ(names("x86-64,x86-64-v3,x86-64"), (std::vector<std::string>{"x86-64-v3", "x86-64"}));
}

TEST(Registry, nativeIsWhatThisMachineRuns) {
  EXPECT_EQ(nativeVariant().architecture.name, here);
  EXPECT_EQ(nativeVariant().level, levelHere());
  EXPECT_EQ(names("native"), std::vector<std::string>{nativeVariant().name.str()});
}

TEST(Registry, unknownNameIsAUsageErrorThatNamesWhatThereIs) {
  EXPECT_EQ(test::code(resolveVariants("x86-64-v5").takeError()), 2);
  EXPECT_EQ(test::text(resolveVariants("x86-64-v3,pentium").takeError()),
            "--cpu: expected native, all, x86-64-v4-vnni, x86-64-v4, x86-64-v3, "
            "x86-64, aarch64; found 'pentium'");
  EXPECT_EQ(test::code(resolveVariants("").takeError()), 2);
}

TEST(Registry, targetIsTheCpuOrAGpuByName) {
  EXPECT_EQ(llvm::cantFail(resolveTarget("cpu")), nullptr);
  EXPECT_EQ(llvm::cantFail(resolveTarget("cuda:sm_90a"))->cpu, "sm_90a");
  EXPECT_EQ(llvm::cantFail(resolveTarget("cuda"))->name, "sm_80");
  EXPECT_EQ(test::code(resolveTarget("rocm").takeError()), 2);
  EXPECT_EQ(test::code(resolveTarget("cpu:x86-64").takeError()), 2);
  EXPECT_EQ(test::code(resolveTarget("cuda:").takeError()), 3);
  EXPECT_EQ(test::text(resolveTarget("cuda:sm_70").takeError()),
            "--target=cuda:sm_70 is not supported; supported: sm_90a, sm_80");
}

TEST(Registry, findsByName) {
  ASSERT_NE(findVariant("x86-64-v4"), nullptr);
  EXPECT_EQ(findVariant("x86-64-v4")->preferVectorWidth, 512u);
  EXPECT_EQ(findVariant("x86-64-v2"), nullptr);
}
