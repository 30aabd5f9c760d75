// RUN: tfc-opt %s --split-input-file --verify-diagnostics
// Each rule of the dialect, broken once: each in a piece of its own, as errors end one.

// expected-error @below {{expects a fixed memref in #kernel.area<weight>, found 'memref<4xf32, #kernel.area<row>>'}}
kernel.weight @w plain ["a"] : memref<4xf32, #kernel.area<row>>

// -----

// expected-error @below {{expects a fixed memref in #kernel.area<weight>, found 'memref<?xf32, #kernel.area<weight>>'}}
kernel.weight @w plain ["a"] : memref<?xf32, #kernel.area<weight>>

// -----

// expected-error @below {{expects a fixed memref in #kernel.area<weight>, found 'tensor<4xf32>'}}
kernel.weight @w plain ["a"] : tensor<4xf32>

// -----

// expected-error @below {{expects at least one source for layout plain, found 0}}
kernel.weight @w plain [] : memref<4xf32, #kernel.area<weight>>

// -----

// expected-error @below {{expects no source for layout sinusoids, found 1}}
kernel.weight @w sinusoids ["a"] : memref<8x4xf32, #kernel.area<weight>>

// -----

// expected-error @below {{expects panels of [count, in, 32], found 'memref<1x4x16xf32, #kernel.area<weight>>'}}
kernel.weight @w panels ["a"] : memref<1x4x16xf32, #kernel.area<weight>>

// -----

// expected-error @below {{expects a matrix to be transposed, found 'memref<4xf32, #kernel.area<weight>>'}}
kernel.weight @w plain transposed ["a"] : memref<4xf32, #kernel.area<weight>>

// -----

// expected-error @below {{expects a matrix to be transposed, found 'memref<8x4xf32, #kernel.area<weight>>'}}
kernel.weight @w sinusoids transposed [] : memref<8x4xf32, #kernel.area<weight>>

// -----

func.func @get_weight() {
  // expected-error @below {{names @nothing, which is no weight}}
  %0 = kernel.get_weight @nothing : memref<1x4x32xf32, #kernel.area<weight>>
  return
}

// -----

kernel.weight @w plain ["a"] : memref<4xf32, #kernel.area<weight>>
func.func @get_weight_type() {
  // expected-error @below {{expects the weight's type 'memref<4xf32, #kernel.area<weight>>', found 'memref<1x4x32xf32, #kernel.area<weight>>'}}
  %0 = kernel.get_weight @w : memref<1x4x32xf32, #kernel.area<weight>>
  return
}

// -----

func.func @input_limit() {
  // expected-error @below {{attribute 'limit' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %0 = kernel.input "ids" limit 0 : memref<?xi32, #kernel.area<token>>
  return
}

// -----

func.func @arena_offset() {
  // expected-error @below {{attribute 'at' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
  %0 = kernel.arena at -1 : memref<?x4xf32, #kernel.area<token>>
  return
}

// -----

func.func @buffer_without_area(%x: memref<4xf32>) {
  // expected-error @below {{operand #0 must be a memref in an area, but got 'memref<4xf32>'}}
  kernel.output %x "x" : memref<4xf32>
  return
}

// -----

func.func @buffer_with_unknown_offset() {
  // expected-error @below {{result #0 must be a memref in an area, but got}}
  %0 = kernel.arena : memref<?x4xf32, strided<[8, 1], offset: ?>, #kernel.area<token>>
  return
}

// -----

func.func @slice_rank(%v: memref<4xf32, #kernel.area<row>>) {
  // expected-error @below {{expects columns of 'memref<4xf32, #kernel.area<row>>', found 'memref<4xf32, #kernel.area<row>>'}}
  %0 = kernel.slice %v : memref<4xf32, #kernel.area<row>> to memref<4xf32, #kernel.area<row>>
  return
}

// -----

func.func @slice_columns(%x: memref<?x4xf32, #kernel.area<token>>) {
  // expected-error @below {{expects columns within 'memref<?x4xf32, #kernel.area<token>>', found 'memref<?x2xf32, strided<[4, 1], offset: 3>, #kernel.area<token>>'}}
  %0 = kernel.slice %x : memref<?x4xf32, #kernel.area<token>> to memref<?x2xf32, strided<[4, 1], offset: 3>, #kernel.area<token>>
  return
}

// -----

