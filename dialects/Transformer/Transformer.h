// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The transformer dialect: what a Transformer computes, one row at a time.

#ifndef TFC_DIALECTS_TRANSFORMER_H
#define TFC_DIALECTS_TRANSFORMER_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace tfc::transformer {

/// Argument and result attributes of entry points: the name a value is given or asked for by, and
/// whether an argument may be left out.
inline constexpr llvm::StringLiteral nameAttr = "transformer.name";
inline constexpr llvm::StringLiteral optionalAttr = "transformer.optional";

/// On a result of an entry point that shows a step of the model: what is computed, for people.
inline constexpr llvm::StringLiteral formulaAttr = "transformer.formula";

/// On a result [heads, queries, keys] of an entry point: its keys are those of the row's source.
inline constexpr llvm::StringLiteral sourceKeysAttr = "transformer.source_keys";

/// On a function that computes rows piece by piece.
inline constexpr llvm::StringLiteral stepAttr = "transformer.step";

/// On a function that keeps what others need of a row's source.
inline constexpr llvm::StringLiteral sourceAttr = "transformer.source";

/// Tokens of a page of a cache.
inline constexpr int64_t pageTokens = 32;

/// Groups of numbers that share a scale are a multiple of this, and at most so large.
inline constexpr int64_t groupUnit = 32, largestGroup = 256;

/// What `ElementOpInterface::emitElement` may use: a builder, and the elements of the op's
/// operands.
class ElementContext {
public:
  ElementContext(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}
  virtual ~ElementContext() = default;

  /// The element of operand number `operand` at `index`, which is relative to the row.
  virtual mlir::Value load(unsigned operand, mlir::ValueRange index) = 0;
  /// The row's length, as an index.
  virtual mlir::Value length() = 0;
  /// How many tokens of the row came before those at hand, as an index.
  virtual mlir::Value past() = 0;
  /// The position of token `index` in its row, as an index.
  mlir::Value position(mlir::Value index);

  mlir::Value index(int64_t value);
  /// A constant of a float type, rounded once.
  mlir::Value number(double value, mlir::Type type);
  /// The size of dimension `dim` of `type`, as an index.
  mlir::Value size(mlir::RankedTensorType type, unsigned dim);

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

} // namespace tfc::transformer

#include "dialects/Transformer/TransformerDialect.h.inc"
#include "dialects/Transformer/TransformerEnums.h.inc"
#include "dialects/Transformer/TransformerInterfaces.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Transformer/TransformerAttributes.h.inc"
#define GET_OP_CLASSES
#include "dialects/Transformer/Transformer.h.inc"

namespace tfc::transformer {

/// Builds `activation(x)` of one value in arith and math ops of its type; [] → [].
mlir::Value emitActivation(mlir::OpBuilder &builder, mlir::Location loc, ActivationKind kind,
                           mlir::Value x);

/// The numbers that codes of what is computed stand for, [tokens, in] or [in]: i8 in groups.
mlir::Value throughCodes(mlir::OpBuilder &builder, mlir::Value input, int64_t group);

} // namespace tfc::transformer

#endif
