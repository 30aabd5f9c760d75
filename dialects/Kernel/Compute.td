// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is computed, and in which order.

#ifndef TFC_KERNEL_COMPUTE_TD
#define TFC_KERNEL_COMPUTE_TD

include "dialects/Kernel/Base.td"
include "dialects/Kernel/Interfaces.td"

/// An op that computes its output, and knows what that costs.
class StepOp<string mnemonic, list<Trait> traits = []>
    : KernelOp<mnemonic, traits # [DeclareOpInterfaceMethods<StepOpInterface, ["cost"]>]>;

/// One that may give codes of its output, too: of three buffers.
class QuantizingOp<string mnemonic, list<Trait> traits = [], list<string> methods = []>
    : StepOp<mnemonic, traits # [DeclareOpInterfaceMethods<QuantizingOpInterface, methods>]>;

/// The table rows chosen for a kernel, one for each target of the model, in their order.
def Rows : OptionalAttr<StrArrayAttr>;

def BarrierOp : KernelOp<"barrier"> {
  let summary = "what follows depends on what came before";
  let description = [{
    Who waits for the others may meanwhile fetch its part of `soon`, the weight of the next product.

    ```mlir
    kernel.barrier
    kernel.barrier soon %w : memref<48x384x32xf32, #kernel.area<weight>>
    ```
  }];
  let arguments = (ins Optional<Buffer>:$soon);
  let assemblyFormat = "(`soon` $soon^ `:` type($soon))? attr-dict";
  let hasVerifier = 1;
}

def GemmOp : QuantizingOp<"gemm", [SingleBlock, AttrSizedOperandSegments], ["hasWholeGroups"]> {
  let summary = "a matrix times packed weights, and what is done with each element of the product";
  let description = [{
    `output[m, n] = epilogue(Σ_k input[m, k] * weight[n / 32, k, n % 32], extras…)`. The region gets the sum and one
    value of each extra operand: a vector [n] of weights (a bias) or a buffer of the output's shape (a residual). It
    yields the element of the output. Sums run over k upwards, whatever the kernel.

    A weight that is stored in fewer bits than the input has is widened where it is read. Whole numbers have `scales`,
    [n / 32, ⌈in / group⌉, 32], one for each `group` of k: the sum of each group is multiplied with its scale.

    The input of such a weight may be codes as well, with what `kernel.quantize` gives beside them: the products of
    each of its groups, as many columns of codes as share a scale, are summed as whole numbers, then multiplied with the
    input's scale and with the weight's. So a group of weights is a multiple of one of the input, which is 32 where weights are i4.

    `codes` are what `kernel.quantize` of the output gives: codes, scales and sums. `largest` is [⌈n / 32⌉] for each row
    of the output: the largest of the columns of each panel, −∞ where none of them is a number above.

    ```mlir
    kernel.gemm %x, %w, %y extras(%b) {
    ^bb0(%sum: f32, %bias: f32):
      %0 = arith.addf %sum, %bias : f32
      kernel.yield %0 : f32
    } rows ["gemm_f32_avx512_12x32"] : memref<?x384xf32, #kernel.area<token>>, memref<48x384x32xf32, #kernel.area<weight>>,
        memref<?x1536xf32, #kernel.area<token>> extras(memref<1536xf32, #kernel.area<weight>>)
    kernel.gemm %x, %codes, %y scales(%s) group 64 {
    ^bb0(%sum: f32):
      kernel.yield %sum : f32
    } : memref<?x384xf32, #kernel.area<token>>, memref<48x384x32xi8, #kernel.area<weight>>,
        memref<?x1536xf32, #kernel.area<token>> scales(memref<48x6x32xf32, #kernel.area<weight>>)
    kernel.gemm %bytes, %codes, %y scales(%s) group 64 quantized(%factors, %sums) {
    ^bb0(%sum: f32):
      kernel.yield %sum : f32
    } : memref<?x384xi8, #kernel.area<token>>, memref<48x384x32xi8, #kernel.area<weight>>,
        memref<?x1536xf32, #kernel.area<token>> scales(memref<48x6x32xf32, #kernel.area<weight>>)
        quantized(memref<?x12xf32, #kernel.area<token>>, memref<?x12xi32, #kernel.area<token>>)
    ```
  }];
  let arguments = (ins Buffer:$input, Buffer:$weight, Buffer:$output, Optional<Buffer>:$scales,
                       Optional<Buffer>:$input_scales, Optional<Buffer>:$input_sums, Variadic<Buffer>:$extras,
                       Variadic<Buffer>:$codes, Optional<Buffer>:$largest,
                       OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$group, Rows:$rows);
  let regions = (region SizedRegion<1>:$epilogue);
  let assemblyFormat = [{
    $input `,` $weight `,` $output (`scales` `(` $scales^ `)` `group` $group)?
    (`quantized` `(` $input_scales^ `,` $input_sums `)`)? (`extras` `(` $extras^ `)`)? (`codes` `(` $codes^ `)`)?
    (`largest` `(` $largest^ `)`)? $epilogue (`rows` $rows^)? attr-dict `:` type($input) `,` type($weight) `,` type($output)
    (`scales` `(` type($scales)^ `)`)? (`quantized` `(` type($input_scales)^ `,` type($input_sums) `)`)?
    (`extras` `(` type($extras)^ `)`)? (`codes` `(` type($codes)^ `)`)?
    (`largest` `(` type($largest)^ `)`)?
  }];
  let hasVerifier = 1;
}

