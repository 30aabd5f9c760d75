// RUN: tfc-opt %s --kernel-select-kernels="targets=x86-64-v4-vnni,x86-64-v4,x86-64" --split-input-file | FileCheck %s
// RUN: tfc-opt %s --kernel-select-kernels="targets=x86-64-v4-vnni,x86-64" --split-input-file | FileCheck %s --check-prefix=ALONE
// Codes by codes is a kernel of its own, and what is computed is made to codes before it. A target that no kernel needs is
// the one that it extends.

// CHECK: transformer.model @codes attributes {kernel.targets = ["x86-64-v4-vnni", "x86-64-v4", "x86-64"]
// ALONE: transformer.model @codes attributes {kernel.targets = ["x86-64-v4-vnni", "x86-64"]
transformer.model @codes attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @main() {
  func.func @main(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x50xf32> {transformer.name = "out"}, tensor<?x40xf32> {transformer.name = "numbers"}) {
    %table = transformer.weight "table" : tensor<50x40xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<50x40xf32>
    // The rows of the codes are filled up to whole groups.
    // CHECK: kernel.map %[[X:.*]] :
    // CHECK-DAG: %[[CODES:.*]] = kernel.arena : memref<?x64xi8, #kernel.area<token>>
    // CHECK-DAG: %[[SCALES:.*]] = kernel.arena : memref<?x2xf32, #kernel.area<token>>
    // CHECK-DAG: %[[SUMS:.*]] = kernel.arena : memref<?x2xi32, #kernel.area<token>>
    // CHECK: kernel.quantize %[[X]], %[[CODES]], %[[SCALES]], %[[SUMS]] rows ["codes_f32_vnni_6x32", "codes_f32_avx512_12x32", "codes_f32_4x8"]
    %c, %s = transformer.quantize %x group 32 : tensor<?x40xf32> -> tensor<?x40xi8>, tensor<?x2xf32>
    %n = transformer.dequantize %c, %s group 32 : tensor<?x40xi8>, tensor<?x2xf32> -> tensor<?x40xf32>
    %wc, %ws = transformer.quantize %table group 64 : tensor<50x40xf32> -> tensor<50x40xi4>, tensor<50x1xf32>
    %w = transformer.dequantize %wc, %ws group 64 : tensor<50x40xi4>, tensor<50x1xf32> -> tensor<50x40xf32>
    // CHECK: kernel.gemm %[[CODES]], %[[W:.*]], %[[Y:.*]] scales(%{{.*}}) group 64 quantized(%[[SCALES]], %[[SUMS]]) {
    // CHECK: } rows ["codes_f32_vnni_6x32", "codes_f32_avx512_12x32", "codes_f32_4x8"]
    %y = transformer.linear %n, %w : tensor<?x40xf32>, tensor<50x40xf32>
    // Elsewhere codes are the numbers that they stand for.
    // CHECK: %[[NUMBERS:.*]] = kernel.arena : memref<?x40xf32, #kernel.area<token>>
    // CHECK-NEXT: kernel.map %[[NUMBERS]]
    // CHECK: kernel.load %[[CODES]]
    // CHECK: kernel.load %[[SCALES]]
    return %y, %n : tensor<?x50xf32>, tensor<?x40xf32>
  }
}

// -----

// CHECK: transformer.model @numbers attributes {kernel.targets = ["x86-64-v4", "x86-64"]
// ALONE: transformer.model @numbers attributes {kernel.targets = ["x86-64-v4", "x86-64"]
transformer.model @numbers attributes {max_sequence = 8 : i64} {
  func.func @main(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x50xf32> {transformer.name = "out"}) {
    %table = transformer.weight "table" : tensor<50x40xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<50x40xf32>
    // CHECK: } rows ["gemm_f32_avx512_12x32", "gemm_f32_4x8"]
    // ALONE: } rows ["gemm_f32_avx512_12x32", "gemm_f32_4x8"]
    %y = transformer.linear %x, %table : tensor<?x40xf32>, tensor<50x40xf32>
    return %y : tensor<?x50xf32>
  }
}

// -----

// Groups of inputs that are no part of the weights' make no product of codes: numbers are multiplied.
// CHECK: transformer.model @groups
transformer.model @groups attributes {max_sequence = 8 : i64} {
  func.func @main(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x50xf32> {transformer.name = "out"}, tensor<?x50xf32> {transformer.name = "of_i4"}) {
    %table = transformer.weight "table" : tensor<50x160xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<50x160xf32>
    %c, %s = transformer.quantize %x group 64 : tensor<?x160xf32> -> tensor<?x160xi8>, tensor<?x3xf32>
    %n = transformer.dequantize %c, %s group 64 : tensor<?x160xi8>, tensor<?x3xf32> -> tensor<?x160xf32>
    // CHECK: kernel.quantize
    // CHECK: kernel.gemm
    // CHECK-NOT: quantized(
    // CHECK: kernel.gemm
    // CHECK-NOT: quantized(
    // CHECK: return
    %wc, %ws = transformer.quantize %table group 32 : tensor<50x160xf32> -> tensor<50x160xi8>, tensor<50x5xf32>
    %w = transformer.dequantize %wc, %ws group 32 : tensor<50x160xi8>, tensor<50x5xf32> -> tensor<50x160xf32>
    %y = transformer.linear %n, %w : tensor<?x160xf32>, tensor<50x160xf32>
    %vc, %vs = transformer.quantize %table group 64 : tensor<50x160xf32> -> tensor<50x160xi4>, tensor<50x3xf32>
    %v = transformer.dequantize %vc, %vs group 64 : tensor<50x160xi4>, tensor<50x3xf32> -> tensor<50x160xf32>
    %z = transformer.linear %n, %v : tensor<?x160xf32>, tensor<50x160xf32>
    return %y, %z : tensor<?x50xf32>, tensor<?x50xf32>
  }
}
