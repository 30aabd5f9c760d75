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

/// How a checkpoint keeps a linear layer.
struct LinearForm {
  bool bias = true;
  bool transposed = false; ///< as [in, out]
};

/// What differs from attention in which every query sees every key.
struct AttentionForm {
  int64_t heads;
  double scale; ///< of the scores
  bool causal = false;
  int64_t window = 0;                 ///< how many keys a query sees at most; 0: all
  double softcap = 0;                 ///< c · tanh(score / c); 0: none
  llvm::ArrayRef<double> slopes = {}; ///< of each head's scores, by distance; none: no bias
  mlir::Value distances = {};         ///< [heads, distances], see distanceTable; none: no bias
};

/// A module with one `transformer.model`, under construction, one function after the other.
/// `inputs` come before everything else in a function. Weights that are named twice are one value.
/// A layer called `x` has the tensors `x.weight` and `x.bias`.
class ModelWriter {
public:
  /// Whether the checkpoint holds a tensor; decides between the spellings that a name may have.
  using Holds = llvm::function_ref<bool(llvm::StringRef)>;

  ModelWriter(mlir::MLIRContext &context, llvm::StringRef model, llvm::StringRef function);

  /// Ids of the row's tokens, [tokens].
  mlir::Value ids(llvm::StringRef name, bool optional = false);
  /// What another function gives for each token of its row, [tokens, width].
  mlir::Value numbers(llvm::StringRef name, int64_t width);
  void output(llvm::StringRef name, mlir::Value value, bool optional = false);
  /// Optional outputs `name.0`, `name.1`, ….
  void layerOutputs(llvm::StringRef name, llvm::ArrayRef<mlir::Value> values);

  mlir::Value weight(llvm::StringRef name, llvm::ArrayRef<int64_t> shape);
  /// [tokens] → [tokens, hidden]; the table is `name.weight`, [rows, hidden].
  mlir::Value embedding(mlir::Value ids, llvm::StringRef name, int64_t rows, int64_t hidden);
  /// [tokens, hidden], the table's rows from `first` on.
  mlir::Value positions(mlir::Value like, llvm::StringRef name, int64_t rows, int64_t hidden,
                        int64_t first);
  /// The same of the paper's table, [rows, hidden], all sines first.
  mlir::Value sinusoids(mlir::Value like, int64_t rows, int64_t hidden, int64_t first, bool closed);
  /// […, in] → […, out].
  mlir::Value linear(mlir::Value input, llvm::StringRef name, int64_t out, LinearForm form = {});
  mlir::Value linear(mlir::Value input, mlir::Value weight, mlir::Value bias);
  mlir::Value add(mlir::Value lhs, mlir::Value rhs);
  mlir::Value mul(mlir::Value lhs, mlir::Value rhs);
  mlir::Value scale(mlir::Value input, double factor);
  /// cap · tanh(input / cap).
  mlir::Value softcap(mlir::Value input, double cap);
  mlir::Value activation(transformer::ActivationKind kind, mlir::Value input);
  /// Checkpoints that once came from TensorFlow call `weight` and `bias` of a norm `gamma` and
  /// `beta`.
  mlir::Value layerNorm(mlir::Value input, llvm::StringRef name, double eps, Holds holds);
  /// The factors are the tensor's numbers plus `offset`.
  mlir::Value rmsNorm(mlir::Value input, llvm::StringRef name, double eps, double offset = 0);
  /// rmsNorm of each head by itself, [tokens, heads · dim].
  mlir::Value headNorm(mlir::Value input, llvm::StringRef name, double eps, int64_t heads);
  /// [positions, 2 · frequencies].
  mlir::Value rotaryTable(int64_t positions, llvm::ArrayRef<double> frequencies, double factor);
  /// [heads, 2 · reach + 1] of the table `name.weight`, [buckets, heads].
  mlir::Value distanceTable(llvm::StringRef name, int64_t buckets, int64_t heads, int64_t max,
                            bool bidirectional);
  mlir::Value rotary(mlir::Value input, mlir::Value table, int64_t heads);
  /// Scaled dot-product attention written out: [tokens, heads · dim] three times, of which key and
  /// value may have fewer heads → [tokens, heads · dim], and the probabilities [heads, tokens,
  /// tokens].
  std::pair<mlir::Value, mlir::Value> attention(mlir::Value query, mlir::Value key,
                                                mlir::Value value, const AttentionForm &form);
  /// Some columns of [tokens, columns].
  mlir::Value columns(mlir::Value input, int64_t first, int64_t count);
  /// Of [tokens, heads · parts · dim] one part of each head, [tokens, heads · dim].
  mlir::Value partOfHeads(mlir::Value input, int64_t heads, int64_t parts, int64_t number);
  /// [tokens, columns] → [tokens].
  mlir::Value column(mlir::Value input, int64_t number);
  mlir::Value pool(transformer::PoolKind kind, mlir::Value input);
  mlir::Value normalize(mlir::Value input, double eps);

  transformer::ModelOp model() { return modelOp; }
  /// Ends the function and begins another one, which has weights of its own.
  void nextFunction(llvm::StringRef name);
  /// Ends the function and gives the module away.
  mlir::OwningOpRef<mlir::ModuleOp> finish();

private:
  mlir::DictionaryAttr attributesOf(llvm::StringRef name, bool optional);
  void beginFunction(llvm::StringRef name);
  void endFunction();
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
