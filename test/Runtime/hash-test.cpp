// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The hash of weights equals LLVM's xxh3_64bits, which the compiler uses. The numbers come from
// there.

#include "runtime/Hash.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace tfc {
namespace {

TEST(Hash, EqualsXxh3) {
  std::vector<unsigned char> bytes(5000);
  std::iota(bytes.begin(), bytes.end(), static_cast<unsigned char>(0));
  EXPECT_EQ(hashOf(bytes.data(), 0), 0x2d06800538d394c2u);
  EXPECT_EQ(hashOf(bytes.data(), 1), 0xc44bdff4074eecdbu);
  EXPECT_EQ(hashOf(bytes.data(), 3), 0x5f4299fc161c9cbbu);
  EXPECT_EQ(hashOf(bytes.data(), 8), 0x3a1c2d7c85af88f8u);
  EXPECT_EQ(hashOf(bytes.data(), 16), 0x8355e3a6f61770dbu);
  EXPECT_EQ(hashOf(bytes.data(), 100), 0x004e4f921a64bd1cu);
  EXPECT_EQ(hashOf(bytes.data(), 200), 0xf42a8864feaf0703u);
  EXPECT_EQ(hashOf(bytes.data(), 241), 0x02e8cd95421c6d02u);
  EXPECT_EQ(hashOf(bytes.data(), 1024), 0xa870f92984398d22u);
  EXPECT_EQ(hashOf(bytes.data(), 5000), 0x1b74bda2c82a8c7au);
}

} // namespace
} // namespace tfc
