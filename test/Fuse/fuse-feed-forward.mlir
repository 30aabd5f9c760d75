// RUN: tfc-opt %s --transformer-fuse-feed-forward | FileCheck %s
// linear, nonlinearity, linear on [tokens, hidden] become one feed_forward, with the gate between them.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @block
  // CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[W1:.*]]: tensor<16x4xf32>, %[[B1:.*]]: tensor<16xf32>, %[[W2:.*]]: tensor<4x16xf32>, %[[B2:.*]]: tensor<4xf32>
  // CHECK-NEXT: %[[Y:.*]] = transformer.feed_forward gelu %[[X]] up(%[[W1]], %[[B1]]) down(%[[W2]], %[[B2]])
  // CHECK-NEXT: return %[[Y]]
  func.func @block(%x: tensor<?x4xf32>, %w1: tensor<16x4xf32>, %b1: tensor<16xf32>, %w2: tensor<4x16xf32>,
                   %b2: tensor<4xf32>) -> tensor<?x4xf32> {
    %0 = transformer.linear %x, %w1, %b1 : tensor<?x4xf32>, tensor<16x4xf32>, tensor<16xf32>
    %1 = transformer.activation gelu %0 : tensor<?x16xf32>
    %2 = transformer.linear %1, %w2, %b2 : tensor<?x16xf32>, tensor<4x16xf32>, tensor<4xf32>
    return %2 : tensor<?x4xf32>
  }

  // CHECK-LABEL: func @one_bias
  // CHECK: transformer.feed_forward relu %{{.*}} up(%{{.*}}) down(%{{.*}}, %{{.*}})
  // CHECK-NEXT: return
  func.func @one_bias(%x: tensor<?x4xf32>, %w1: tensor<16x4xf32>, %w2: tensor<4x16xf32>, %b2: tensor<4xf32>)
      -> tensor<?x4xf32> {
    %0 = transformer.linear %x, %w1 : tensor<?x4xf32>, tensor<16x4xf32>
    %1 = transformer.activation relu %0 : tensor<?x16xf32>
    %2 = transformer.linear %1, %w2, %b2 : tensor<?x16xf32>, tensor<4x16xf32>, tensor<4xf32>
    return %2 : tensor<?x4xf32>
  }

  // CHECK-LABEL: func @gate
  // CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[W0:.*]]: tensor<16x4xf32>, %[[B0:.*]]: tensor<16xf32>, %[[W1:.*]]: tensor<16x4xf32>, %[[W2:.*]]: tensor<4x16xf32>
  // CHECK-NEXT: %[[Y:.*]] = transformer.feed_forward silu %[[X]] gate(%[[W0]], %[[B0]]) up(%[[W1]]) down(%[[W2]])
  // CHECK-NEXT: return %[[Y]]
  func.func @gate(%x: tensor<?x4xf32>, %w0: tensor<16x4xf32>, %b0: tensor<16xf32>, %w1: tensor<16x4xf32>,
      %w2: tensor<4x16xf32>) -> tensor<?x4xf32> {
    %g = transformer.linear %x, %w0, %b0 : tensor<?x4xf32>, tensor<16x4xf32>, tensor<16xf32>
    %u = transformer.linear %x, %w1 : tensor<?x4xf32>, tensor<16x4xf32>
    %a = transformer.activation silu %g : tensor<?x16xf32>
    %m = transformer.mul %a, %u : tensor<?x16xf32>, tensor<?x16xf32>
    %y = transformer.linear %m, %w2 : tensor<?x16xf32>, tensor<4x16xf32>
    return %y : tensor<?x4xf32>
  }

  // CHECK-LABEL: func @gate_on_the_right
  // CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[W0:.*]]: tensor<16x4xf32>, %[[B0:.*]]: tensor<16xf32>, %[[W1:.*]]: tensor<16x4xf32>, %[[W2:.*]]: tensor<4x16xf32>
  // CHECK-NEXT: %[[Y:.*]] = transformer.feed_forward silu %[[X]] gate(%[[W0]], %[[B0]]) up(%[[W1]]) down(%[[W2]])
  // CHECK-NEXT: return %[[Y]]
  func.func @gate_on_the_right(%x: tensor<?x4xf32>, %w0: tensor<16x4xf32>, %b0: tensor<16xf32>, %w1: tensor<16x4xf32>,
      %w2: tensor<4x16xf32>) -> tensor<?x4xf32> {
    %g = transformer.linear %x, %w0, %b0 : tensor<?x4xf32>, tensor<16x4xf32>, tensor<16xf32>
    %u = transformer.linear %x, %w1 : tensor<?x4xf32>, tensor<16x4xf32>
    %a = transformer.activation silu %g : tensor<?x16xf32>
    %m = transformer.mul %u, %a : tensor<?x16xf32>, tensor<?x16xf32>
    %y = transformer.linear %m, %w2 : tensor<?x16xf32>, tensor<4x16xf32>
    return %y : tensor<?x4xf32>
  }

  // CHECK-LABEL: func @gate_of_another_input
  // CHECK-NOT: transformer.feed_forward
  func.func @gate_of_another_input(%x: tensor<?x4xf32>, %z: tensor<?x4xf32>, %w0: tensor<16x4xf32>, %b0: tensor<16xf32>, %w1: tensor<16x4xf32>,
      %w2: tensor<4x16xf32>) -> tensor<?x4xf32> {
    %g = transformer.linear %z, %w0, %b0 : tensor<?x4xf32>, tensor<16x4xf32>, tensor<16xf32>
    %u = transformer.linear %x, %w1 : tensor<?x4xf32>, tensor<16x4xf32>
    %a = transformer.activation silu %g : tensor<?x16xf32>
    %m = transformer.mul %a, %u : tensor<?x16xf32>, tensor<?x16xf32>
    %y = transformer.linear %m, %w2 : tensor<?x16xf32>, tensor<4x16xf32>
    return %y : tensor<?x4xf32>
  }

  // CHECK-LABEL: func @both_sides_are_activated
  // CHECK-NOT: transformer.feed_forward
  func.func @both_sides_are_activated(%x: tensor<?x4xf32>, %w0: tensor<16x4xf32>, %b0: tensor<16xf32>, %w1: tensor<16x4xf32>,
      %w2: tensor<4x16xf32>) -> tensor<?x4xf32> {
    %g = transformer.linear %x, %w0, %b0 : tensor<?x4xf32>, tensor<16x4xf32>, tensor<16xf32>
    %u = transformer.linear %x, %w1 : tensor<?x4xf32>, tensor<16x4xf32>
    %a = transformer.activation silu %g : tensor<?x16xf32>
    %c = transformer.activation silu %u : tensor<?x16xf32>
    %m = transformer.mul %a, %c : tensor<?x16xf32>, tensor<?x16xf32>
    %y = transformer.linear %m, %w2 : tensor<?x16xf32>, tensor<4x16xf32>
    return %y : tensor<?x4xf32>
  }

  // CHECK-LABEL: func @gated_up_has_other_users
  // CHECK-NOT: transformer.feed_forward
  func.func @gated_up_has_other_users(%x: tensor<?x4xf32>, %w0: tensor<16x4xf32>, %b0: tensor<16xf32>, %w1: tensor<16x4xf32>,
      %w2: tensor<4x16xf32>) -> (tensor<?x4xf32>, tensor<?x16xf32>) {
    %g = transformer.linear %x, %w0, %b0 : tensor<?x4xf32>, tensor<16x4xf32>, tensor<16xf32>
    %u = transformer.linear %x, %w1 : tensor<?x4xf32>, tensor<16x4xf32>
    %a = transformer.activation silu %g : tensor<?x16xf32>
    %m = transformer.mul %a, %u : tensor<?x16xf32>, tensor<?x16xf32>
    %y = transformer.linear %m, %w2 : tensor<?x16xf32>, tensor<4x16xf32>
    return %y, %u : tensor<?x4xf32>, tensor<?x16xf32>
  }

  // CHECK-LABEL: func @product_has_other_users
  // CHECK-NOT: transformer.feed_forward
  func.func @product_has_other_users(%x: tensor<?x4xf32>, %w0: tensor<16x4xf32>, %b0: tensor<16xf32>, %w1: tensor<16x4xf32>,
      %w2: tensor<4x16xf32>) -> (tensor<?x4xf32>, tensor<?x16xf32>) {
    %g = transformer.linear %x, %w0, %b0 : tensor<?x4xf32>, tensor<16x4xf32>, tensor<16xf32>
    %u = transformer.linear %x, %w1 : tensor<?x4xf32>, tensor<16x4xf32>
    %a = transformer.activation silu %g : tensor<?x16xf32>
    %m = transformer.mul %a, %u : tensor<?x16xf32>, tensor<?x16xf32>
    %y = transformer.linear %m, %w2 : tensor<?x16xf32>, tensor<4x16xf32>
    return %y, %m : tensor<?x4xf32>, tensor<?x16xf32>
  }

  // CHECK-LABEL: func @classifier_of_one_vector
  // CHECK-NOT: transformer.feed_forward
  func.func @classifier_of_one_vector(%x: tensor<?x4xf32>, %w1: tensor<4x4xf32>, %w2: tensor<4x4xf32>) -> tensor<4xf32> {
    %0 = transformer.pool first %x : tensor<?x4xf32>
    %1 = transformer.linear %0, %w1 : tensor<4xf32>, tensor<4x4xf32>
    %2 = transformer.activation tanh %1 : tensor<4xf32>
    %3 = transformer.linear %2, %w2 : tensor<4xf32>, tensor<4x4xf32>
    return %3 : tensor<4xf32>
  }

  // CHECK-LABEL: func @result_has_another_width
  // CHECK-NOT: transformer.feed_forward
  func.func @result_has_another_width(%x: tensor<?x4xf32>, %w1: tensor<4x4xf32>, %w2: tensor<9x4xf32>)
      -> tensor<?x9xf32> {
    %0 = transformer.linear %x, %w1 : tensor<?x4xf32>, tensor<4x4xf32>
    %1 = transformer.activation tanh %0 : tensor<?x4xf32>
    %2 = transformer.linear %1, %w2 : tensor<?x4xf32>, tensor<9x4xf32>
    return %2 : tensor<?x9xf32>
  }

  // CHECK-LABEL: func @activation_has_other_users
  // CHECK-NOT: transformer.feed_forward
  func.func @activation_has_other_users(%x: tensor<?x4xf32>, %w1: tensor<16x4xf32>, %w2: tensor<4x16xf32>)
      -> (tensor<?x4xf32>, tensor<?x16xf32>) {
    %0 = transformer.linear %x, %w1 : tensor<?x4xf32>, tensor<16x4xf32>
    %1 = transformer.activation relu %0 : tensor<?x16xf32>
    %2 = transformer.linear %1, %w2 : tensor<?x16xf32>, tensor<4x16xf32>
    return %2, %1 : tensor<?x4xf32>, tensor<?x16xf32>
  }

  // CHECK-LABEL: func @up_has_other_users
  // CHECK-NOT: transformer.feed_forward
  func.func @up_has_other_users(%x: tensor<?x4xf32>, %w1: tensor<16x4xf32>, %w2: tensor<4x16xf32>)
      -> (tensor<?x4xf32>, tensor<?x16xf32>) {
    %0 = transformer.linear %x, %w1 : tensor<?x4xf32>, tensor<16x4xf32>
    %1 = transformer.activation relu %0 : tensor<?x16xf32>
    %2 = transformer.linear %1, %w2 : tensor<?x16xf32>, tensor<4x16xf32>
    return %2, %0 : tensor<?x4xf32>, tensor<?x16xf32>
  }
}
