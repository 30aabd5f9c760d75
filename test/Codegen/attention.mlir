// Attention: a share is claimed, keys become panels, scores and the weighted sum of values are tiles of the same kind as in
// any product, and exp is arithmetic.

// REQUIRES: tfc
// RUN: rm -rf %t && mkdir %t && cp %s %t/model.mlir && cp %root/examples/block.safetensors %t
// RUN: tfc %t/model.mlir --emit=codegen --cpu=x86-64-v3 | FileCheck %s
// RUN: tfc %t/model.mlir --emit=codegen --cpu=x86-64-v3 | FileCheck %s --check-prefix=MATH

// CHECK: func.func private @[[ATTENTION:attention_[0-9]+]](
// CHECK: scf.while
// CHECK: scf.condition
// CHECK: call @[[SCORES:tile_[0-9]+]](
// 2^n by its bits.
// CHECK: arith.shli %{{.*}} : vector<8xi32>
// CHECK: call @[[VALUES:tile_[0-9]+]](
// CHECK-DAG: func.func private @[[SCORES]](
// CHECK-DAG: func.func private @[[VALUES]](
// MATH-NOT: math.exp
// MATH-NOT: call @exp
transformer.model @m attributes {weights = ["block.safetensors"], max_sequence = 8 : i64} {
  func.func @main(%ids: tensor<?xi32> {transformer.name = "input_ids"})
      -> (tensor<?x16xf32> {transformer.name = "out"}) {
    %table = transformer.weight "embedding.weight" : tensor<32x16xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<32x16xf32>
    %a = transformer.attention %x, %x, %x heads 4 scale 0.5
        : (tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
    return %a : tensor<?x16xf32>
  }
}