def QuantizeOp : StepOp<"quantize"> {
  let summary = "codes of what is computed, for products with codes";
  let description = [{
    `transformer.quantize` of a buffer [.., in], in groups of 32 or a multiple. `output` is the codes, rows filled up with
    zeros to whole groups; `scales` and `sums` have a number for each group: the scale, and −128 times the sum of its codes,
    which a product adds since codes of weights are stored 128 larger (those of i4 8: it adds a sixteenth).

    ```mlir
    kernel.quantize %x, %bytes, %factors, %sums : memref<?x300xf32, #kernel.area<token>>, memref<?x320xi8, #kernel.area<token>>,
        memref<?x10xf32, #kernel.area<token>>, memref<?x10xi32, #kernel.area<token>>
    ```
  }];
  let arguments = (ins Buffer:$input, Buffer:$output, Buffer:$scales, Buffer:$sums, Rows:$rows);
  let assemblyFormat = [{
    $input `,` $output `,` $scales `,` $sums (`rows` $rows^)? attr-dict
    `:` type($input) `,` type($output) `,` type($scales) `,` type($sums)
  }];
  let hasVerifier = 1;
}

def AttentionOp : QuantizingOp<"attention", [AttrSizedOperandSegments], ["hasWholeGroups"]> {
  let summary = "softmax(scale · query keyᵀ) value for each head, in blocks of keys";
  let description = [{
    Buffers are [tokens, heads · head_dim]; key and value may have fewer heads, as those of the transformer dialect, and
    `softcap`, `slopes`, `distances`, `causal` and `window` mean the same. Keys are taken in blocks of fixed size counted from key 0, with a running
    maximum and sum (Milakov and Gimelshein 2018; Dao et al. 2022). `probabilities`, [heads, queries, keys], receives
    the softmax itself, from scores that are computed once more when maximum and sum are known; `scores` receives these, −∞
    where the query does not see the key.

    Key and value may also be pages, see `kernel.cache`; then queries see all that their row has kept there: with `causal`
    of its own tokens, else of its source, whose length is then that of `keys`. Where it is bf16, it is widened as it is read. Where it is codes, scores and probabilities are multiplied with the `scales` of their tokens.
    With `append`, keys and values of this run's tokens are kept there first, as by `kernel.append`. The pages are then the row's
    own, and have as many heads as the query.

    `codes` are what `kernel.quantize` of the output gives: codes, scales and sums.

    ```mlir
    kernel.attention %q, %k, %v, %o heads 12 scale 0.125 causal
        : memref<?x384xf32, #kernel.area<token>>, memref<?x384xf32, #kernel.area<token>>,
        memref<?x384xf32, #kernel.area<token>>, memref<?x384xf32, #kernel.area<token>>
    kernel.attention %q, %keys, %values, %o append(%k, %v) heads 6 scale 0.125 causal
        : memref<?x384xf32, #kernel.area<token>>, memref<6x1x64x32xf32, #kernel.area<page>>,
        memref<6x32x64xf32, #kernel.area<page>>, memref<?x384xf32, #kernel.area<token>>
        append(memref<?x384xf32, #kernel.area<token>>, memref<?x384xf32, #kernel.area<token>>)
    ```
  }];
  let arguments = (ins Buffer:$query, KeptBuffer:$key, KeptBuffer:$value, Buffer:$output, Optional<Buffer>:$probabilities,
                       Optional<Buffer>:$scores, Optional<Buffer>:$key_scales, Optional<Buffer>:$value_scales, Optional<Buffer>:$distances,
                       Optional<Buffer>:$new_key, Optional<Buffer>:$new_value, Variadic<Buffer>:$codes,
                       ConfinedAttr<I64Attr, [IntPositive]>:$heads, F64Attr:$scale, UnitAttr:$causal,
                       OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$window, OptionalAttr<F64Attr>:$softcap,
                       OptionalAttr<DenseF64ArrayAttr>:$slopes, Rows:$rows);
  let assemblyFormat = [{
    $query `,` $key `,` $value `,` $output (`probabilities` $probabilities^)? (`scores` $scores^)?
    (`scales` `(` $key_scales^ `,` $value_scales `)`)? (`distances` `(` $distances^ `)`)?
    (`append` `(` $new_key^ `,` $new_value `)`)? (`codes` `(` $codes^ `)`)? `heads` $heads `scale` $scale
    (`softcap` $softcap^)? (`slopes` custom<Doubles>($slopes)^)? (`causal` $causal^ (`window` $window^)?)? (`rows` $rows^)? attr-dict
    `:` type($query) `,` type($key) `,` type($value) `,` type($output) (`probabilities` type($probabilities)^)? (`scores` type($scores)^)?
    (`scales` `(` type($key_scales)^ `,` type($value_scales) `)`)? (`distances` `(` type($distances)^ `)`)?
    (`append` `(` type($new_key)^ `,` type($new_value) `)`)? (`codes` `(` type($codes)^ `)`)?
  }];
  let extraClassDeclaration = [{
    int64_t getHeadDim() { return getQuery().getType().getDimSize(1) / int64_t(getHeads()); }
    int64_t getValueDim() { return getOutput().getType().getDimSize(1) / int64_t(getHeads()); }
    /// Whether it gives what there is of each query and key, [heads, queries, keys].
    bool givesMaps() { return getProbabilities() || getScores(); }
    /// Whether it keeps keys and values of this run's tokens.
    bool appends() { return bool(getNewKey()); }
    /// Whether keys and values come from pages.
    bool isCached() { return areaOf(getKey().getType()) == Area::page; }
    /// Whether they are those of the rows' sources.
    bool seesSource() { return isCached() && !getCausal(); }
    /// Heads of key and value.
    int64_t getKeyHeads() {
      return isCached() ? getKey().getType().getDimSize(0) : getKey().getType().getDimSize(1) / getHeadDim();
    }
  }];
  let hasVerifier = 1;
}

