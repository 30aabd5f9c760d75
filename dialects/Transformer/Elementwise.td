// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arithmetic on each element by itself.

#ifndef TFC_TRANSFORMER_ELEMENTWISE_TD
#define TFC_TRANSFORMER_ELEMENTWISE_TD

include "dialects/Transformer/Base.td"

class BinaryOp<string mnemonic, list<Trait> traits = []> : ElementOp<mnemonic, traits> {
  let arguments = (ins Float:$lhs, Float:$rhs);
  let results = (outs Float:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs)";
}

def AddOp : BinaryOp<"add"> {
  let summary = "the sum of two tensors";
  let description = [{
    `result[…, i] = lhs[…, i] + rhs[i]`. The right side may have fewer dimensions: it is repeated along the leading
    dimensions of the left.

    ```mlir
    %s = transformer.add %a, %b : tensor<?x384xf32>, tensor<?x384xf32>
    ```
  }];
  let extraClassDeclaration = Formula<"sum = {0} + {1}">.declaration;
}

def MulOp : BinaryOp<"mul"> {
  let summary = "the product of two tensors, element by element";
  let description = [{
    `result[…, i] = lhs[…, i] * rhs[i]`, repeated like `transformer.add`.

    ```mlir
    %s = transformer.mul %a, %b : tensor<?x384xf32>, tensor<384xf32>
    ```
  }];
  let extraClassDeclaration = Formula<"product = {0} ∘ {1}">.declaration;
}

def ScaleOp : ElementOp<"scale"> {
  let summary = "a tensor times a constant";
  let description = [{
    `result[i] = input[i] * factor`.

    ```mlir
    %s = transformer.scale %x by 0.125 : tensor<12x?x?xf32>
    ```
  }];
  let arguments = (ins Float:$input, F64Attr:$factor);
  let results = (outs Float:$result);
  let extraClassDeclaration = Formula<"scaled = {factor} · {0}">.declaration;
  let assemblyFormat = "$input `by` $factor attr-dict `:` type($input)";
  let hasCanonicalizer = 1;
  let hasFolder = 1;
}

def ActivationKind : I32EnumAttr<"ActivationKind", "a nonlinearity", [
    I32EnumAttrCase<"relu", 0>, I32EnumAttrCase<"gelu", 1>, I32EnumAttrCase<"gelu_tanh", 2>,
    I32EnumAttrCase<"silu", 3>, I32EnumAttrCase<"tanh", 4>]> {
  let cppNamespace = "::tfc::transformer";
  let genSpecializedAttr = 0;
}
def ActivationAttr : EnumAttr<TransformerDialect, ActivationKind, "activation_kind">;

def ActivationOp : ElementOp<"activation"> {
  let summary = "a nonlinearity on each element";
  let description = [{
    | kind | value |
    |---|---|
    | `relu` | max(x, 0) |
    | `gelu` | x/2 · (1 + erf(x/√2)), Hendrycks and Gimpel 2016 |
    | `gelu_tanh` | x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))) |
    | `silu` | x / (1 + exp(−x)) |
    | `tanh` | tanh(x) |

    ```mlir
    %y = transformer.activation gelu %x : tensor<?x1536xf32>
    ```
  }];
  let arguments = (ins ActivationAttr:$kind, Float:$input);
  let results = (outs Float:$result);
  let extraClassDeclaration = "::llvm::StringRef getFormula();";
  let assemblyFormat = "`` $kind $input attr-dict `:` type($input)";
}

#endif
