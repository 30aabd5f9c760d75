// RUN: tfc-opt %s --split-input-file --verify-diagnostics
// Each rule of weights that are stored in fewer bits, broken once.

// expected-error @below {{expects codes, scales and a group for 'i8'}}
kernel.weight @w plain ["a"] : memref<8x4xi8, #kernel.area<weight>>

// -----

// expected-error @below {{expects codes of i8 or i4, scales that are numbers, a group, and a type of one of the two, found 'memref<8x4xf64, #kernel.area<weight>>'}}
kernel.weight @w plain ["a"] codes i8 scales f32 group 32 : memref<8x4xf64, #kernel.area<weight>>

// -----

// expected-error @below {{expects groups in a matrix, found 'memref<8xi8, #kernel.area<weight>>'}}
kernel.weight @w plain ["a"] codes i8 scales f32 group 32 : memref<8xi8, #kernel.area<weight>>

// -----

// expected-error @below {{expects a fixed memref in #kernel.area<weight>, found 'memref<8xi16, #kernel.area<weight>>'}}
kernel.weight @w plain ["a"] : memref<8xi16, #kernel.area<weight>>

// -----

// expected-error @below {{result #0 must be a memref in an area, but got 'memref<?x4xbf16, #kernel.area<token>>'}}
%0 = kernel.arena : memref<?x4xbf16, #kernel.area<token>>

// -----

func.func @gemm_types(%x: memref<?x4xf32, #kernel.area<token>>, %w: memref<1x4x32xf32, #kernel.area<weight>>, %y: memref<?x32xf64, #kernel.area<token>>) {
  // expected-error @below {{expects input and output of f32 or f64, found 'memref<?x4xf32, #kernel.area<token>>' and 'memref<?x32xf64, #kernel.area<token>>'}}
  kernel.gemm %x, %w, %y {
  ^bb0(%s: f64):
    kernel.yield %s : f64
  } : memref<?x4xf32, #kernel.area<token>>, memref<1x4x32xf32, #kernel.area<weight>>, memref<?x32xf64, #kernel.area<token>>
  return
}

// -----

func.func @gemm_weight_type(%x: memref<?x4xf32, #kernel.area<token>>, %w: memref<1x4x32xf64, #kernel.area<weight>>, %y: memref<?x32xf32, #kernel.area<token>>) {
  // expected-error @below {{expects weights of 'f32', bf16, f16, i8 or i4, found 'memref<1x4x32xf64, #kernel.area<weight>>'}}
  kernel.gemm %x, %w, %y {
  ^bb0(%s: f32):
    kernel.yield %s : f32
  } : memref<?x4xf32, #kernel.area<token>>, memref<1x4x32xf64, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>>
  return
}

// -----

func.func @gemm_without_scales(%x: memref<?x4xf32, #kernel.area<token>>, %w: memref<1x4x32xi8, #kernel.area<weight>>, %y: memref<?x32xf32, #kernel.area<token>>) {
  // expected-error @below {{expects a group and scales for weights that are whole numbers, and only for them, found 'memref<1x4x32xi8, #kernel.area<weight>>' without scales}}
  kernel.gemm %x, %w, %y {
  ^bb0(%s: f32):
    kernel.yield %s : f32
  } : memref<?x4xf32, #kernel.area<token>>, memref<1x4x32xi8, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>>
  return
}

// -----

func.func @gemm_group(%x: memref<?x4xf32, #kernel.area<token>>, %w: memref<1x4x32xi8, #kernel.area<weight>>, %y: memref<?x32xf32, #kernel.area<token>>, %c: memref<1x1x32xf32, #kernel.area<weight>>) {
  // expected-error @below {{expects a group of a multiple of 32, found 12}}
  kernel.gemm %x, %w, %y scales(%c) group 12 {
  ^bb0(%s: f32):
    kernel.yield %s : f32
  } : memref<?x4xf32, #kernel.area<token>>, memref<1x4x32xi8, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>> scales(memref<1x1x32xf32, #kernel.area<weight>>)
  return
}

// -----

func.func @gemm_words(%x: memref<?x4xf32, #kernel.area<token>>, %w: memref<1x4x32xi4, #kernel.area<weight>>, %y: memref<?x32xf32, #kernel.area<token>>, %c: memref<1x1x32xf32, #kernel.area<weight>>) {
  // expected-error @below {{expects panels of as many steps as 'memref<?x4xf32, #kernel.area<token>>' has columns, up to a whole word of codes, found 'memref<1x4x32xi4, #kernel.area<weight>>'}}
  kernel.gemm %x, %w, %y scales(%c) group 32 {
  ^bb0(%s: f32):
    kernel.yield %s : f32
  } : memref<?x4xf32, #kernel.area<token>>, memref<1x4x32xi4, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>> scales(memref<1x1x32xf32, #kernel.area<weight>>)
  return
}

