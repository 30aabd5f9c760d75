// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention, and the plain ops it is written with.

#ifndef TFC_TRANSFORMER_ATTENTION_TD
#define TFC_TRANSFORMER_ATTENTION_TD

include "dialects/Transformer/Base.td"

def MatmulOp : ElementOp<"matmul"> {
  let summary = "the product of two matrices, for each leading index";
  let description = [{
    `result[…, i, j] = Σ_k lhs[…, i, k] * rhs[…, k, j]`; the leading dimensions of both sides are the same.

    ```mlir
    %scores = transformer.matmul %q, %kt : tensor<12x?x32xf32>, tensor<12x32x?xf32>
    ```
  }];
  let arguments = (ins Float:$lhs, Float:$rhs);
  let results = (outs Float:$result);
  let extraClassDeclaration = "::llvm::StringRef getFormula();";
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs)";
}

def CausalMaskOp : ElementOp<"causal_mask"> {
  let summary = "scores of keys that a query may not see become −∞";
  let description = [{
    `result[…, i, j] = input[…, i, j]` where query i sees key j, else −∞: "Attention is all you need", section 3.2.3. A
    query sees itself and what came before it; with `window` only the last `window` of these (Child et al. 2019).

    ```mlir
    %m = transformer.causal_mask %scores : tensor<12x?x?xf32>
    ```
  }];
  let arguments = (ins Float:$input, OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$window);
  let results = (outs Float:$result);
  let extraClassDeclaration = Formula<"masked = {0} where the query may see the key, else −∞">.declaration;
  let assemblyFormat = "$input (`window` $window^)? attr-dict `:` type($input)";
}

def LinearBiasOp : ElementOp<"linear_bias"> {
  let summary = "scores are the lower the further a key is from the query";
  let description = [{
    `result[h, i, j] = input[h, i, j] − slopes[h] · (i − j)`, a slope for each head: positions without a table, "ALiBi" of
    Press, Smith and Lewis 2022.

    ```mlir
    %m = transformer.linear_bias %scores slopes [0.0625, 0.00390625] : tensor<2x?x?xf32>
    ```
  }];
  let arguments = (ins Float:$input, DenseF64ArrayAttr:$slopes);
  let results = (outs Float:$result);
  let extraClassDeclaration = Formula<"with positions = {0} − slope · distance">.declaration;
  let assemblyFormat = "$input `slopes` custom<Doubles>($slopes) attr-dict `:` type($input)";
}

def DistanceBiasOp : ElementOp<"distance_bias"> {
  let summary = "scores plus a number for each head and distance";
  let description = [{
    `result[h, i, j] = input[h, i, j] + table[h, reach + min(max(j − i, −reach), reach)]` with a table of
    [heads, 2 · reach + 1]: the relative positions of Raffel et al. 2020 (T5).

    ```mlir
    %d = transformer.distance_table %buckets reach 160 max 128 bidirectional : tensor<32x12xf32>
    %m = transformer.distance_bias %scores, %d : tensor<12x?x?xf32>, tensor<12x321xf32>
    ```
  }];
  let arguments = (ins Float:$input, Matrix:$table);
  let results = (outs Float:$result);
  let extraClassDeclaration = Formula<"with positions = {0} + {1}">.declaration;
  let assemblyFormat = "$input `,` $table attr-dict `:` type($input) `,` type($table)";
}

