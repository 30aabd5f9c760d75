// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The model: its files, its entry points and its weights.

#ifndef TFC_TRANSFORMER_MODEL_TD
#define TFC_TRANSFORMER_MODEL_TD

include "dialects/Transformer/Base.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/IR/RegionKindInterface.td"

/// A library's note names it, and the reader of notes has a limit.
def FamilyName : ConfinedAttr<StrAttr, [AttrConstraint<
    CPred<"::llvm::cast<::mlir::StringAttr>($_self).size() <= 64">, "of at most 64 bytes">]>;

def ModelOp : Op<TransformerDialect, "model",
    [IsolatedFromAbove, SingleBlock, NoTerminator, NoRegionArguments, Symbol, SymbolTable]> {
  let summary = "a model: functions on rows, and the files they draw on";
  let description = [{
    Its public functions are the entry points. Their arguments and results carry `transformer.name`, the name under
    which they are given and asked for; an argument with `transformer.optional` is zero where it is left out, and a
    result with it is computed only where it is asked for. Results of one kind for each layer are called `attentions.0`,
    `attentions.1`, …. A function with `transformer.step` computes rows piece by piece: see
    `transformer-add-step`. Functions may call private ones, and none calls itself.

    File names are relative to the file the model was read from. `max_sequence` is the longest row in tokens. `task` is
    what a text asks for: `embed`, `classify` (one class of several), `classify-multilabel` (each class by itself),
    `regress` (numbers), `classify-tokens`, `answer` (a question about its pair), `fill-mask`, `generate` (go on, by the
    `logits` of the last token) or `encode`. `family` is the `model_type` of the Hugging Face folder that the model came
    from, of at most 64 bytes.

    `generation` is what the model asks of whoever generates texts, under the names of Hugging Face's
    `generation_config.json`. What asks for nothing is left out.
    - Tokens: `eos_token_id` (an array: any of these ends a text), `bos_token_id`, `pad_token_id`; `forced_bos_token_id`
      and `forced_eos_token_id` (an array) come first and last; `suppress_tokens`, `bad_words_ids` never come and
      `begin_suppress_tokens` not as the first (arrays).
    - Lengths: `max_length` and `min_length` count the prompt, `max_new_tokens` and `min_new_tokens` do not.
    - Repetitions: `repetition_penalty`, `no_repeat_ngram_size`.
    - Defaults of sampling: `do_sample` (is there where the model asks for it), `temperature`, `top_k`, `top_p`, `min_p`.
    - Beams: `num_beams` is a default, too; `length_penalty` and `early_stopping` count where beams are asked for.

    ```mlir
    transformer.model @chat attributes {max_sequence = 64 : i64, task = "generate", generation = {
        eos_token_id = array<i64: 2, 7>, repetition_penalty = 1.1, do_sample, top_k = 20 : i64}} {
    }
    ```

    ```mlir
    transformer.model @block attributes {weights = ["block.safetensors"], max_sequence = 64 : i64} {
      func.func @encode(%x: tensor<?xi32> {transformer.name = "input_ids"})
          -> (tensor<?x16xf32> {transformer.name = "last_hidden_state"}) {
        %table = transformer.weight "embedding" : tensor<100x16xf32>
        %h = transformer.embedding %x, %table : tensor<?xi32>, tensor<100x16xf32>
        return %h : tensor<?x16xf32>
      }
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       DefaultValuedAttr<StrArrayAttr, "{}">:$weights,
                       OptionalAttr<StrAttr>:$tokenizer,
                       DefaultValuedAttr<StrAttr, "\"encode\"">:$task,
                       OptionalAttr<StrArrayAttr>:$labels,
                       ConfinedAttr<I64Attr, [IntPositive]>:$max_sequence,
                       OptionalAttr<FamilyName>:$family,
                       OptionalAttr<DictionaryAttr>:$generation);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name attr-dict-with-keyword $body";
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def WeightOp : Op<TransformerDialect, "weight", [Pure]> {
  let summary = "a tensor of the model's weights files, by name";
  let description = [{
    The result type is what the model computes with; the file may hold a narrower type (f16, bf16), which is widened
    without loss. Its shape must be the file's.

    ```mlir
    %w = transformer.weight "encoder.layer.0.output.dense.weight" : tensor<384x1536xf32>
    ```
  }];
  let arguments = (ins StrAttr:$name);
  let results = (outs Float:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def SinusoidsOp : Op<TransformerDialect, "sinusoids", [Pure]> {
  let summary = "the paper's table of sines and cosines";
  let description = [{
    `table[p][2i] = sin(p / 10000^(2i / hidden))`, `table[p][2i + 1] = cos(p / 10000^(2i / hidden))`: "Attention is all
    you need", section 3.5. With `halves`, all sines come first and all cosines after them, as Marian stores them. With `closed`
    as well, the exponents are `i / (hidden / 2 - 1)`, so that the last one is 1, as in tensor2tensor and fairseq.

    ```mlir
    %table = transformer.sinusoids : tensor<512x384xf32>
    %other = transformer.sinusoids halves closed : tensor<1026x1024xf32>
    ```
  }];
  let arguments = (ins UnitAttr:$halves, UnitAttr:$closed);
  let results = (outs Matrix:$result);
  let assemblyFormat = "(`halves` $halves^ (`closed` $closed^)?)? attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def RotaryTableOp : Op<TransformerDialect, "rotary_table", [Pure]> {
  let summary = "cosines and sines of the angles by which positions turn pairs";
  let description = [{
    `table[p][i] = factor · cos(p · frequencies[i])` and `table[p][n + i] = factor · sin(p · frequencies[i])` for the n
    frequencies: Su et al. 2021. What stretches a context (linear, NTK, YaRN, Llama 3) has changed the frequencies and,
    with YaRN, the factor.

    ```mlir
    %table = transformer.rotary_table [1.0, 0.01] : tensor<4096x4xf32>
    ```
  }];
  let arguments = (ins DenseF64ArrayAttr:$frequencies, DefaultValuedAttr<F64Attr, "1.0">:$factor);
  let results = (outs Matrix:$result);
  let assemblyFormat = "custom<Doubles>($frequencies) (`factor` $factor^)? attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def DistanceTableOp : Op<TransformerDialect, "distance_table", [Pure, InferTensorTypes]> {
  let summary = "a number for each head and distance, from one for each bucket of distances";
  let description = [{
    `result[h, reach + d] = buckets[b(d), h]` for the distances d = −reach … reach from a query to a key: Raffel et al. 2020,
    in the arithmetic of transformers' T5. Of n buckets b(d) takes the first half for the distances up to n / 2 one by one,
    and the others for longer ones, in logarithmic steps up to `max`; only keys before the query have such, or with
    `bidirectional` those on either side have half of the buckets each. The reach is `max` and 32 more at least, so that
    each row of the table ends as it goes on for ever.

    ```mlir
    %buckets = transformer.weight "relative_attention_bias.weight" : tensor<32x12xf32>
    %d = transformer.distance_table %buckets reach 160 max 128 bidirectional : tensor<32x12xf32>
    ```
  }];
  let arguments = (ins Matrix:$buckets, ConfinedAttr<I64Attr, [IntPositive]>:$reach,
                       ConfinedAttr<I64Attr, [IntPositive]>:$max, UnitAttr:$bidirectional);
  let results = (outs Matrix:$result);
  let assemblyFormat = [{
    $buckets `reach` $reach `max` $max (`bidirectional` $bidirectional^)? attr-dict `:` type($buckets)
  }];
}

def CacheOp : Op<TransformerDialect, "cache", [Pure]> {
  let summary = "what a row's tokens leave for those behind them";
  let description = [{
    One page of a row's cache, [32 tokens, heads, dim]: a row has as many as its tokens need. The same name is the same
    cache in all functions of the model. What is kept as bf16 is rounded to it, to nearest, ties to even. What is kept as i8
    is the codes that `transformer.quantize` makes of what is computed, a group being the `dim` numbers of a token and head;
    their scales are a cache of their own, [32 tokens, heads]. What is kept of a row's `source`, the text that it is
    generated from, lies in pages of its own, and has names of its own.

    ```mlir
    %keys = transformer.cache "keys.0" : tensor<32x4x64xf32>
    %values = transformer.cache "values.0" : tensor<32x4x64xbf16>
    %codes = transformer.cache "keys.1" : tensor<32x4x64xi8>
    %scales = transformer.cache "keys.1.scales" : tensor<32x4xf32>
    %others = transformer.cache source "keys.0" : tensor<32x4x64xf32>
    ```
  }];
  let arguments = (ins StrAttr:$name, UnitAttr:$source);
  let results = (outs Kept:$result);
  let assemblyFormat = "(`source` $source^)? $name attr-dict `:` type($result)";
  let hasVerifier = 1;
}

#endif
