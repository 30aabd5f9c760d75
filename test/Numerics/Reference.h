// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The transformer dialect, interpreted: slow, obvious, and the judge of what generated code
// computes.

#ifndef TFC_TEST_NUMERICS_REFERENCE_H
#define TFC_TEST_NUMERICS_REFERENCE_H

#include "dialects/Transformer/Transformer.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <map>
#include <string>
#include <vector>

namespace tfc::test {

/// A tensor of one row, every size known.
template <typename T> struct Array {
  std::vector<int64_t> shape;
  std::vector<T> data;
};

using Weights = std::map<std::string, std::vector<float>>;

/// What `function` gives for one row of ids, every step in T: a wider type than the model's for the
/// truth, its own for what plain arithmetic would lose. A composite op is computed from its own
/// formula, not from its decomposition.
template <typename T>
std::vector<Array<T>> interpret(mlir::func::FuncOp function, const Weights &weights,
                                const std::vector<int32_t> &ids);

} // namespace tfc::test

#endif
