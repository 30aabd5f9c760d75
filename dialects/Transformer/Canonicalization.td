// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Algebra that always holds. Each rule stands under its equation.

include "mlir/IR/PatternBase.td"
include "mlir/IR/OpBase.td"
include "dialects/Transformer/Transformer.td"

def ProductOf : NativeCodeCall<"$_builder.getF64FloatAttr($0.getValueAsDouble() * $1.getValueAsDouble())">;
def IsPowerOfTwo : Constraint<CPred<"isPowerOfTwo($0)">, "a power of two, by which a product is exact">;
def IsNormalProduct : Constraint<CPred<"isNormalProduct($0, $1)">, "neither over- nor underflows">;
def Composed : NativeCodeCall<"composed($_builder, $0, $1)">;

// (x · a) · b = x · (a · b), where a or b is a power of two: only then no rounding changes (but for denormal numbers,
// which keep bits that they would have lost)
def ScaleOfScaleLeft : Pat<(ScaleOp (ScaleOp $x, $a), $b), (ScaleOp $x, (ProductOf $a, $b)), [(IsPowerOfTwo $a), (IsNormalProduct $a, $b)]>;
def ScaleOfScaleRight : Pat<(ScaleOp (ScaleOp $x, $a), $b), (ScaleOp $x, (ProductOf $a, $b)), [(IsPowerOfTwo $b), (IsNormalProduct $a, $b)]>;

// transpose_q(transpose_p(x)) = transpose_(p∘q)(x)
def TransposeOfTranspose : Pat<(TransposeOp (TransposeOp $x, $p), $q), (TransposeOp $x, (Composed $p, $q))>;
