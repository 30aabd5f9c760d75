// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How one function gets from tensors of one row to buffers of a batch; part of select-kernels.

#ifndef TFC_COMPILER_PLAN_FUNCTIONLOWERING_H
#define TFC_COMPILER_PLAN_FUNCTIONLOWERING_H

#include "compiler/Plan/KernelTable.h"
#include "compiler/Plan/PlannedWeights.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tfc {

/// An op of a product's epilogue, and the operand that is not the running value, if it has two.
struct Link {
  mlir::Operation *op;
  mlir::Value other;
};

/// How a function looks after the rewrite: what each old argument became.
struct Signature {
  /// (old argument, the layout of a weight) in the order of the new arguments; out buffers follow.
  llvm::SmallVector<std::pair<unsigned, std::optional<kernel::Layout>>> arguments;
  llvm::SmallVector<unsigned> caches; ///< old arguments that are pages; they have a layout too
  llvm::SmallVector<int64_t> limits;  ///< of each old argument: where it is ids, they are below

  bool isCache(unsigned argument) const { return llvm::is_contained(caches, argument); }
};

/// Rewrites one function of a model from tensors to buffers, op by op in their order. A value
/// becomes a buffer; a constant becomes a `kernel.weight` in the layout its user wants; what
/// follows a product element by element is absorbed into the product's epilogue.
class FunctionLowering {
public:
  FunctionLowering(transformer::ModelOp model, PlannedWeights &weights,
                   const llvm::DenseMap<mlir::StringAttr, Signature> &signatures,
                   llvm::ArrayRef<std::string> targets, KernelLibrary gemm)
      : model(model), weights(weights), signatures(signatures), targets(targets), gemm(gemm),
        builder(model.getContext()) {}

  mlir::LogicalResult run(mlir::func::FuncOp func);

private:
  mlir::LogicalResult lowerOp(mlir::Operation *op);
  mlir::LogicalResult lowerArguments(mlir::func::FuncOp func, mlir::Block *body);
  mlir::LogicalResult lowerReturn(mlir::func::ReturnOp op);
  mlir::LogicalResult lowerCall(mlir::func::CallOp op);
  mlir::LogicalResult lowerAddNorm(transformer::AddNormOp op);
  mlir::LogicalResult lowerEntryInput(mlir::func::FuncOp func, mlir::BlockArgument argument);
  /// A matrix that a product multiplies with, in panels.
  struct Packed {
    mlir::Value weight, scales; ///< no scales: null
    mlir::IntegerAttr group;
  };
  Packed packedOf(mlir::Value matrix);
  /// What it multiplies: numbers, or codes with what belongs to them.
  struct Factor {
    mlir::Value buffer, scales, sums; ///< of numbers only the first
  };
  Factor factorOf(mlir::Value input, mlir::Value matrix);
  mlir::LogicalResult lowerQuantize(transformer::QuantizeOp op);
  void lowerProduct(const Factor &input, const Packed &matrix, mlir::Value bias,
                    std::optional<transformer::ActivationKind> activation, mlir::Value gated,
                    llvm::ArrayRef<Link> chain, mlir::Value output);
  mlir::LogicalResult lowerAttention(transformer::AttentionOp op);
  mlir::LogicalResult lowerCachedAttention(transformer::CachedAttentionOp op);
  mlir::LogicalResult lowerKeep(transformer::KeepOp op);
  struct Pages {
    mlir::Value keys, values, keyScales, valueScales; ///< no codes: no scales
  };
  template <typename OpTy> Pages pagesOf(OpTy op);
  void append(mlir::Location loc, mlir::Value key, mlir::Value value, const Pages &pages);
  void lowerElement(transformer::ElementOpInterface op);
  void copy(mlir::Value buffer, mlir::Value out);
  mlir::LogicalResult lowerSlice(transformer::SliceOp op);
  void findChain(mlir::Operation *product);
  void lowerProductAt(mlir::Operation *op, mlir::Operation *product);
  bool isProduct(mlir::Operation *op);
  bool canMultiply(mlir::Value input, mlir::Value weight);

  mlir::Value arena(mlir::Value value);
  mlir::Value bufferOf(mlir::Value value, kernel::Layout layout = kernel::Layout::plain);
  mlir::Value bufferOrNone(mlir::Value value) { return value ? bufferOf(value) : mlir::Value(); }
  mlir::Value arenaOrNone(mlir::Value value) { return value ? arena(value) : mlir::Value(); }
  mlir::Value perRow(mlir::Value value);
  /// The rows that compute `value`, a tensor or a buffer: one for each target; products by
  /// `library`. Where a target has none, the op at hand is refused.
  mlir::ArrayAttr rowsFor(KernelKind kind, mlir::Value value, KernelLibrary library);
  mlir::ArrayAttr rowsFor(KernelKind kind, mlir::Value value) {
    return rowsFor(kind, value, KernelLibrary::native);
  }

  transformer::ModelOp model;
  PlannedWeights &weights;
  const llvm::DenseMap<mlir::StringAttr, Signature> &signatures;
  llvm::ArrayRef<std::string> targets;
  const KernelLibrary gemm; // who computes products
  mlir::OpBuilder builder;
  llvm::DenseMap<std::pair<mlir::Value, int>, mlir::Value>
      buffers; // by layout: a constant argument may be wanted in two
  llvm::DenseMap<mlir::Value, Factor> quantized;       // by the codes
  llvm::DenseMap<mlir::Value, mlir::Value> outBuffers; // where a returned value must be written
  /// The ops that follow a product and are part of its epilogue, and where the product is then
  /// emitted.
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<Link>> chains;
  llvm::DenseMap<mlir::Operation *, mlir::Operation *> productAt;
  llvm::DenseSet<mlir::Operation *> absorbed;
  bool refused = false; // an op that a target has no row for
};

} // namespace tfc

#endif
