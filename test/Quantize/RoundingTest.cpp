// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Numbers to fewer bits, against LLVM's own rounding and against every code there is.

#include "compiler/Quantize/Rounding.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/APFloat.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

using namespace tfc;

namespace {

uint16_t byLlvm(double number, const llvm::fltSemantics &semantics) {
  llvm::APFloat value(number);
  bool lost;
  value.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &lost);
  return uint16_t(value.bitcastToAPInt().getZExtValue());
}

void expectNearest(double number) {
  for (double signedNumber : {number, -number}) {
    EXPECT_EQ(toBF16(signedNumber), byLlvm(signedNumber, llvm::APFloat::BFloat())) << signedNumber;
    EXPECT_EQ(toF16(signedNumber), byLlvm(signedNumber, llvm::APFloat::IEEEhalf())) << signedNumber;
  }
}

TEST(Rounding, isToTheNearestTiesToEven) {
  // Each number of 16 bits, what lies half way to the next, and its neighbours.
  for (const llvm::fltSemantics *semantics : {&llvm::APFloat::BFloat(), &llvm::APFloat::IEEEhalf()})
    for (uint32_t bits = 0; bits < 0x7F80; ++bits) {
      auto at = [&](uint32_t number) {
        llvm::APFloat value(*semantics, llvm::APInt(16, number));
        bool lost;
        value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &lost);
        return value.convertToDouble();
      };
      if (!std::isfinite(at(bits)))
        continue;
      double half = std::isfinite(at(bits + 1)) ? (at(bits) + at(bits + 1)) / 2 : 2 * at(bits);
      for (double number : {at(bits), half, std::nextafter(half, 0.0), std::nextafter(half, 1e300)})
        expectNearest(number);
    }
}

TEST(Rounding, knowsWhatIsNotFiniteOrFarTooSmall) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (double number : {infinity, 65504.0, 65519.99, 65520.0, 1e300, 1e-300, 5e-324, 0.0})
    expectNearest(number);
  EXPECT_EQ(toBF16(std::nan("")) & 0x7FFF, 0x7FC0);
  EXPECT_EQ(toF16(std::nan("")) & 0x7FFF, 0x7E00);
}

TEST(Rounding, roundsToTypes) {
  mlir::MLIRContext context;
  auto bf16 = mlir::BFloat16Type::get(&context);
  auto f16 = mlir::Float16Type::get(&context);
  EXPECT_EQ(roundTo(bf16, 1 + 0x1p-8), 1);
  EXPECT_EQ(roundTo(bf16, -1 - 0x1.8p-8), -1 - 0x1p-7);
  EXPECT_EQ(roundTo(f16, 1 + 0x1p-11), 1);
  EXPECT_EQ(roundTo(f16, 0x1p-24), 0x1p-24);
  EXPECT_EQ(roundTo(f16, 70000), std::numeric_limits<double>::infinity());
  EXPECT_EQ(roundTo(mlir::Float32Type::get(&context), 1 + 0x1p-30), 1);
  EXPECT_EQ(roundTo(mlir::Float64Type::get(&context), 1 + 0x1p-30), 1 + 0x1p-30);
}

class Groups : public testing::TestWithParam<unsigned> {
protected:
  double error(llvm::ArrayRef<double> numbers, bool search, double *scale = nullptr) {
    std::vector<int8_t> codes(numbers.size());
    double found = quantizeGroup(numbers, GetParam(), search, type, codes), sum = 0;
    for (auto [number, code] : llvm::zip_equal(numbers, codes)) {
      double distance = std::abs(number - code * found);
      sum += distance * distance;
      // No code is nearer.
      for (int other = -(1 << (GetParam() - 1)); other < 1 << (GetParam() - 1); ++other)
        EXPECT_LE(distance, std::abs(number - other * found) * (1 + 1e-12));
    }
    if (scale)
      *scale = found;
    return sum;
  }
  mlir::MLIRContext context;
  mlir::Type type = mlir::Float32Type::get(&context);
};

TEST_P(Groups, takeTheNearestCodeAndTheSearchIsNeverWorse) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  for (int round = 0; round < 300; ++round) {
    std::vector<double> numbers(1 + random() % 128);
    for (double &number : numbers)
      number = normal(random) * (random() % 20 ? 1 : 5);
    double scale, largest = 0;
    for (double number : numbers)
      largest = std::max(largest, std::abs(number));
    const double nearest = error(numbers, false, &scale);
    EXPECT_EQ(scale, float(largest / ((1 << (GetParam() - 1)) - 1)));
    EXPECT_LE(error(numbers, true), nearest * (1 + 1e-6));
  }
}

TEST_P(Groups, ofZerosHaveNoScale) {
  double scale = 1;
  for (bool search : {false, true}) {
    EXPECT_EQ(error(std::vector<double>(5), search, &scale), 0);
    EXPECT_EQ(scale, 0);
  }
}

TEST_P(Groups, withoutAScaleSaySo) {
  std::vector<int8_t> codes(3);
  const double infinity = std::numeric_limits<double>::infinity();
  for (double number : {infinity, -infinity, std::nan(""), 1e300})
    for (bool search : {false, true})
      EXPECT_FALSE(std::isfinite(quantizeGroup({1, number, 2}, GetParam(), search, type, codes)))
          << number;
}

INSTANTIATE_TEST_SUITE_P(Bits, Groups, testing::Values(4u, 8u));

} // namespace