func.func @slice_far(%x: memref<?x4xf32, #kernel.area<token>>) {
  // expected-error @below {{expects columns within 'memref<?x4xf32, #kernel.area<token>>'}}
  %0 = kernel.slice %x : memref<?x4xf32, #kernel.area<token>> to memref<?x2xf32, strided<[4, 1], offset: 9223372036854775807>, #kernel.area<token>>
  return
}

// -----

func.func @slice_strides(%x: memref<?x4xf32, #kernel.area<token>>) {
  // expected-error @below {{expects columns within 'memref<?x4xf32, #kernel.area<token>>'}}
  %0 = kernel.slice %x : memref<?x4xf32, #kernel.area<token>> to memref<?x2xf32, strided<[2, 1], offset: 2>, #kernel.area<token>>
  return
}

// -----

func.func @slice_unknown_columns(%x: memref<?x4xf32, #kernel.area<token>>) {
  // expected-error @below {{expects a fixed number of columns, found}}
  %0 = kernel.slice %x : memref<?x4xf32, #kernel.area<token>> to memref<?x?xf32, strided<[4, 1]>, #kernel.area<token>>
  return
}

// -----

func.func @gemm_panels(%x: memref<?x4xf32, #kernel.area<token>>, %w: memref<1x4x16xf32, #kernel.area<weight>>, %y: memref<?x32xf32, #kernel.area<token>>) {
  // expected-error @below {{expects weights in panels of 32, found 'memref<1x4x16xf32, #kernel.area<weight>>'}}
  kernel.gemm %x, %w, %y {
  ^bb0(%s: f32):
    kernel.yield %s : f32
  } : memref<?x4xf32, #kernel.area<token>>, memref<1x4x16xf32, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>>
  return
}

// -----

func.func @gemm_input(%x: memref<?x4xf32, #kernel.area<token>>, %w: memref<1x5x32xf32, #kernel.area<weight>>, %y: memref<?x32xf32, #kernel.area<token>>) {
  // expected-error @below {{expects panels of as many steps as 'memref<?x4xf32, #kernel.area<token>>' has columns, up to a whole word of codes, found 'memref<1x5x32xf32, #kernel.area<weight>>'}}
  kernel.gemm %x, %w, %y {
  ^bb0(%s: f32):
    kernel.yield %s : f32
  } : memref<?x4xf32, #kernel.area<token>>, memref<1x5x32xf32, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>>
  return
}

// -----

func.func @gemm_output(%x: memref<?x4xf32, #kernel.area<token>>, %w: memref<1x4x32xf32, #kernel.area<weight>>, %y: memref<?x33xf32, #kernel.area<token>>) {
  // expected-error @below {{expects an output that 1 panels of 32 columns fill, found 'memref<?x33xf32, #kernel.area<token>>'}}
  kernel.gemm %x, %w, %y {
  ^bb0(%s: f32):
    kernel.yield %s : f32
  } : memref<?x4xf32, #kernel.area<token>>, memref<1x4x32xf32, #kernel.area<weight>>, memref<?x33xf32, #kernel.area<token>>
  return
}

// -----

func.func @gemm_largest(%x: memref<?x4xf32, #kernel.area<token>>, %w: memref<2x4x32xf32, #kernel.area<weight>>, %y: memref<?x33xf32, #kernel.area<token>>, %l: memref<?x1xf32, #kernel.area<token>>) {
  // expected-error @below {{expects the largest of each 32 columns of 'memref<?x33xf32, #kernel.area<token>>', found 'memref<?x1xf32, #kernel.area<token>>'}}
  kernel.gemm %x, %w, %y largest(%l) {
  ^bb0(%s: f32):
    kernel.yield %s : f32
  } : memref<?x4xf32, #kernel.area<token>>, memref<2x4x32xf32, #kernel.area<weight>>, memref<?x33xf32, #kernel.area<token>> largest(memref<?x1xf32, #kernel.area<token>>)
  return
}

// -----

func.func @output_largest(%x: memref<33xf32, #kernel.area<row>>, %l: memref<2xf64, #kernel.area<row>>) {
  // expected-error @below {{expects the largest of each 32 columns of 'memref<33xf32, #kernel.area<row>>', found 'memref<2xf64, #kernel.area<row>>'}}
  kernel.output %x "logits" largest %l : memref<33xf32, #kernel.area<row>>, memref<2xf64, #kernel.area<row>>
  return
}

// -----

