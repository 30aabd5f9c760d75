// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where numbers live: inputs, outputs, arena and weights.

#ifndef TFC_KERNEL_MEMORY_TD
#define TFC_KERNEL_MEMORY_TD

include "dialects/Kernel/Base.td"
include "mlir/IR/SymbolInterfaces.td"

def Offset : OptionalAttr<ConfinedAttr<I64Attr, [IntNonNegative]>>;

def InputOp : KernelOp<"input", [Pure]> {
  let summary = "the buffer the runtime writes an input into";
  let description = [{
    Ids lie in [0, limit); the runtime refuses others. An `optional` input is zero where it is left out. `at` is the
    offset in the area, in bytes per unit; `kernel-plan-memory` sets it.

    ```mlir
    %ids = kernel.input "input_ids" limit 30522 at 0 : memref<?xi32, #kernel.area<token>>
    ```
  }];
  let arguments = (ins StrAttr:$name, UnitAttr:$is_optional, ConfinedAttr<I64Attr, [IntPositive]>:$limit, Offset:$at);
  let results = (outs Buffer:$result);
  let assemblyFormat = "$name (`optional` $is_optional^)? `limit` $limit (`at` $at^)? attr-dict `:` type($result)";
}

def OutputOp : KernelOp<"output"> {
  let summary = "names the buffer the runtime reads an output from";
  let description = [{
    Of a buffer of pairs, the second of each may be a token of the row's source. `formula` says for people what is in it.
    `largest` holds the largest of each 32 columns, see `kernel.gemm`.

    ```mlir
    kernel.output %e "embedding" : memref<384xf32, #kernel.area<row>>
    kernel.output %m "cross_attentions.0" source_keys : memref<4x?x?xf32, #kernel.area<pair>>
    kernel.output %l "logits" largest %s : memref<50257xf32, #kernel.area<row>>, memref<1571xf32, #kernel.area<row>>
    kernel.output %p "steps.1" formula "pooled = mean of the tokens of input_ids" : memref<384xf32, #kernel.area<row>>
    ```
  }];
  let arguments = (ins Buffer:$buffer, StrAttr:$name, UnitAttr:$source_keys, OptionalAttr<StrAttr>:$formula,
                       Optional<Buffer>:$largest);
  let assemblyFormat = [{
    $buffer $name (`source_keys` $source_keys^)? (`formula` $formula^)? (`largest` $largest^)? attr-dict
    `:` type($buffer) (`,` type($largest)^)?
  }];
  let hasVerifier = 1;
}

def ArenaOp : KernelOp<"arena"> {
  let summary = "a buffer of the session's arena";
  let description = [{
    `at` is the offset in the buffer's area, in bytes per unit; `kernel-plan-memory` sets it so that buffers alive at
    the same time do not overlap.

    ```mlir
    %h = kernel.arena at 1536 : memref<?x384xf32, #kernel.area<token>>
    ```
  }];
  let arguments = (ins Offset:$at);
  let results = (outs Buffer:$result);
  let assemblyFormat = "(`at` $at^)? attr-dict `:` type($result)";
}

def CacheOp : KernelOp<"cache", [Pure]> {
  let summary = "what the rows' tokens leave for those behind them";
  let description = [{
    One page: keys as a panel of 32 tokens, [heads, 1, dim, 32], values as [heads, 32, dim]. `at` is the offset among
    the pages, in bytes per page; `kernel-plan-memory` sets it, the same for the same name. Pages of an f32 model may be
    bf16, or i8 with scales [heads, 32] in pages of their own. Pages of a row's `source` are not those of its own tokens;
    in them the others' places are not used. Codes are in words, as those of weights are: of keys four columns of a token, where dim is
    rounded up to four, of values four tokens of a column.

    ```mlir
    %k = kernel.cache "keys.0" at 0 : memref<4x1x64x32xf32, #kernel.area<page>>
    %v = kernel.cache "values.0" at 32768 : memref<4x32x64xf32, #kernel.area<page>>
    %s = kernel.cache source "keys.0" at 65536 : memref<4x1x64x32xf32, #kernel.area<page>>
    ```
  }];
  let arguments = (ins StrAttr:$name, UnitAttr:$source, Offset:$at);
  let results = (outs KeptBuffer:$result);
  let assemblyFormat = "(`source` $source^)? $name (`at` $at^)? attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Layout : I32EnumAttr<"Layout", "how a weight lies in memory", [
    I32EnumAttrCase<"plain", 0>, I32EnumAttrCase<"panels", 1>, I32EnumAttrCase<"sinusoids", 2>,
    I32EnumAttrCase<"sinusoid_halves", 3>, I32EnumAttrCase<"rotary", 4>, I32EnumAttrCase<"distances", 5>,
    I32EnumAttrCase<"closed_sinusoid_halves", 6>]> {
  let cppNamespace = "::tfc::kernel";
  let genSpecializedAttr = 0;
}
def LayoutAttr : EnumAttr<KernelDialect, Layout, "layout">;

