// RUN: tfc-opt %s --verify-roundtrip | FileCheck %s
// Pooling is printed as it is read.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @pool
  // CHECK: = transformer.pool mean %{{.*}} : tensor<?x4xf32>
  // CHECK: = transformer.pool first %{{.*}} : tensor<?x4xf32>
  // CHECK: = transformer.pool max %{{.*}} : tensor<?x4xf32>
  // CHECK: = transformer.pool mean_sqrt %{{.*}} : tensor<?x4xf32>
  // CHECK: = transformer.pool last %{{.*}} : tensor<?x4xf32>
  func.func @pool(%x: tensor<?x4xf32>) {
    %0 = transformer.pool mean %x : tensor<?x4xf32>
    %1 = transformer.pool first %x : tensor<?x4xf32>
    %2 = transformer.pool max %x : tensor<?x4xf32>
    %3 = transformer.pool mean_sqrt %x : tensor<?x4xf32>
    %4 = transformer.pool last %x : tensor<?x4xf32>
    return
  }
}
