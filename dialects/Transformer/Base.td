// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The transformer dialect itself, and the shapes of ops that the topics are built from.

#ifndef TFC_TRANSFORMER_BASE_TD
#define TFC_TRANSFORMER_BASE_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "dialects/Transformer/Interfaces.td"

def TransformerDialect : Dialect {
  let name = "transformer";
  let cppNamespace = "::tfc::transformer";
  let summary = "What a Transformer computes, one row at a time";
  let description = [{
    A model is a set of functions on tensors. They describe *one row*: one sentence, one sequence of tokens. A dimension
    `?` is the row's length. Batching is the plan's business; since no op sees two rows, none can mix them, and neither
    padding nor padding masks exist.

    Ops come in two kinds. *Plain* ops are the arithmetic as papers write it. *Composite* ops (attention, feed_forward,
    add_norm) name a larger idea; each implements `CompositeOpInterface` and can spell itself out in plain ops.

    Tensors of numbers are f32 or f64; an op does not mix the two. Constants such as `eps` are numbers of the
    mathematics: written in double precision, and rounded once, to the type that they are used with.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::scf::SCFDialect"];
}

/// A tensor of numbers; `?` is the row's length.
def Float : RankedTensorOf<[F32, F64]>;
/// What is kept of tokens, perhaps in fewer bits.
def Kept : RankedTensorOf<[F32, F64, BF16, I<8>]>;
/// Token ids and other small integers, [tokens].
def Ids : 1DTensorOf<[I32]>;
def Vector : 1DTensorOf<[F32, F64]>;
def Matrix : 2DTensorOf<[F32, F64]>;

/// `inferReturnTypes` with an adaptor, called for ranked tensors only: the parser infers results before ODS has looked at operands, of
/// which those that may be missing come with any type that is written.
def InferTensorTypes : TraitList<[
  DeclareOpInterfaceMethods<InferTypeOpInterface>,
  NativeOpTrait<"InferTypeOpAdaptor", [], [{
    static ::llvm::LogicalResult inferReturnTypes(::mlir::MLIRContext *context, std::optional<::mlir::Location> location,
                                                  Adaptor adaptor, ::llvm::SmallVectorImpl<::mlir::Type> &types);
  }], [{
    ::llvm::LogicalResult
    $cppClass::inferReturnTypes(::mlir::MLIRContext *context, std::optional<::mlir::Location> location,
                                ::mlir::ValueRange operands, ::mlir::DictionaryAttr attributes,
                                ::mlir::OpaqueProperties properties, ::mlir::RegionRange regions,
                                ::llvm::SmallVectorImpl<::mlir::Type> &types) {
      if (failed(::tfc::transformer::expectTensors(location, operands)))
        return ::mlir::failure();
      return inferReturnTypes(context, location, Adaptor(operands, attributes, properties, regions), types);
    }
  }]>
]>;

/// What an op says of itself as a `FormulaOpInterface`.
class Formula<string text> {
  code declaration = "::llvm::StringRef getFormula() { return R\"(" # text # ")\"; }";
}

/// An op on floats without side effects whose result type follows from its operands; the rules live in
/// `inferReturnTypes`.
class TransformerOp<string mnemonic, list<Trait> traits = []>
    : Op<TransformerDialect, mnemonic,
         !listconcat([Pure, InferTensorTypes, SameOperandsAndResultElementType, FormulaOpInterface], traits)>;

/// A plain op that can say what one element of its result is.
class ElementOp<string mnemonic, list<Trait> traits = []>
    : TransformerOp<mnemonic, !listconcat([DeclareOpInterfaceMethods<ElementOpInterface>], traits)>;

/// An op that can spell itself out in plain ops.
class CompositeOp<string mnemonic, list<Trait> traits = []>
    : TransformerOp<mnemonic, !listconcat([DeclareOpInterfaceMethods<CompositeOpInterface>], traits)>;

#endif
