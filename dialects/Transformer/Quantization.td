// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrices in fewer bits, and back.

#ifndef TFC_TRANSFORMER_QUANTIZATION_TD
#define TFC_TRANSFORMER_QUANTIZATION_TD

include "dialects/Transformer/Base.td"

/// What stands in the place of a matrix of numbers, or of one row.
def Codes : TensorRankOf<[BF16, F16, I<8>, I<4>], [1, 2]>;
def Scales : TensorRankOf<[BF16, F16, F32, F64], [1, 2]>;
def Numbers : TensorRankOf<[F32, F64], [1, 2]>;

def QuantizeOp : Op<TransformerDialect, "quantize", [Pure]> {
  let summary = "a matrix in fewer bits";
  let description = [{
    Where the codes are numbers (bf16, f16), each is the nearest to its element, ties to even. Where they are whole
    numbers of b bits, each `group` of neighbours in a row of the matrix, [out, in], has a scale, and the last group of a
    row may be shorter:

    `scale = max |x| / (2^(b-1) - 1)`, and `code = x / scale` rounded to the nearest, ties to even, within
    [-2^(b-1), 2^(b-1) - 1].

    With `search`, the scale is that of the smallest sum of squared errors among several: for j = 0 … 15 and both signs,
    codes are made with the scale `± max |x| / (2^(b-1) + 1 - 3j / 16)`, and the scale that suits these codes best is
    `Σ x · code / Σ code²`. The best of them, rounded to the type of the scales, makes the codes. Zeros have the scale 0.

    What is computed, [?, in] or [in], is quantised while the model runs: to i8, with scales of its own type and
    without a search. There a code is `x · (127 / max |x|)` rounded to the nearest, ties to even, in the input's type; a
    group whose largest is below 2^-119 (of f64: 2^-1000) has only zeros for codes, and one with NaN has NaN for its scale.

    ```mlir
    %w = transformer.weight "up.weight" : tensor<1536x384xf32>
    %codes, %scales = transformer.quantize %w group 64 search : tensor<1536x384xf32> -> tensor<1536x384xi8>, tensor<1536x6xf32>
    %halves = transformer.quantize %w : tensor<1536x384xf32> -> tensor<1536x384xbf16>
    %bytes, %factors = transformer.quantize %x group 32 : tensor<?x384xf32> -> tensor<?x384xi8>, tensor<?x12xf32>
    ```
  }];
  let arguments = (ins Numbers:$input, OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$group, UnitAttr:$search);
  let results = (outs Codes:$codes, Optional<Scales>:$scales);
  let assemblyFormat = [{
    $input (`group` $group^ (`search` $search^)?)? attr-dict `:` type($input) `->` type($codes) (`,` type($scales)^)?
  }];
  let hasVerifier = 1;
}

def DequantizeOp : Op<TransformerDialect, "dequantize", [Pure, DeclareOpInterfaceMethods<ElementOpInterface>]> {
  let summary = "the numbers that codes stand for";
  let description = [{
    `result[o, i] = codes[o, i] · scales[o, i / group]`, or without scales the code itself.

    ```mlir
    %w = transformer.dequantize %codes, %scales group 64 : tensor<1536x384xi8>, tensor<1536x6xf32> -> tensor<1536x384xf32>
    ```
  }];
  let arguments = (ins Codes:$codes, Optional<Scales>:$scales, OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$group);
  let results = (outs Numbers:$result);
  let assemblyFormat = [{
    $codes (`,` $scales^ `group` $group)? attr-dict `:` type($codes) (`,` type($scales)^)? `->` type($result)
  }];
  let hasVerifier = 1;
}

#endif
