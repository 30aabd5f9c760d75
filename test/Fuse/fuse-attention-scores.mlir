// RUN: tfc-opt %s --transformer-fuse-attention | FileCheck %s
// What is done with scores before they are masked becomes part of the attention: a factor, tanh and the factor that it is
// bounded by; a bias by distance.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @softcap
  // CHECK: transformer.attention %{{.*}} heads 2 scale 5.000000e-01 softcap 4.000000e+00 causal :
  func.func @softcap(%q: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kt = transformer.transpose %qr [1, 2, 0] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %i = transformer.scale %c by 0.25 : tensor<2x?x?xf32>
    %t = transformer.activation tanh %i : tensor<2x?x?xf32>
    %h = transformer.scale %t by 4.0 : tensor<2x?x?xf32>
    %m = transformer.causal_mask %h : tensor<2x?x?xf32>
    %p = transformer.softmax %m : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %qt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %y = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }

  // CHECK-LABEL: func @linear_bias
  // CHECK: transformer.attention %{{.*}} heads 2 scale 5.000000e-01 slopes [5.000000e-01, 2.500000e-01] causal window 3 :
  func.func @linear_bias(%q: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kt = transformer.transpose %qr [1, 2, 0] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %b = transformer.linear_bias %c slopes [0.5, 0.25] : tensor<2x?x?xf32>
    %m = transformer.causal_mask %b window 3 : tensor<2x?x?xf32>
    %p = transformer.softmax %m : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %qt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %y = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }

  // CHECK-LABEL: func @both_without_a_mask
  // CHECK: transformer.attention %{{.*}} heads 2 scale 5.000000e-01 softcap 4.000000e+00 slopes [5.000000e-01, 2.500000e-01] :
  func.func @both_without_a_mask(%q: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kt = transformer.transpose %qr [1, 2, 0] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %i = transformer.scale %c by 0.25 : tensor<2x?x?xf32>
    %t = transformer.activation tanh %i : tensor<2x?x?xf32>
    %h = transformer.scale %t by 4.0 : tensor<2x?x?xf32>
    %m = transformer.linear_bias %h slopes [0.5, 0.25] : tensor<2x?x?xf32>
    %p = transformer.softmax %m : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %qt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %y = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }

  // Query, key and value of each head together: the heads are read from more than two dimensions.
  // CHECK-LABEL: func @heads_from_parts
  // CHECK: %[[P:.*]] = transformer.slice
  // CHECK: %[[Q:.*]] = transformer.reshape %[[P]] : tensor<?x2x1x4xf32> to tensor<?x8xf32>
  // CHECK: transformer.attention %[[Q]],
  func.func @heads_from_parts(%q: tensor<?x8xf32>, %x: tensor<?x24xf32>) -> tensor<?x8xf32> {
    %a = transformer.reshape %x : tensor<?x24xf32> to tensor<?x2x3x4xf32>
    %qp = transformer.slice %a dim 2 offset 0 size 1 : tensor<?x2x3x4xf32>
    %qr = transformer.reshape %qp : tensor<?x2x1x4xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kt = transformer.transpose %qr [1, 2, 0] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %m = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %p = transformer.softmax %m : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %qt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %y = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }

  // CHECK-LABEL: func @capped_scores_have_other_users
  // CHECK-NOT: transformer.attention
  // CHECK: return
  func.func @capped_scores_have_other_users(%q: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<2x?x?xf32>) {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kt = transformer.transpose %qr [1, 2, 0] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %i = transformer.scale %c by 0.25 : tensor<2x?x?xf32>
    %t = transformer.activation tanh %i : tensor<2x?x?xf32>
    %m = transformer.scale %t by 4.0 : tensor<2x?x?xf32>
    %p = transformer.softmax %m : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %qt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %y = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %y, %t : tensor<?x8xf32>, tensor<2x?x?xf32>
  }

  // CHECK-LABEL: func @biased_scores_have_other_users
  // CHECK-NOT: transformer.attention
  // CHECK: return
  func.func @biased_scores_have_other_users(%q: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<2x?x?xf32>) {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kt = transformer.transpose %qr [1, 2, 0] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %b = transformer.linear_bias %c slopes [0.5, 0.25] : tensor<2x?x?xf32>
    %m = transformer.causal_mask %b : tensor<2x?x?xf32>
    %p = transformer.softmax %m : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %qt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %y = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %y, %b : tensor<?x8xf32>, tensor<2x?x?xf32>
  }

  // CHECK-LABEL: func @bounded_by_less_than_nothing
  // CHECK-NOT: transformer.attention
  // CHECK: return
  func.func @bounded_by_less_than_nothing(%q: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kt = transformer.transpose %qr [1, 2, 0] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %i = transformer.scale %c by 0.25 : tensor<2x?x?xf32>
    %t = transformer.activation tanh %i : tensor<2x?x?xf32>
    %m = transformer.scale %t by -4.0 : tensor<2x?x?xf32>
    %p = transformer.softmax %m : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %qt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %y = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }

  // CHECK-LABEL: func @mask_before_the_bias
  // CHECK-NOT: transformer.attention
  // CHECK: return
  func.func @mask_before_the_bias(%q: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kt = transformer.transpose %qr [1, 2, 0] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %b = transformer.causal_mask %c : tensor<2x?x?xf32>
    %m = transformer.linear_bias %b slopes [0.5, 0.25] : tensor<2x?x?xf32>
    %p = transformer.softmax %m : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %qt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %y = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }
}
