// RUN: tfc-opt %s --transformer-fuse -o %t && FileCheck %s < %t
// RUN: tfc-opt %t --transformer-fuse | diff %t -
// The whole stage, on two layers as the importer writes them: each becomes one call. Its own text it leaves alone.

// CHECK-LABEL: func @encode
// CHECK: %[[H0:.*]] = transformer.add_norm
// CHECK: transformer.concat %{{.*}}, %{{.*}}, %{{.*}} dim 0 : tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>
// CHECK: transformer.concat %{{.*}}, %{{.*}}, %{{.*}} dim 0 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
// CHECK: %[[H1:.*]] = call @layer(%[[H0]],
// CHECK: %[[H2:.*]] = call @layer(%[[H1]],
// CHECK-NEXT: return %[[H2]]

// CHECK-LABEL: func private @layer
// CHECK-SAME: %[[X:.*]]: tensor<?x8xf32>, %[[WQKV:.*]]: tensor<24x8xf32>, %[[BQKV:.*]]: tensor<24xf32>
// CHECK-NEXT: %[[QKV:.*]] = transformer.linear %[[X]], %[[WQKV]], %[[BQKV]]
// CHECK-NEXT: %[[Q:.*]] = transformer.slice %[[QKV]] dim 1 offset 0 size 8
// CHECK-NEXT: %[[K:.*]] = transformer.slice %[[QKV]] dim 1 offset 8 size 8
// CHECK-NEXT: %[[V:.*]] = transformer.slice %[[QKV]] dim 1 offset 16 size 8
// CHECK-NEXT: %[[A:.*]] = transformer.attention %[[Q]], %[[K]], %[[V]] heads 2 scale 5.000000e-01
// CHECK-NEXT: %[[O:.*]] = transformer.linear %[[A]]
// CHECK-NEXT: %[[N:.*]] = transformer.add_norm %[[O]], %[[X]],
// CHECK-NEXT: %[[F:.*]] = transformer.feed_forward gelu %[[N]]
// CHECK-NEXT: %[[Y:.*]] = transformer.add_norm %[[F]], %[[N]],
// CHECK-NEXT: return %[[Y]]

