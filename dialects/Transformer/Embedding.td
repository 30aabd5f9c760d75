// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From ids to vectors.

#ifndef TFC_TRANSFORMER_EMBEDDING_TD
#define TFC_TRANSFORMER_EMBEDDING_TD

include "dialects/Transformer/Base.td"

/// A plain op that picks rows of a table by whole numbers.
class LookUpOp<string mnemonic>
    : Op<TransformerDialect, mnemonic, [Pure, InferTensorTypes, DeclareOpInterfaceMethods<ElementOpInterface>, FormulaOpInterface]>;

def EmbeddingOp : LookUpOp<"embedding"> {
  let summary = "one row of a table for each id";
  let description = [{
    `result[t] = table[ids[t]]`, [tokens, hidden]. Ids outside the table are refused before anything runs.

    ```mlir
    %h = transformer.embedding %ids, %table : tensor<?xi32>, tensor<30522x384xf32>
    ```
  }];
  let arguments = (ins Ids:$ids, Matrix:$table);
  let results = (outs Matrix:$result);
  let extraClassDeclaration = Formula<"embedding = {1}[{0}]">.declaration;
  let assemblyFormat = "$ids `,` $table attr-dict `:` type($ids) `,` type($table)";
}

def PositionsOp : LookUpOp<"positions"> {
  let summary = "one row of a table for each position";
  let description = [{
    `result[t] = table[t + first]` for each token t of the row that `like` belongs to, [tokens, hidden]. Positions go on
    where a row is computed piece by piece. The table is learned (a weight) or `transformer.sinusoids`. Some checkpoints keep `first` unused rows before position 0.

    ```mlir
    %p = transformer.positions %ids, %table : tensor<?xi32>, tensor<512x384xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$like, Matrix:$table, DefaultValuedAttr<ConfinedAttr<I64Attr, [IntNonNegative]>, "0">:$first);
  let results = (outs Matrix:$result);
  let extraClassDeclaration = [{
    ::llvm::StringRef getFormula() {
      return getFirst() ? "position = {1}[{first}, {first} + 1, {first} + 2, …]" : "position = {1}[0, 1, 2, …]";
    }
  }];
  let assemblyFormat = "$like `,` $table attr-dict `:` type($like) `,` type($table)";
}

def RotaryOp : ElementOp<"rotary"> {
  let summary = "pairs of each head turned by the angle of their position";
  let description = [{
    Of each head, the columns i and i + n are a pair, with n half the table's columns: at position t it becomes
    `(x_i · cos − x_{i+n} · sin, x_{i+n} · cos + x_i · sin)` with `cos = table[t][i]`, `sin = table[t][n + i]`. Columns
    behind 2n stay: Su et al. 2021, in the order of columns that GPT-NeoX and Llama use. `input` is [tokens, heads · dim].

    ```mlir
    %q = transformer.rotary %x, %table heads 12 : tensor<?x768xf32>, tensor<4096x64xf32>
    ```
  }];
  let arguments = (ins Matrix:$input, Matrix:$table, ConfinedAttr<I64Attr, [IntPositive]>:$heads);
  let results = (outs Matrix:$result);
  let extraClassDeclaration = Formula<"rotated = pairs of {0} turned by {1}">.declaration;
  let assemblyFormat = "$input `,` $table `heads` $heads attr-dict `:` type($input) `,` type($table)";
}

#endif