def AppendOp : StepOp<"append"> {
  let summary = "keeps keys or values of this run's tokens behind those of their rows";
  let description = [{
    `input` is [tokens, heads · dim]; where it goes says the shape of `output`, see `kernel.cache`, and whether it is
    rounded to bf16 (to nearest, ties to even) its type. Codes have `scales`, one for each token and head.

    ```mlir
    kernel.append %k, %keys : memref<?x256xf32, #kernel.area<token>>, memref<4x1x64x32xf32, #kernel.area<page>>
    kernel.append %k, %codes scales(%scales) : memref<?x256xf32, #kernel.area<token>>, memref<4x1x64x32xi8, #kernel.area<page>>
        scales(memref<4x32xf32, #kernel.area<page>>)
    ```
  }];
  let arguments = (ins Buffer:$input, KeptBuffer:$output, Optional<Buffer>:$scales, Rows:$rows);
  let assemblyFormat = [{
    $input `,` $output (`scales` `(` $scales^ `)`)? (`rows` $rows^)? attr-dict `:` type($input) `,` type($output)
    (`scales` `(` type($scales)^ `)`)?
  }];
  let extraClassDeclaration = [{
    int64_t getHeads() { return getOutput().getType().getDimSize(0); }
    int64_t getDim() { return getInput().getType().getDimSize(1) / getHeads(); }
  }];
  let hasVerifier = 1;
}

