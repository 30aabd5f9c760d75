// A map: one loop for each dimension around what an element is. Rows are cut into pieces, so that long ones are shared, too;
// a loop over the row's length has it as its bound.

// REQUIRES: tfc
// RUN: rm -rf %t && mkdir %t && cp %s %t/model.mlir && cp %root/examples/block.safetensors %t
// RUN: tfc %t/model.mlir --emit=codegen --cpu=x86-64-v3 | FileCheck %s

// CHECK: func.func private @map_{{[0-9]+}}(%[[CALL:.*]]: !llvm.ptr, %{{.*}}: !llvm.ptr, %[[OUT:.*]]: !llvm.ptr, %[[IDS:.*]]: !llvm.ptr, %[[TABLE:.*]]: !llvm.ptr)
// CHECK: scf.condition
// CHECK: %[[SHARE:.*]] = arith.select
// CHECK: arith.divui %[[SHARE]],
// CHECK: %[[LENGTH:.*]] = arith.subi
// CHECK: %[[END:.*]] = arith.minsi %[[LENGTH]], %{{.*}}
// CHECK: scf.for %[[T:.*]] = %{{.*}} to %[[END]] step %c1_i64
// CHECK: scf.for %[[H:.*]] = %c0_i64 to %c16_i64 step %c1_i64
// CHECK: %[[ID:.*]] = llvm.load %{{.*}} -> i32
// CHECK: %[[ELEMENT:.*]] = llvm.load %{{.*}} -> f32
// CHECK-NOT: scf.for
// CHECK-NOT: func.func
// CHECK: llvm.store
// CHECK-NOT: kernel.
transformer.model @m attributes {weights = ["block.safetensors"], max_sequence = 8 : i64} {
  func.func @main(%ids: tensor<?xi32> {transformer.name = "input_ids"})
      -> (tensor<?x16xf32> {transformer.name = "out"}) {
    %table = transformer.weight "embedding.weight" : tensor<32x16xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<32x16xf32>
    return %x : tensor<?x16xf32>
  }
}
