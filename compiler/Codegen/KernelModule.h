// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The module that one variant's kernels are emitted into: equal kernels are emitted once.

#ifndef TFC_COMPILER_CODEGEN_KERNELMODULE_H
#define TFC_COMPILER_CODEGEN_KERNELMODULE_H

#include "compiler/Codegen/Emitter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace tfc {

class KernelModule {
public:
  KernelModule(mlir::ModuleOp module, unsigned target) : module(module), target(target) {}

  /// The function for `op`, emitted on first need. It takes the call, the thread's scratch, and the
  /// address of each buffer that `buffersOf` lists.
  mlir::func::FuncOp kernelFor(mlir::Operation *op);
  /// The buffers of an op in the order of its function's arguments.
  static llvm::SmallVector<Value> buffersOf(mlir::Operation *op);

  /// A private function of addresses and i64 numbers, emitted once for each key.
  mlir::func::FuncOp function(llvm::StringRef key, llvm::StringRef name, mlir::TypeRange arguments,
                              mlir::Location loc,
                              llvm::function_ref<void(mlir::OpBuilder &, ValueRange)> emit);

  /// A product of a few rows by a panel's 32 columns: `out[i, j] = Σ_k a[i, k] * b[k, j]` for
  /// i < rows ≤ the row's maxRows. Arguments: a, b, out, k, rows. Strides are in elements. With
  /// `fetches` there is one more argument: an address from which on the tile fetches 1 / unroll of
  /// a panel into the second-level cache.
  mlir::func::FuncOp tile(const KernelRow &row, int64_t aStride, int64_t bStride, int64_t outStride,
                          bool fetches, mlir::Location loc);

  void needScratch(int64_t bytes, int64_t bytesPerToken) {
    scratchBytes = std::max(scratchBytes, bytes);
    scratchBytesPerToken = std::max(scratchBytesPerToken, bytesPerToken);
  }

  mlir::ModuleOp module;
  const unsigned target; ///< which of an op's rows
  int64_t scratchBytes = 0, scratchBytesPerToken = 0;
  uint32_t needs = 0; ///< tfc_variant.needs

private:
  llvm::StringMap<mlir::func::FuncOp> functions;
};

/// The address of each of an op's buffers; one buffer may be several operands.
using Addresses = llvm::DenseMap<Value, Value>;

// The emitters: each fills the body of one kernel.
void emitGemm(KernelModule &module, Emitter &e, kernel::GemmOp op, Value call, Value scratch,
              const Addresses &address);
void emitAttention(KernelModule &module, Emitter &e, kernel::AttentionOp op, Value call,
                   Value scratch, const Addresses &address);
void emitLayerNorm(Emitter &e, kernel::LayerNormOp op, Value call, const Addresses &address);
void emitReduce(Emitter &e, kernel::ReduceOp op, Value call, const Addresses &address);
void emitPool(Emitter &e, kernel::PoolOp op, Value call, const Addresses &address);
void emitMap(Emitter &e, kernel::MapOp op, Value call, const Addresses &address);

} // namespace tfc

#endif
