// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Quantize/Rounding.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tfc {

/// The bits of the nearest number with one sign bit, so many bits of exponent and of fraction.
static uint16_t narrow(double number, int exponentBits, int fractionBits) {
  const auto bits = llvm::bit_cast<uint64_t>(number);
  const auto sign = uint16_t(bits >> 63 << 15);
  const uint32_t infinity = ((1u << exponentBits) - 1) << fractionBits;
  if (std::isnan(number))
    return uint16_t(sign | infinity | 1u << (fractionBits - 1));
  const int exponent = int(bits >> 52 & 0x7FF) - 1023, bias = (1 << (exponentBits - 1)) - 1,
            lowest = 1 - bias; // of normal numbers
  if (exponent == -1023)
    return sign; // zero, or far too small
  if (exponent > bias)
    return uint16_t(sign | infinity);
  const uint64_t significand = (uint64_t(1) << 52) | (bits & ((uint64_t(1) << 52) - 1));
  const int dropped = 52 - fractionBits + std::max(0, lowest - exponent);
  if (dropped > 53) // below half of the smallest
    return sign;
  uint64_t kept = significand >> dropped, rest = significand - (kept << dropped),
           half = uint64_t(1) << (dropped - 1);
  kept += rest > half || (rest == half && kept & 1);
  // The leading bit of a normal number adds one to its exponent; so does a carry.
  return uint16_t(sign | (uint64_t(std::max(0, exponent - lowest)) << fractionBits) + kept);
}

uint16_t toBF16(double number) { return narrow(number, 8, 7); }
uint16_t toF16(double number) { return narrow(number, 5, 10); }

/// The number that such bits are.
static double widen(uint16_t bits, int exponentBits, int fractionBits) {
  const int exponent = bits >> fractionBits & ((1 << exponentBits) - 1),
            fraction = bits & ((1 << fractionBits) - 1), bias = (1 << (exponentBits - 1)) - 1;
  double magnitude = exponent == (1 << exponentBits) - 1
                         ? std::numeric_limits<double>::infinity()
                         : std::ldexp(fraction + (exponent ? 1 << fractionBits : 0),
                                      std::max(exponent, 1) - bias - fractionBits);
  return bits >> 15 ? -magnitude : magnitude;
}

double roundTo(mlir::Type type, double number) {
  if (type.isBF16())
    return widen(toBF16(number), 8, 7);
  if (type.isF16())
    return widen(toF16(number), 5, 10);
  return type.isF32() ? double(float(number)) : number;
}

/// The nearest whole number, ties to even: beyond 2^51 doubles have no other. Without a call, so
/// that loops around it become vector code.
static double nearest(double number) {
  constexpr double shift = 0x1.8p52;
  return (number + shift) - shift;
}

static double codeFor(double number, double inverse, double largest) {
  return std::max(std::min(nearest(number * inverse), largest), -largest - 1);
}

/// The scale of the smallest sum of squared errors among those of `transformer.quantize`.
static double searchScale(llvm::ArrayRef<double> numbers, double maximum, double largest) {
  constexpr int candidates = 32;
  // Next to each other, so that the sums of all candidates grow at once.
  double inverse[candidates], products[candidates] = {}, squares[candidates] = {};
  for (int i = 0; i < candidates; ++i)
    inverse[i] = (largest + 2 - double(i / 2) * 3 / 16) / (i % 2 ? -maximum : maximum);
  for (double number : numbers)
    for (int i = 0; i < candidates; ++i) {
      double code = codeFor(number, inverse[i], largest);
      products[i] += number * code;
      squares[i] += code * code;
    }
  // The error of the best scale for some codes is Σ x² − (Σ x · code)² / Σ code².
  int best = 0;
  auto gain = [&](int i) { return products[i] * products[i] / squares[i]; };
  for (int i = 1; i < candidates; ++i)
    if (gain(i) > gain(best))
      best = i;
  return products[best] / squares[best];
}

double quantizeGroup(llvm::ArrayRef<double> numbers, unsigned bits, bool search,
                     mlir::Type scaleType, llvm::MutableArrayRef<int8_t> codes) {
  const double largest = (1 << (bits - 1)) - 1;
  double maximum = 0;
  for (double number : numbers) {
    if (!std::isfinite(number))
      return number;
    maximum = std::max(maximum, std::abs(number));
  }
  double scale = maximum == 0 ? 0
                 : search     ? searchScale(numbers, maximum, largest)
                              : maximum / largest;
  scale = roundTo(scaleType, scale);
  for (auto [number, code] : llvm::zip_equal(numbers, codes))
    code = scale == 0 || !std::isfinite(scale)
               ? 0
               : int8_t(std::max(std::min(nearest(number / scale), largest), -largest - 1));
  return scale;
}

} // namespace tfc
