// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The linear layer, and the feed-forward part of a block.

#ifndef TFC_TRANSFORMER_FEEDFORWARD_TD
#define TFC_TRANSFORMER_FEEDFORWARD_TD

include "dialects/Transformer/Base.td"
include "dialects/Transformer/Elementwise.td"

def LinearOp : ElementOp<"linear"> {
  let summary = "input times weight, transposed, plus bias";
  let description = [{
    `result[…, o] = Σ_i input[…, i] * weight[o, i] + bias[o]`: weight is [out, in], as torch stores it.

    ```mlir
    %y = transformer.linear %x, %w, %b : tensor<?x384xf32>, tensor<1536x384xf32>, tensor<1536xf32>
    ```
  }];
  let arguments = (ins Float:$input, Matrix:$weight, Optional<Vector>:$bias);
  let results = (outs Float:$result);
  let extraClassDeclaration = Formula<"{1.module} = {0} · {1}ᵀ< + {2}>">.declaration;
  let assemblyFormat = "$input `,` $weight (`,` $bias^)? attr-dict `:` type($input) `,` type($weight) (`,` type($bias)^)?";
}

def FeedForwardOp : CompositeOp<"feed_forward", [AttrSizedOperandSegments]> {
  let summary = "two linear layers with a nonlinearity between them";
  let description = [{
    `result = activation(input · up_weightᵀ + up_bias) · down_weightᵀ + down_bias`: "Attention is all you need",
    section 3.3. With a gate, `activation(input · gate_weightᵀ + gate_bias) * (input · up_weightᵀ + up_bias)` goes down:
    Shazeer 2020. Input and result are [tokens, hidden].

    ```mlir
    %y = transformer.feed_forward gelu %x up(%w1, %b1) down(%w2, %b2)
        : tensor<?x16xf32>, up(tensor<64x16xf32>, tensor<64xf32>), down(tensor<16x64xf32>, tensor<16xf32>)
    %z = transformer.feed_forward silu %x gate(%w0) up(%w1) down(%w2)
        : tensor<?x16xf32>, gate(tensor<64x16xf32>), up(tensor<64x16xf32>), down(tensor<16x64xf32>)
    ```
  }];
  let arguments = (ins ActivationAttr:$activation, Float:$input, Optional<Matrix>:$gate_weight,
                       Optional<Vector>:$gate_bias, Matrix:$up_weight, Optional<Vector>:$up_bias,
                       Matrix:$down_weight, Optional<Vector>:$down_bias);
  let results = (outs Float:$result);
  let assemblyFormat = [{
    `` $activation $input (`gate` `(` $gate_weight^ (`,` $gate_bias^)? `)`)?
    `up` `(` $up_weight (`,` $up_bias^)? `)` `down` `(` $down_weight (`,` $down_bias^)? `)` attr-dict
    `:` type($input) `,` (`gate` `(` type($gate_weight)^ (`,` type($gate_bias)^)? `)` `,`)?
    `up` `(` type($up_weight) (`,` type($up_bias)^)? `)` `,`
    `down` `(` type($down_weight) (`,` type($down_bias)^)? `)`
  }];
}

#endif