func.func @output_largest_of_tokens(%x: memref<?x33xf32, #kernel.area<token>>, %l: memref<?x2xf32, #kernel.area<token>>) {
  // expected-error @below {{expects the largest of a vector of f32 for each row, found 'memref<?x33xf32, #kernel.area<token>>'}}
  kernel.output %x "logits" largest %l : memref<?x33xf32, #kernel.area<token>>, memref<?x2xf32, #kernel.area<token>>
  return
}

// -----

func.func @gemm_epilogue_count(%x: memref<?x4xf32, #kernel.area<token>>, %w: memref<1x4x32xf32, #kernel.area<weight>>, %y: memref<?x32xf32, #kernel.area<token>>) {
  // expected-error @below {{expects an epilogue of 1 arguments, found 2}}
  kernel.gemm %x, %w, %y {
  ^bb0(%s: f32, %t: f32):
    kernel.yield %s : f32
  } : memref<?x4xf32, #kernel.area<token>>, memref<1x4x32xf32, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>>
  return
}

// -----

func.func @gemm_epilogue_type(%x: memref<?x4xf32, #kernel.area<token>>, %w: memref<1x4x32xf32, #kernel.area<weight>>, %y: memref<?x32xf32, #kernel.area<token>>) {
  // expected-error @below {{expects an epilogue of 'f32' arguments, found 'i32'}}
  kernel.gemm %x, %w, %y {
  ^bb0(%s: i32):
    %0 = arith.sitofp %s : i32 to f32
    kernel.yield %0 : f32
  } : memref<?x4xf32, #kernel.area<token>>, memref<1x4x32xf32, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>>
  return
}

// -----

func.func @gemm_extra(%x: memref<?x4xf32, #kernel.area<token>>, %w: memref<1x4x32xf32, #kernel.area<weight>>, %y: memref<?x32xf32, #kernel.area<token>>, %v: memref<4xf32, #kernel.area<row>>) {
  // expected-error @below {{expects an extra to be a weight of [32] or of the output's shape, found 'memref<4xf32, #kernel.area<row>>'}}
  kernel.gemm %x, %w, %y extras(%v) {
  ^bb0(%s: f32, %t: f32):
    kernel.yield %s : f32
  } : memref<?x4xf32, #kernel.area<token>>, memref<1x4x32xf32, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>> extras(memref<4xf32, #kernel.area<row>>)
  return
}

// -----

func.func @gemm_yields_nothing(%x: memref<?x4xf32, #kernel.area<token>>, %w: memref<1x4x32xf32, #kernel.area<weight>>, %y: memref<?x32xf32, #kernel.area<token>>) {
  // expected-error @below {{expects the epilogue to yield one 'f32'}}
  kernel.gemm %x, %w, %y {
  ^bb0(%s: f32):
    kernel.yield
  } : memref<?x4xf32, #kernel.area<token>>, memref<1x4x32xf32, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>>
  return
}

// -----

func.func @attention_heads(%q: memref<?x4xf32, #kernel.area<token>>, %k: memref<?x4xf32, #kernel.area<token>>, %v: memref<?x4xf32, #kernel.area<token>>, %o: memref<?x4xf32, #kernel.area<token>>) {
  // expected-error @below {{expects buffers of [?, heads * head_dim] for 3 heads, found 'memref<?x4xf32, #kernel.area<token>>'}}
  kernel.attention %q, %k, %v, %o heads 3 scale 1.0 : memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>
  return
}

// -----

func.func @attention_no_heads(%q: memref<?x4xf32, #kernel.area<token>>, %k: memref<?x4xf32, #kernel.area<token>>, %v: memref<?x4xf32, #kernel.area<token>>, %o: memref<?x4xf32, #kernel.area<token>>) {
  // expected-error @below {{attribute 'heads' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  kernel.attention %q, %k, %v, %o heads 0 scale 1.0 : memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>
  return
}

// -----

func.func @attention_widths(%q: memref<?x4xf32, #kernel.area<token>>, %k: memref<?x6xf32, #kernel.area<token>>, %v: memref<?x4xf32, #kernel.area<token>>, %o: memref<?x4xf32, #kernel.area<token>>) {
  // expected-error @below {{expects keys of heads of 2 columns, whose number divides 2, found 'memref<?x6xf32, #kernel.area<token>>'}}
  kernel.attention %q, %k, %v, %o heads 2 scale 1.0 : memref<?x4xf32, #kernel.area<token>>, memref<?x6xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>
  return
}

// -----

