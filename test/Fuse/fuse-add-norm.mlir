// RUN: tfc-opt %s --transformer-fuse-add-norm | FileCheck %s
// The norm of a sum becomes add_norm; what a sublayer computed is its input, what passed by is its residual.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @sublayer_on_the_left
  // CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %{{.*}}: tensor<4x4xf32>, %[[G:.*]]: tensor<4xf32>, %[[B:.*]]: tensor<4xf32>
  // CHECK: %[[S:.*]] = transformer.linear
  // CHECK-NEXT: %[[Y:.*]] = transformer.add_norm %[[S]], %[[X]], %[[G]], %[[B]] eps 5.000000e-01
  // CHECK-NEXT: return %[[Y]]
  func.func @sublayer_on_the_left(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>, %g: tensor<4xf32>, %b: tensor<4xf32>)
      -> tensor<?x4xf32> {
    %0 = transformer.linear %x, %w : tensor<?x4xf32>, tensor<4x4xf32>
    %1 = transformer.add %0, %x : tensor<?x4xf32>, tensor<?x4xf32>
    %2 = transformer.layer_norm %1, %g, %b eps 0.5 : tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>
    return %2 : tensor<?x4xf32>
  }

  // CHECK-LABEL: func @sublayer_on_the_right
  // CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %{{.*}}: tensor<8x4xf32>
  // CHECK: %[[S:.*]] = transformer.feed_forward
  // CHECK-NEXT: transformer.add_norm %[[S]], %[[X]],
  func.func @sublayer_on_the_right(%x: tensor<?x4xf32>, %w1: tensor<8x4xf32>, %w2: tensor<4x8xf32>, %g: tensor<4xf32>,
                                   %b: tensor<4xf32>) -> tensor<?x4xf32> {
    %0 = transformer.feed_forward relu %x up(%w1) down(%w2)
        : tensor<?x4xf32>, up(tensor<8x4xf32>), down(tensor<4x8xf32>)
    %1 = transformer.add %x, %0 : tensor<?x4xf32>, tensor<?x4xf32>
    %2 = transformer.layer_norm %1, %g, %b eps 0.5 : tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>
    return %2 : tensor<?x4xf32>
  }

  // CHECK-LABEL: func @no_sublayer
  // CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[Y:.*]]: tensor<?x4xf32>, %{{.*}}: tensor<4xf32>, %{{.*}}: tensor<4xf32>
  // CHECK-NEXT: transformer.add_norm %[[X]], %[[Y]],
  func.func @no_sublayer(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>, %g: tensor<4xf32>, %b: tensor<4xf32>)
      -> tensor<?x4xf32> {
    %0 = transformer.add %x, %y : tensor<?x4xf32>, tensor<?x4xf32>
    %1 = transformer.layer_norm %0, %g, %b eps 0.5 : tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>
    return %1 : tensor<?x4xf32>
  }

  // A sublayer's output that is used again cannot take the residual in.
  // CHECK-LABEL: func @sublayer_has_other_users
  // CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %{{.*}}: tensor<4x4xf32>
  // CHECK: %[[S:.*]] = transformer.linear
  // CHECK: transformer.add_norm %[[X]], %[[S]],
  func.func @sublayer_has_other_users(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>, %g: tensor<4xf32>, %b: tensor<4xf32>)
      -> (tensor<?x4xf32>, tensor<?x4xf32>) {
    %0 = transformer.linear %x, %w : tensor<?x4xf32>, tensor<4x4xf32>
    %1 = transformer.add %x, %0 : tensor<?x4xf32>, tensor<?x4xf32>
    %2 = transformer.layer_norm %1, %g, %b eps 0.5 : tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>
    return %2, %0 : tensor<?x4xf32>, tensor<?x4xf32>
  }

  // CHECK-LABEL: func @sum_has_other_users
  // CHECK-NOT: transformer.add_norm
  func.func @sum_has_other_users(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>, %g: tensor<4xf32>, %b: tensor<4xf32>)
      -> (tensor<?x4xf32>, tensor<?x4xf32>) {
    %0 = transformer.add %x, %y : tensor<?x4xf32>, tensor<?x4xf32>
    %1 = transformer.layer_norm %0, %g, %b eps 0.5 : tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>
    return %1, %0 : tensor<?x4xf32>, tensor<?x4xf32>
  }

  // CHECK-LABEL: func @right_side_is_repeated
  // CHECK-NOT: transformer.add_norm
  func.func @right_side_is_repeated(%x: tensor<?x4xf32>, %y: tensor<4xf32>, %g: tensor<4xf32>, %b: tensor<4xf32>)
      -> tensor<?x4xf32> {
    %0 = transformer.add %x, %y : tensor<?x4xf32>, tensor<4xf32>
    %1 = transformer.layer_norm %0, %g, %b eps 0.5 : tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>
    return %1 : tensor<?x4xf32>
  }
}
