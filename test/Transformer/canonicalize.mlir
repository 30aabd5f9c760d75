// RUN: tfc-opt %s --canonicalize | FileCheck %s
// Algebra that always holds, and keeps every bit.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // (x · 3) · 2 = x · 6, since 2 is a power of two.
  // CHECK-LABEL: func @scale_of_scale
  // CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>
  // CHECK: %[[A:.*]] = transformer.scale %[[X]] by 6.000000e+00
  // CHECK: %[[B:.*]] = transformer.scale %[[X]] by 7.500000e-01
  // CHECK: return %[[A]], %[[B]]
  func.func @scale_of_scale(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
    %0 = transformer.scale %x by 3.0 : tensor<?x4xf32>
    %1 = transformer.scale %0 by 2.0 : tensor<?x4xf32>
    %2 = transformer.scale %x by 0.25 : tensor<?x4xf32>
    %3 = transformer.scale %2 by 3.0 : tensor<?x4xf32>
    return %1, %3 : tensor<?x4xf32>, tensor<?x4xf32>
  }

  // CHECK-LABEL: func @scales_that_round_twice
  // CHECK: transformer.scale %{{.*}} by 3.000000e+00
  // CHECK: transformer.scale %{{.*}} by 5.000000e+00
  func.func @scales_that_round_twice(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
    %0 = transformer.scale %x by 3.0 : tensor<?x4xf32>
    %1 = transformer.scale %0 by 5.0 : tensor<?x4xf32>
    return %1 : tensor<?x4xf32>
  }

  // x · 2⁻¹⁰⁰ · 2⁻¹⁰⁰ is not x · 0.
  // CHECK-LABEL: func @scales_that_underflow_together
  // CHECK: transformer.scale
  // CHECK: transformer.scale
  func.func @scales_that_underflow_together(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
    %0 = transformer.scale %x by 7.8886090522101181e-31 : tensor<?x4xf32>
    %1 = transformer.scale %0 by 7.8886090522101181e-31 : tensor<?x4xf32>
    return %1 : tensor<?x4xf32>
  }

  // CHECK-LABEL: func @scale_by_one
  // CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>
  // CHECK-NEXT: return %[[X]]
  func.func @scale_by_one(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
    %0 = transformer.scale %x by 1.0 : tensor<?x4xf32>
    return %0 : tensor<?x4xf32>
  }

  // CHECK-LABEL: func @transpose_of_transpose
  // CHECK-SAME: %[[X:.*]]: tensor<2x3x4xf32>
  // CHECK-NEXT: %[[T:.*]] = transformer.transpose %[[X]] [1, 2, 0] : tensor<2x3x4xf32>
  // CHECK-NEXT: return %[[T]] : tensor<3x4x2xf32>
  func.func @transpose_of_transpose(%x: tensor<2x3x4xf32>) -> tensor<3x4x2xf32> {
    %0 = transformer.transpose %x [1, 0, 2] : tensor<2x3x4xf32>
    %1 = transformer.transpose %0 [0, 2, 1] : tensor<3x2x4xf32>
    return %1 : tensor<3x4x2xf32>
  }

  // CHECK-LABEL: func @transpose_there_and_back
  // CHECK-SAME: %[[X:.*]]: tensor<2x3x4xf32>
  // CHECK-NEXT: return %[[X]]
  func.func @transpose_there_and_back(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
    %0 = transformer.transpose %x [1, 2, 0] : tensor<2x3x4xf32>
    %1 = transformer.transpose %0 [2, 0, 1] : tensor<3x4x2xf32>
    return %1 : tensor<2x3x4xf32>
  }

  // CHECK-LABEL: func @reshape_of_reshape
  // CHECK-SAME: %[[X:.*]]: tensor<?x8xf32>
  // CHECK-NEXT: %[[R:.*]] = transformer.reshape %[[X]] : tensor<?x8xf32> to tensor<?x4x2xf32>
  // CHECK-NEXT: return %[[R]], %[[X]]
  func.func @reshape_of_reshape(%x: tensor<?x8xf32>) -> (tensor<?x4x2xf32>, tensor<?x8xf32>) {
    %0 = transformer.reshape %x : tensor<?x8xf32> to tensor<?x2x4xf32>
    %1 = transformer.reshape %0 : tensor<?x2x4xf32> to tensor<?x4x2xf32>
    %2 = transformer.reshape %0 : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %1, %2 : tensor<?x4x2xf32>, tensor<?x8xf32>
  }

  // CHECK-LABEL: func @slice_of_everything
  // CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>
  // CHECK-NEXT: %[[S:.*]] = transformer.slice %[[X]] dim 1 offset 0 size 3
  // CHECK-NEXT: return %[[X]], %[[S]]
  func.func @slice_of_everything(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x3xf32>) {
    %0 = transformer.slice %x dim 1 offset 0 size 4 : tensor<?x4xf32>
    %1 = transformer.slice %x dim 1 offset 0 size 3 : tensor<?x4xf32>
    return %0, %1 : tensor<?x4xf32>, tensor<?x3xf32>
  }

  // Attention gives no more than is used.
  // CHECK-LABEL: func @unused_probabilities
  // CHECK: %[[C:.*]], %[[L:.*]] = transformer.attention {{.*}} -> tensor<?x4xf32> log_sum_exp tensor<2x?xf32>
  // CHECK: return %[[C]], %[[L]]
  func.func @unused_probabilities(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<2x?xf32>) {
    %c, %p, %l = transformer.attention %x, %x, %x heads 2 scale 0.5 : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>)
        -> tensor<?x4xf32> probabilities tensor<2x?x?xf32> log_sum_exp tensor<2x?xf32>
    return %c, %l : tensor<?x4xf32>, tensor<2x?xf32>
  }

  // CHECK-LABEL: func @used_scores
  // CHECK: %[[C:.*]], %[[S:.*]] = transformer.attention {{.*}} -> tensor<?x4xf32> scores tensor<2x?x?xf32>
  // CHECK: return %[[C]], %[[S]]
  func.func @used_scores(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<2x?x?xf32>) {
    %c, %p, %s = transformer.attention %x, %x, %x heads 2 scale 0.5 : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>)
        -> tensor<?x4xf32> probabilities tensor<2x?x?xf32> scores tensor<2x?x?xf32>
    return %c, %s : tensor<?x4xf32>, tensor<2x?x?xf32>
  }
}