func.func @attention_values(%q: memref<?x4xf32, #kernel.area<token>>, %v: memref<?x6xf32, #kernel.area<token>>) {
  // expected-error @below {{expects values of 2 heads of 2 columns, found 'memref<?x6xf32, #kernel.area<token>>'}}
  kernel.attention %q, %q, %v, %q heads 2 scale 1.0 : memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x6xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>
  return
}

// -----

func.func @attention_width_unknown(%q: memref<?x4xf32, #kernel.area<token>>, %k: memref<?x?xf32, #kernel.area<pair>>) {
  // expected-error @below {{expects buffers of [?, heads * head_dim], found 'memref<?x?xf32, #kernel.area<pair>>'}}
  kernel.attention %q, %k, %q, %q heads 2 scale 1.0 : memref<?x4xf32, #kernel.area<token>>, memref<?x?xf32, #kernel.area<pair>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>
  return
}

// -----

func.func @attention_slopes(%q: memref<?x4xf32, #kernel.area<token>>) {
  // expected-error @below {{expects a slope for each of 2 heads, found 3}}
  kernel.attention %q, %q, %q, %q heads 2 scale 1.0 slopes [0.5, 0.25, 0.125] : memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>
  return
}

// -----

func.func @attention_softcap(%q: memref<?x4xf32, #kernel.area<token>>) {
  // expected-error @below {{expects a softcap above 0, found -1.000000e+00}}
  kernel.attention %q, %q, %q, %q heads 2 scale 1.0 softcap -1.0 : memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>
  return
}

// -----

func.func @attention_window(%q: memref<?x4xf32, #kernel.area<token>>) {
  // expected-error @below {{expects a window only with causal}}
  "kernel.attention"(%q, %q, %q, %q) {heads = 2 : i64, scale = 1.0 : f64, window = 3 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0>}
      : (memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>) -> ()
  return
}

// -----

func.func @rms_norm_gamma(%x: memref<?x4xf32, #kernel.area<token>>, %g: memref<5xf32, #kernel.area<weight>>) {
  // expected-error @below {{expects weights of [4] and 'f32', found 'memref<5xf32, #kernel.area<weight>>'}}
  kernel.rms_norm %x, %g, %x eps 0.5 : memref<?x4xf32, #kernel.area<token>>, memref<5xf32, #kernel.area<weight>>, memref<?x4xf32, #kernel.area<token>>
  return
}

// -----

func.func @rms_norm_output(%x: memref<?x4xf32, #kernel.area<token>>, %g: memref<4xf32, #kernel.area<weight>>, %y: memref<?x3xf32, #kernel.area<token>>) {
  // expected-error @below {{expects an output like the input 'memref<?x4xf32, #kernel.area<token>>', found 'memref<?x3xf32, #kernel.area<token>>'}}
  kernel.rms_norm %x, %g, %y eps 0.5 : memref<?x4xf32, #kernel.area<token>>, memref<4xf32, #kernel.area<weight>>, memref<?x3xf32, #kernel.area<token>>
  return
}

// -----

// expected-error @below {{expects frequencies and a factor for layout rotary, and only there}}
kernel.weight @w rotary [] : memref<8x4xf32, #kernel.area<weight>>

// -----

// expected-error @below {{expects two columns for each of the 1 frequencies, found 'memref<8x4xf32, #kernel.area<weight>>'}}
kernel.weight @w rotary [] frequencies [1.0] factor 1.0 : memref<8x4xf32, #kernel.area<weight>>

// -----

func.func @attention_scores(%q: memref<?x4xf32, #kernel.area<token>>, %s: memref<2x?x?xf64, #kernel.area<pair>>) {
  // expected-error @below {{expects to compute in 'f32' as the query, found 'memref<2x?x?xf64, #kernel.area<pair>>'}}
  kernel.attention %q, %q, %q, %q scores %s heads 2 scale 1.0 : memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>> scores memref<2x?x?xf64, #kernel.area<pair>>
  return
}

// -----

func.func @attention_scores_of_other_heads(%q: memref<?x4xf32, #kernel.area<token>>, %t: memref<4x?x?xf32, #kernel.area<pair>>) {
  // expected-error @below {{expects scores of [2, ?, ?], found 'memref<4x?x?xf32, #kernel.area<pair>>'}}
  kernel.attention %q, %q, %q, %q scores %t heads 2 scale 1.0 : memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>> scores memref<4x?x?xf32, #kernel.area<pair>>
  return
}

// -----

