// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Algebra that always holds. Each rule stands under its equation.

include "mlir/IR/PatternBase.td"
include "mlir/IR/OpBase.td"
include "dialects/Transformer/Transformer.td"

def ProductOf : NativeCodeCall<"$_builder.getF32FloatAttr($0.getValue().convertToFloat() * $1.getValue().convertToFloat())">;
def IsPowerOfTwo : Constraint<CPred<"isPowerOfTwo($0)">, "a power of two, by which a product is exact">;
def Composed : NativeCodeCall<"composed($_builder, $0, $1)">;

// (x · a) · b = x · (a · b), where a or b is a power of two: only then no rounding changes
def ScaleOfScaleLeft : Pat<(ScaleOp (ScaleOp $x, $a), $b), (ScaleOp $x, (ProductOf $a, $b)), [(IsPowerOfTwo $a)]>;
def ScaleOfScaleRight : Pat<(ScaleOp (ScaleOp $x, $a), $b), (ScaleOp $x, (ProductOf $a, $b)), [(IsPowerOfTwo $b)]>;

// transpose_q(transpose_p(x)) = transpose_(p∘q)(x)
def TransposeOfTranspose : Pat<(TransposeOp (TransposeOp $x, $p), $q), (TransposeOp $x, (Composed $p, $q))>;
