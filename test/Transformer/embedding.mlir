// RUN: tfc-opt %s --verify-roundtrip | FileCheck %s
// From ids to vectors: printed as read. A table begins at position 0 unless it says otherwise.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @embedding
  // CHECK: = transformer.embedding %{{.*}}, %{{.*}} : tensor<?xi32>, tensor<9x4xf32>
  func.func @embedding(%ids: tensor<?xi32>, %table: tensor<9x4xf32>) {
    %0 = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x4xf32>
    return
  }

  // CHECK-LABEL: func @positions
  // CHECK: = transformer.positions %{{.*}}, %{{.*}} : tensor<?xi32>, tensor<9x4xf32>
  // CHECK: = transformer.positions %{{.*}}, %{{.*}} {first = 2 : i64} : tensor<?x4xf32>, tensor<9x4xf32>
  func.func @positions(%ids: tensor<?xi32>, %x: tensor<?x4xf32>, %table: tensor<9x4xf32>) {
    %0 = transformer.positions %ids, %table : tensor<?xi32>, tensor<9x4xf32>
    %1 = transformer.positions %x, %table {first = 2 : i64} : tensor<?x4xf32>, tensor<9x4xf32>
    return
  }

  // CHECK-LABEL: func @rotary
  // CHECK: %[[T:.*]] = transformer.rotary_table [1.000000e+00, 0.31622776601683794] : tensor<9x4xf32>
  // CHECK: = transformer.rotary_table [1.000000e+00] factor 1.250000e+00 : tensor<9x2xf32>
  // CHECK: = transformer.rotary %{{.*}}, %[[T]] heads 3 : tensor<?x12xf32>, tensor<9x4xf32>
  func.func @rotary(%x: tensor<?x12xf32>) {
    %0 = transformer.rotary_table [1.0, 0.31622776601683794] : tensor<9x4xf32>
    %1 = transformer.rotary_table [1.0] factor 1.25 : tensor<9x2xf32>
    %2 = transformer.rotary %x, %0 heads 3 : tensor<?x12xf32>, tensor<9x4xf32>
    return
  }
}
