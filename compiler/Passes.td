// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every pass, in the order of the pipeline.

#ifndef TFC_COMPILER_PASSES_TD
#define TFC_COMPILER_PASSES_TD

include "mlir/Pass/PassBase.td"

class TransformerPass<string flag> : Pass<"transformer-" # flag, "::tfc::transformer::ModelOp"> {
  let dependentDialects = ["::tfc::transformer::TransformerDialect", "::mlir::func::FuncDialect"];
}
class PlanPass<string flag> : Pass<"kernel-" # flag, "::tfc::transformer::ModelOp"> {
  let dependentDialects = ["::tfc::kernel::KernelDialect", "::mlir::func::FuncDialect", "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect", "::mlir::scf::SCFDialect"];
}

// ---- import ----

def SetElementType : TransformerPass<"set-element-type"> {
  let summary = "Compute in another type of numbers";
  let description = [{
    Every tensor of numbers, whatever its type, becomes one of `element-type`: weights are converted when they are
    packed. Ids and constants such as `eps` stay as they are.
  }];
  let options = [
    Option<"elementType", "element-type", "::tfc::ElementType", "::tfc::ElementType::f32", "The type of all numbers", [{
      ::llvm::cl::values(clEnumValN(::tfc::ElementType::f32, "f32", "single precision"),
                         clEnumValN(::tfc::ElementType::f64, "f64", "double precision"))
    }]>,
  ];
}

// ---- fuse ----

def FuseAttention : TransformerPass<"fuse-attention"> {
  let summary = "Recognise attention written out";
  let description = [{
    Head split, scores, scale, softmax, weighted sum and head join become one `attention`. Scales on query, key and
    scores become its factor, a `causal_mask` behind them makes it causal, heads of key and value that are repeated are
    shared. The probabilities, and the scores that the softmax is taken of, become results of it where they are used behind
    the joined heads. Steps aside where other values on the way have other users.
  }];
}

def Explain : TransformerPass<"explain"> {
  let summary = "Give each entry point a twin that shows every step";
  let description = [{
    Behind each entry point stands a copy, `_steps` added to its name, spelled out in plain ops, whose further results
    `steps.1`, `steps.2`, … are what its ops compute, with a `transformer.formula` for people; the numbers go on from one
    entry point to the next. What only moves numbers is no step. The tokens of the source are no tokens of the row: of attention to it the
    steps are keys, values, scores as the softmax takes them, the softmax and what comes out. Does nothing where there are
    steps already, and refuses other results with such names.

    Before:
    ```mlir
    func.func @encode(%x: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<16xf32> {transformer.name = "embedding"}) {
      %h = transformer.embedding %x, %table
      %p = transformer.pool mean %h
      return %p
    ```
    Behind it, after:
    ```mlir
    func.func @encode_steps(%x: tensor<?xi32> {transformer.name = "input_ids"}) -> (
        tensor<16xf32> {transformer.name = "embedding"},
        tensor<?x16xf32> {transformer.formula = "embedding = table[input_ids]", transformer.name = "steps.1"},
        tensor<16xf32> {transformer.formula = "pooled = mean of the tokens of (1)", transformer.name = "steps.2"}) {
    ```
  }];
}

def FuseFeedForward : TransformerPass<"fuse-feed-forward"> {
  let summary = "Recognise two linear layers with a nonlinearity between them";
  let description = [{
    With a gate where the nonlinearity is multiplied by another linear layer of the same input, on either side. Only where
    the result is like the input, [tokens, hidden]: a classifier of a pooled vector is none.
  }];
}

def FuseQKV : TransformerPass<"fuse-qkv"> {
  let summary = "Join linear layers of one input into one";
  let description = [{
    Several `linear` ops that read the same input, all with or all without a bias, become one whose weight is the
    `concat` of theirs, followed by a `slice` for each. Their weights must be constant. A `linear` that depends on some
    of them ends the group: what reads the same input behind it belongs to another layer.

    Before:
    ```mlir
    %q = transformer.linear %x, %wq, %bq
    %k = transformer.linear %x, %wk, %bk
    %v = transformer.linear %x, %wv, %bv
    ```
    After:
    ```mlir
    %w = transformer.concat %wq, %wk, %wv dim 0
    %b = transformer.concat %bq, %bk, %bv dim 0
    %qkv = transformer.linear %x, %w, %b
    %q = transformer.slice %qkv dim 1 offset 0 size 384
    …
    ```
  }];
}

def FuseAddNorm : TransformerPass<"fuse-add-norm"> {
  let summary = "Recognise the norm of a sum";
  let description = [{
    The side that a sublayer computed becomes `input`, the other one `residual`.
  }];
}

def OutlineLayers : TransformerPass<"outline-layers"> {
  let summary = "Move equal layers into one function";
  let description = [{
    Finds the longest runs of op sequences that differ in nothing but their weights, makes a private function of each
    sequence with what flows in and then the weights as arguments, and calls it once for each layer. Equal sequences of
    several entry points share one function. Neither compile time nor code then grows with depth.
  }];
}

def Decompose : TransformerPass<"decompose"> {
  let summary = "Spell composite ops out in plain ops";
  let options = [ListOption<"ops", "ops", "std::string", "Names of the ops to spell out, such as attention (default: all)">];
}

// ---- quantize ----

