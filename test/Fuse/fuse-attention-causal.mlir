// RUN: tfc-opt %s --transformer-fuse-attention | FileCheck %s
// A causal mask behind the scale makes an attention causal; repeated heads of key and value are shared heads.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @causal
  // CHECK-SAME: %[[Q:[a-z0-9]*]]: tensor<?x16xf32>, %[[K:[a-z0-9]*]]: tensor<?x16xf32>, %[[V:[a-z0-9]*]]: tensor<?x16xf32>
  // CHECK-NEXT: %[[Y:.*]] = transformer.attention %[[Q]], %[[K]], %[[V]] heads 4 scale 5.000000e-01 causal :
  // CHECK-NEXT: return %[[Y]]
  func.func @causal(%q: tensor<?x16xf32>, %k: tensor<?x16xf32>, %v: tensor<?x16xf32>)
      -> tensor<?x16xf32> {
    %qr = transformer.reshape %q : tensor<?x16xf32> to tensor<?x4x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x4x4xf32>
    %kr = transformer.reshape %k : tensor<?x16xf32> to tensor<?x4x4xf32>
    %kt = transformer.transpose %kr [1, 2, 0] : tensor<?x4x4xf32>
    %vr = transformer.reshape %v : tensor<?x16xf32> to tensor<?x4x4xf32>
    %vt = transformer.transpose %vr [1, 0, 2] : tensor<?x4x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<4x?x4xf32>, tensor<4x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<4x?x?xf32>
    %m = transformer.causal_mask %c : tensor<4x?x?xf32>
    %p = transformer.softmax %m : tensor<4x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<4x?x?xf32>, tensor<4x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<4x?x4xf32>
    %y = transformer.reshape %ot : tensor<?x4x4xf32> to tensor<?x16xf32>
    return %y : tensor<?x16xf32>
  }

  // CHECK-LABEL: func @window
  // CHECK-SAME: %[[Q:[a-z0-9]*]]: tensor<?x16xf32>, %[[K:[a-z0-9]*]]: tensor<?x16xf32>, %[[V:[a-z0-9]*]]: tensor<?x16xf32>
  // CHECK-NEXT: %[[Y:.*]] = transformer.attention %[[Q]], %[[K]], %[[V]] heads 4 scale 5.000000e-01 causal window 3 :
  // CHECK-NEXT: return %[[Y]]
  func.func @window(%q: tensor<?x16xf32>, %k: tensor<?x16xf32>, %v: tensor<?x16xf32>)
      -> tensor<?x16xf32> {
    %qr = transformer.reshape %q : tensor<?x16xf32> to tensor<?x4x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x4x4xf32>
    %kr = transformer.reshape %k : tensor<?x16xf32> to tensor<?x4x4xf32>
    %kt = transformer.transpose %kr [1, 2, 0] : tensor<?x4x4xf32>
    %vr = transformer.reshape %v : tensor<?x16xf32> to tensor<?x4x4xf32>
    %vt = transformer.transpose %vr [1, 0, 2] : tensor<?x4x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<4x?x4xf32>, tensor<4x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<4x?x?xf32>
    %m = transformer.causal_mask %c window 3 : tensor<4x?x?xf32>
    %p = transformer.softmax %m : tensor<4x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<4x?x?xf32>, tensor<4x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<4x?x4xf32>
    %y = transformer.reshape %ot : tensor<?x4x4xf32> to tensor<?x16xf32>
    return %y : tensor<?x16xf32>
  }

  // CHECK-LABEL: func @grouped
  // CHECK-SAME: %[[Q:[a-z0-9]*]]: tensor<?x16xf32>, %[[K:[a-z0-9]*]]: tensor<?x8xf32>, %[[V:[a-z0-9]*]]: tensor<?x8xf32>
  // CHECK-NEXT: %[[Y:.*]] = transformer.attention %[[Q]], %[[K]], %[[V]] heads 4 scale 5.000000e-01 causal :
  // CHECK-NEXT: return %[[Y]]
  func.func @grouped(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> tensor<?x16xf32> {
    %qr = transformer.reshape %q : tensor<?x16xf32> to tensor<?x4x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x4x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kn = transformer.repeat %kr dim 1 times 2 : tensor<?x2x4xf32>
    %kt = transformer.transpose %kn [1, 2, 0] : tensor<?x4x4xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vn = transformer.repeat %vr dim 1 times 2 : tensor<?x2x4xf32>
    %vt = transformer.transpose %vn [1, 0, 2] : tensor<?x4x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<4x?x4xf32>, tensor<4x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<4x?x?xf32>
    %m = transformer.causal_mask %c : tensor<4x?x?xf32>
    %p = transformer.softmax %m : tensor<4x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<4x?x?xf32>, tensor<4x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<4x?x4xf32>
    %y = transformer.reshape %ot : tensor<?x4x4xf32> to tensor<?x16xf32>
    return %y : tensor<?x16xf32>
  }

  // CHECK-LABEL: func @grouped_without_mask
  // CHECK-SAME: %[[Q:[a-z0-9]*]]: tensor<?x16xf32>, %[[K:[a-z0-9]*]]: tensor<?x8xf32>, %[[V:[a-z0-9]*]]: tensor<?x8xf32>
  // CHECK-NEXT: %[[Y:.*]] = transformer.attention %[[Q]], %[[K]], %[[V]] heads 4 scale 5.000000e-01 :
  // CHECK-NEXT: return %[[Y]]
  func.func @grouped_without_mask(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> tensor<?x16xf32> {
    %qr = transformer.reshape %q : tensor<?x16xf32> to tensor<?x4x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x4x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kn = transformer.repeat %kr dim 1 times 2 : tensor<?x2x4xf32>
    %kt = transformer.transpose %kn [1, 2, 0] : tensor<?x4x4xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vn = transformer.repeat %vr dim 1 times 2 : tensor<?x2x4xf32>
    %vt = transformer.transpose %vn [1, 0, 2] : tensor<?x4x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<4x?x4xf32>, tensor<4x4x?xf32>
    %m = transformer.scale %s by 0.5 : tensor<4x?x?xf32>
    %p = transformer.softmax %m : tensor<4x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<4x?x?xf32>, tensor<4x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<4x?x4xf32>
    %y = transformer.reshape %ot : tensor<?x4x4xf32> to tensor<?x16xf32>
    return %y : tensor<?x16xf32>
  }

  // Repeated as heads, the first dimension.
  // CHECK-LABEL: func @repeated_behind_the_transpose
  // CHECK-SAME: %[[Q:[a-z0-9]*]]: tensor<?x16xf32>, %[[K:[a-z0-9]*]]: tensor<?x8xf32>, %[[V:[a-z0-9]*]]: tensor<?x8xf32>
  // CHECK-NEXT: %[[Y:.*]] = transformer.attention %[[Q]], %[[K]], %[[V]] heads 4 scale 5.000000e-01 causal :
  // CHECK-NEXT: return %[[Y]]
  func.func @repeated_behind_the_transpose(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> tensor<?x16xf32> {
    %qr = transformer.reshape %q : tensor<?x16xf32> to tensor<?x4x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x4x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kh = transformer.transpose %kr [1, 0, 2] : tensor<?x2x4xf32>
    %kn = transformer.repeat %kh dim 0 times 2 : tensor<2x?x4xf32>
    %kt = transformer.transpose %kn [0, 2, 1] : tensor<4x?x4xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vh = transformer.transpose %vr [1, 0, 2] : tensor<?x2x4xf32>
    %vn = transformer.repeat %vh dim 0 times 2 : tensor<2x?x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<4x?x4xf32>, tensor<4x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<4x?x?xf32>
    %m = transformer.causal_mask %c : tensor<4x?x?xf32>
    %p = transformer.softmax %m : tensor<4x?x?xf32>
    %o = transformer.matmul %p, %vn : tensor<4x?x?xf32>, tensor<4x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<4x?x4xf32>
    %y = transformer.reshape %ot : tensor<?x4x4xf32> to tensor<?x16xf32>
    return %y : tensor<?x16xf32>
  }

  // CHECK-LABEL: func @probabilities_are_asked_for
  // CHECK-SAME: %[[Q:[a-z0-9]*]]: tensor<?x16xf32>, %[[K:[a-z0-9]*]]: tensor<?x8xf32>, %[[V:[a-z0-9]*]]: tensor<?x8xf32>
  // CHECK-NEXT: %[[Y:.*]], %[[P:.*]] = transformer.attention %[[Q]], %[[K]], %[[V]] heads 4 scale 5.000000e-01 causal : {{.*}} probabilities tensor<4x?x?xf32>
  // CHECK-NEXT: return %[[Y]], %[[P]]
  func.func @probabilities_are_asked_for(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> (tensor<?x16xf32>, tensor<4x?x?xf32>) {
    %qr = transformer.reshape %q : tensor<?x16xf32> to tensor<?x4x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x4x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kn = transformer.repeat %kr dim 1 times 2 : tensor<?x2x4xf32>
    %kt = transformer.transpose %kn [1, 2, 0] : tensor<?x4x4xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vn = transformer.repeat %vr dim 1 times 2 : tensor<?x2x4xf32>
    %vt = transformer.transpose %vn [1, 0, 2] : tensor<?x4x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<4x?x4xf32>, tensor<4x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<4x?x?xf32>
    %m = transformer.causal_mask %c : tensor<4x?x?xf32>
    %p = transformer.softmax %m : tensor<4x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<4x?x?xf32>, tensor<4x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<4x?x4xf32>
    %y = transformer.reshape %ot : tensor<?x4x4xf32> to tensor<?x16xf32>
    return %y, %p : tensor<?x16xf32>, tensor<4x?x?xf32>
  }

  // CHECK-LABEL: func @one_head_needs_no_split
  // CHECK: transformer.attention %{{.*}}, %{{.*}}, %{{.*}} heads 1 scale 5.000000e-01 causal :
  func.func @one_head_needs_no_split(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %kt = transformer.transpose %k [1, 0] : tensor<?x8xf32>
    %s = transformer.matmul %q, %kt : tensor<?x8xf32>, tensor<8x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<?x?xf32>
    %m = transformer.causal_mask %c : tensor<?x?xf32>
    %p = transformer.softmax %m : tensor<?x?xf32>
    %y = transformer.matmul %p, %v : tensor<?x?xf32>, tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }

  // CHECK-LABEL: func @masked_scores_are_asked_for
  // CHECK-NEXT: %[[Y:.*]], %[[S:.*]] = transformer.attention {{.*}} heads 4 scale 5.000000e-01 causal : {{.*}} scores tensor<4x?x?xf32>
  // CHECK-NEXT: return %[[Y]], %[[S]]
  func.func @masked_scores_are_asked_for(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> (tensor<?x16xf32>, tensor<4x?x?xf32>) {
    %qr = transformer.reshape %q : tensor<?x16xf32> to tensor<?x4x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x4x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kn = transformer.repeat %kr dim 1 times 2 : tensor<?x2x4xf32>
    %kt = transformer.transpose %kn [1, 2, 0] : tensor<?x4x4xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vn = transformer.repeat %vr dim 1 times 2 : tensor<?x2x4xf32>
    %vt = transformer.transpose %vn [1, 0, 2] : tensor<?x4x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<4x?x4xf32>, tensor<4x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<4x?x?xf32>
    %m = transformer.causal_mask %c : tensor<4x?x?xf32>
    %p = transformer.softmax %m : tensor<4x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<4x?x?xf32>, tensor<4x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<4x?x4xf32>
    %y = transformer.reshape %ot : tensor<?x4x4xf32> to tensor<?x16xf32>
    return %y, %m : tensor<?x16xf32>, tensor<4x?x?xf32>
  }

  // −∞ times the factor need not be −∞.
  // CHECK-LABEL: func @scaled_behind_the_mask
  // CHECK-NOT: transformer.attention
  func.func @scaled_behind_the_mask(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>)
      -> tensor<?x16xf32> {
    %qr = transformer.reshape %q : tensor<?x16xf32> to tensor<?x4x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x4x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kn = transformer.repeat %kr dim 1 times 2 : tensor<?x2x4xf32>
    %kt = transformer.transpose %kn [1, 2, 0] : tensor<?x4x4xf32>
    %vr = transformer.reshape %v : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vn = transformer.repeat %vr dim 1 times 2 : tensor<?x2x4xf32>
    %vt = transformer.transpose %vn [1, 0, 2] : tensor<?x4x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<4x?x4xf32>, tensor<4x4x?xf32>
    %c = transformer.causal_mask %s : tensor<4x?x?xf32>
    %m = transformer.scale %c by 0.5 : tensor<4x?x?xf32>
    %p = transformer.softmax %m : tensor<4x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<4x?x?xf32>, tensor<4x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<4x?x4xf32>
    %y = transformer.reshape %ot : tensor<?x4x4xf32> to tensor<?x16xf32>
    return %y : tensor<?x16xf32>
  }

  // CHECK-LABEL: func @query_heads_are_repeated
  // CHECK-NOT: transformer.attention
  func.func @query_heads_are_repeated(%q: tensor<?x8xf32>, %k: tensor<?x16xf32>, %v: tensor<?x16xf32>)
      -> tensor<?x16xf32> {
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qn = transformer.repeat %qr dim 1 times 2 : tensor<?x2x4xf32>
    %qt = transformer.transpose %qn [1, 0, 2] : tensor<?x4x4xf32>
    %kr = transformer.reshape %k : tensor<?x16xf32> to tensor<?x4x4xf32>
    %kt = transformer.transpose %kr [1, 2, 0] : tensor<?x4x4xf32>
    %vr = transformer.reshape %v : tensor<?x16xf32> to tensor<?x4x4xf32>
    %vt = transformer.transpose %vr [1, 0, 2] : tensor<?x4x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<4x?x4xf32>, tensor<4x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<4x?x?xf32>
    %m = transformer.causal_mask %c : tensor<4x?x?xf32>
    %p = transformer.softmax %m : tensor<4x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<4x?x?xf32>, tensor<4x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<4x?x4xf32>
    %y = transformer.reshape %ot : tensor<?x4x4xf32> to tensor<?x16xf32>
    return %y : tensor<?x16xf32>
  }

  // Keys of two heads, values of four.
  // CHECK-LABEL: func @values_are_not_shared
  // CHECK-NOT: transformer.attention
  func.func @values_are_not_shared(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %v: tensor<?x16xf32>)
      -> tensor<?x16xf32> {
    %qr = transformer.reshape %q : tensor<?x16xf32> to tensor<?x4x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x4x4xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kn = transformer.repeat %kr dim 1 times 2 : tensor<?x2x4xf32>
    %kt = transformer.transpose %kn [1, 2, 0] : tensor<?x4x4xf32>
    %vr = transformer.reshape %v : tensor<?x16xf32> to tensor<?x4x4xf32>
    %vt = transformer.transpose %vr [1, 0, 2] : tensor<?x4x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<4x?x4xf32>, tensor<4x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<4x?x?xf32>
    %m = transformer.causal_mask %c : tensor<4x?x?xf32>
    %p = transformer.softmax %m : tensor<4x?x?xf32>
    %o = transformer.matmul %p, %vt : tensor<4x?x?xf32>, tensor<4x?x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<4x?x4xf32>
    %y = transformer.reshape %ot : tensor<?x4x4xf32> to tensor<?x16xf32>
    return %y : tensor<?x16xf32>
  }

  // Two tokens of which each stands four times have the type of eight tokens.
  // CHECK-LABEL: func @tokens_are_repeated
  // CHECK-NOT: transformer.attention
  func.func @tokens_are_repeated(%q: tensor<8x8xf32>, %k: tensor<2x8xf32>, %v: tensor<2x8xf32>) -> tensor<8x8xf32> {
    %qr = transformer.reshape %q : tensor<8x8xf32> to tensor<8x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<8x2x4xf32>
    %kr = transformer.reshape %k : tensor<2x8xf32> to tensor<2x2x4xf32>
    %kn = transformer.repeat %kr dim 0 times 4 : tensor<2x2x4xf32>
    %kt = transformer.transpose %kn [1, 2, 0] : tensor<8x2x4xf32>
    %vr = transformer.reshape %v : tensor<2x8xf32> to tensor<2x2x4xf32>
    %vn = transformer.repeat %vr dim 0 times 4 : tensor<2x2x4xf32>
    %vt = transformer.transpose %vn [1, 0, 2] : tensor<8x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x8x4xf32>, tensor<2x4x8xf32>
    %p = transformer.softmax %s : tensor<2x8x8xf32>
    %o = transformer.matmul %p, %vt : tensor<2x8x8xf32>, tensor<2x8x4xf32>
    %ot = transformer.transpose %o [1, 0, 2] : tensor<2x8x4xf32>
    %y = transformer.reshape %ot : tensor<8x2x4xf32> to tensor<8x8xf32>
    return %y : tensor<8x8xf32>
  }
}
