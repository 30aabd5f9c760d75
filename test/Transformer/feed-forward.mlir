// RUN: tfc-opt %s --verify-roundtrip | FileCheck %s
// The linear layer and the feed-forward part are printed as they are read.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @linear
  // CHECK: = transformer.linear %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x4xf32>, tensor<8x4xf32>, tensor<8xf32>
  // CHECK: = transformer.linear %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<8x4xf32>
  func.func @linear(%x: tensor<?x4xf32>, %v: tensor<4xf32>, %w: tensor<8x4xf32>, %b: tensor<8xf32>) {
    %0 = transformer.linear %x, %w, %b : tensor<?x4xf32>, tensor<8x4xf32>, tensor<8xf32>
    %1 = transformer.linear %v, %w : tensor<4xf32>, tensor<8x4xf32>
    return
  }

  // CHECK-LABEL: func @feed_forward
  // CHECK: = transformer.feed_forward gelu %{{.*}} up(%{{.*}}, %{{.*}}) down(%{{.*}}, %{{.*}}) : tensor<?x4xf32>, up(tensor<8x4xf32>, tensor<8xf32>), down(tensor<4x8xf32>, tensor<4xf32>)
  // CHECK: = transformer.feed_forward relu %{{.*}} up(%{{.*}}) down(%{{.*}}) : tensor<?x4xf32>, up(tensor<8x4xf32>), down(tensor<4x8xf32>)
  // CHECK: = transformer.feed_forward silu %{{.*}} up(%{{.*}}) down(%{{.*}}, %{{.*}}) : tensor<?x4xf32>, up(tensor<8x4xf32>), down(tensor<4x8xf32>, tensor<4xf32>)
  // CHECK: = transformer.feed_forward silu %{{.*}} gate(%{{.*}}, %{{.*}}) up(%{{.*}}) down(%{{.*}}) : tensor<?x4xf32>, gate(tensor<8x4xf32>, tensor<8xf32>), up(tensor<8x4xf32>), down(tensor<4x8xf32>)
  func.func @feed_forward(%x: tensor<?x4xf32>, %w1: tensor<8x4xf32>, %b1: tensor<8xf32>, %w2: tensor<4x8xf32>, %b2: tensor<4xf32>) {
    %0 = transformer.feed_forward gelu %x up(%w1, %b1) down(%w2, %b2) : tensor<?x4xf32>, up(tensor<8x4xf32>, tensor<8xf32>), down(tensor<4x8xf32>, tensor<4xf32>)
    %1 = transformer.feed_forward relu %x up(%w1) down(%w2) : tensor<?x4xf32>, up(tensor<8x4xf32>), down(tensor<4x8xf32>)
    %2 = transformer.feed_forward silu %x up(%w1) down(%w2, %b2) : tensor<?x4xf32>, up(tensor<8x4xf32>), down(tensor<4x8xf32>, tensor<4xf32>)
    %3 = transformer.feed_forward silu %x gate(%w1, %b1) up(%w1) down(%w2) : tensor<?x4xf32>, gate(tensor<8x4xf32>, tensor<8xf32>), up(tensor<8x4xf32>), down(tensor<4x8xf32>)
    return
  }
}