func.func @attention_probabilities(%q: memref<?x4xf32, #kernel.area<token>>, %p: memref<4x?x?xf32, #kernel.area<pair>>) {
  // expected-error @below {{expects probabilities of [2, ?, ?], found 'memref<4x?x?xf32, #kernel.area<pair>>'}}
  kernel.attention %q, %q, %q, %q probabilities %p heads 2 scale 1.0 : memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>> probabilities memref<4x?x?xf32, #kernel.area<pair>>
  return
}

// -----

func.func @layer_norm_gamma(%x: memref<?x4xf32, #kernel.area<token>>, %g: memref<5xf32, #kernel.area<weight>>, %b: memref<4xf32, #kernel.area<weight>>) {
  // expected-error @below {{expects weights of [4] and 'f32', found 'memref<5xf32, #kernel.area<weight>>'}}
  kernel.layer_norm %x, %g, %b, %x eps 0.5 : memref<?x4xf32, #kernel.area<token>>, memref<5xf32, #kernel.area<weight>>, memref<4xf32, #kernel.area<weight>>, memref<?x4xf32, #kernel.area<token>>
  return
}

// -----

func.func @layer_norm_output(%x: memref<?x4xf32, #kernel.area<token>>, %g: memref<4xf32, #kernel.area<weight>>, %y: memref<?x32xf32, #kernel.area<token>>) {
  // expected-error @below {{expects an output like the input 'memref<?x4xf32, #kernel.area<token>>', found 'memref<?x32xf32, #kernel.area<token>>'}}
  kernel.layer_norm %x, %g, %g, %y eps 0.5 : memref<?x4xf32, #kernel.area<token>>, memref<4xf32, #kernel.area<weight>>, memref<4xf32, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>>
  return
}

// -----

func.func @layer_norm_width(%p: memref<2x?x?xf32, #kernel.area<pair>>, %g: memref<4xf32, #kernel.area<weight>>) {
  // expected-error @below {{expects an input whose last dimension is fixed, found 'memref<2x?x?xf32, #kernel.area<pair>>'}}
  kernel.layer_norm %p, %g, %g, %p eps 0.5 : memref<2x?x?xf32, #kernel.area<pair>>, memref<4xf32, #kernel.area<weight>>, memref<4xf32, #kernel.area<weight>>, memref<2x?x?xf32, #kernel.area<pair>>
  return
}

// -----

func.func @softmax_output(%x: memref<?x4xf32, #kernel.area<token>>, %v: memref<4xf32, #kernel.area<row>>) {
  // expected-error @below {{expects an output of the input's shape, found 'memref<?x4xf32, #kernel.area<token>>' and 'memref<4xf32, #kernel.area<row>>'}}
  kernel.reduce softmax %x, %v : memref<?x4xf32, #kernel.area<token>>, memref<4xf32, #kernel.area<row>>
  return
}

// -----

func.func @log_sum_exp_output(%x: memref<?x4xf32, #kernel.area<token>>) {
  // expected-error @below {{expects an output of the input's shape without the last dimension, found 'memref<?x4xf32, #kernel.area<token>>' and 'memref<?x4xf32, #kernel.area<token>>'}}
  kernel.reduce log_sum_exp %x, %x : memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>
  return
}

// -----

func.func @softmax_number(%n: memref<f32, #kernel.area<row>>) {
  // expected-error @below {{expects an input of at least 1 dimension, found 'memref<f32, #kernel.area<row>>'}}
  kernel.reduce softmax %n, %n : memref<f32, #kernel.area<row>>, memref<f32, #kernel.area<row>>
  return
}

// -----

func.func @pool_input(%v: memref<4xf32, #kernel.area<row>>) {
  // expected-error @below {{expects an input of [?, hidden], found 'memref<4xf32, #kernel.area<row>>'}}
  kernel.pool mean %v, %v : memref<4xf32, #kernel.area<row>>, memref<4xf32, #kernel.area<row>>
  return
}

// -----

func.func @pool_output(%x: memref<?x4xf32, #kernel.area<token>>) {
  // expected-error @below {{expects an output of [4], found 'memref<?x4xf32, #kernel.area<token>>'}}
  kernel.pool mean %x, %x : memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>
  return
}

// -----

func.func @map_index(%x: memref<?x4xf32, #kernel.area<token>>) {
  // expected-error @below {{expects one index for each of the 2 dimensions of the output, found 1 argument(s)}}
  kernel.map %x : memref<?x4xf32, #kernel.area<token>> {
  ^bb0(%i: index):
    %0 = arith.constant 1.0 : f32
    kernel.yield %0 : f32
  }
  return
}

