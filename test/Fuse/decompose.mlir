// RUN: tfc-opt %s --transformer-decompose | FileCheck %s
// RUN: tfc-opt %s --transformer-decompose="ops=add_norm,feed_forward" | FileCheck %s --check-prefix=CHOSEN
// RUN: not tfc-opt %s --transformer-decompose="ops=linear" 2>&1 | FileCheck %s --check-prefix=PLAIN
// Composite ops are spelled out in plain ops: all of them, or those that are named.

// PLAIN: error: expects the name of a composite op to decompose, found "linear"

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @attention
  // CHECK-SAME: %[[Q:.*]]: tensor<?x8xf32>, %[[K:.*]]: tensor<?x8xf32>, %[[V:.*]]: tensor<?x8xf32>
  // CHECK: %[[QR:.*]] = transformer.reshape %[[Q]] : tensor<?x8xf32> to tensor<?x2x4xf32>
  // CHECK: %[[QT:.*]] = transformer.transpose %[[QR]] [1, 0, 2]
  // CHECK: %[[KR:.*]] = transformer.reshape %[[K]]
  // CHECK: %[[KT:.*]] = transformer.transpose %[[KR]] [1, 2, 0]
  // CHECK: %[[S:.*]] = transformer.matmul %[[QT]], %[[KT]]
  // CHECK: %[[C:.*]] = transformer.scale %[[S]] by 5.000000e-01
  // CHECK: %[[P:.*]] = transformer.softmax %[[C]]
  // CHECK: %[[VR:.*]] = transformer.reshape %[[V]]
  // CHECK: %[[VT:.*]] = transformer.transpose %[[VR]] [1, 0, 2]
  // CHECK: %[[O:.*]] = transformer.matmul %[[P]], %[[VT]]
  // CHECK: %[[OT:.*]] = transformer.transpose %[[O]] [1, 0, 2]
  // CHECK: %[[R:.*]] = transformer.reshape %[[OT]] : tensor<?x2x4xf32> to tensor<?x8xf32>
  // CHECK: %[[L:.*]] = transformer.log_sum_exp %[[C]]
  // CHECK: return %[[R]], %[[P]], %[[C]], %[[L]]
  // CHOSEN-LABEL: func @attention
  // CHOSEN: transformer.attention
  func.func @attention(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> (tensor<?x8xf32>, tensor<2x?x?xf32>, tensor<2x?x?xf32>, tensor<2x?xf32>) {
    %r, %p, %s, %l = transformer.attention %q, %k, %v heads 2 scale 0.5
        : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
        probabilities tensor<2x?x?xf32> scores tensor<2x?x?xf32> log_sum_exp tensor<2x?xf32>
    return %r, %p, %s, %l : tensor<?x8xf32>, tensor<2x?x?xf32>, tensor<2x?x?xf32>, tensor<2x?xf32>
  }

  // CHECK-LABEL: func @log_sum_exp_without_probabilities
  // CHECK: %[[R:.*]] = transformer.reshape %{{.*}} : tensor<?x2x4xf32> to tensor<?x8xf32>
  // CHECK: %[[L:.*]] = transformer.log_sum_exp
  // CHECK: return %[[R]], %[[L]]
  func.func @log_sum_exp_without_probabilities(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> (tensor<?x8xf32>, tensor<2x?xf32>) {
    %r, %l = transformer.attention %q, %k, %v heads 2 scale 0.5
        : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32> log_sum_exp tensor<2x?xf32>
    return %r, %l : tensor<?x8xf32>, tensor<2x?xf32>
  }

  // CHECK-LABEL: func @feed_forward
  // CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[W1:.*]]: tensor<8x4xf32>, %[[B1:.*]]: tensor<8xf32>, %[[W2:.*]]: tensor<4x8xf32>
  // CHECK: %[[UP:.*]] = transformer.linear %[[X]], %[[W1]], %[[B1]]
  // CHECK: %[[A:.*]] = transformer.activation silu %[[UP]]
  // CHECK: %[[DOWN:.*]] = transformer.linear %[[A]], %[[W2]] :
  // CHECK: return %[[DOWN]]
  // CHOSEN-LABEL: func @feed_forward
  // CHOSEN-NOT: transformer.feed_forward
  func.func @feed_forward(%x: tensor<?x4xf32>, %w1: tensor<8x4xf32>, %b1: tensor<8xf32>, %w2: tensor<4x8xf32>)
      -> tensor<?x4xf32> {
    %y = transformer.feed_forward silu %x up(%w1, %b1) down(%w2)
        : tensor<?x4xf32>, up(tensor<8x4xf32>, tensor<8xf32>), down(tensor<4x8xf32>)
    return %y : tensor<?x4xf32>
  }

  // CHECK-LABEL: func @add_norm
  // CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[R:.*]]: tensor<?x4xf32>, %[[G:.*]]: tensor<4xf32>, %[[B:.*]]: tensor<4xf32>
  // CHECK: %[[SUM:.*]] = transformer.add %[[X]], %[[R]]
  // CHECK: %[[Y:.*]] = transformer.layer_norm %[[SUM]], %[[G]], %[[B]] eps 5.000000e-01
  // CHECK: return %[[Y]]
  // CHOSEN-LABEL: func @add_norm
  // CHOSEN-NOT: transformer.add_norm
  func.func @add_norm(%x: tensor<?x4xf32>, %r: tensor<?x4xf32>, %g: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<?x4xf32> {
    %y = transformer.add_norm %x, %r, %g, %b eps 0.5
        : tensor<?x4xf32>, tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>
    return %y : tensor<?x4xf32>
  }
}