def WeightOp : KernelOp<"weight", [Symbol]> {
  let summary = "a constant of the library, and how it is packed";
  let description = [{
    The tensors of the weights files named by `sources`, joined along their first dimension, and laid out as below. Those
    that are `transposed` are matrices whose files hold [in, out] in place of [out, in].
    - `plain`: as stored, followed by zeros up to the next 64 bytes;
    - `panels`: a matrix [out, in] as `[⌈out / 32⌉, in, 32]`, the last panel filled up with zeros;
    - `sinusoids`, `sinusoid_halves`, `closed_sinusoid_halves`: no sources; see `transformer.sinusoids`;
    - `rotary`: no sources, but `frequencies` and a `factor`; see `transformer.rotary_table`;
    - `distances`: of buckets, [buckets, heads], and a largest distance `max`; see `transformer.distance_table`.

    With a `group`, the weight is the codes of `transformer.quantize` where its elements are whole numbers, and otherwise
    the scales, [out, ⌈in / group⌉], in either layout. Two elements of i4 lie in a byte in `plain`, the first in the low
    half. In `panels`, where `in` is rounded up to whole words, the codes of eight steps (i4) or four (i8) of a column
    are a word of 32 bits. They are counted from the lowest upwards (from -8, from -128); the first four begin the
    word's bytes, the others of i4 are the high halves.

    `at` is the offset in the packed weights in bytes; `kernel-pack-weights` sets it.

    ```mlir
    kernel.weight @qkv panels ["query.weight", "key.weight", "value.weight"] at 0
        : memref<36x384x32xf32, #kernel.area<weight>>
    kernel.weight @codes panels ["up.weight"] codes i8 scales f32 group 64 at 1769472
        : memref<48x384x32xi8, #kernel.area<weight>>
    kernel.weight @distances distances ["relative_attention_bias.weight"] max 128 bidirectional at 2949120
        : memref<12x321xf32, #kernel.area<weight>>
    kernel.weight @scales panels ["up.weight"] codes i8 scales f32 group 64 at 2359296
        : memref<48x6x32xf32, #kernel.area<weight>>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, LayoutAttr:$layout, UnitAttr:$transposed, StrArrayAttr:$sources, Offset:$at,
                       TypeAttr:$type, OptionalAttr<DenseF64ArrayAttr>:$frequencies, OptionalAttr<F64Attr>:$factor,
                       OptionalAttr<TypeAttr>:$codes, OptionalAttr<TypeAttr>:$scales,
                       OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$group, UnitAttr:$search,
                       OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$max, UnitAttr:$bidirectional);
  let assemblyFormat = [{
    $sym_name `` $layout (`transposed` $transposed^)? $sources (`frequencies` custom<Doubles>($frequencies)^ `factor` $factor)?
    (`codes` $codes^ `scales` $scales `group` $group (`search` $search^)?)? (`max` $max^ (`bidirectional` $bidirectional^)?)?
    (`at` $at^)? attr-dict `:` $type
  }];
  let hasVerifier = 1;
}

def GetWeightOp : KernelOp<"get_weight", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a constant of the library";
  let description = [{
    ```mlir
    kernel.weight @beta plain ["norm.bias"] : memref<384xf32, #kernel.area<weight>>
    func.func @main() {
      %b = kernel.get_weight @beta : memref<384xf32, #kernel.area<weight>>
      return
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$weight);
  let results = (outs Buffer:$result);
  let assemblyFormat = "$weight attr-dict `:` type($result)";
}

def SliceOp : KernelOp<"slice", [Pure]> {
  let summary = "some columns of a matrix, without moving them";
  let description = [{
    The result's strides and offset, counted in elements, say which columns.

    ```mlir
    %k = kernel.slice %qkv : memref<?x1152xf32, #kernel.area<token>>
        to memref<?x384xf32, strided<[1152, 1], offset: 384>, #kernel.area<token>>
    ```
  }];
  let arguments = (ins Buffer:$source);
  let results = (outs Buffer:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `to` type($result)";
  let hasVerifier = 1;
}

#endif