// -----

func.func @map_type(%x: memref<?x4xi32, #kernel.area<token>>) {
  // expected-error @below {{expects the body to yield one 'i32'}}
  kernel.map %x : memref<?x4xi32, #kernel.area<token>> {
  ^bb0(%i: index, %j: index):
    %0 = arith.constant 1.0 : f32
    kernel.yield %0 : f32
  }
  return
}

// -----

func.func @load_indices(%x: memref<?x4xf32, #kernel.area<token>>, %i: index) {
  // expected-error @below {{expects 2 indices, found 1}}
  %0 = kernel.load %x[%i] : memref<?x4xf32, #kernel.area<token>>
  return
}

// -----

func.func @gemm_of_f32_and_f64(%x: memref<?x4xf64, #kernel.area<token>>, %w: memref<1x4x32xf32, #kernel.area<weight>>, %y: memref<?x32xf64, #kernel.area<token>>) {
  // expected-error @below {{expects weights of 'f64', bf16, f16, i8 or i4, found 'memref<1x4x32xf32, #kernel.area<weight>>'}}
  kernel.gemm %x, %w, %y {
  ^bb0(%s: f64):
    kernel.yield %s : f64
  } : memref<?x4xf64, #kernel.area<token>>, memref<1x4x32xf32, #kernel.area<weight>>, memref<?x32xf64, #kernel.area<token>>
  return
}

// -----

func.func @attention_of_f32_and_f64(%x: memref<?x4xf32, #kernel.area<token>>, %y: memref<?x4xf64, #kernel.area<token>>) {
  // expected-error @below {{expects to compute in 'f32' as the query, found 'memref<?x4xf64, #kernel.area<token>>'}}
  kernel.attention %x, %x, %x, %y heads 2 scale 0.5 : memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf64, #kernel.area<token>>
  return
}

// -----

func.func @pool_of_f32_and_f64(%x: memref<?x4xf32, #kernel.area<token>>, %y: memref<4xf64, #kernel.area<row>>) {
  // expected-error @below {{requires the same element type for all operands}}
  kernel.pool mean %x, %y : memref<?x4xf32, #kernel.area<token>>, memref<4xf64, #kernel.area<row>>
  return
}

// -----

func.func @append_pages(%k: memref<?x8xf32, #kernel.area<token>>, %p: memref<2x64x4xf32, #kernel.area<page>>) {
  // expected-error @below {{expects pages of keys or values, found 'memref<2x64x4xf32, #kernel.area<page>>'}}
  kernel.append %k, %p : memref<?x8xf32, #kernel.area<token>>, memref<2x64x4xf32, #kernel.area<page>>
  return
}

// -----

func.func @append_type(%k: memref<?x8xf64, #kernel.area<token>>, %p: memref<2x32x4xbf16, #kernel.area<page>>) {
  // expected-error @below {{expects pages of 'f64', found 'bf16'}}
  kernel.append %k, %p : memref<?x8xf64, #kernel.area<token>>, memref<2x32x4xbf16, #kernel.area<page>>
  return
}

// -----

func.func @attention_pages_type(%q: memref<?x8xf32, #kernel.area<token>>, %k: memref<2x1x4x32xf64, #kernel.area<page>>, %v: memref<2x32x4xf32, #kernel.area<page>>) {
  // expected-error @below {{expects pages of 'f32', bf16 or i8, found 'f64'}}
  kernel.attention %q, %k, %v, %q heads 2 scale 1.0 causal : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xf64, #kernel.area<page>>, memref<2x32x4xf32, #kernel.area<page>>, memref<?x8xf32, #kernel.area<token>>
  return
}

// -----

func.func @append_width(%k: memref<?x9xf32, #kernel.area<token>>, %p: memref<2x32x4xf32, #kernel.area<page>>) {
  // expected-error @below {{expects an input of [?, 8] in #kernel.area<token>, found 'memref<?x9xf32, #kernel.area<token>>'}}
  kernel.append %k, %p : memref<?x9xf32, #kernel.area<token>>, memref<2x32x4xf32, #kernel.area<page>>
  return
}

// -----

func.func @cache_area() {
  // expected-error @below {{expects a fixed memref in #kernel.area<page>, found 'memref<2x32x4xf32, #kernel.area<row>>'}}
  %0 = kernel.cache "values" : memref<2x32x4xf32, #kernel.area<row>>
  return
}

