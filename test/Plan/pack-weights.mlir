// RUN: tfc-opt %s --kernel-pack-weights | FileCheck %s
// Weights follow each other in their order, each from a multiple of 64 bytes; a place given before is given anew.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK: kernel.weight @a plain ["a"] at 0 : memref<5xf32
  kernel.weight @a plain ["a"] : memref<5xf32, #kernel.area<weight>>
  // 20 bytes, then up to the next 64
  // CHECK: kernel.weight @b panels ["b"] at 64 : memref<2x3x32xf32
  kernel.weight @b panels ["b"] at 7777 : memref<2x3x32xf32, #kernel.area<weight>>
  // 64 + 2 · 3 · 32 · 4
  // CHECK: kernel.weight @c sinusoids [] at 832 : memref<4x4xf32
  kernel.weight @c sinusoids [] : memref<4x4xf32, #kernel.area<weight>>
  // exactly one multiple: no gap
  // CHECK: kernel.weight @d plain ["d"] at 896 : memref<1xf32
  kernel.weight @d plain ["d"] : memref<1xf32, #kernel.area<weight>>
  // two to a byte: 65 bytes
  // CHECK: kernel.weight @e plain ["e"] codes i4 scales bf16 group 32 at 960
  kernel.weight @e plain ["e"] codes i4 scales bf16 group 32 : memref<3x43xi4, #kernel.area<weight>>
  // CHECK: kernel.weight @e.scales plain ["e"] codes i4 scales bf16 group 32 search at 1088
  kernel.weight @e.scales plain ["e"] codes i4 scales bf16 group 32 search : memref<3x2xbf16, #kernel.area<weight>>
}
