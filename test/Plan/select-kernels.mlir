// RUN: tfc-opt %s --kernel-select-kernels="targets=x86-64-v3,x86-64" | FileCheck %s
// A tensor of a row becomes a buffer of the batch, a weight is stored in the layout its user wants, and an op becomes its
// kernel with a table row for each target.

// CHECK: transformer.model @m attributes {kernel.targets = ["x86-64-v3", "x86-64"]
transformer.model @m attributes {max_sequence = 8 : i64} {
  // One tensor, used as a table and as a matrix, is stored twice.
  // CHECK-DAG: kernel.weight @table plain ["table"] : memref<50x8xf32, #kernel.area<weight>>
  // CHECK-DAG: kernel.weight @table.1 panels ["table"] : memref<2x8x32xf32, #kernel.area<weight>>
  // Weights that are joined are one; so are equal ones.
  // CHECK-DAG: kernel.weight @"q+1" panels ["q", "k"] : memref<1x8x32xf32, #kernel.area<weight>>
  // CHECK-DAG: kernel.weight @"in+1" panels transposed ["in", "in2"] : memref<1x8x32xf32, #kernel.area<weight>>
  // CHECK-DAG: kernel.weight @in plain transposed ["in"] : memref<8x8xf32, #kernel.area<weight>>
  // CHECK-DAG: kernel.weight @sinusoids sinusoids [] : memref<8x8xf32, #kernel.area<weight>>

  // CHECK-LABEL: func @lookup() {
  func.func @lookup(%ids: tensor<?xi32> {transformer.name = "input_ids"}, %types: tensor<?xi32> {transformer.name = "types", transformer.optional})
      -> (tensor<?x50xf32> {transformer.name = "logits"}) {
    // CHECK: %[[IDS:.*]] = kernel.input "input_ids" limit 50 : memref<?xi32, #kernel.area<token>>
    // CHECK: %[[TYPES:.*]] = kernel.input "types" optional limit 2147483647
    // CHECK: %[[TABLE:.*]] = kernel.get_weight @table :
    // CHECK: %[[X:.*]] = kernel.arena : memref<?x8xf32, #kernel.area<token>>
    // CHECK: kernel.map %[[X]]
    // CHECK: ^bb0(%[[T:.*]]: index, %[[H:.*]]: index):
    // CHECK: %[[ID:.*]] = kernel.load %[[IDS]][%[[T]]]
    // CHECK: %[[ROW:.*]] = arith.index_cast %[[ID]] : i32 to index
    // CHECK: kernel.load %[[TABLE]][%[[ROW]], %[[H]]]
    %table = transformer.weight "table" : tensor<50x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<50x8xf32>
    // CHECK: %[[MATRIX:.*]] = kernel.get_weight @table.1 :
    // CHECK: %[[Y:.*]] = kernel.arena : memref<?x50xf32, #kernel.area<token>>
    // CHECK: kernel.gemm %[[X]], %[[MATRIX]], %[[Y]] {
    // CHECK: rows ["gemm_f32_{{.*}}", "gemm_f32_{{.*}}"]
    %y = transformer.linear %x, %table : tensor<?x8xf32>, tensor<50x8xf32>
    // CHECK: kernel.output %[[Y]] "logits"
    return %y : tensor<?x50xf32>
  }

  // What follows a product element by element is its epilogue; a norm ends it, in place.
  // CHECK-LABEL: func @epilogue() {
  func.func @epilogue(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x8xf32> {transformer.name = "out"}) {
    %table = transformer.weight "table" : tensor<50x8xf32>
    // CHECK: kernel.map %[[X:.*]] :
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<50x8xf32>
    %w = transformer.weight "w" : tensor<8x8xf32>
    %b = transformer.weight "b" : tensor<8xf32>
    // CHECK: kernel.gemm %[[X]], %{{.*}}, %[[SUM:.*]] extras(%[[BIAS:.*]], %[[X]]) {
    // CHECK: ^bb0(%[[PRODUCT:.*]]: f32, %[[B:.*]]: f32, %[[RESIDUAL:.*]]: f32):
    // CHECK: %[[BIASED:.*]] = arith.addf %[[PRODUCT]], %[[B]]
    // CHECK: %[[ACTIVE:.*]] = arith.maximumf %[[BIASED]]
    // CHECK: %[[RESULT:.*]] = arith.addf %[[ACTIVE]], %[[RESIDUAL]]
    // CHECK: kernel.yield %[[RESULT]]
    %y = transformer.linear %x, %w, %b : tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32>
    %a = transformer.activation relu %y : tensor<?x8xf32>
    // CHECK-NOT: kernel.map
    // CHECK: kernel.layer_norm %[[SUM]], %{{.*}}, %{{.*}}, %[[SUM]] eps
    %n = transformer.add_norm %a, %x, %b, %b eps 1.0e-5 : tensor<?x8xf32>, tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>
    return %n : tensor<?x8xf32>
  }

  // CHECK-LABEL: func @product_has_other_users() {
  func.func @product_has_other_users(%ids: tensor<?xi32> {transformer.name = "input_ids"})
      -> (tensor<?x8xf32> {transformer.name = "product"}, tensor<?x8xf32> {transformer.name = "active"}) {
    %table = transformer.weight "table" : tensor<50x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<50x8xf32>
    %w = transformer.weight "w" : tensor<8x8xf32>
    // CHECK: kernel.gemm
    // CHECK-NEXT: ^bb0(%[[PRODUCT:.*]]: f32):
    // CHECK-NEXT: kernel.yield %[[PRODUCT]]
    %y = transformer.linear %x, %w : tensor<?x8xf32>, tensor<8x8xf32>
    // CHECK: kernel.map
    // CHECK: arith.maximumf
    %a = transformer.activation relu %y : tensor<?x8xf32>
    return %y, %a : tensor<?x8xf32>, tensor<?x8xf32>
  }

  // CHECK-LABEL: func @sum_with_one_vector() {
  func.func @sum_with_one_vector(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x8xf32> {transformer.name = "out"}) {
    %table = transformer.weight "table" : tensor<50x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<50x8xf32>
    %w = transformer.weight "w" : tensor<8x8xf32>
    // CHECK: kernel.pool first %{{.*}}, %[[VECTOR:.*]] rows
    %p = transformer.pool first %x : tensor<?x8xf32>
    // CHECK: kernel.gemm
    // CHECK-NOT: extras
    %y = transformer.linear %x, %w : tensor<?x8xf32>, tensor<8x8xf32>
    // CHECK: kernel.map
    // CHECK: kernel.load %[[VECTOR]][%{{.*}}] : memref<8xf32, #kernel.area<row>>
    %s = transformer.add %y, %p : tensor<?x8xf32>, tensor<8xf32>
    return %s : tensor<?x8xf32>
  }

  // Columns of a product are a view; attention reads them where they are.
  // CHECK-LABEL: func @attention() {
  func.func @attention(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x4xf32> {transformer.name = "out"}) {
    %table = transformer.sinusoids : tensor<8x8xf32>
    %x = transformer.positions %ids, %table : tensor<?xi32>, tensor<8x8xf32>
    %wq = transformer.weight "q" : tensor<4x8xf32>
    %wk = transformer.weight "k" : tensor<4x8xf32>
    %w = transformer.concat %wq, %wk dim 0 : tensor<4x8xf32>, tensor<4x8xf32>
    %qk = transformer.linear %x, %w : tensor<?x8xf32>, tensor<8x8xf32>
    // CHECK: %[[Q:.*]] = kernel.slice %[[QK:.*]] : {{.*}} to memref<?x4xf32, strided<[8, 1]>, #kernel.area<token>>
    // CHECK: %[[K:.*]] = kernel.slice %[[QK]] : {{.*}} to memref<?x4xf32, strided<[8, 1], offset: 4>, #kernel.area<token>>
    %q = transformer.slice %qk dim 1 offset 0 size 4 : tensor<?x8xf32>
    %k = transformer.slice %qk dim 1 offset 4 size 4 : tensor<?x8xf32>
    // CHECK: kernel.attention %[[Q]], %[[K]], %[[K]], %{{.*}} heads 2 scale 5.000000e-01 rows ["attention_f32_{{.*}}", "attention_f32_{{.*}}"]
    %a = transformer.attention %q, %k, %k heads 2 scale 0.5 : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
    return %a : tensor<?x4xf32>
  }

  // No kernel gives the log-sum-exp: the op is spelled out.
  // CHECK-LABEL: func @attention_with_log_sum_exp() {
  func.func @attention_with_log_sum_exp(%ids: tensor<?xi32> {transformer.name = "input_ids"})
      -> (tensor<?x4xf32> {transformer.name = "out"}, tensor<2x?xf32> {transformer.name = "lse"}) {
    %table = transformer.weight "q" : tensor<4x4xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<4x4xf32>
    // CHECK-NOT: kernel.attention
    // CHECK: kernel.reduce softmax %[[SCORES:.*]], %{{.*}} rows {{.*}} : memref<2x?x?xf32, #kernel.area<pair>>
    // CHECK: kernel.reduce log_sum_exp %[[SCORES]], %{{.*}} rows
    %a, %l = transformer.attention %x, %x, %x heads 2 scale 0.5
        : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32> log_sum_exp tensor<2x?xf32>
    return %a, %l : tensor<?x4xf32>, tensor<2x?xf32>
  }

  // Matrices that are stored as [in, out] are packed as if they were stored as [out, in], joined or not, and as tables.
  // CHECK-LABEL: func @stored_transposed() {
  func.func @stored_transposed(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x16xf32> {transformer.name = "out"}) {
    // CHECK-NOT: kernel.map
    // CHECK: %[[TABLE:.*]] = kernel.get_weight @in :
    // CHECK: kernel.map %[[X:.*]] :
    // CHECK: kernel.load %[[TABLE]]
    %in = transformer.weight "in" : tensor<8x8xf32>
    %table = transformer.transpose %in [1, 0] : tensor<8x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<8x8xf32>
    // CHECK-NOT: kernel.map
    // CHECK: %[[MATRIX:.*]] = kernel.get_weight @"in+1" :
    // CHECK: kernel.gemm %[[X]], %[[MATRIX]]
    %in2 = transformer.weight "in2" : tensor<8x8xf32>
    %other = transformer.transpose %in2 [1, 0] : tensor<8x8xf32>
    %joined = transformer.concat %table, %other dim 0 : tensor<8x8xf32>, tensor<8x8xf32>
    %y = transformer.linear %x, %joined : tensor<?x8xf32>, tensor<16x8xf32>
    return %y : tensor<?x16xf32>
  }

  // One that is stored so and one that is not have no layout in common.
  // CHECK-LABEL: func @half_transposed() {
  // CHECK-NOT: kernel.gemm
  func.func @half_transposed(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x16xf32> {transformer.name = "out"}) {
    %table = transformer.weight "table" : tensor<50x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<50x8xf32>
    %in = transformer.weight "in" : tensor<8x8xf32>
    %t = transformer.transpose %in [1, 0] : tensor<8x8xf32>
    %w = transformer.weight "w" : tensor<8x8xf32>
    %joined = transformer.concat %t, %w dim 0 : tensor<8x8xf32>, tensor<8x8xf32>
    %y = transformer.linear %x, %joined : tensor<?x8xf32>, tensor<16x8xf32>
    return %y : tensor<?x16xf32>
  }

  // The runtime reads whole buffers: a view is copied.
  // CHECK-LABEL: func @view_is_returned() {
  func.func @view_is_returned(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x3xf32> {transformer.name = "out"}) {
    %table = transformer.weight "table" : tensor<50x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<50x8xf32>
    // CHECK: %[[VIEW:.*]] = kernel.slice
    // CHECK: %[[WHOLE:.*]] = kernel.arena : memref<?x3xf32, #kernel.area<token>>
    // CHECK: kernel.map %[[WHOLE]]
    // CHECK: kernel.load %[[VIEW]]
    // CHECK: kernel.output %[[WHOLE]] "out"
    %y = transformer.slice %x dim 1 offset 2 size 3 : tensor<?x8xf32>
    return %y : tensor<?x3xf32>
  }

  // A private function takes buffers, weights in the layout it wants, and where to write.
  // CHECK-LABEL: func @calls() {
  // CHECK: %[[W:.*]] = kernel.get_weight @w{{.*}} : memref<1x8x32xf32, #kernel.area<weight>>
  // CHECK: call @layer(%{{.*}}, %[[W]], %[[OUT:.*]]) :
  // CHECK: kernel.output %[[OUT]] "out"
  func.func @calls(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x8xf32> {transformer.name = "out"}) {
    %table = transformer.weight "table" : tensor<50x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<50x8xf32>
    %w = transformer.weight "w" : tensor<8x8xf32>
    %y = func.call @layer(%x, %w) : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }
  // CHECK-LABEL: func private @layer
  // CHECK-SAME: (%[[X:.*]]: memref<?x8xf32, #kernel.area<token>>, %[[W:.*]]: memref<1x8x32xf32, #kernel.area<weight>>, %[[OUT:.*]]: memref<?x8xf32, #kernel.area<token>>)
  // CHECK: kernel.gemm %[[X]], %[[W]], %[[OUT]]
  func.func private @layer(%x: tensor<?x8xf32>, %w: tensor<8x8xf32>) -> tensor<?x8xf32> {
    %y = transformer.linear %x, %w : tensor<?x8xf32>, tensor<8x8xf32>
    return %y : tensor<?x8xf32>
  }
}
