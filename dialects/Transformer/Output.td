// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From one vector a token to one vector a row.

#ifndef TFC_TRANSFORMER_OUTPUT_TD
#define TFC_TRANSFORMER_OUTPUT_TD

include "dialects/Transformer/Base.td"

def PoolKind : I32EnumAttr<"PoolKind", "how tokens become one vector", [
    I32EnumAttrCase<"mean", 0>, I32EnumAttrCase<"first", 1>, I32EnumAttrCase<"max", 2>,
    I32EnumAttrCase<"mean_sqrt", 3>, I32EnumAttrCase<"last", 4>]> {
  let cppNamespace = "::tfc::transformer";
  let genSpecializedAttr = 0;
}
def PoolAttr : EnumAttr<TransformerDialect, PoolKind, "pool_kind">;

def PoolOp : TransformerOp<"pool"> {
  let summary = "one vector for a row's tokens";
  let description = [{
    [tokens, hidden] to [hidden]: the `mean` of the tokens, the `first` or the `last` one, their `max`, or their sum
    divided by the square root of their number (`mean_sqrt`).

    ```mlir
    %p = transformer.pool mean %h : tensor<?x384xf32>
    ```
  }];
  let arguments = (ins PoolAttr:$kind, Matrix:$input);
  let results = (outs Vector:$result);
  let extraClassDeclaration = Formula<"pooled = {kind} of the tokens of {0}">.declaration;
  let assemblyFormat = "`` $kind $input attr-dict `:` type($input)";
}

#endif
