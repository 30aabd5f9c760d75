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
