// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where packed weights go, piece by piece.

#ifndef TFC_COMPILER_LINK_WEIGHTSINK_H
#define TFC_COMPILER_LINK_WEIGHTSINK_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>

namespace tfc {

/// Takes the weights from first to last byte. Pieces of any size are fine: they are gathered.
class WeightSink {
public:
  virtual ~WeightSink() = default;
  virtual llvm::Error write(llvm::ArrayRef<char> bytes) = 0;
  /// How many bytes have been written so far.
  virtual uint64_t size() const = 0;
};

} // namespace tfc

#endif