// -----

func.func @gemm_scales(%x: memref<?x4xf32, #kernel.area<token>>, %w: memref<1x4x32xi8, #kernel.area<weight>>, %y: memref<?x32xf32, #kernel.area<token>>, %c: memref<1x2x32xf32, #kernel.area<weight>>) {
  // expected-error @below {{expects scales of [1, 1, 32] that are at most as wide as 'f32', found 'memref<1x2x32xf32, #kernel.area<weight>>'}}
  kernel.gemm %x, %w, %y scales(%c) group 32 {
  ^bb0(%s: f32):
    kernel.yield %s : f32
  } : memref<?x4xf32, #kernel.area<token>>, memref<1x4x32xi8, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>> scales(memref<1x2x32xf32, #kernel.area<weight>>)
  return
}

// -----

func.func @gemm_extra_type(%x: memref<?x4xf32, #kernel.area<token>>, %w: memref<1x4x32xf32, #kernel.area<weight>>, %y: memref<?x32xf32, #kernel.area<token>>, %v: memref<32xbf16, #kernel.area<weight>>) {
  // expected-error @below {{expects extras of 'f32', found 'memref<32xbf16, #kernel.area<weight>>'}}
  kernel.gemm %x, %w, %y extras(%v) {
  ^bb0(%s: f32, %t: f32):
    kernel.yield %s : f32
  } : memref<?x4xf32, #kernel.area<token>>, memref<1x4x32xf32, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>> extras(memref<32xbf16, #kernel.area<weight>>)
  return
}

// -----

func.func @codes_by_numbers(%x: memref<?x64xi8, #kernel.area<token>>, %w: memref<1x40x32xf32, #kernel.area<weight>>, %y: memref<?x32xf32, #kernel.area<token>>, %c: memref<1x2x32xf32, #kernel.area<weight>>, %xs: memref<?x2xf32, #kernel.area<token>>, %sums: memref<?x2xi32, #kernel.area<token>>) {
  // expected-error @below {{expects a quantized input only for weights that are codes, found 'memref<1x40x32xf32, #kernel.area<weight>>'}}
  kernel.gemm %x, %w, %y quantized(%xs, %sums) {
  ^bb0(%s: f32):
    kernel.yield %s : f32
  } : memref<?x64xi8, #kernel.area<token>>, memref<1x40x32xf32, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>> quantized(memref<?x2xf32, #kernel.area<token>>, memref<?x2xi32, #kernel.area<token>>)
  return
}

// -----

func.func @codes_scales(%x: memref<?x64xi8, #kernel.area<token>>, %w: memref<1x40x32xi8, #kernel.area<weight>>, %y: memref<?x32xf32, #kernel.area<token>>, %c: memref<1x2x32xf32, #kernel.area<weight>>, %xs: memref<?x1xf32, #kernel.area<token>>, %sums: memref<?x2xi32, #kernel.area<token>>) {
  // expected-error @below {{expects codes of i8 in groups of a multiple of 32, as many as cover 40 columns, and for each a scale of 'f32' and a sum of i32, found 'memref<?x64xi8, #kernel.area<token>>', 'memref<?x1xf32, #kernel.area<token>>' and}}
  kernel.gemm %x, %w, %y scales(%c) group 32 quantized(%xs, %sums) {
  ^bb0(%s: f32):
    kernel.yield %s : f32
  } : memref<?x64xi8, #kernel.area<token>>, memref<1x40x32xi8, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>> scales(memref<1x2x32xf32, #kernel.area<weight>>) quantized(memref<?x1xf32, #kernel.area<token>>, memref<?x2xi32, #kernel.area<token>>)
  return
}

// -----

