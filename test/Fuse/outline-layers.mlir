// RUN: tfc-opt %s --transformer-outline-layers --split-input-file | FileCheck %s
// Neighbouring sequences of ops that differ in nothing but their weights become calls of one function.

transformer.model @layers attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @first_reads_an_argument
  // CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>
  // CHECK-DAG: %[[G:.*]] = transformer.weight "gamma"
  // CHECK-DAG: %[[B:.*]] = transformer.weight "beta"
  // CHECK: %[[W0:.*]] = transformer.weight "w0"
  // CHECK: %[[H1:.*]] = call @layer(%[[X]], %[[W0]], %[[G]], %[[B]])
  // CHECK: %[[W1:.*]] = transformer.weight "w1"
  // CHECK: %[[H2:.*]] = call @layer(%[[H1]], %[[W1]], %[[G]], %[[B]])
  // CHECK: %[[A2:.*]] = transformer.weight "a2"
  // CHECK: %[[B2:.*]] = transformer.weight "b2"
  // CHECK: %[[W2:.*]] = transformer.concat %[[A2]], %[[B2]]
  // CHECK: %[[H3:.*]] = call @layer(%[[H2]], %[[W2]], %[[G]], %[[B]])
  // CHECK-NEXT: transformer.pool mean %[[H3]]
  func.func @first_reads_an_argument(%x: tensor<?x4xf32>) -> tensor<4xf32> {
    %g = transformer.weight "gamma" : tensor<4xf32>
    %b = transformer.weight "beta" : tensor<4xf32>
    %w0 = transformer.weight "w0" : tensor<4x4xf32>
    %0 = transformer.linear %x, %w0 : tensor<?x4xf32>, tensor<4x4xf32>
    %1 = transformer.add_norm %0, %x, %g, %b eps 0.5 : tensor<?x4xf32>, tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>
    %w1 = transformer.weight "w1" : tensor<4x4xf32>
    %2 = transformer.linear %1, %w1 : tensor<?x4xf32>, tensor<4x4xf32>
    %3 = transformer.add_norm %2, %1, %g, %b eps 0.5 : tensor<?x4xf32>, tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>
    %a2 = transformer.weight "a2" : tensor<3x4xf32>
    %b2 = transformer.weight "b2" : tensor<1x4xf32>
    %w2 = transformer.concat %a2, %b2 dim 0 : tensor<3x4xf32>, tensor<1x4xf32>
    %4 = transformer.linear %3, %w2 : tensor<?x4xf32>, tensor<4x4xf32>
    %5 = transformer.add_norm %4, %3, %g, %b eps 0.5 : tensor<?x4xf32>, tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>
    %6 = transformer.pool mean %5 : tensor<?x4xf32>
    return %6 : tensor<4xf32>
  }

  // Another entry point uses the same layer. Its border lies where one value flows, not behind the linear op before it.
  // CHECK-LABEL: func @same_layer_in_another_function
  // CHECK: %[[H:.*]] = transformer.add_norm
  // CHECK: call @layer(%[[H]],
  // CHECK: call @layer(
  // CHECK-NOT: transformer.add_norm
  func.func @same_layer_in_another_function(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> {
    %g = transformer.weight "gamma" : tensor<4xf32>
    %b = transformer.weight "beta" : tensor<4xf32>
    %w0 = transformer.weight "w0" : tensor<4x4xf32>
    %w1 = transformer.weight "w1" : tensor<4x4xf32>
    %h = transformer.add_norm %x, %y, %g, %b eps 0.5 : tensor<?x4xf32>, tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>
    %0 = transformer.linear %h, %w0 : tensor<?x4xf32>, tensor<4x4xf32>
    %1 = transformer.add_norm %0, %h, %g, %b eps 0.5 : tensor<?x4xf32>, tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>
    %2 = transformer.linear %1, %w1 : tensor<?x4xf32>, tensor<4x4xf32>
    %3 = transformer.add_norm %2, %1, %g, %b eps 0.5 : tensor<?x4xf32>, tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>
    return %3 : tensor<?x4xf32>
  }

  // CHECK-LABEL: func private @layer(
  // CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[W:.*]]: tensor<4x4xf32>, %[[G:.*]]: tensor<4xf32>, %[[B:.*]]: tensor<4xf32>) -> tensor<?x4xf32>
  // CHECK-NEXT: %[[L:.*]] = transformer.linear %[[X]], %[[W]]
  // CHECK-NEXT: %[[H:.*]] = transformer.add_norm %[[L]], %[[X]], %[[G]], %[[B]] eps 5.000000e-01
  // CHECK-NEXT: return %[[H]]
  // CHECK-NOT: func.func
}

// -----

