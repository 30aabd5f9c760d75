// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes a model in plain ops: what every family's importer is built from.

#ifndef TFC_COMPILER_IMPORT_MODELWRITER_H
#define TFC_COMPILER_IMPORT_MODELWRITER_H

#include "dialects/Transformer/Transformer.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringMap.h"

namespace tfc {

/// A module with one `transformer.model` that has one function, under construction. `inputs` come
/// before everything else. Weights that are named twice are one value. A layer called `x` has the
/// tensors `x.weight` and `x.bias`.
class ModelWriter {
public:
  /// Whether the checkpoint holds a tensor; decides between the spellings that a name may have.
  using Holds = llvm::function_ref<bool(llvm::StringRef)>;

  ModelWriter(mlir::MLIRContext &context, llvm::StringRef model, llvm::StringRef function);

  /// Ids of the row's tokens, [tokens].
  mlir::Value ids(llvm::StringRef name, bool optional = false);
  void output(llvm::StringRef name, mlir::Value value, bool optional = false);

  mlir::Value weight(llvm::StringRef name, llvm::ArrayRef<int64_t> shape);
  /// [tokens] → [tokens, hidden]; the table is `name.weight`, [rows, hidden].
  mlir::Value embedding(mlir::Value ids, llvm::StringRef name, int64_t rows, int64_t hidden);
  /// [tokens, hidden], the table's rows from `first` on.
  mlir::Value positions(mlir::Value like, llvm::StringRef name, int64_t rows, int64_t hidden,
                        int64_t first);
  /// […, in] → […, out].
  mlir::Value linear(mlir::Value input, llvm::StringRef name, int64_t out);
  mlir::Value linear(mlir::Value input, mlir::Value weight, mlir::Value bias);
  mlir::Value add(mlir::Value lhs, mlir::Value rhs);
  mlir::Value activation(transformer::ActivationKind kind, mlir::Value input);
  /// Checkpoints that once came from TensorFlow call `weight` and `bias` of a norm `gamma` and
  /// `beta`.
  mlir::Value layerNorm(mlir::Value input, llvm::StringRef name, double eps, Holds holds);
  /// Scaled dot-product attention written out: [tokens, heads · dim] three times → [tokens, heads ·
  /// dim], and the probabilities [heads, tokens, tokens].
  std::pair<mlir::Value, mlir::Value> attention(mlir::Value query, mlir::Value key,
                                                mlir::Value value, int64_t heads);
  /// [tokens, columns] → [tokens].
  mlir::Value column(mlir::Value input, int64_t number);
  mlir::Value pool(transformer::PoolKind kind, mlir::Value input);
  mlir::Value normalize(mlir::Value input, double eps);

  transformer::ModelOp model() { return modelOp; }
  /// Ends the function and gives the module away.
  mlir::OwningOpRef<mlir::ModuleOp> finish();

private:
  mlir::DictionaryAttr attributesOf(llvm::StringRef name, bool optional);
  mlir::FloatAttr number(double value) { return builder.getF64FloatAttr(value); }

  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::OpBuilder builder;
  mlir::Location loc;
  transformer::ModelOp modelOp;
  mlir::func::FuncOp function;
  llvm::StringMap<mlir::Value> weights;
  llvm::SmallVector<mlir::Value> results;
  llvm::SmallVector<mlir::DictionaryAttr> argumentAttrs, resultAttrs;
};

} // namespace tfc

#endif