func.func @codes_sums(%x: memref<?x64xi8, #kernel.area<token>>, %w: memref<1x40x32xi8, #kernel.area<weight>>, %y: memref<?x32xf32, #kernel.area<token>>, %c: memref<1x2x32xf32, #kernel.area<weight>>, %xs: memref<?x2xf32, #kernel.area<token>>, %sums: memref<?x2xf32, #kernel.area<token>>) {
  // expected-error @below {{expects codes of i8 in groups of a multiple of 32, as many as cover 40 columns, and for each a scale of 'f32' and a sum of i32, found 'memref<?x64xi8, #kernel.area<token>>', 'memref<?x2xf32, #kernel.area<token>>' and 'memref<?x2xf32, #kernel.area<token>>'}}
  kernel.gemm %x, %w, %y scales(%c) group 32 quantized(%xs, %sums) {
  ^bb0(%s: f32):
    kernel.yield %s : f32
  } : memref<?x64xi8, #kernel.area<token>>, memref<1x40x32xi8, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>> scales(memref<1x2x32xf32, #kernel.area<weight>>) quantized(memref<?x2xf32, #kernel.area<token>>, memref<?x2xf32, #kernel.area<token>>)
  return
}

// -----

func.func @codes_type(%x: memref<?x64xf32, #kernel.area<token>>, %w: memref<1x40x32xi8, #kernel.area<weight>>, %y: memref<?x32xf32, #kernel.area<token>>, %c: memref<1x2x32xf32, #kernel.area<weight>>, %xs: memref<?x2xf32, #kernel.area<token>>, %sums: memref<?x2xi32, #kernel.area<token>>) {
  // expected-error @below {{expects codes of i8 in groups of a multiple of 32, as many as cover 40 columns, and for each a scale of 'f32' and a sum of i32, found 'memref<?x64xf32, #kernel.area<token>>'}}
  kernel.gemm %x, %w, %y scales(%c) group 32 quantized(%xs, %sums) {
  ^bb0(%s: f32):
    kernel.yield %s : f32
  } : memref<?x64xf32, #kernel.area<token>>, memref<1x40x32xi8, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>> scales(memref<1x2x32xf32, #kernel.area<weight>>) quantized(memref<?x2xf32, #kernel.area<token>>, memref<?x2xi32, #kernel.area<token>>)
  return
}

// -----

func.func @input_group(%x: memref<?x64xi8, #kernel.area<token>>, %w: memref<1x40x32xi8, #kernel.area<weight>>, %y: memref<?x32xf32, #kernel.area<token>>, %c: memref<1x2x32xf32, #kernel.area<weight>>, %xs: memref<?x1xf32, #kernel.area<token>>, %sums: memref<?x1xi32, #kernel.area<token>>) {
  // expected-error @below {{expects groups of weights that are a multiple of the input's, and an input in groups of 32 for i4, found groups of 32 in 'memref<1x40x32xi8, #kernel.area<weight>>' and of 64 in 'memref<?x64xi8, #kernel.area<token>>'}}
  kernel.gemm %x, %w, %y scales(%c) group 32 quantized(%xs, %sums) {
  ^bb0(%s: f32):
    kernel.yield %s : f32
  } : memref<?x64xi8, #kernel.area<token>>, memref<1x40x32xi8, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>> scales(memref<1x2x32xf32, #kernel.area<weight>>) quantized(memref<?x1xf32, #kernel.area<token>>, memref<?x1xi32, #kernel.area<token>>)
  return
}

// -----

func.func @input_group_of_i4(%x: memref<?x64xi8, #kernel.area<token>>, %w: memref<1x40x32xi4, #kernel.area<weight>>, %y: memref<?x32xf32, #kernel.area<token>>, %c: memref<1x1x32xf32, #kernel.area<weight>>, %xs: memref<?x1xf32, #kernel.area<token>>, %sums: memref<?x1xi32, #kernel.area<token>>) {
  // expected-error @below {{expects groups of weights that are a multiple of the input's, and an input in groups of 32 for i4, found groups of 64 in 'memref<1x40x32xi4, #kernel.area<weight>>' and of 64 in 'memref<?x64xi8, #kernel.area<token>>'}}
  kernel.gemm %x, %w, %y scales(%c) group 64 quantized(%xs, %sums) {
  ^bb0(%s: f32):
    kernel.yield %s : f32
  } : memref<?x64xi8, #kernel.area<token>>, memref<1x40x32xi4, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>> scales(memref<1x1x32xf32, #kernel.area<weight>>) quantized(memref<?x1xf32, #kernel.area<token>>, memref<?x1xi32, #kernel.area<token>>)
  return
}

// -----