def SoftmaxOp : TransformerOp<"softmax"> {
  let summary = "exponentials that sum to one along the last dimension";
  let description = [{
    `result[…, i] = exp(input[…, i] − m) / Σ_j exp(input[…, j] − m)` with m the largest of input[…, :]. Where all
    inputs are −∞ the result is 0.

    ```mlir
    %p = transformer.softmax %scores : tensor<12x?x?xf32>
    ```
  }];
  let arguments = (ins Float:$input);
  let results = (outs Float:$result);
  let extraClassDeclaration = Formula<"softmax = exp(x) / Σ exp(x), x = {0}">.declaration;
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

def LogSumExpOp : TransformerOp<"log_sum_exp"> {
  let summary = "the logarithm of the sum of exponentials along the last dimension";
  let description = [{
    `result[…] = m + log(Σ_j exp(input[…, j] − m))` with m the largest of input[…, :].

    ```mlir
    %l = transformer.log_sum_exp %scores : tensor<12x?x?xf32>
    ```
  }];
  let arguments = (ins Float:$input);
  let results = (outs Float:$result);
  let extraClassDeclaration = Formula<"log-sum-exp = log Σ exp({0})">.declaration;
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

/// The columns of each head, for ops with query, key and value.
class HeadQuestions {
  code declaration = [{
    int64_t getHeadDim() { return getQuery().getType().getDimSize(1) / int64_t(getHeads()); }
    /// Heads of key and value: each serves as many heads of the query.
    int64_t getKeyHeads() { return getKey().getType().getDimSize(1) / getHeadDim(); }
    int64_t getValueDim() { return getValue().getType().getDimSize(1) / getKeyHeads(); }
  }];
}

def AttentionOp : Op<TransformerDialect, "attention",
    [Pure, AttrSizedResultSegments, SameOperandsAndResultElementType,
     DeclareOpInterfaceMethods<CompositeOpInterface>]> {
  let summary = "scaled dot-product attention of several heads";
  let description = [{
    For each head h: `result_h = softmax(scale · query_h keyᵀ_h) value_h`, "Attention is all you need", section 3.2.
    Query is [queries, heads · head_dim]; head h takes columns h · head_dim … (h + 1) · head_dim − 1. Key is
    [keys, key_heads · head_dim] and value [keys, key_heads · value_dim]; where they have fewer heads, neighbouring heads
    of the query share one (Ainslie et al. 2023). The result is [queries, heads · value_dim].

    With `softcap` c a scaled score x becomes `c · tanh(x / c)`; with `slopes` it is then the lower the further key and
    query are apart, see `transformer.linear_bias`, and with `distances` there is a number for each distance, see
    `transformer.distance_bias`; the table is a `transformer.distance_table`. With `causal` a query sees no key behind itself, with `window` only
    the last `window` keys, see `transformer.causal_mask`.

    More results may be asked for: `probabilities`, the softmax itself, [heads, queries, keys]; `scores`, what the softmax is
    taken of, of the same shape, −∞ where the query does not see the key; and their `log_sum_exp`, [heads, queries], which a gradient needs.

    ```mlir
    %a = transformer.attention %q, %k, %v heads 12 scale 0.125
        : (tensor<?x768xf32>, tensor<?x768xf32>, tensor<?x768xf32>) -> tensor<?x768xf32>
    %b = transformer.attention %q, %k2, %v2 heads 12 scale 0.125 causal window 4096
        : (tensor<?x768xf32>, tensor<?x256xf32>, tensor<?x256xf32>) -> tensor<?x768xf32>
    %c = transformer.attention %b, %b, %b heads 2 scale 0.125 softcap 50.0 slopes [0.0625, 0.00390625] causal
        : (tensor<?x768xf32>, tensor<?x768xf32>, tensor<?x768xf32>) -> tensor<?x768xf32>
    %t = transformer.distance_table %buckets reach 160 max 128 : tensor<32x12xf32>
    %d = transformer.attention %a, %a, %a distances(%t) heads 12 scale 1.0 causal
        : (tensor<?x768xf32>, tensor<?x768xf32>, tensor<?x768xf32>) distances(tensor<12x321xf32>) -> tensor<?x768xf32>
    ```
  }];
  let arguments = (ins Matrix:$query, Matrix:$key, Matrix:$value, Optional<Matrix>:$distances,
                       ConfinedAttr<I64Attr, [IntPositive]>:$heads,
                       F64Attr:$scale, UnitAttr:$causal, OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$window,
                       OptionalAttr<F64Attr>:$softcap, OptionalAttr<DenseF64ArrayAttr>:$slopes);
  let results = (outs Matrix:$result, Optional<Float>:$probabilities, Optional<Float>:$scores, Optional<Float>:$log_sum_exp);
  let assemblyFormat = [{
    $query `,` $key `,` $value (`distances` `(` $distances^ `)`)? `heads` $heads `scale` $scale (`softcap` $softcap^)?
    (`slopes` custom<Doubles>($slopes)^)? (`causal` $causal^ (`window` $window^)?)? attr-dict
    `:` `(` type($query) `,` type($key) `,` type($value) `)` (`distances` `(` type($distances)^ `)`)? `->` type($result)
    (`probabilities` type($probabilities)^)? (`scores` type($scores)^)? (`log_sum_exp` type($log_sum_exp)^)?
  }];
  let builders = [OpBuilder<(ins "::mlir::Value":$query, "::mlir::Value":$key, "::mlir::Value":$value,
                                 "int64_t":$heads, "::llvm::APFloat":$scale, CArg<"bool", "false">:$causal,
                                 CArg<"std::optional<int64_t>", "{}">:$window)>];
  let extraClassDeclaration = HeadQuestions<>.declaration;
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def CachedAttentionOp : Op<TransformerDialect, "cached_attention",
    [Pure, AttrSizedOperandSegments, AttrSizedResultSegments]> {
  let summary = "attention to what is kept of a row's tokens, or of its source's";
  let description = [{
    With `key` and `value`: `transformer.attention … causal` of a row that is computed piece by piece. Its keys and values
    are those of all tokens of the row so far: what earlier runs have kept in `keys` and `values`, and behind them `key`
    and `value`, which are kept for later ones. All of them are read as they are kept, those of this run too: a row in
    pieces gets the same results as a row in one piece, to the last bit.

    Without: every query sees all that `transformer.keep` has kept of the row's source, the "encoder-decoder attention" of
    "Attention is all you need", section 3.2.3. `probabilities` and `scores`, [heads, queries, keys], may be asked for.

    What is kept as i8 has `scales`.

    ```mlir
    %keys = transformer.cache "keys.0" : tensor<32x4x64xf32>
    %values = transformer.cache "values.0" : tensor<32x4x64xf32>
    %a = transformer.cached_attention %q, %k, %v past(%keys, %values) heads 12 scale 0.125
        : (tensor<?x768xf32>, tensor<?x256xf32>, tensor<?x256xf32>) past(tensor<32x4x64xf32>, tensor<32x4x64xf32>)
        -> tensor<?x768xf32>
    %source_keys = transformer.cache source "keys.1" : tensor<32x4x64xf32>
    %source_values = transformer.cache source "values.1" : tensor<32x4x64xf32>
    %b = transformer.cached_attention %a past(%source_keys, %source_values) heads 12 scale 0.125
        : (tensor<?x768xf32>) past(tensor<32x4x64xf32>, tensor<32x4x64xf32>) -> tensor<?x768xf32>
    ```
  }];
  let arguments = (ins Matrix:$query, Optional<Matrix>:$key, Optional<Matrix>:$value, Kept:$keys, Kept:$values,
                       Optional<Kept>:$key_scales, Optional<Kept>:$value_scales, Optional<Matrix>:$distances,
                       ConfinedAttr<I64Attr, [IntPositive]>:$heads, F64Attr:$scale,
                       OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$window, OptionalAttr<F64Attr>:$softcap,
                       OptionalAttr<DenseF64ArrayAttr>:$slopes);
  let results = (outs Matrix:$result, Optional<Float>:$probabilities, Optional<Float>:$scores);
  let assemblyFormat = [{
    $query (`,` $key^ `,` $value)? `past` `(` $keys `,` $values `)`
    (`scales` `(` $key_scales^ `,` $value_scales `)`)? (`distances` `(` $distances^ `)`)? `heads` $heads `scale` $scale
    (`softcap` $softcap^)? (`slopes` custom<Doubles>($slopes)^)? (`window` $window^)? attr-dict
    `:` `(` type($query) (`,` type($key)^ `,` type($value))? `)` `past` `(` type($keys) `,` type($values) `)`
    (`scales` `(` type($key_scales)^ `,` type($value_scales) `)`)? (`distances` `(` type($distances)^ `)`)?
    `->` type($result) (`probabilities` type($probabilities)^)? (`scores` type($scores)^)?
  }];
  let extraClassDeclaration = [{
    int64_t getHeadDim() { return getQuery().getType().getDimSize(1) / int64_t(getHeads()); }
    /// Heads of keys and values: each serves as many heads of the query.
    int64_t getKeyHeads() { return ::llvm::cast<::mlir::RankedTensorType>(getKeys().getType()).getDimSize(1); }
    int64_t getValueDim() { return ::llvm::cast<::mlir::RankedTensorType>(getValues().getType()).getDimSize(2); }
    /// Whether it sees the row's source.
    bool seesSource() { return !getKey(); }
  }];
  let hasVerifier = 1;
}

def KeepOp : Op<TransformerDialect, "keep", [AttrSizedOperandSegments]> {
  let summary = "keeps keys and values of the source for the row that is generated from it";
  let description = [{
    `key`, [tokens, heads · head_dim], and `value`, [tokens, heads · value_dim], are kept as `keys` and `values`; see
    `transformer.cached_attention`. What is kept as i8 has `scales`.

    ```mlir
    %keys = transformer.cache source "keys.0" : tensor<32x4x64xf32>
    %values = transformer.cache source "values.0" : tensor<32x4x64xf32>
    transformer.keep %k, %v in(%keys, %values) : tensor<?x256xf32>, tensor<?x256xf32> in(tensor<32x4x64xf32>, tensor<32x4x64xf32>)
    ```
  }];
  let arguments = (ins Matrix:$key, Matrix:$value, Kept:$keys, Kept:$values,
                       Optional<Kept>:$key_scales, Optional<Kept>:$value_scales);
  let assemblyFormat = [{
    $key `,` $value `in` `(` $keys `,` $values `)` (`scales` `(` $key_scales^ `,` $value_scales `)`)? attr-dict
    `:` type($key) `,` type($value) `in` `(` type($keys) `,` type($values) `)`
    (`scales` `(` type($key_scales)^ `,` type($value_scales) `)`)?
  }];
  let hasVerifier = 1;
}

#endif