def Quantize : TransformerPass<"quantize"> {
  let summary = "Store matrices of weights in fewer bits";
  let description = [{
    Matrices that are multiplied with or whose rows are looked up become the `quantize` of themselves, and what was done
    with them is done with the `dequantize` of that; a private function takes codes and scales as arguments. The
    weights of norms and biases stay, and so do tables of positions in a scheme of groups. What has been quantised
    stays as it is. Some schemes also quantise what is computed and multiplied with such a matrix; a feed-forward part
    is then spelled out.

    Before:
    ```mlir
    %y = transformer.linear %x, %w
    ```
    After:
    ```mlir
    %codes, %scales = transformer.quantize %w group 128 search
    %numbers = transformer.dequantize %codes, %scales group 128
    %y = transformer.linear %x, %numbers
    ```
  }];
  let options = [Option<"scheme", "scheme", "std::string", "\"int8\"", "The name of the scheme">];
}

// ---- plan ----

def SplitOutputs : TransformerPass<"split-outputs"> {
  let summary = "Give an entry point with optional results a twin without them";
  let description = [{
    The entry point loses its optional results, and what only they need. Behind it stands a copy, `_all` added to its
    name, with all results: what nobody asks for costs nothing, and the kernels of the first are those of a model that
    never had them. What private functions do stands there in place of their calls.
  }];
}

def KeepSource : TransformerPass<"keep-source"> {
  let summary = "Let a decoder find the source's keys and values where the encoder keeps them";
  let description = [{
    An entry point whose argument is what another one gives, by name, is a decoder; the other one is its encoder. Keys and
    values of the decoder's attention to that argument are computed at the end of the encoder, which gets
    `transformer.source` on it, and kept in a `cache source`; the argument goes. Steps of an explanation that depend on the
    argument alone become results of the encoder that is explained. Refuses other uses of the argument: its rows are not the
    decoder's.

    Before:
    ```mlir
    func.func @decode(%y: tensor<?xi32> …, %source: tensor<?x64xf32> {transformer.name = "encoder_last_hidden_state"}) … {
      %k = transformer.linear %source, %wk
      %v = transformer.linear %source, %wv
      %c = transformer.attention %q, %k, %v
    ```
    After:
    ```mlir
    func.func @encode(…) … attributes {transformer.source} {
      transformer.keep %k, %v in(%keys, %values)
    …
    func.func @decode(%y: tensor<?xi32> …) … {
      %c = transformer.cached_attention %q past(%keys, %values)
    ```
  }];
  let options = [Option<"cache", "cache", "std::string", "\"\"",
                        "How keys and values are kept: f32, bf16, int8 (default: as they are computed)">];
}

def AddStep : TransformerPass<"add-step"> {
  let summary = "Let a model that generates compute rows piece by piece";
  let description = [{
    Behind the first entry point of a model whose task is `generate`, encoders aside, stands a copy, `_step` added to its name and
    `transformer.step` on it. Its causal attention keeps keys and values in a `cache` for the tokens to come, and of the
    logits there are those of the last token alone. Refuses ops by which a token could see others in another way.
  }];
  let options = [Option<"cache", "cache", "std::string", "\"\"",
                        "How keys and values are kept: f32, bf16, int8 (default: as they are computed)">];
}

def SelectKernels : PlanPass<"select-kernels"> {
  let summary = "Turn ops on tensors of one row into kernels on buffers of a batch";
  let description = [{
    Every tensor gets a buffer of the arena, every weight a `kernel.weight` with its layout. An op becomes the kernel made
    for it, with the row of each target's table; a composite op without one is spelled out; an element-wise op becomes
    a `kernel.map`.
  }];
  let options = [
    ListOption<"targets", "targets", "std::string", "Names of the targets to choose rows for">,
    Option<"gemm", "gemm", "::tfc::KernelLibrary", "::tfc::KernelLibrary::native", "Who computes products", [{
      ::llvm::cl::values(clEnumValN(::tfc::KernelLibrary::native, "native", "rows of our own"),
                         clEnumValN(::tfc::KernelLibrary::onednn, "onednn", "oneDNN, where it has rows"))
    }]>,
  ];
}

def FuseQuantize : PlanPass<"fuse-quantize"> {
  let summary = "Let whoever computes numbers make codes of them";
  let description = [{
    A `kernel.quantize` becomes the `codes` of the step that computes its input, where that can give them.
  }];
}

def FuseAppend : PlanPass<"fuse-append"> {
  let summary = "Let attention keep what it will see";
  let description = [{
    The two `kernel.append` before a `kernel.attention` to the same pages become its `append`, where it has as many heads as
    the pages: a share then keeps its own head.
  }];
}

def FuseLargest : PlanPass<"fuse-largest"> {
  let summary = "Let the product that computes a step's logits give the largest of each panel"
                " of them";
  let description = [{
    The `kernel.gemm` that computes an output of a step's function, and whose buffer nobody else touches, gets a `largest`.
    The output names it: the token is chosen with it.
  }];
}

def PackWeights : PlanPass<"pack-weights"> {
  let summary = "Give each weight its place";
}

def PlanParallel : PlanPass<"plan-parallel"> {
  let summary = "Put a barrier wherever an op depends on shares of another";
  let description = [{
    A barrier names the weight of the next product of its function, unless a call comes before.
  }];
}

def PlanMemory : PlanPass<"plan-memory"> {
  let summary = "Give each buffer its place in the arena";
  let description = [{
    Buffers that are alive at the same time do not overlap. A function's buffers lie above those of all its callers.
  }];
}

#endif