transformer.model @m attributes {weights = ["m.safetensors"], max_sequence = 8 : i64} {
  func.func @encode(%ids: tensor<?xi32> {transformer.name = "input_ids"})
      -> (tensor<?x8xf32> {transformer.name = "last_hidden_state"}) {
    %word = transformer.weight "word" : tensor<9x8xf32>
    %position = transformer.weight "position" : tensor<8x8xf32>
    %gamma = transformer.weight "gamma" : tensor<8xf32>
    %beta = transformer.weight "beta" : tensor<8xf32>
    %e = transformer.embedding %ids, %word : tensor<?xi32>, tensor<9x8xf32>
    %p = transformer.positions %ids, %position : tensor<?xi32>, tensor<8x8xf32>
    %sum = transformer.add %e, %p : tensor<?x8xf32>, tensor<?x8xf32>
    %h0 = transformer.layer_norm %sum, %gamma, %beta eps 0.5 : tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>

    // Layer 0
    %qw0 = transformer.weight "qw0" : tensor<8x8xf32>
    %qb0 = transformer.weight "qb0" : tensor<8xf32>
    %kw0 = transformer.weight "kw0" : tensor<8x8xf32>
    %kb0 = transformer.weight "kb0" : tensor<8xf32>
    %vw0 = transformer.weight "vw0" : tensor<8x8xf32>
    %vb0 = transformer.weight "vb0" : tensor<8xf32>
    %ow0 = transformer.weight "ow0" : tensor<8x8xf32>
    %ob0 = transformer.weight "ob0" : tensor<8xf32>
    %g0 = transformer.weight "g0" : tensor<8xf32>
    %b0 = transformer.weight "b0" : tensor<8xf32>
    %uw0 = transformer.weight "uw0" : tensor<16x8xf32>
    %ub0 = transformer.weight "ub0" : tensor<16xf32>
    %dw0 = transformer.weight "dw0" : tensor<8x16xf32>
    %db0 = transformer.weight "db0" : tensor<8xf32>
    %gg0 = transformer.weight "gg0" : tensor<8xf32>
    %bb0 = transformer.weight "bb0" : tensor<8xf32>
    %q0 = transformer.linear %h0, %qw0, %qb0 : tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32>
    %k0 = transformer.linear %h0, %kw0, %kb0 : tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32>
    %v0 = transformer.linear %h0, %vw0, %vb0 : tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32>
    %qr0 = transformer.reshape %q0 : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kr0 = transformer.reshape %k0 : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vr0 = transformer.reshape %v0 : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt0 = transformer.transpose %qr0 [1, 0, 2] : tensor<?x2x4xf32>
    %kt0 = transformer.transpose %kr0 [1, 2, 0] : tensor<?x2x4xf32>
    %vt0 = transformer.transpose %vr0 [1, 0, 2] : tensor<?x2x4xf32>
    %s0 = transformer.matmul %qt0, %kt0 : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c0 = transformer.scale %s0 by 0.5 : tensor<2x?x?xf32>
    %p0 = transformer.softmax %c0 : tensor<2x?x?xf32>
    %a0 = transformer.matmul %p0, %vt0 : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %at0 = transformer.transpose %a0 [1, 0, 2] : tensor<2x?x4xf32>
    %ar0 = transformer.reshape %at0 : tensor<?x2x4xf32> to tensor<?x8xf32>
    %o0 = transformer.linear %ar0, %ow0, %ob0 : tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32>
    %os0 = transformer.add %o0, %h0 : tensor<?x8xf32>, tensor<?x8xf32>
    %n0 = transformer.layer_norm %os0, %g0, %b0 eps 0.5 : tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>
    %u0 = transformer.linear %n0, %uw0, %ub0 : tensor<?x8xf32>, tensor<16x8xf32>, tensor<16xf32>
    %ua0 = transformer.activation gelu %u0 : tensor<?x16xf32>
    %d0 = transformer.linear %ua0, %dw0, %db0 : tensor<?x16xf32>, tensor<8x16xf32>, tensor<8xf32>
    %ds0 = transformer.add %d0, %n0 : tensor<?x8xf32>, tensor<?x8xf32>
    %h1 = transformer.layer_norm %ds0, %gg0, %bb0 eps 0.5 : tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>

    // Layer 1
    %qw1 = transformer.weight "qw1" : tensor<8x8xf32>
    %qb1 = transformer.weight "qb1" : tensor<8xf32>
    %kw1 = transformer.weight "kw1" : tensor<8x8xf32>
    %kb1 = transformer.weight "kb1" : tensor<8xf32>
    %vw1 = transformer.weight "vw1" : tensor<8x8xf32>
    %vb1 = transformer.weight "vb1" : tensor<8xf32>
    %ow1 = transformer.weight "ow1" : tensor<8x8xf32>
    %ob1 = transformer.weight "ob1" : tensor<8xf32>
    %g1 = transformer.weight "g1" : tensor<8xf32>
    %b1 = transformer.weight "b1" : tensor<8xf32>
    %uw1 = transformer.weight "uw1" : tensor<16x8xf32>
    %ub1 = transformer.weight "ub1" : tensor<16xf32>
    %dw1 = transformer.weight "dw1" : tensor<8x16xf32>
    %db1 = transformer.weight "db1" : tensor<8xf32>
    %gg1 = transformer.weight "gg1" : tensor<8xf32>
    %bb1 = transformer.weight "bb1" : tensor<8xf32>
    %q1 = transformer.linear %h1, %qw1, %qb1 : tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32>
    %k1 = transformer.linear %h1, %kw1, %kb1 : tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32>
    %v1 = transformer.linear %h1, %vw1, %vb1 : tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32>
    %qr1 = transformer.reshape %q1 : tensor<?x8xf32> to tensor<?x2x4xf32>
    %kr1 = transformer.reshape %k1 : tensor<?x8xf32> to tensor<?x2x4xf32>
    %vr1 = transformer.reshape %v1 : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt1 = transformer.transpose %qr1 [1, 0, 2] : tensor<?x2x4xf32>
    %kt1 = transformer.transpose %kr1 [1, 2, 0] : tensor<?x2x4xf32>
    %vt1 = transformer.transpose %vr1 [1, 0, 2] : tensor<?x2x4xf32>
    %s1 = transformer.matmul %qt1, %kt1 : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c1 = transformer.scale %s1 by 0.5 : tensor<2x?x?xf32>
    %p1 = transformer.softmax %c1 : tensor<2x?x?xf32>
    %a1 = transformer.matmul %p1, %vt1 : tensor<2x?x?xf32>, tensor<2x?x4xf32>
    %at1 = transformer.transpose %a1 [1, 0, 2] : tensor<2x?x4xf32>
    %ar1 = transformer.reshape %at1 : tensor<?x2x4xf32> to tensor<?x8xf32>
    %o1 = transformer.linear %ar1, %ow1, %ob1 : tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32>
    %os1 = transformer.add %o1, %h1 : tensor<?x8xf32>, tensor<?x8xf32>
    %n1 = transformer.layer_norm %os1, %g1, %b1 eps 0.5 : tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>
    %u1 = transformer.linear %n1, %uw1, %ub1 : tensor<?x8xf32>, tensor<16x8xf32>, tensor<16xf32>
    %ua1 = transformer.activation gelu %u1 : tensor<?x16xf32>
    %d1 = transformer.linear %ua1, %dw1, %db1 : tensor<?x16xf32>, tensor<8x16xf32>, tensor<8xf32>
    %ds1 = transformer.add %d1, %n1 : tensor<?x8xf32>, tensor<?x8xf32>
    %h2 = transformer.layer_norm %ds1, %gg1, %bb1 eps 0.5 : tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>
    return %h2 : tensor<?x8xf32>
  }
}
