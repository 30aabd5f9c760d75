// RUN: tfc-opt %s --transformer-fuse-attention | FileCheck %s
// A bias by distance is part of the attention where it comes from a table of distances.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @distances
  // CHECK: %[[T:.*]] = transformer.distance_table
  // CHECK: transformer.attention %{{.*}}, %{{.*}}, %{{.*}} distances(%[[T]]) heads 2 scale 1.000000e+00 causal :
  // CHECK-NOT: transformer.softmax
  func.func @distances(%q: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %buckets = transformer.weight "buckets" : tensor<8x2xf32>
    %t = transformer.distance_table %buckets reach 50 max 18 : tensor<8x2xf32>
    %r = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %h = transformer.transpose %r [1, 0, 2] : tensor<?x2x4xf32>
    %k = transformer.transpose %r [1, 2, 0] : tensor<?x2x4xf32>
    %s = transformer.matmul %h, %k : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %b = transformer.distance_bias %s, %t : tensor<2x?x?xf32>, tensor<2x101xf32>
    %m = transformer.causal_mask %b : tensor<2x?x?xf32>
    %p = transformer.softmax %m : tensor<2x?x?xf32>
    %c = transformer.matmul %p, %h : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %j = transformer.transpose %c [1, 0, 2] : tensor<2x?x4xf32>
    %o = transformer.reshape %j : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %o : tensor<?x8xf32>
  }

  // CHECK-LABEL: func @another_table
  // CHECK-NOT: transformer.attention
  // CHECK: transformer.softmax
  func.func @another_table(%q: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %t = transformer.weight "table" : tensor<2x5xf32>
    %r = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %h = transformer.transpose %r [1, 0, 2] : tensor<?x2x4xf32>
    %k = transformer.transpose %r [1, 2, 0] : tensor<?x2x4xf32>
    %s = transformer.matmul %h, %k : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %b = transformer.distance_bias %s, %t : tensor<2x?x?xf32>, tensor<2x5xf32>
    %p = transformer.softmax %b : tensor<2x?x?xf32>
    %c = transformer.matmul %p, %h : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %j = transformer.transpose %c [1, 0, 2] : tensor<2x?x4xf32>
    %o = transformer.reshape %j : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %o : tensor<?x8xf32>
  }
}