def LayerNormOp : QuantizingOp<"layer_norm"> {
  let summary = "layer norm of each vector along the last dimension";
  let description = [{
    `codes` are what `kernel.quantize` of the output gives: codes, scales and sums.

    ```mlir
    kernel.layer_norm %x, %gamma, %beta, %y eps 1.0e-12
        : memref<?x384xf32, #kernel.area<token>>, memref<384xf32, #kernel.area<weight>>, memref<384xf32, #kernel.area<weight>>, memref<?x384xf32, #kernel.area<token>>
    ```
  }];
  let arguments = (ins Buffer:$input, Buffer:$gamma, Buffer:$beta, Buffer:$output, Variadic<Buffer>:$codes, F64Attr:$eps, Rows:$rows);
  let assemblyFormat = [{
    $input `,` $gamma `,` $beta `,` $output (`codes` `(` $codes^ `)`)? `eps` $eps (`rows` $rows^)? attr-dict
    `:` type($input) `,` type($gamma) `,` type($beta) `,` type($output) (`codes` `(` type($codes)^ `)`)?
  }];
  let hasVerifier = 1;
}

def RmsNormOp : QuantizingOp<"rms_norm"> {
  let summary = "root-mean-square norm of each vector along the last dimension";
  let description = [{
    `offset` is that of `transformer.rms_norm`; `codes` are what `kernel.quantize` of the output gives: codes, scales and
    sums.

    ```mlir
    kernel.rms_norm %x, %gamma, %y eps 1.0e-06
        : memref<?x384xf32, #kernel.area<token>>, memref<384xf32, #kernel.area<weight>>, memref<?x384xf32, #kernel.area<token>>
    ```
  }];
  let arguments = (ins Buffer:$input, Buffer:$gamma, Buffer:$output, Variadic<Buffer>:$codes, F64Attr:$eps,
                       DefaultValuedAttr<F64Attr, "0.0">:$offset, Rows:$rows);
  let assemblyFormat = [{
    $input `,` $gamma `,` $output (`codes` `(` $codes^ `)`)? `eps` $eps (`offset` $offset^)? (`rows` $rows^)? attr-dict
    `:` type($input) `,` type($gamma) `,` type($output) (`codes` `(` type($codes)^ `)`)?
  }];
  let hasVerifier = 1;
}

def Reduction : I32EnumAttr<"Reduction", "what is done with a vector", [
    I32EnumAttrCase<"softmax", 0>, I32EnumAttrCase<"log_sum_exp", 1>, I32EnumAttrCase<"normalize", 2>]> {
  let cppNamespace = "::tfc::kernel";
  let genSpecializedAttr = 0;
}
def ReductionAttr : EnumAttr<KernelDialect, Reduction, "reduction">;

def ReduceOp : StepOp<"reduce", [SameOperandsElementType]> {
  let summary = "an operation that needs a whole vector of the last dimension";
  let description = [{
    `softmax`, `log_sum_exp` and `normalize` are those of the transformer dialect. `eps` is used by `normalize`.

    ```mlir
    kernel.reduce softmax %x, %y : memref<12x?x?xf32, #kernel.area<pair>>, memref<12x?x?xf32, #kernel.area<pair>>
    ```
  }];
  let arguments = (ins ReductionAttr:$kind, Buffer:$input, Buffer:$output,
                       DefaultValuedAttr<F64Attr, "0.0">:$eps, Rows:$rows);
  let assemblyFormat = "`` $kind $input `,` $output (`rows` $rows^)? attr-dict `:` type($input) `,` type($output)";
  let hasVerifier = 1;
}

