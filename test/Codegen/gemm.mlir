// A product: threads claim shares, tiles of rows by a panel are called, the epilogue works on vectors. The tile unrolls rows
// times vectors, and nothing of it is a branch.

// REQUIRES: tfc
// RUN: rm -rf %t && mkdir %t && cp %s %t/model.mlir && cp %root/examples/block.safetensors %t
// RUN: tfc %t/model.mlir --emit=codegen --cpu=x86-64-v3 | FileCheck %s
// RUN: tfc %t/model.mlir --emit=codegen --cpu=x86-64-v4 | FileCheck %s --check-prefix=WIDE
// RUN: tfc %t/model.mlir --emit=codegen --cpu=x86-64 | FileCheck %s --check-prefix=NARROW

// A kernel is a function; between two of them stands the barrier that the runtime gives.
// CHECK-LABEL: func.func @{{.*}}main(%arg0: !llvm.ptr, %arg1: !llvm.ptr)
// CHECK: call @map_
// It is told what this thread reads next: the panels of its first claim.
// CHECK: %[[PANELS:.*]] = arith.maxsi
// CHECK: %[[FIRST:.*]] = arith.muli %{{.*}}, %[[PANELS]] : i64
// CHECK: arith.muli %[[FIRST]],
// CHECK: llvm.call %{{.*}}(%{{.*}}) : !llvm.ptr, (!llvm.ptr, !llvm.ptr, i64) -> ()
// CHECK: call @[[GEMM:gemm_[0-9]+]](
// CHECK: llvm.call
// Equal products share their kernel.
// CHECK: call @[[GEMM]](

// CHECK: func.func private @[[GEMM]](
// A claim is a run of panels: three quarters of what is left for all threads together. The first of each thread is its number.
// CHECK: scf.while (%[[CLAIM:.*]] = %{{.*}})
// CHECK: %[[ROUND:.*]] = arith.divui %[[CLAIM]], %[[THREADS:.*]] :
// CHECK: scf.for %{{.*}} to %[[ROUND]]
// CHECK: arith.maxsi
// CHECK: %[[OWN:.*]] = arith.remui %[[CLAIM]], %[[THREADS]] :
// CHECK: arith.muli %[[OWN]], %[[SIZE:.*]] :
// CHECK: %[[BEGIN:.*]] = arith.addi
// CHECK: %[[MORE:.*]] = arith.cmpi slt, %[[BEGIN]], %{{.*}}
// CHECK: scf.condition(%[[MORE]]) %[[BEGIN]], %[[SIZE]]
// CHECK: scf.for
// CHECK: func.call @[[TILE:tile_[0-9]+]](
// The epilogue: bias and relu.
// CHECK: arith.addf %{{.*}}, %{{.*}} : vector<8xf32>
// CHECK-NEXT: arith.maximumf %{{.*}} : vector<8xf32>
// CHECK-NEXT: llvm.store
// WIDE: arith.maximumf %{{.*}} : vector<16xf32>
// NARROW: arith.maximumf %{{.*}} : vector<4xf32>
// CHECK: %[[NEXT:.*]] = llvm.atomicrmw add %{{.*}}, %c1_i64 monotonic
// CHECK: %[[CLAIMED:.*]] = arith.addi %{{.*}}, %[[NEXT]] : i64
// CHECK: scf.yield %[[CLAIMED]]

// Six rows at most; four steps of k at once for two vectors of each row, and one at a time for the rest. Few rows fetch what
// they read soon, since a strip leaves lines out; of more, two tiles fetch the panel that comes next, a half each, once and not
// for each strip. Where a strip is the whole panel, few rows fetch nothing.
// CHECK: func.func private @[[TILE]](
// CHECK: scf.index_switch
// CHECK: case 3 {
// CHECK: scf.for {{.*}} iter_args
// CHECK: llvm.getelementptr %{{.*}}[8192]
// CHECK-COUNT-8: llvm.intr.prefetch
// CHECK-NOT: llvm.intr.prefetch
// CHECK: case 4 {
// CHECK: case 6 {
// CHECK: scf.for
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-4: llvm.intr.prefetch
// CHECK-COUNT-48: math.fma %{{.*}} : vector<8xf32>
// CHECK-NEXT: scf.yield
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-12: math.fma
// CHECK-NOT: llvm.intr.prefetch
// CHECK: math.fma
// CHECK-NOT: case 7 {
// WIDE: func.func private @tile_
// WIDE: case 1 {
// WIDE-NOT: llvm.intr.prefetch
// WIDE: case 7 {
// WIDE: llvm.intr.prefetch
// WIDE: case 12 {
// WIDE: scf.for {{.*}} iter_args
// WIDE-COUNT-96: math.fma %{{.*}} : vector<16xf32>
// WIDE-NEXT: scf.yield
// WIDE-NOT: case 13 {
// Without fused multiply-add.
// NARROW: func.func private @tile_
// NARROW: case 4 {
// NARROW-NOT: math.fma
transformer.model @m attributes {weights = ["block.safetensors"], max_sequence = 8 : i64} {
  func.func @main(%ids: tensor<?xi32> {transformer.name = "input_ids"})
      -> (tensor<?x16xf32> {transformer.name = "out"}) {
    %table = transformer.weight "embedding.weight" : tensor<32x16xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<32x16xf32>
    %w = transformer.weight "attention.query.weight" : tensor<16x16xf32>
    %b = transformer.weight "attention.query.bias" : tensor<16xf32>
    %y = transformer.linear %x, %w, %b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %a = transformer.activation relu %y : tensor<?x16xf32>
    %z = transformer.linear %a, %w, %b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %c = transformer.activation relu %z : tensor<?x16xf32>
    return %c : tensor<?x16xf32>
  }
}
