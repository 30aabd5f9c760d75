// RUN: tfc-opt %s --transformer-set-element-type=element-type=f64 | FileCheck %s
// RUN: tfc-opt %s --transformer-set-element-type=element-type=f64 | tfc-opt --transformer-set-element-type=element-type=f32 | FileCheck %s --check-prefix=BACK
// RUN: not tfc-opt %s --transformer-set-element-type=element-type=f99 2>&1 | FileCheck %s --check-prefix=BAD
// Every tensor of numbers changes its type, in functions' types too; ids and constants do not.

// BAD: 'f99'
// BACK-NOT: xf64

// CHECK: transformer.model @m
transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK: func.func @main(%{{.*}}: tensor<?xi32> {{.*}}) -> (tensor<?x4xf64> {{{.*}}}, tensor<4xf64> {{{.*}}}) {
  func.func @main(%ids: tensor<?xi32> {transformer.name = "input_ids"})
      -> (tensor<?x4xf32> {transformer.name = "out"}, tensor<4xf32> {transformer.name = "pooled"}) {
    // CHECK: transformer.weight "t" : tensor<9x4xf64>
    %t = transformer.weight "t" : tensor<9x4xf32>
    // CHECK: transformer.embedding %{{.*}}, %{{.*}} : tensor<?xi32>, tensor<9x4xf64>
    %x = transformer.embedding %ids, %t : tensor<?xi32>, tensor<9x4xf32>
    // CHECK: call @layer({{.*}}) : (tensor<?x4xf64>) -> tensor<?x4xf64>
    %y = call @layer(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
    // CHECK: transformer.pool mean %{{.*}} : tensor<?x4xf64>
    %p = transformer.pool mean %y : tensor<?x4xf32>
    // CHECK: return %{{.*}}, %{{.*}} : tensor<?x4xf64>, tensor<4xf64>
    return %y, %p : tensor<?x4xf32>, tensor<4xf32>
  }
  // CHECK: func.func private @layer(%{{.*}}: tensor<?x4xf64>) -> tensor<?x4xf64>
  func.func private @layer(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
    // CHECK: transformer.normalize %{{.*}} eps 5.000000e-01 : tensor<?x4xf64>
    // BACK: transformer.normalize %{{.*}} eps 5.000000e-01 : tensor<?x4xf32>
    %y = transformer.normalize %x eps 5.000000e-01 : tensor<?x4xf32>
    return %y : tensor<?x4xf32>
  }
}
