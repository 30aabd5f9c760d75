// RUN: tfc-opt %s --verify-roundtrip | FileCheck %s
// Ops that move numbers are printed as they are read.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @reshape
  // CHECK: = transformer.reshape %{{.*}} : tensor<?x8xf32> to tensor<?x2x4xf32>
  // CHECK: = transformer.reshape %{{.*}} : tensor<2x6xf32> to tensor<12xf32>
  // CHECK: = transformer.reshape %{{.*}} : tensor<1xf32> to tensor<f32>
  func.func @reshape(%x: tensor<?x8xf32>, %y: tensor<2x6xf32>, %z: tensor<1xf32>) {
    %0 = transformer.reshape %x : tensor<?x8xf32> to tensor<?x2x4xf32>
    %1 = transformer.reshape %y : tensor<2x6xf32> to tensor<12xf32>
    %2 = transformer.reshape %z : tensor<1xf32> to tensor<f32>
    return
  }

  // CHECK-LABEL: func @transpose
  // CHECK: = transformer.transpose %{{.*}} [1, 0, 2] : tensor<?x2x4xf32>
  func.func @transpose(%x: tensor<?x2x4xf32>) {
    %0 = transformer.transpose %x [1, 0, 2] : tensor<?x2x4xf32>
    return
  }

  // CHECK-LABEL: func @repeat
  // CHECK: = transformer.repeat %{{.*}} dim 1 times 3 : tensor<?x2x4xf32>
  func.func @repeat(%x: tensor<?x2x4xf32>) {
    %0 = transformer.repeat %x dim 1 times 3 : tensor<?x2x4xf32>
    return
  }

  // CHECK-LABEL: func @slice
  // CHECK: = transformer.slice %{{.*}} dim 1 offset 4 size 8 : tensor<?x12xf32>
  func.func @slice(%x: tensor<?x12xf32>) {
    %0 = transformer.slice %x dim 1 offset 4 size 8 : tensor<?x12xf32>
    return
  }

  // CHECK-LABEL: func @concat
  // CHECK: = transformer.concat %{{.*}}, %{{.*}} dim 1 : tensor<?x4xf32>, tensor<?x2xf32>
  // CHECK: = transformer.concat %{{.*}} dim 1 : tensor<?x4xf32>
  func.func @concat(%x: tensor<?x4xf32>, %y: tensor<?x2xf32>) {
    %0 = transformer.concat %x, %y dim 1 : tensor<?x4xf32>, tensor<?x2xf32>
    %1 = transformer.concat %x dim 1 : tensor<?x4xf32>
    return
  }
}
