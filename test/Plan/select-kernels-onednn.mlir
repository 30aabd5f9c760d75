// RUN: tfc-opt %s --kernel-select-kernels="targets=x86-64-v4,x86-64-v3,x86-64 gemm=onednn" | FileCheck %s
// RUN: tfc-opt %s --kernel-select-kernels="targets=x86-64-v4,x86-64-v3,x86-64 gemm=native" | FileCheck %s --check-prefix=NATIVE
// RUN: not tfc-opt %s --kernel-select-kernels="gemm=bad" 2>&1 | FileCheck %s --check-prefix=BAD
// Products go to oneDNN's rows where that is asked for; nothing else of the plan changes, the layout of weights neither.

// BAD: 'bad'
// NATIVE-NOT: onednn

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK: kernel.weight @w panels ["w"] : memref<1x8x32xf32, #kernel.area<weight>>
  // CHECK: kernel.gemm
  // CHECK: arith.maximumf
  // CHECK: rows ["gemm_f32_avx512_onednn", "gemm_f32_avx2_onednn", "gemm_f32_onednn"]
  func.func @main(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x8xf32> {transformer.name = "out"}) {
    %table = transformer.weight "table" : tensor<50x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<50x8xf32>
    %w = transformer.weight "w" : tensor<8x8xf32>
    %y = transformer.linear %x, %w : tensor<?x8xf32>, tensor<8x8xf32>
    %a = transformer.activation relu %y : tensor<?x8xf32>
    // oneDNN has no rows for these.
    // CHECK: kernel.attention {{.*}} rows ["attention_f32_avx512_8x32", "attention_f32_avx2_6x16", "attention_f32_4x8"]
    %b = transformer.attention %a, %a, %a heads 2 scale 0.5 : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
    // CHECK: kernel.reduce softmax {{.*}} rows ["rows_f32_avx512_16", "rows_f32_avx2_8", "rows_f32_4"]
    %s = transformer.softmax %b : tensor<?x8xf32>
    return %s : tensor<?x8xf32>
  }
}
