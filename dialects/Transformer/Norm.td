// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Normalisation along the last dimension.

#ifndef TFC_TRANSFORMER_NORM_TD
#define TFC_TRANSFORMER_NORM_TD

include "dialects/Transformer/Base.td"

def LayerNormOp : TransformerOp<"layer_norm"> {
  let summary = "mean 0 and variance 1 along the last dimension, then scaled and shifted";
  let description = [{
    `result = (input − mean) / √(variance + eps) * gamma + beta`, the variance divided by the size: Ba, Kiros and
    Hinton 2016.

    ```mlir
    %y = transformer.layer_norm %x, %gamma, %beta eps 1.000000e-12 : tensor<?x384xf32>, tensor<384xf32>, tensor<384xf32>
    ```
  }];
  let arguments = (ins Float:$input, Vector:$gamma, Vector:$beta, F64Attr:$eps);
  let results = (outs Float:$result);
  let extraClassDeclaration = Formula<"{1.module} = ({0} − mean) / √(variance + {eps}) ∘ {1} + {2}">.declaration;
  let assemblyFormat = "$input `,` $gamma `,` $beta `eps` $eps attr-dict `:` type($input) `,` type($gamma) `,` type($beta)";
}

def RmsNormOp : TransformerOp<"rms_norm"> {
  let summary = "mean square 1 along the last dimension, then scaled";
  let description = [{
    `result = input / √(mean(input²) + eps) * (gamma + offset)`: Zhang and Sennrich 2019. The offset is 0 unless it is
    given; models whose gamma is what differs from 1 have 1.

    ```mlir
    %y = transformer.rms_norm %x, %gamma eps 1.000000e-06 : tensor<?x384xf32>, tensor<384xf32>
    %z = transformer.rms_norm %y, %gamma eps 1.000000e-06 offset 1.0 : tensor<?x384xf32>, tensor<384xf32>
    ```
  }];
  let arguments = (ins Float:$input, Vector:$gamma, F64Attr:$eps, DefaultValuedAttr<F64Attr, "0.0">:$offset);
  let results = (outs Float:$result);
  let extraClassDeclaration = Formula<"{1.module} = {0} / √(mean({0}²) + {eps}) ∘ ({1} + {offset})">.declaration;
  let assemblyFormat = "$input `,` $gamma `eps` $eps (`offset` $offset^)? attr-dict `:` type($input) `,` type($gamma)";
}

def AddNormOp : CompositeOp<"add_norm"> {
  let summary = "the norm of a sum: a residual connection of a post-norm block";
  let description = [{
    `result = layer_norm(input + residual)`.

    ```mlir
    %y = transformer.add_norm %x, %r, %gamma, %beta eps 1.000000e-12
        : tensor<?x384xf32>, tensor<?x384xf32>, tensor<384xf32>, tensor<384xf32>
    ```
  }];
  let arguments = (ins Float:$input, Float:$residual, Vector:$gamma, Vector:$beta, F64Attr:$eps);
  let results = (outs Float:$result);
  let assemblyFormat = [{
    $input `,` $residual `,` $gamma `,` $beta `eps` $eps attr-dict
    `:` type($input) `,` type($residual) `,` type($gamma) `,` type($beta)
  }];
}

def NormalizeOp : TransformerOp<"normalize"> {
  let summary = "length 1 along the last dimension";
  let description = [{
    `result = input / max(‖input‖₂, eps)`.

    ```mlir
    %e = transformer.normalize %x eps 1.000000e-12 : tensor<384xf32>
    ```
  }];
  let arguments = (ins Float:$input, F64Attr:$eps);
  let results = (outs Float:$result);
  let extraClassDeclaration = Formula<"unit length = {0} / max(‖{0}‖, {eps})">.declaration;
  let assemblyFormat = "$input `eps` $eps attr-dict `:` type($input)";
}

#endif
