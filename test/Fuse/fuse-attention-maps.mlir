// RUN: tfc-opt %s --transformer-fuse-attention | FileCheck %s
// Who looks at what the softmax is taken of, behind the joined heads, gets that from the fused op.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @scores_and_probabilities_are_asked_for
  // CHECK-NEXT: %[[R:.*]], %[[P:.*]], %[[S:.*]] = transformer.attention {{.*}} probabilities tensor<2x?x?xf32> scores tensor<2x?x?xf32>
  // CHECK-NEXT: %[[L:.*]] = transformer.log_sum_exp %[[S]]
  // CHECK-NEXT: return %[[R]], %[[P]], %[[L]]
  func.func @scores_and_probabilities_are_asked_for(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> (tensor<?x8xf32>, tensor<2x?x?xf32>, tensor<2x?xf32>) {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kt = transformer.transpose %kr [1, 2, 0] : tensor<?x2x4xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vt = transformer.transpose %vr [1, 0, 2] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %m = transformer.causal_mask %c : tensor<2x?x?xf32>
    %p = transformer.softmax %m : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %r = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    %l = transformer.log_sum_exp %m : tensor<2x?x?xf32>
    return %r, %p, %l : tensor<?x8xf32>, tensor<2x?x?xf32>, tensor<2x?xf32>
  }

  // CHECK-LABEL: func @scores_before_the_mask_are_asked_for
  // CHECK-NOT: transformer.attention
  func.func @scores_before_the_mask_are_asked_for(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> (tensor<?x8xf32>, tensor<2x?x?xf32>) {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kt = transformer.transpose %kr [1, 2, 0] : tensor<?x2x4xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vt = transformer.transpose %vr [1, 0, 2] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %m = transformer.causal_mask %c : tensor<2x?x?xf32>
    %p = transformer.softmax %m : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %r = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %r, %c : tensor<?x8xf32>, tensor<2x?x?xf32>
  }

  // CHECK-LABEL: func @scores_are_used_too_early
  // CHECK-NOT: transformer.attention
  func.func @scores_are_used_too_early(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> (tensor<?x8xf32>, tensor<2x?x?xf32>) {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kt = transformer.transpose %kr [1, 2, 0] : tensor<?x2x4xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vt = transformer.transpose %vr [1, 0, 2] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %m = transformer.causal_mask %c : tensor<2x?x?xf32>
    %p = transformer.softmax %m : tensor<2x?x?xf32>
    %e = transformer.scale %m by 2.0 : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %r = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %r, %e : tensor<?x8xf32>, tensor<2x?x?xf32>
  }

  // CHECK-LABEL: func @products_are_asked_for
  // CHECK-NEXT: %[[R:.*]], %[[S:.*]] = transformer.attention {{.*}} heads 2 scale 1.000000e+00 : {{.*}} scores tensor<2x?x?xf32>
  // CHECK-NEXT: return %[[R]], %[[S]]
  func.func @products_are_asked_for(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> (tensor<?x8xf32>, tensor<2x?x?xf32>) {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kt = transformer.transpose %kr [1, 2, 0] : tensor<?x2x4xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vt = transformer.transpose %vr [1, 0, 2] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %p = transformer.softmax %s : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %r = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %r, %s : tensor<?x8xf32>, tensor<2x?x?xf32>
  }

  // CHECK-LABEL: func @capped_and_biased_scores_are_asked_for
  // CHECK-NEXT: %[[R:.*]], %[[S:.*]] = transformer.attention {{.*}} softcap 2.000000e+00 slopes [5.000000e-01, 2.500000e-01] : {{.*}} scores tensor<2x?x?xf32>
  // CHECK-NEXT: return %[[R]], %[[S]]
  func.func @capped_and_biased_scores_are_asked_for(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> (tensor<?x8xf32>, tensor<2x?x?xf32>) {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kt = transformer.transpose %kr [1, 2, 0] : tensor<?x2x4xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vt = transformer.transpose %vr [1, 0, 2] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %t = transformer.activation tanh %c : tensor<2x?x?xf32>
    %u = transformer.scale %t by 2.0 : tensor<2x?x?xf32>
    %m = transformer.linear_bias %u slopes [0.5, 0.25] : tensor<2x?x?xf32>
    %p = transformer.softmax %m : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %r = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %r, %m : tensor<?x8xf32>, tensor<2x?x?xf32>
  }
}
