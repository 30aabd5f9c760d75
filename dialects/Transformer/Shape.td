// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops that move numbers and compute nothing; attention is written out with them.

#ifndef TFC_TRANSFORMER_SHAPE_TD
#define TFC_TRANSFORMER_SHAPE_TD

include "dialects/Transformer/Base.td"

def ReshapeOp : Op<TransformerDialect, "reshape",
    [Pure, SameOperandsAndResultElementType, DeclareOpInterfaceMethods<ElementOpInterface>, FormulaOpInterface]> {
  let summary = "the same elements in the same order under another shape";
  let description = [{
    The product of the sizes stays the same, and so does the number of `?`.

    ```mlir
    %heads = transformer.reshape %q : tensor<?x384xf32> to tensor<?x12x32xf32>
    ```
  }];
  let arguments = (ins Float:$input);
  let results = (outs Float:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($result)";
  let extraClassDeclaration = "::llvm::StringRef getFormula();";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def TransposeOp : ElementOp<"transpose"> {
  let summary = "dimensions in another order";
  let description = [{
    Dimension i of the result is dimension `permutation[i]` of the input.

    ```mlir
    %t = transformer.transpose %x [1, 0, 2] : tensor<?x12x32xf32>
    ```
  }];
  let arguments = (ins Float:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs Float:$result);
  let assemblyFormat = "$input $permutation attr-dict `:` type($input)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def RepeatOp : ElementOp<"repeat"> {
  let summary = "each element of one dimension several times";
  let description = [{
    `result[…, i, …] = input[…, ⌊i / times⌋, …]`: neighbours are equal.

    ```mlir
    %k = transformer.repeat %x dim 1 times 4 : tensor<?x2x64xf32>
    ```
  }];
  let arguments = (ins Float:$input, I64Attr:$dim, ConfinedAttr<I64Attr, [IntPositive]>:$times);
  let results = (outs Float:$result);
  let assemblyFormat = "$input `dim` $dim `times` $times attr-dict `:` type($input)";
  let hasFolder = 1;
}

def SliceOp : ElementOp<"slice"> {
  let summary = "a range of one dimension";
  let description = [{
    `result[…, i, …] = input[…, i + offset, …]` for 0 ≤ i < size.

    ```mlir
    %q = transformer.slice %qkv dim 1 offset 0 size 384 : tensor<?x1152xf32>
    ```
  }];
  let arguments = (ins Float:$input, I64Attr:$dim, I64Attr:$offset, I64Attr:$size);
  let results = (outs Float:$result);
  let extraClassDeclaration = Formula<"part = {size} numbers from number {offset} on, along dimension {dim} of {0}">.declaration;
  let assemblyFormat = "$input `dim` $dim `offset` $offset `size` $size attr-dict `:` type($input)";
  let hasFolder = 1;
}

def ConcatOp : ElementOp<"concat"> {
  let summary = "tensors one after another along one dimension";
  let description = [{
    All inputs agree in their other dimensions. The joined dimension has a fixed size in each.

    ```mlir
    %qkv = transformer.concat %q, %k, %v dim 0 : tensor<384x384xf32>, tensor<384x384xf32>, tensor<384x384xf32>
    ```
  }];
  let arguments = (ins Variadic<Float>:$inputs, I64Attr:$dim);
  let results = (outs Float:$result);
  let extraClassDeclaration = Formula<"joined = {*} one behind the other">.declaration;
  let assemblyFormat = "$inputs `dim` $dim attr-dict `:` type($inputs)";
}

#endif
