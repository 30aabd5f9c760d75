// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a step costs, before the batch is known.

#ifndef TFC_DIALECTS_KERNEL_COST_H
#define TFC_DIALECTS_KERNEL_COST_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>

namespace tfc::kernel {

/// A number that grows with the batch: a sum of terms `count · rows^r · length^t · source^s`, r
/// being 0 or 1, for rows of `length` tokens that are made from sources of `source` tokens. A term
/// with a window is that times min(length, window). In floating point, since hand-written loops may
/// count farther than any integer.
class Amount {
public:
  struct Term {
    double count;
    bool ofRows;
    unsigned length, source; ///< exponents
    int64_t window = 0;      ///< 0: none

    bool operator==(const Term &other) const = default;
  };

  static Amount constant(double count) { return Amount({count, false, 0, 0}); }
  /// `count` for each row, times its length to the power of `length`: 0 counts rows, 1 tokens, 2
  /// pairs of tokens; and times the length of its source to the power of `source`.
  static Amount perRow(double count, unsigned length, unsigned source = 0) {
    return Amount({count, true, length, source});
  }
  /// The same for each token of a row, but no more than `window` of them.
  static Amount perWindow(double count, unsigned length, int64_t window) {
    return Amount({count, true, length, 0, window});
  }
  Amount() = default;

  Amount &operator+=(const Amount &other);
  Amount operator*(double factor) const;
  bool operator==(const Amount &other) const = default;

  /// The number for `rows` rows of `length` tokens each; exact below 2^53.
  double at(int64_t rows, int64_t length, int64_t source) const;

  llvm::ArrayRef<Term> terms() const { return sum; }

private:
  explicit Amount(Term term) {
    if (term.count)
      sum.push_back(term);
  }

  llvm::SmallVector<Term, 3> sum; ///< one for each of its kind, in their order, none of them 0
};

/// What a step computes and moves. An operation is one on numbers, multiply and add counted apart,
/// elementary functions counted as one; those of whole numbers are products of codes. Bytes are
/// those that caches which hold everything would still have to read or write; those of the cache
/// are the keys and values that are kept of a row, or of its source, and read.
struct Cost {
  Amount operations, integerOperations, weightBytes, activationBytes, cacheBytes;

  Cost &operator+=(const Cost &other);
  Cost operator*(double factor) const;
};

} // namespace tfc::kernel

#endif
