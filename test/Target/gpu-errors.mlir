// What a GPU has no kernel for is named, and what there is; a plan is for the targets that it names.

// REQUIRES: tfc
// RUN: split-file %s %t
// RUN: tfc-opt %t/f64.mlir --kernel-select-kernels="targets=sm_80" --verify-diagnostics
// DEFINE: %{file} =
// DEFINE: %{run} = python3 %root/test/Inputs/exit-code.py tfc %t/%{file} --target=cuda:sm_80 -o %t/out.ptx | FileCheck %s

// The gemm has no row; a map needs none.
//--- f64.mlir
transformer.model @m attributes {max_sequence = 8 : i64} {
  func.func @main(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x4xf64> {transformer.name = "out"}) {
    %t = transformer.weight "t" : tensor<9x4xf64>
    %w = transformer.weight "w" : tensor<4x4xf64>
    %x = transformer.embedding %ids, %t : tensor<?xi32>, tensor<9x4xf64>
    // expected-error @below {{'transformer.linear' op has no kernel for 'f64' on sm_80; there are gemm_f32_sm_80_64x64 rows_f32_sm_80_32}}
    %y = transformer.linear %x, %w : tensor<?x4xf64>, tensor<4x4xf64>
    return %y : tensor<?x4xf64>
  }
}

// REDEFINE: %{file} = map.mlir
// RUN: %{run} --check-prefix=MAP
// MAP: {{.*}}map.mlir:4:5: error: 'kernel.map' op has no kernel for 'f64' on sm_80; there are kernels for 'f32'
// MAP: exit 3
//--- map.mlir
transformer.model @m attributes {kernel.targets = ["sm_80"], max_sequence = 8 : i64} {
  func.func @main() {
    %x = kernel.arena at 0 : memref<8xf64, #kernel.area<row>>
    kernel.map %x : memref<8xf64, #kernel.area<row>> {
    ^bb0(%i: index):
      %0 = kernel.load %x[%i] : memref<8xf64, #kernel.area<row>>
      kernel.yield %0 : f64
    }
    return
  }
}

// REDEFINE: %{file} = log.mlir
// RUN: %{run} --check-prefix=LOG
// LOG: {{.*}}log.mlir:5:5: error: 'kernel.reduce' op of log_sum_exp has no kernel on sm_80; there are softmax and normalize
// LOG: exit 3
//--- log.mlir
transformer.model @m attributes {kernel.targets = ["sm_80"], max_sequence = 8 : i64} {
  func.func @main() {
    %x = kernel.arena at 0 : memref<8xf32, #kernel.area<row>>
    %y = kernel.arena at 32 : memref<f32, #kernel.area<row>>
    kernel.reduce log_sum_exp %x, %y rows ["rows_f32_sm_80_32"] : memref<8xf32, #kernel.area<row>>, memref<f32, #kernel.area<row>>
    return
  }
}

// REDEFINE: %{file} = row.mlir
// RUN: %{run} --check-prefix=ROW
// ROW: {{.*}}row.mlir:4:5: error: 'kernel.reduce' op names the row "rows_f32_avx2_8", which is not for this op and 'f32' on sm_80
// ROW: exit 1
//--- row.mlir
transformer.model @m attributes {kernel.targets = ["sm_80"], max_sequence = 8 : i64} {
  func.func @main() {
    %x = kernel.arena at 0 : memref<8xf32, #kernel.area<row>>
    kernel.reduce softmax %x, %x rows ["rows_f32_avx2_8"] : memref<8xf32, #kernel.area<row>>, memref<8xf32, #kernel.area<row>>
    return
  }
}

// REDEFINE: %{file} = other.mlir
// RUN: %{run} --check-prefix=OTHER
// OTHER: error: --target=cuda:sm_80: {{.*}}other.mlir has been planned without sm_80
// OTHER: exit 1
//--- other.mlir
transformer.model @m attributes {kernel.targets = ["sm_90a"], max_sequence = 8 : i64} {
  func.func @main() {
    %x = kernel.arena at 0 : memref<8xf32, #kernel.area<row>>
    kernel.reduce softmax %x, %x rows ["rows_f32_sm_90a_32"] : memref<8xf32, #kernel.area<row>>, memref<8xf32, #kernel.area<row>>
    return
  }
}