// -----

func.func @attention_pages(%q: memref<?x8xf32, #kernel.area<token>>, %k: memref<2x1x4x32xf32, #kernel.area<page>>, %v: memref<2x32x5xf32, #kernel.area<page>>) {
  // expected-error @below {{expects pages of heads of 4 and 4 columns, whose number divides 2, found}}
  kernel.attention %q, %k, %v, %q heads 2 scale 1.0 causal : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xf32, #kernel.area<page>>, memref<2x32x5xf32, #kernel.area<page>>, memref<?x8xf32, #kernel.area<token>>
  return
}

// -----

func.func @append_without_scales(%k: memref<?x8xf32, #kernel.area<token>>, %p: memref<2x32x4xi8, #kernel.area<page>>) {
  // expected-error @below {{expects scales of [2, 32] of 'f32' for pages of i8, and only for them, found 'memref<2x32x4xi8, #kernel.area<page>>' without scales}}
  kernel.append %k, %p : memref<?x8xf32, #kernel.area<token>>, memref<2x32x4xi8, #kernel.area<page>>
  return
}

// -----

func.func @attention_scales(%q: memref<?x8xf32, #kernel.area<token>>, %k: memref<2x1x4x32xi8, #kernel.area<page>>, %v: memref<2x32x4xi8, #kernel.area<page>>, %s: memref<2x32xf32, #kernel.area<page>>, %t: memref<4x32xf32, #kernel.area<page>>) {
  // expected-error @below {{expects scales of [2, 32] of 'f32' for pages of i8, and only for them, found 'memref<2x32x4xi8, #kernel.area<page>>' with scales}}
  kernel.attention %q, %k, %v, %q scales(%s, %t) heads 2 scale 1.0 causal : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xi8, #kernel.area<page>>, memref<2x32x4xi8, #kernel.area<page>>, memref<?x8xf32, #kernel.area<token>> scales(memref<2x32xf32, #kernel.area<page>>, memref<4x32xf32, #kernel.area<page>>)
  return
}

// -----

func.func @slopes_of_a_source(%q: memref<?x8xf32, #kernel.area<token>>, %k: memref<2x1x4x32xf32, #kernel.area<page>>, %v: memref<2x32x4xf32, #kernel.area<page>>) {
  // expected-error @below {{to pages of a source has no slopes or distances}}
  kernel.attention %q, %k, %v, %q heads 2 scale 1.0 slopes [0.5, 0.25] : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xf32, #kernel.area<page>>, memref<2x32x4xf32, #kernel.area<page>>, memref<?x8xf32, #kernel.area<token>>
  return
}

// -----

func.func @maps_of_own_pages(%q: memref<?x8xf32, #kernel.area<token>>, %k: memref<2x1x4x32xf32, #kernel.area<page>>, %v: memref<2x32x4xf32, #kernel.area<page>>, %p: memref<2x?x?xf32, #kernel.area<pair>>) {
  // expected-error @below {{to pages of the row itself gives no probabilities or scores}}
  kernel.attention %q, %k, %v, %q probabilities %p heads 2 scale 1.0 causal : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xf32, #kernel.area<page>>, memref<2x32x4xf32, #kernel.area<page>>, memref<?x8xf32, #kernel.area<token>> probabilities memref<2x?x?xf32, #kernel.area<pair>>
  return
}

// -----

func.func @append_grouped(%q: memref<?x16xf32, #kernel.area<token>>, %x: memref<?x8xf32, #kernel.area<token>>, %k: memref<2x1x4x32xf32, #kernel.area<page>>, %v: memref<2x32x4xf32, #kernel.area<page>>) {
  // expected-error @below {{appends only to pages of the row itself that have as many heads}}
  kernel.attention %q, %k, %v, %q append(%x, %x) heads 4 scale 1.0 causal : memref<?x16xf32, #kernel.area<token>>, memref<2x1x4x32xf32, #kernel.area<page>>, memref<2x32x4xf32, #kernel.area<page>>, memref<?x16xf32, #kernel.area<token>> append(memref<?x8xf32, #kernel.area<token>>, memref<?x8xf32, #kernel.area<token>>)
  return
}

// -----

