// RUN: tfc-opt %s --transformer-split-outputs --split-input-file --verify-diagnostics | FileCheck %s
// An entry point with optional results gets a twin; the first gives only what is always wanted.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK: func.func @encode(%{{.*}}: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x4xf32> {transformer.name = "last"}, tensor<4xf32> {transformer.name = "pooled"})
  // CHECK: %[[H:.*]] = transformer.embedding
  // CHECK: %[[P:.*]] = transformer.pool
  // CHECK: return %[[H]], %[[P]] : tensor<?x4xf32>, tensor<4xf32>
  // CHECK: func.func @encode_all(%{{.*}}: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x4xf32> {transformer.name = "last"}, tensor<?x?xf32> {transformer.name = "attentions.0"}, tensor<4xf32> {transformer.name = "pooled"})
  // CHECK: return %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x4xf32>, tensor<?x?xf32>, tensor<4xf32>
  func.func @encode(%ids: tensor<?xi32> {transformer.name = "input_ids"})
      -> (tensor<?x4xf32> {transformer.name = "last"},
          tensor<?x?xf32> {transformer.name = "attentions.0", transformer.optional},
          tensor<4xf32> {transformer.name = "pooled"}) {
    %t = transformer.weight "t" : tensor<9x4xf32>
    %h = transformer.embedding %ids, %t : tensor<?xi32>, tensor<9x4xf32>
    %y = transformer.transpose %h [1, 0] : tensor<?x4xf32>
    %s = transformer.matmul %h, %y : tensor<?x4xf32>, tensor<4x?xf32>
    %p = transformer.pool mean %h : tensor<?x4xf32>
    return %h, %s, %p : tensor<?x4xf32>, tensor<?x?xf32>, tensor<4xf32>
  }

  // CHECK: func.func @plain
  // CHECK-NOT: func.func @plain_all
  func.func @plain(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?xi32> {transformer.name = "out"}) {
    return %ids : tensor<?xi32>
  }
}

// -----

transformer.model @nothing_else attributes {max_sequence = 8 : i64} {
  // expected-error @below {{expects a result that is not optional}}
  func.func @encode(%ids: tensor<?xi32> {transformer.name = "input_ids"})
      -> (tensor<?xi32> {transformer.name = "out", transformer.optional}) {
    return %ids : tensor<?xi32>
  }
}