func.func @codes_alone(%x: memref<?x64xi8, #kernel.area<token>>, %w: memref<1x64x32xi8, #kernel.area<weight>>, %y: memref<?x32xf32, #kernel.area<token>>, %c: memref<1x2x32xf32, #kernel.area<weight>>) {
  // expected-error @below {{expects input and output of f32 or f64, found 'memref<?x64xi8, #kernel.area<token>>'}}
  kernel.gemm %x, %w, %y scales(%c) group 32 {
  ^bb0(%s: f32):
    kernel.yield %s : f32
  } : memref<?x64xi8, #kernel.area<token>>, memref<1x64x32xi8, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>> scales(memref<1x2x32xf32, #kernel.area<weight>>)
  return
}

// -----

func.func @quantize_input(%x: memref<?x40xf32, #kernel.area<token>>, %c: memref<64xi8, #kernel.area<row>>, %s: memref<2xf32, #kernel.area<row>>, %n: memref<2xi32, #kernel.area<row>>) {
  // expected-error @below {{expects an input of numbers whose last dimension is fixed, and codes like it, found 'memref<?x40xf32, #kernel.area<token>>' and 'memref<64xi8, #kernel.area<row>>'}}
  kernel.quantize %x, %c, %s, %n : memref<?x40xf32, #kernel.area<token>>, memref<64xi8, #kernel.area<row>>, memref<2xf32, #kernel.area<row>>, memref<2xi32, #kernel.area<row>>
  return
}

// -----

func.func @quantize_groups(%x: memref<?x40xf32, #kernel.area<token>>, %c: memref<?x40xi8, #kernel.area<token>>, %s: memref<?x2xf32, #kernel.area<token>>, %n: memref<?x2xi32, #kernel.area<token>>) {
  // expected-error @below {{expects codes of i8 in groups of a multiple of 32, as many as cover 40 columns, and for each a scale of 'f32' and a sum of i32, found 'memref<?x40xi8, #kernel.area<token>>'}}
  kernel.quantize %x, %c, %s, %n : memref<?x40xf32, #kernel.area<token>>, memref<?x40xi8, #kernel.area<token>>, memref<?x2xf32, #kernel.area<token>>, memref<?x2xi32, #kernel.area<token>>
  return
}

// -----

func.func @two_codes(%x: memref<?x40xf32, #kernel.area<token>>, %g: memref<40xf32, #kernel.area<weight>>, %c: memref<?x64xi8, #kernel.area<token>>, %s: memref<?x2xf32, #kernel.area<token>>) {
  // expected-error @below {{expects three buffers as codes, found 2}}
  kernel.rms_norm %x, %g, %x codes(%c, %s) eps 0.5 : memref<?x40xf32, #kernel.area<token>>, memref<40xf32, #kernel.area<weight>>, memref<?x40xf32, #kernel.area<token>> codes(memref<?x64xi8, #kernel.area<token>>, memref<?x2xf32, #kernel.area<token>>)
  return
}

// -----

func.func @codes_of_rows(%x: memref<?x40xf32, #kernel.area<token>>, %g: memref<40xf32, #kernel.area<weight>>, %c: memref<64xi8, #kernel.area<row>>, %s: memref<2xf32, #kernel.area<row>>, %n: memref<2xi32, #kernel.area<row>>) {
  // expected-error @below {{expects codes like the output, of rows or tokens, found 'memref<?x40xf32, #kernel.area<token>>' and 'memref<64xi8, #kernel.area<row>>'}}
  kernel.rms_norm %x, %g, %x codes(%c, %s, %n) eps 0.5 : memref<?x40xf32, #kernel.area<token>>, memref<40xf32, #kernel.area<weight>>, memref<?x40xf32, #kernel.area<token>> codes(memref<64xi8, #kernel.area<row>>, memref<2xf32, #kernel.area<row>>, memref<2xi32, #kernel.area<row>>)
  return
}

// -----

func.func @codes_of_parts(%x: memref<?x80xf32, #kernel.area<token>>, %c: memref<?x96xi8, #kernel.area<token>>, %s: memref<?x3xf32, #kernel.area<token>>, %n: memref<?x3xi32, #kernel.area<token>>) {
  // expected-error @below {{expects codes only of groups that one share computes, found groups of 32 of 'memref<?x80xf32, #kernel.area<token>>'}}
  kernel.attention %x, %x, %x, %x codes(%c, %s, %n) heads 2 scale 1.0 : memref<?x80xf32, #kernel.area<token>>, memref<?x80xf32, #kernel.area<token>>, memref<?x80xf32, #kernel.area<token>>, memref<?x80xf32, #kernel.area<token>> codes(memref<?x96xi8, #kernel.area<token>>, memref<?x3xf32, #kernel.area<token>>, memref<?x3xi32, #kernel.area<token>>)
  return
}