def Pooling : I32EnumAttr<"Pooling", "how tokens become one vector", [
    I32EnumAttrCase<"mean", 0>, I32EnumAttrCase<"first", 1>, I32EnumAttrCase<"max", 2>,
    I32EnumAttrCase<"mean_sqrt", 3>, I32EnumAttrCase<"last", 4>]> {
  let cppNamespace = "::tfc::kernel";
  let genSpecializedAttr = 0;
}
def PoolingAttr : EnumAttr<KernelDialect, Pooling, "pooling">;

def PoolOp : StepOp<"pool", [SameOperandsElementType]> {
  let summary = "one vector for each row's tokens";
  let description = [{
    ```mlir
    kernel.pool mean %x, %y : memref<?x384xf32, #kernel.area<token>>, memref<384xf32, #kernel.area<row>>
    ```
  }];
  let arguments = (ins PoolingAttr:$kind, Buffer:$input, Buffer:$output, Rows:$rows);
  let assemblyFormat = "`` $kind $input `,` $output (`rows` $rows^)? attr-dict `:` type($input) `,` type($output)";
  let hasVerifier = 1;
}

def MapOp : StepOp<"map", [SingleBlock]> {
  let summary = "each element of the output by itself";
  let description = [{
    The region gets the element's index, relative to the row, and yields the element. It reads buffers with
    `kernel.load`, the row's length with `kernel.length` and where it goes on with `kernel.past`.

    ```mlir
    kernel.map %sum : memref<?x384xf32, #kernel.area<token>> {
    ^bb0(%i: index, %j: index):
      %0 = kernel.load %a[%i, %j] : memref<?x384xf32, #kernel.area<token>>
      %1 = kernel.load %b[%i, %j] : memref<?x384xf32, #kernel.area<token>>
      %2 = arith.addf %0, %1 : f32
      kernel.yield %2 : f32
    }
    ```
  }];
  let arguments = (ins Buffer:$output);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$output attr-dict `:` type($output) $body";
  let hasVerifier = 1;
}

def LoadOp : KernelOp<"load", [Pure, TypesMatchWith<"the result is an element", "buffer", "result", "::llvm::cast<::mlir::MemRefType>($_self).getElementType()">]> {
  let summary = "an element of the row's piece of a buffer";
  let description = [{
    ```mlir
    %0 = kernel.load %a[%i, %j] : memref<?x384xf32, #kernel.area<token>>
    ```
  }];
  let arguments = (ins Buffer:$buffer, Variadic<Index>:$index);
  let results = (outs AnyTypeOf<[F32, F64, I32, BF16, F16, I<8>, I<4>]>:$result);
  let assemblyFormat = "$buffer `[` $index `]` attr-dict `:` type($buffer)";
  let builders = [OpBuilder<(ins "::mlir::Value":$buffer, "::mlir::ValueRange":$index), [{
    build($_builder, $_state, ::llvm::cast<::mlir::MemRefType>(buffer.getType()).getElementType(), buffer, index);
  }]>];
  let hasVerifier = 1;
}

def LengthOp : KernelOp<"length", [Pure]> {
  let summary = "the length of the row at hand";
  let description = [{
    ```mlir
    %s = kernel.length
    ```
  }];
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

def PastOp : KernelOp<"past", [Pure]> {
  let summary = "how many tokens of the row at hand came before those of this run";
  let description = [{
    ```mlir
    %p = kernel.past
    ```
  }];
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

def YieldOp : KernelOp<"yield", [Pure, Terminator, ReturnLike]> {
  let summary = "the element";
  let description = [{
    ```mlir
    kernel.yield %x : f32
    ```
  }];
  let arguments = (ins Optional<AnyTypeOf<[F32, F64, I32]>>:$value);
  let assemblyFormat = "($value^ `:` type($value))? attr-dict";
}

#endif