func.func @append_to_source(%q: memref<?x8xf32, #kernel.area<token>>, %k: memref<2x1x4x32xf32, #kernel.area<page>>, %v: memref<2x32x4xf32, #kernel.area<page>>) {
  // expected-error @below {{appends only to pages of the row itself that have as many heads}}
  kernel.attention %q, %k, %v, %q append(%q, %q) heads 2 scale 1.0 : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xf32, #kernel.area<page>>, memref<2x32x4xf32, #kernel.area<page>>, memref<?x8xf32, #kernel.area<token>> append(memref<?x8xf32, #kernel.area<token>>, memref<?x8xf32, #kernel.area<token>>)
  return
}

// -----

func.func @append_to_no_pages(%q: memref<?x8xf32, #kernel.area<token>>) {
  // expected-error @below {{appends only to pages}}
  kernel.attention %q, %q, %q, %q append(%q, %q) heads 2 scale 1.0 causal : memref<?x8xf32, #kernel.area<token>>, memref<?x8xf32, #kernel.area<token>>, memref<?x8xf32, #kernel.area<token>>, memref<?x8xf32, #kernel.area<token>> append(memref<?x8xf32, #kernel.area<token>>, memref<?x8xf32, #kernel.area<token>>)
  return
}

// -----

func.func @append_columns(%q: memref<?x8xf32, #kernel.area<token>>, %x: memref<?x9xf32, #kernel.area<token>>, %k: memref<2x1x4x32xf32, #kernel.area<page>>, %v: memref<2x32x4xf32, #kernel.area<page>>) {
  // expected-error @below {{expects an input of [?, 8] in #kernel.area<token>, found 'memref<?x9xf32, #kernel.area<token>>'}}
  kernel.attention %q, %k, %v, %q append(%q, %x) heads 2 scale 1.0 causal : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xf32, #kernel.area<page>>, memref<2x32x4xf32, #kernel.area<page>>, memref<?x8xf32, #kernel.area<token>> append(memref<?x8xf32, #kernel.area<token>>, memref<?x9xf32, #kernel.area<token>>)
  return
}

// -----

func.func @append_area(%q: memref<?x8xf32, #kernel.area<token>>, %x: memref<?x8xf32, #kernel.area<row>>, %k: memref<2x1x4x32xf32, #kernel.area<page>>, %v: memref<2x32x4xf32, #kernel.area<page>>) {
  // expected-error @below {{expects an input of [?, 8] in #kernel.area<token>, found 'memref<?x8xf32, #kernel.area<row>>'}}
  kernel.attention %q, %k, %v, %q append(%x, %q) heads 2 scale 1.0 causal : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xf32, #kernel.area<page>>, memref<2x32x4xf32, #kernel.area<page>>, memref<?x8xf32, #kernel.area<token>> append(memref<?x8xf32, #kernel.area<row>>, memref<?x8xf32, #kernel.area<token>>)
  return
}

// -----

func.func @append_one(%q: memref<?x8xf32, #kernel.area<token>>, %k: memref<2x1x4x32xf32, #kernel.area<page>>, %v: memref<2x32x4xf32, #kernel.area<page>>) {
  // expected-error @below {{appends both a key and a value}}
  "kernel.attention"(%q, %k, %v, %q, %q) {causal, heads = 2 : i64, scale = 1.0 : f64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0>} : (memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xf32, #kernel.area<page>>, memref<2x32x4xf32, #kernel.area<page>>, memref<?x8xf32, #kernel.area<token>>, memref<?x8xf32, #kernel.area<token>>) -> ()
  return
}

// -----

func.func @append_element(%q: memref<?x8xf32, #kernel.area<token>>, %x: memref<?x8xf64, #kernel.area<token>>, %k: memref<2x1x4x32xf32, #kernel.area<page>>, %v: memref<2x32x4xf32, #kernel.area<page>>) {
  // expected-error @below {{expects to compute in 'f32' as the query, found 'memref<?x8xf64, #kernel.area<token>>'}}
  kernel.attention %q, %k, %v, %q append(%q, %x) heads 2 scale 1.0 causal : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xf32, #kernel.area<page>>, memref<2x32x4xf32, #kernel.area<page>>, memref<?x8xf32, #kernel.area<token>> append(memref<?x8xf32, #kernel.area<token>>, memref<?x8xf64, #kernel.area<token>>)
  return
}

// -----

func.func @barrier_soon(%x: memref<?x8xf32, #kernel.area<token>>) {
  // expected-error @below {{expects weights in panels of 32, found 'memref<?x8xf32, #kernel.area<token>>'}}
  kernel.barrier soon %x : memref<?x8xf32, #kernel.area<token>>
  return
}