// CHECK-LABEL: transformer.model @two_values
transformer.model @two_values attributes {max_sequence = 8 : i64} {
  // Two values flow from layer to layer, and both layers read one from before the run. Nothing uses the second value of
  // the last layer.
  // CHECK-LABEL: func @two_values_flow
  // CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>
  // CHECK: %[[M:.*]] = transformer.softmax %[[X]]
  // CHECK: %[[C1:.*]]:2 = call @layer(%[[X]], %[[M]], %[[X]],
  // CHECK: %[[C2:.*]]:2 = call @layer(%[[C1]]#1, %[[M]], %[[C1]]#0,
  // CHECK: return %[[C2]]#1
  // CHECK: func private @layer
  // CHECK: transformer.activation relu
  // CHECK: transformer.activation tanh
  // CHECK: return %{{.*}}, %{{.*}}
  func.func @two_values_flow(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
    %m = transformer.softmax %x : tensor<?x4xf32>
    %w0 = transformer.weight "w0" : tensor<4x4xf32>
    %w1 = transformer.weight "w1" : tensor<4x4xf32>
    %0 = transformer.linear %x, %w0 : tensor<?x4xf32>, tensor<4x4xf32>
    %1 = transformer.activation relu %0 : tensor<?x4xf32>
    %2 = transformer.add %1, %m : tensor<?x4xf32>, tensor<?x4xf32>
    %3 = transformer.activation tanh %2 : tensor<?x4xf32>
    %4 = transformer.mul %3, %x : tensor<?x4xf32>, tensor<?x4xf32>
    %5 = transformer.linear %4, %w1 : tensor<?x4xf32>, tensor<4x4xf32>
    %6 = transformer.activation relu %5 : tensor<?x4xf32>
    %7 = transformer.add %6, %m : tensor<?x4xf32>, tensor<?x4xf32>
    %8 = transformer.activation tanh %7 : tensor<?x4xf32>
    %9 = transformer.mul %8, %1 : tensor<?x4xf32>, tensor<?x4xf32>
    return %9 : tensor<?x4xf32>
  }
}

// -----

transformer.model @none attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @inner_result_is_used_elsewhere
  // CHECK-NOT: call
  func.func @inner_result_is_used_elsewhere(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
    %w0 = transformer.weight "w0" : tensor<4x4xf32>
    %w1 = transformer.weight "w1" : tensor<4x4xf32>
    %0 = transformer.linear %x, %w0 : tensor<?x4xf32>, tensor<4x4xf32>
    %1 = transformer.add %0, %x : tensor<?x4xf32>, tensor<?x4xf32>
    %2 = transformer.linear %1, %w1 : tensor<?x4xf32>, tensor<4x4xf32>
    %3 = transformer.add %2, %1 : tensor<?x4xf32>, tensor<?x4xf32>
    return %3, %0 : tensor<?x4xf32>, tensor<?x4xf32>
  }

  // CHECK-LABEL: func @other_attribute
  // CHECK-NOT: call
  func.func @other_attribute(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
    %w0 = transformer.weight "w0" : tensor<4x4xf32>
    %w1 = transformer.weight "w1" : tensor<4x4xf32>
    %0 = transformer.linear %x, %w0 : tensor<?x4xf32>, tensor<4x4xf32>
    %1 = transformer.scale %0 by 0.5 : tensor<?x4xf32>
    %2 = transformer.linear %1, %w1 : tensor<?x4xf32>, tensor<4x4xf32>
    %3 = transformer.scale %2 by 0.25 : tensor<?x4xf32>
    return %3 : tensor<?x4xf32>
  }

  // The second sum takes what the linear layer reads, the first one what it makes.
  // CHECK-LABEL: func @other_wiring
  // CHECK-NOT: call
  func.func @other_wiring(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
    %w0 = transformer.weight "w0" : tensor<4x4xf32>
    %w1 = transformer.weight "w1" : tensor<4x4xf32>
    %0 = transformer.linear %x, %w0 : tensor<?x4xf32>, tensor<4x4xf32>
    %1 = transformer.add %0, %0 : tensor<?x4xf32>, tensor<?x4xf32>
    %2 = transformer.linear %1, %w1 : tensor<?x4xf32>, tensor<4x4xf32>
    %3 = transformer.add %2, %1 : tensor<?x4xf32>, tensor<?x4xf32>
    return %3 : tensor<?x4xf32>
  }

  // CHECK-LABEL: func @layer_of_one_op
  // CHECK-NOT: call
  func.func @layer_of_one_op(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
    %w0 = transformer.weight "w0" : tensor<4x4xf32>
    %w1 = transformer.weight "w1" : tensor<4x4xf32>
    %0 = transformer.linear %x, %w0 : tensor<?x4xf32>, tensor<4x4xf32>
    %1 = transformer.linear %0, %w1 : tensor<?x4xf32>, tensor<4x4xf32>
    return %1 : tensor<?x4xf32>
  }

  // CHECK-LABEL: func @no_weights
  // CHECK-NOT: call
  func.func @no_weights(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
    %0 = transformer.activation tanh %x : tensor<?x4xf32>
    %1 = transformer.add %0, %x : tensor<?x4xf32>, tensor<?x4xf32>
    %2 = transformer.activation tanh %1 : tensor<?x4xf32>
    %3 = transformer.add %2, %1 : tensor<?x4xf32>, tensor<?x4xf32>
    return %3 : tensor<?x4xf32>
  }

  // CHECK-NOT: func private
}
