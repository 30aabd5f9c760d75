// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a step costs, before the batch is known.

#ifndef TFC_DIALECTS_KERNEL_COST_H
#define TFC_DIALECTS_KERNEL_COST_H

#include "llvm/ADT/SmallVector.h"

#include <cstdint>

namespace tfc::kernel {

/// A number that grows with the batch: `constant + Σ_rows Σ_i perRow[i] · length^i`. In floating
/// point, since hand-written loops may count farther than any integer.
class Amount {
public:
  static Amount constant(double count);
  /// `count` for each row, times its length to the power of `degree`: 0 counts rows, 1 tokens, 2
  /// pairs of tokens.
  static Amount perRow(double count, unsigned degree);

  Amount &operator+=(const Amount &other);
  Amount operator*(double factor) const;
  bool operator==(const Amount &other) const = default;

  /// The number for `rows` rows of `length` tokens each; exact below 2^53.
  double at(int64_t rows, int64_t length) const;

private:
  double fixed = 0;
  llvm::SmallVector<double, 3> coefficients; ///< the last is not 0
};

/// What a step computes and moves. An operation is one on floating-point numbers, multiply and
/// add counted apart, elementary functions counted as one. Bytes are those that caches which hold
/// everything would still have to read or write.
struct Cost {
  Amount operations, weightBytes, activationBytes;

  Cost &operator+=(const Cost &other);
  Cost operator*(double factor) const;
};

} // namespace tfc::kernel

#endif
