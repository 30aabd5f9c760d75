// RUN: tfc-opt %s --transformer-fuse-qkv | FileCheck %s
// Linear layers of one input become one, with slices of its result.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @query_key_value
  // CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>
  // CHECK-DAG: %[[WQ:.*]] = transformer.weight "wq"
  // CHECK-DAG: %[[BQ:.*]] = transformer.weight "bq"
  // CHECK-DAG: %[[WK:.*]] = transformer.weight "wk"
  // CHECK-DAG: %[[BK:.*]] = transformer.weight "bk"
  // CHECK-DAG: %[[WV:.*]] = transformer.weight "wv"
  // CHECK-DAG: %[[BV:.*]] = transformer.weight "bv"
  // CHECK: %[[W:.*]] = transformer.concat %[[WQ]], %[[WK]], %[[WV]] dim 0
  // CHECK: %[[B:.*]] = transformer.concat %[[BQ]], %[[BK]], %[[BV]] dim 0
  // CHECK: %[[QKV:.*]] = transformer.linear %[[X]], %[[W]], %[[B]] : {{.*}}, tensor<12x4xf32>, tensor<12xf32>
  // CHECK: %[[Q:.*]] = transformer.slice %[[QKV]] dim 1 offset 0 size 4
  // CHECK: %[[K:.*]] = transformer.slice %[[QKV]] dim 1 offset 4 size 4
  // CHECK: %[[V:.*]] = transformer.slice %[[QKV]] dim 1 offset 8 size 4
  // CHECK-NOT: transformer.linear
  // CHECK: return %[[Q]], %[[K]], %[[V]]
  func.func @query_key_value(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) {
    %wq = transformer.weight "wq" : tensor<4x4xf32>
    %bq = transformer.weight "bq" : tensor<4xf32>
    %q = transformer.linear %x, %wq, %bq : tensor<?x4xf32>, tensor<4x4xf32>, tensor<4xf32>
    %wk = transformer.weight "wk" : tensor<4x4xf32>
    %bk = transformer.weight "bk" : tensor<4xf32>
    %k = transformer.linear %x, %wk, %bk : tensor<?x4xf32>, tensor<4x4xf32>, tensor<4xf32>
    %wv = transformer.weight "wv" : tensor<4x4xf32>
    %bv = transformer.weight "bv" : tensor<4xf32>
    %v = transformer.linear %x, %wv, %bv : tensor<?x4xf32>, tensor<4x4xf32>, tensor<4xf32>
    return %q, %k, %v : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>
  }

  // CHECK-LABEL: func @vector_without_bias
  // CHECK: %[[W:.*]] = transformer.concat %{{.*}}, %{{.*}} dim 0 : tensor<6x4xf32>, tensor<2x4xf32>
  // CHECK: %[[BOTH:.*]] = transformer.linear %{{.*}}, %[[W]] : tensor<4xf32>, tensor<8x4xf32>
  // CHECK: transformer.slice %[[BOTH]] dim 0 offset 0 size 6 : tensor<8xf32>
  // CHECK: transformer.slice %[[BOTH]] dim 0 offset 6 size 2 : tensor<8xf32>
  func.func @vector_without_bias(%x: tensor<4xf32>) -> (tensor<6xf32>, tensor<2xf32>) {
    %w0 = transformer.weight "w0" : tensor<6x4xf32>
    %w1 = transformer.weight "w1" : tensor<2x4xf32>
    %0 = transformer.linear %x, %w0 : tensor<4xf32>, tensor<6x4xf32>
    %1 = transformer.linear %x, %w1 : tensor<4xf32>, tensor<2x4xf32>
    return %0, %1 : tensor<6xf32>, tensor<2xf32>
  }

  // Weights stored as [in, out] are moved up together with what turns them around.
  // CHECK-LABEL: func @transposed_weights
  // CHECK: %[[T0:.*]] = transformer.transpose
  // CHECK: %[[STORED:.*]] = transformer.weight "w1"
  // CHECK: %[[T1:.*]] = transformer.transpose %[[STORED]]
  // CHECK: transformer.concat %[[T0]], %[[T1]] dim 0
  // CHECK: transformer.linear
  // CHECK-NOT: transformer.linear
  func.func @transposed_weights(%x: tensor<?x4xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
    %w0 = transformer.weight "w0" : tensor<4x2xf32>
    %t0 = transformer.transpose %w0 [1, 0] : tensor<4x2xf32>
    %0 = transformer.linear %x, %t0 : tensor<?x4xf32>, tensor<2x4xf32>
    %w1 = transformer.weight "w1" : tensor<4x2xf32>
    %t1 = transformer.transpose %w1 [1, 0] : tensor<4x2xf32>
    %1 = transformer.linear %x, %t1 : tensor<?x4xf32>, tensor<2x4xf32>
    return %0, %1 : tensor<?x2xf32>, tensor<?x2xf32>
  }

  // Grouped heads: key and value are narrower than the query, and all have biases; rotary follows.
  // CHECK-LABEL: func @other_widths
  // CHECK: transformer.linear %{{.*}} : tensor<?x4xf32>, tensor<8x4xf32>, tensor<8xf32>
  // CHECK: %[[Q:.*]] = transformer.slice %{{.*}} dim 1 offset 0 size 4
  // CHECK: %[[K:.*]] = transformer.slice %{{.*}} dim 1 offset 4 size 2
  // CHECK: transformer.slice %{{.*}} dim 1 offset 6 size 2
  // CHECK-NOT: transformer.linear
  // CHECK: transformer.rotary %[[Q]]
  // CHECK: transformer.rotary %[[K]]
  func.func @other_widths(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x2xf32>, tensor<?x2xf32>) {
    %table = transformer.rotary_table [1.0] : tensor<8x2xf32>
    %wq = transformer.weight "wq" : tensor<4x4xf32>
    %bq = transformer.weight "bq" : tensor<4xf32>
    %q = transformer.linear %x, %wq, %bq : tensor<?x4xf32>, tensor<4x4xf32>, tensor<4xf32>
    %qr = transformer.rotary %q, %table heads 2 : tensor<?x4xf32>, tensor<8x2xf32>
    %wk = transformer.weight "wk" : tensor<2x4xf32>
    %bk = transformer.weight "bk" : tensor<2xf32>
    %k = transformer.linear %x, %wk, %bk : tensor<?x4xf32>, tensor<2x4xf32>, tensor<2xf32>
    %kr = transformer.rotary %k, %table heads 1 : tensor<?x2xf32>, tensor<8x2xf32>
    %wv = transformer.weight "wv" : tensor<2x4xf32>
    %bv = transformer.weight "bv" : tensor<2xf32>
    %v = transformer.linear %x, %wv, %bv : tensor<?x4xf32>, tensor<2x4xf32>, tensor<2xf32>
    return %qr, %kr, %v : tensor<?x4xf32>, tensor<?x2xf32>, tensor<?x2xf32>
  }

  // CHECK-LABEL: func @other_input_or_other_bias
  // CHECK-NOT: transformer.concat
  // CHECK-NOT: transformer.slice
  func.func @other_input_or_other_bias(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>)
      -> (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) {
    %w0 = transformer.weight "w0" : tensor<4x4xf32>
    %w1 = transformer.weight "w1" : tensor<4x4xf32>
    %b = transformer.weight "b" : tensor<4xf32>
    %0 = transformer.linear %x, %w0 : tensor<?x4xf32>, tensor<4x4xf32>
    %1 = transformer.linear %x, %w1, %b : tensor<?x4xf32>, tensor<4x4xf32>, tensor<4xf32>
    %2 = transformer.linear %y, %w1 : tensor<?x4xf32>, tensor<4x4xf32>
    return %0, %1, %2 : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>
  }

  // CHECK-LABEL: func @weights_are_not_constant
  // CHECK-NOT: transformer.concat
  func.func @weights_are_not_constant(%x: tensor<?x4xf32>, %w0: tensor<4x4xf32>, %w1: tensor<4x4xf32>)
      -> (tensor<?x4xf32>, tensor<?x4xf32>) {
    %0 = transformer.linear %x, %w0 : tensor<?x4xf32>, tensor<4x4xf32>
    %1 = transformer.linear %x, %w1 : tensor<?x4xf32>, tensor<4x4xf32>
    return %0, %1 : tensor<?x4xf32>, tensor<?x4xf32>
  }

  // Two layers read the same memory: each joins its own two, not all four.
  // CHECK-LABEL: func @layer_by_layer
  // CHECK: transformer.concat %{{.*}}, %{{.*}} dim 0 : tensor<4x4xf32>, tensor<4x4xf32>
  // CHECK: transformer.concat %{{.*}}, %{{.*}} dim 0 : tensor<4x4xf32>, tensor<4x4xf32>
  // CHECK-NOT: transformer.concat
  func.func @layer_by_layer(%memory: tensor<?x4xf32>) -> tensor<?x4xf32> {
    %k0 = transformer.weight "k0" : tensor<4x4xf32>
    %v0 = transformer.weight "v0" : tensor<4x4xf32>
    %o0 = transformer.weight "o0" : tensor<4x4xf32>
    %k1 = transformer.weight "k1" : tensor<4x4xf32>
    %v1 = transformer.weight "v1" : tensor<4x4xf32>
    %0 = transformer.linear %memory, %k0 : tensor<?x4xf32>, tensor<4x4xf32>
    %1 = transformer.linear %memory, %v0 : tensor<?x4xf32>, tensor<4x4xf32>
    %2 = transformer.add %0, %1 : tensor<?x4xf32>, tensor<?x4xf32>
    %3 = transformer.linear %2, %o0 : tensor<?x4xf32>, tensor<4x4xf32>
    %4 = transformer.linear %memory, %k1 : tensor<?x4xf32>, tensor<4x4xf32>
    %5 = transformer.linear %memory, %v1 : tensor<?x4xf32>, tensor<4x4xf32>
    %6 = transformer.add %4, %5 : tensor<?x4xf32>, tensor<?x4xf32>
    %7 = transformer.add %6, %3 : tensor<?x4xf32>, tensor<?x4xf32>
    return %7 : tensor<?x4xf32>
  }
}
