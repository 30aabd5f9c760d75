// RUN: tfc-opt %s --transformer-fuse-attention | FileCheck %s
// Head split, scores, scale, softmax, weighted sum and head join become one attention.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @heads
  // CHECK-SAME: %[[Q:[a-z0-9]*]]: tensor<?x8xf32>, %[[K:[a-z0-9]*]]: tensor<?x8xf32>, %[[V:[a-z0-9]*]]: tensor<?x8xf32>
  // CHECK-NEXT: %[[R:.*]] = transformer.attention %[[Q]], %[[K]], %[[V]] heads 2 scale 5.000000e-01 :
  // CHECK-NEXT: return %[[R]]
  func.func @heads(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kt = transformer.transpose %kr [1, 2, 0] : tensor<?x2x4xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vt = transformer.transpose %vr [1, 0, 2] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %p = transformer.softmax %c : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %r = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %r : tensor<?x8xf32>
  }

  // 2 before the split, 3 behind it, 5 behind the transpose, 2 on the scores.
  // CHECK-LABEL: func @scales_around_the_split
  // CHECK-SAME: %[[Q:[a-z0-9]*]]: tensor<?x8xf32>, %[[K:[a-z0-9]*]]: tensor<?x8xf32>, %[[V:[a-z0-9]*]]: tensor<?x8xf32>
  // CHECK-NEXT: %[[R:.*]] = transformer.attention %[[Q]], %[[K]], %[[V]] heads 2 scale 6.000000e+01 :
  // CHECK-NEXT: return %[[R]]
  func.func @scales_around_the_split(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> tensor<?x8xf32> {
    %f = transformer.scale %q by 2.0 : tensor<?x8xf32>
    %g = transformer.reshape %f : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qr = transformer.scale %g by 3.0 : tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %h = transformer.transpose %kr [1, 2, 0] : tensor<?x2x4xf32>
    %kt = transformer.scale %h by 5.0 : tensor<2x4x?xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vt = transformer.transpose %vr [1, 0, 2] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 2.0 : tensor<2x?x?xf32>
    %p = transformer.softmax %c : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %r = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %r : tensor<?x8xf32>
  }

  // CHECK-LABEL: func @key_transposed_twice
  // CHECK-SAME: %[[Q:[a-z0-9]*]]: tensor<?x8xf32>, %[[K:[a-z0-9]*]]: tensor<?x8xf32>, %[[V:[a-z0-9]*]]: tensor<?x8xf32>
  // CHECK-NEXT: %[[R:.*]] = transformer.attention %[[Q]], %[[K]], %[[V]] heads 2 scale 5.000000e-01 :
  // CHECK-NEXT: return %[[R]]
  func.func @key_transposed_twice(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %f = transformer.transpose %kr [1, 0, 2] : tensor<?x2x4xf32>
    %kt = transformer.transpose %f [0, 2, 1] : tensor<2x?x4xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vt = transformer.transpose %vr [1, 0, 2] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %p = transformer.softmax %c : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %r = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %r : tensor<?x8xf32>
  }

  // Who looks at the probabilities gets those of the fused op.
  // CHECK-LABEL: func @probabilities_are_asked_for
  // CHECK-SAME: %[[Q:[a-z0-9]*]]: tensor<?x8xf32>, %[[K:[a-z0-9]*]]: tensor<?x8xf32>, %[[V:[a-z0-9]*]]: tensor<?x8xf32>
  // CHECK-NEXT: %[[R:.*]], %[[P:.*]] = transformer.attention %[[Q]], %[[K]], %[[V]] heads 2 scale 5.000000e-01 : {{.*}} probabilities tensor<2x?x?xf32>
  // CHECK-NEXT: return %[[R]], %[[P]]
  func.func @probabilities_are_asked_for(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> (tensor<?x8xf32>, tensor<2x?x?xf32>) {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kt = transformer.transpose %kr [1, 2, 0] : tensor<?x2x4xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vt = transformer.transpose %vr [1, 0, 2] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %p = transformer.softmax %c : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %r = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %r, %p : tensor<?x8xf32>, tensor<2x?x?xf32>
  }

  // CHECK-LABEL: func @one_head_needs_no_split
  // CHECK-SAME: %[[Q:[a-z0-9]*]]: tensor<?x8xf32>, %[[K:[a-z0-9]*]]: tensor<?x8xf32>, %[[V:[a-z0-9]*]]: tensor<?x8xf32>
  // CHECK-NEXT: %[[R:.*]] = transformer.attention %[[Q]], %[[K]], %[[V]] heads 1 scale 5.000000e-01 :
  // CHECK-NEXT: return %[[R]]
  func.func @one_head_needs_no_split(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> tensor<?x8xf32> {
    %kt = transformer.transpose %k [1, 0] : tensor<?x8xf32>
    %s = transformer.matmul %q, %kt : tensor<?x8xf32>, tensor<8x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<?x?xf32>
    %p = transformer.softmax %c : tensor<?x?xf32>
    %r = transformer.matmul %p, %v : tensor<?x?xf32>, tensor<?x8xf32>
    return %r : tensor<?x8xf32>
  }

  // CHECK-LABEL: func @no_scale
  // CHECK-SAME: %[[Q:[a-z0-9]*]]: tensor<?x8xf32>, %[[K:[a-z0-9]*]]: tensor<?x8xf32>, %[[V:[a-z0-9]*]]: tensor<?x8xf32>
  // CHECK-NEXT: %[[R:.*]] = transformer.attention %[[Q]], %[[K]], %[[V]] heads 1 scale 1.000000e+00 :
  // CHECK-NEXT: return %[[R]]
  func.func @no_scale(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %kt = transformer.transpose %k [1, 0] : tensor<?x8xf32>
    %s = transformer.matmul %q, %kt : tensor<?x8xf32>, tensor<8x?xf32>
    %p = transformer.softmax %s : tensor<?x?xf32>
    %r = transformer.matmul %p, %v : tensor<?x?xf32>, tensor<?x8xf32>
    return %r : tensor<?x8xf32>
  }

  // 0.707 * 0.707, in double precision.
  // CHECK-LABEL: func @roots_on_query_and_key
  // CHECK-SAME: %[[Q:[a-z0-9]*]]: tensor<?x8xf32>, %[[K:[a-z0-9]*]]: tensor<?x8xf32>, %[[V:[a-z0-9]*]]: tensor<?x8xf32>
  // CHECK-NEXT: %[[R:.*]] = transformer.attention %[[Q]], %[[K]], %[[V]] heads 1 scale 0.49984899999999993 :
  // CHECK-NEXT: return %[[R]]
  func.func @roots_on_query_and_key(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> tensor<?x8xf32> {
    %f = transformer.scale %q by 0.707 : tensor<?x8xf32>
    %g = transformer.scale %k by 0.707 : tensor<?x8xf32>
    %kt = transformer.transpose %g [1, 0] : tensor<?x8xf32>
    %s = transformer.matmul %f, %kt : tensor<?x8xf32>, tensor<8x?xf32>
    %p = transformer.softmax %s : tensor<?x?xf32>
    %r = transformer.matmul %p, %v : tensor<?x?xf32>, tensor<?x8xf32>
    return %r : tensor<?x8xf32>
  }

  // CHECK-LABEL: func @probabilities_have_other_users
  // CHECK-NOT: transformer.attention
  func.func @probabilities_have_other_users(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> (tensor<?x8xf32>, tensor<?x?xf32>) {
    %kt = transformer.transpose %k [1, 0] : tensor<?x8xf32>
    %s = transformer.matmul %q, %kt : tensor<?x8xf32>, tensor<8x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<?x?xf32>
    %p = transformer.softmax %c : tensor<?x?xf32>
    %r = transformer.matmul %p, %v : tensor<?x?xf32>, tensor<?x8xf32>
    return %r, %p : tensor<?x8xf32>, tensor<?x?xf32>
  }

  // CHECK-LABEL: func @probabilities_are_used_too_early
  // CHECK-NOT: transformer.attention
  func.func @probabilities_are_used_too_early(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> (tensor<?x8xf32>, tensor<2x?xf32>) {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kt = transformer.transpose %kr [1, 2, 0] : tensor<?x2x4xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vt = transformer.transpose %vr [1, 0, 2] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %p = transformer.softmax %c : tensor<2x?x?xf32>
    %l = transformer.log_sum_exp %p : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %r = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %r, %l : tensor<?x8xf32>, tensor<2x?xf32>
  }

  // CHECK-LABEL: func @scores_have_other_users
  // CHECK-NOT: transformer.attention
  func.func @scores_have_other_users(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> (tensor<?x8xf32>, tensor<?x?xf32>) {
    %kt = transformer.transpose %k [1, 0] : tensor<?x8xf32>
    %s = transformer.matmul %q, %kt : tensor<?x8xf32>, tensor<8x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<?x?xf32>
    %p = transformer.softmax %c : tensor<?x?xf32>
    %r = transformer.matmul %p, %v : tensor<?x?xf32>, tensor<?x8xf32>
    return %r, %s : tensor<?x8xf32>, tensor<?x?xf32>
  }

  // CHECK-LABEL: func @scores_of_one_head_without_a_dimension_are_used
  // CHECK-NOT: transformer.attention
  func.func @scores_of_one_head_without_a_dimension_are_used(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> (tensor<?x8xf32>, tensor<?x?xf32>) {
    %kt = transformer.transpose %k [1, 0] : tensor<?x8xf32>
    %s = transformer.matmul %q, %kt : tensor<?x8xf32>, tensor<8x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<?x?xf32>
    %p = transformer.softmax %c : tensor<?x?xf32>
    %r = transformer.matmul %p, %v : tensor<?x?xf32>, tensor<?x8xf32>
    return %r, %c : tensor<?x8xf32>, tensor<?x?xf32>
  }

  // CHECK-LABEL: func @scores_have_a_bias
  // CHECK-NOT: transformer.attention
  func.func @scores_have_a_bias(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>, %b: tensor<?x?xf32>)
      -> tensor<?x8xf32> {
    %kt = transformer.transpose %k [1, 0] : tensor<?x8xf32>
    %s = transformer.matmul %q, %kt : tensor<?x8xf32>, tensor<8x?xf32>
    %c = transformer.add %s, %b : tensor<?x?xf32>, tensor<?x?xf32>
    %p = transformer.softmax %c : tensor<?x?xf32>
    %r = transformer.matmul %p, %v : tensor<?x?xf32>, tensor<?x8xf32>
    return %r : tensor<?x8xf32>
  }

  // CHECK-LABEL: func @scores_times_a_tensor
  // CHECK-NOT: transformer.attention
  func.func @scores_times_a_tensor(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>, %b: tensor<?x?xf32>)
      -> tensor<?x8xf32> {
    %kt = transformer.transpose %k [1, 0] : tensor<?x8xf32>
    %s = transformer.matmul %q, %kt : tensor<?x8xf32>, tensor<8x?xf32>
    %c = transformer.mul %s, %b : tensor<?x?xf32>, tensor<?x?xf32>
    %p = transformer.softmax %c : tensor<?x?xf32>
    %r = transformer.matmul %p, %v : tensor<?x?xf32>, tensor<?x8xf32>
    return %r : tensor<?x8xf32>
  }

  // CHECK-LABEL: func @probabilities_are_scaled
  // CHECK-NOT: transformer.attention
  func.func @probabilities_are_scaled(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> tensor<?x8xf32> {
    %kt = transformer.transpose %k [1, 0] : tensor<?x8xf32>
    %s = transformer.matmul %q, %kt : tensor<?x8xf32>, tensor<8x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<?x?xf32>
    %f = transformer.softmax %c : tensor<?x?xf32>
    %p = transformer.scale %f by 0.5 : tensor<?x?xf32>
    %r = transformer.matmul %p, %v : tensor<?x?xf32>, tensor<?x8xf32>
    return %r : tensor<?x8xf32>
  }

  // CHECK-LABEL: func @scales_overflow_together
  // CHECK-NOT: transformer.attention
  func.func @scales_overflow_together(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> tensor<?x8xf32> {
    %f = transformer.scale %k by 3.0e38 : tensor<?x8xf32>
    %kt = transformer.transpose %f [1, 0] : tensor<?x8xf32>
    %s = transformer.matmul %q, %kt : tensor<?x8xf32>, tensor<8x?xf32>
    %c = transformer.scale %s by 3.0e38 : tensor<?x?xf32>
    %p = transformer.softmax %c : tensor<?x?xf32>
    %r = transformer.matmul %p, %v : tensor<?x?xf32>, tensor<?x8xf32>
    return %r : tensor<?x8xf32>
  }

  // CHECK-LABEL: func @context_has_other_users
  // CHECK-NOT: transformer.attention
  func.func @context_has_other_users(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> (tensor<?x8xf32>, tensor<2x?x4xf32>) {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kt = transformer.transpose %kr [1, 2, 0] : tensor<?x2x4xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vt = transformer.transpose %vr [1, 0, 2] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %p = transformer.softmax %c : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %r = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %r, %o : tensor<?x8xf32>, tensor<2x?x4xf32>
  }

  // Head h would take the columns h, h + 2, …
  // CHECK-LABEL: func @query_heads_interleaved
  // CHECK-NOT: transformer.attention
  func.func @query_heads_interleaved(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> tensor<?x8xf32> {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x4x2xf32>
    %qt = transformer.transpose %qr [2, 0, 1] : tensor<?x4x2xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kt = transformer.transpose %kr [1, 2, 0] : tensor<?x2x4xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vt = transformer.transpose %vr [1, 0, 2] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %p = transformer.softmax %c : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %r = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %r : tensor<?x8xf32>
  }

  // CHECK-LABEL: func @value_heads_interleaved
  // CHECK-NOT: transformer.attention
  func.func @value_heads_interleaved(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> tensor<?x8xf32> {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kt = transformer.transpose %kr [1, 2, 0] : tensor<?x2x4xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x4x2xf32>
    %vt = transformer.transpose %vr [2, 0, 1] : tensor<?x4x2xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %p = transformer.softmax %c : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    %r = transformer.reshape %ot : tensor<?x2x4xf32> to tensor<?x8xf32>
    return %r : tensor<?x8xf32>
  }

  // CHECK-LABEL: func @heads_joined_interleaved
  // CHECK-NOT: transformer.attention
  func.func @heads_joined_interleaved(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> tensor<?x8xf32> {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kt = transformer.transpose %kr [1, 2, 0] : tensor<?x2x4xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vt = transformer.transpose %vr [1, 0, 2] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %p = transformer.softmax %c : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 2, 0] : tensor<2x?x4xf32>
    %r = transformer.reshape %ot : tensor<?x4x2xf32> to tensor<?x8xf32>
    return %r : tensor<?x8xf32>
  }

  // CHECK-LABEL: func @heads_not_joined
  // CHECK-NOT: transformer.attention
  func.func @heads_not_joined(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) -> tensor<?x2x4xf32> {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kt = transformer.transpose %kr [1, 2, 0] : tensor<?x2x4xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vt = transformer.transpose %vr [1, 0, 2] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %p = transformer.softmax %c : tensor<2x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x?x4xf32>
    return %ot : tensor<?x2x4xf32>
  }

  // With as many tokens as columns in a head, a key that was not transposed has the right type.
  // CHECK-LABEL: func @key_in_wrong_order
  // CHECK-NOT: transformer.attention
  func.func @key_in_wrong_order(%q: tensor<4x4xf32>, %k: tensor<4x4xf32>, %v: tensor<4x4xf32>) -> tensor<4x4xf32> {
    %s = transformer.matmul %q, %k : tensor<4x4xf32>, tensor<4x4xf32>
    %p = transformer.softmax %s : tensor<4x4xf32>
    %r = transformer.matmul %p, %v : tensor<4x4xf32>, tensor<4x4xf32>
    return %r : tensor<4x4xf32>
  }
}
