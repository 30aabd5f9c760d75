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
// It is told what this thread reads next: the panels of its part.
// CHECK: %[[BEGIN:.*]] = arith.divui %{{.*}}, %[[THREADS:.*]] : i64
// CHECK: %[[END:.*]] = arith.divui %{{.*}}, %[[THREADS]] : i64
// CHECK: arith.muli %[[BEGIN]],
// CHECK: arith.subi %[[END]], %[[BEGIN]]
// CHECK: llvm.call %{{.*}}(%{{.*}}) : !llvm.ptr, (!llvm.ptr, !llvm.ptr, i64) -> ()
// CHECK: call @[[GEMM:gemm_[0-9]+]](
// CHECK: llvm.call
// Equal products share their kernel.
// CHECK: call @[[GEMM]](

// CHECK: func.func private @[[GEMM]](%arg0: !llvm.ptr,
// CHECK: %[[PLACE:.*]] = llvm.getelementptr %arg0[160]
// CHECK: %[[TOLD:.*]] = llvm.load %[[PLACE]]
// A thread claims panels of its own part from the front, and then those of others from the back, in one number.
// CHECK: scf.for %[[TURN:.*]] = %c0_i64 to %{{.*}}
// CHECK: %[[OWNER:.*]] = arith.remui
// CHECK: %[[OWN:.*]] = arith.cmpi eq, %[[TURN]], %c0_i64
// CHECK: %[[BEGIN:.*]] = arith.divui
// CHECK: %[[END:.*]] = arith.divui
// CHECK: %[[SIZE:.*]] = arith.subi %[[END]], %[[BEGIN]]
// CHECK: %[[AT:.*]] = arith.muli %[[OWNER]], %c128_i64
// CHECK: %[[COUNTER:.*]] = llvm.getelementptr %{{.*}}[%[[AT]]]
// CHECK: llvm.load %[[COUNTER]] atomic monotonic
// CHECK: %[[ANY:.*]] = arith.cmpi slt, %{{.*}}, %[[SIZE]]
// CHECK: scf.if %[[ANY]]
// CHECK: scf.while
// CHECK: %[[CLAIM:.*]] = arith.select %[[OWN]], %c1_i64, %c4294967296_i64
// CHECK: %[[CLAIMED:.*]] = llvm.atomicrmw add %[[COUNTER]], %[[CLAIM]] monotonic
// CHECK: %[[FRONT:.*]] = arith.remui %[[CLAIMED]], %c4294967296_i64
// CHECK: %[[BACK:.*]] = arith.divui %[[CLAIMED]], %c4294967296_i64
// CHECK: %[[BOTH:.*]] = arith.addi %[[FRONT]], %[[BACK]]
// CHECK: %[[MORE:.*]] = arith.cmpi slt, %[[BOTH]], %[[SIZE]]
// CHECK: scf.condition(%[[MORE]])
// CHECK: %[[AHEAD:.*]] = arith.addi %[[BEGIN]],
// CHECK: %[[LAST:.*]] = arith.subi %[[END]], %c1_i64
// CHECK: %[[BEHIND:.*]] = arith.subi %[[LAST]],
// CHECK: arith.select %[[OWN]], %[[AHEAD]], %[[BEHIND]]
// The next panel has eight parts: a tile alone fetches all, of two each fetches four, … of eight each fetches one. Where some have
// few rows, one fetches.
// CHECK: %[[MANY:.*]] = arith.cmpi sgt, %[[SIZE:.*]], %c3_i64
// CHECK: %[[FETCHING:.*]] = arith.select %[[MANY]], %[[TILES:.*]], %c1_i64
// CHECK: %[[FEW:.*]] = arith.cmpi slt, %[[FETCHING]], %c8_i64
// CHECK: %[[TWO:.*]] = arith.select %[[FEW]], %c2_i64, %c1_i64
// CHECK: %[[TWICE:.*]] = arith.muli %[[FETCHING]], %c2_i64
// CHECK: %[[FEWER:.*]] = arith.cmpi slt, %[[TWICE]], %c8_i64
// CHECK: %[[FOUR:.*]] = arith.select %[[FEWER]], %c4_i64, %[[TWO]]
// CHECK: %[[PARTS:.*]] = arith.select %{{.*}}, %c8_i64, %[[FOUR]]
// CHECK: scf.for %[[NUMBER:.*]] = %c0_i64 to %[[TILES]] step %c1_i64
// CHECK: %[[PART:.*]] = arith.muli %[[NUMBER]], %[[PARTS]]
// CHECK: arith.muli %[[PART]], %c256_i64
// CHECK: %[[INSIDE:.*]] = arith.cmpi slt, %[[PART]], %c8_i64
// CHECK: %[[FETCHED:.*]] = arith.select %[[INSIDE]], %[[PARTS]], %c0_i64
// CHECK: func.call @[[TILE:tile_[0-9]+]]({{.*}}, %[[FETCHED]], %[[TOLD]])
// The epilogue: bias and relu.
// CHECK: arith.addf %{{.*}}, %{{.*}} : vector<8xf32>
// CHECK-NEXT: arith.maximumf %{{.*}} : vector<8xf32>
// CHECK-NEXT: llvm.store
// WIDE: arith.maximumf %{{.*}} : vector<16xf32>
// NARROW: arith.maximumf %{{.*}} : vector<4xf32>
// CHECK: scf.yield

// Six rows at most; four steps of k at once for two vectors of each row, and one at a time for the rest. Few rows fetch what
// they read soon, as far ahead as they are told and in two stages, or 8 KiB, since a strip leaves lines out; more fetch the panel
// that comes next, once and not for each strip. Where a strip is the whole panel, few rows fetch only where they are told.
// CHECK: func.func private @[[TILE]](
// CHECK: scf.index_switch
// CHECK: case 3 {
// CHECK: %[[AHEAD:.*]] = arith.cmpi sgt, %arg7, %c0_i64
// CHECK-NEXT: scf.if %[[AHEAD]] {
// CHECK: arith.addi %{{.*}}, %arg7
// CHECK-COUNT-2: hint = 2
// CHECK: arith.divui %arg7, %c8_i64
// CHECK-COUNT-2: hint = 3
// CHECK-COUNT-6: math.fma
// CHECK-COUNT-2: hint = 2
// CHECK: } else {
// CHECK: arith.addi %{{.*}}, %c8192_i64
// CHECK-COUNT-8: hint = 2
// CHECK-NOT: llvm.intr.prefetch
// CHECK: case 4 {
// CHECK: case 6 {
// CHECK: scf.for
// CHECK: scf.for {{.*}} iter_args
// CHECK: %[[ANY:.*]] = arith.cmpi sgt, %arg6, %c0_i64
// CHECK-NEXT: scf.if %[[ANY]]
// CHECK-COUNT-1: llvm.intr.prefetch
// CHECK-NOT: llvm.intr.prefetch
// CHECK: arith.cmpi sgt, %arg6, %c1_i64
// CHECK-NEXT: scf.if
// CHECK-COUNT-1: llvm.intr.prefetch
// CHECK-NOT: llvm.intr.prefetch
// CHECK: arith.cmpi sgt, %arg6, %c2_i64
// CHECK-NEXT: scf.if
// CHECK-COUNT-2: llvm.intr.prefetch
// CHECK-NOT: llvm.intr.prefetch
// CHECK: %[[MOST:.*]] = arith.cmpi sgt, %arg6, %c4_i64
// CHECK-NEXT: scf.if %[[MOST]]
// CHECK-COUNT-4: llvm.intr.prefetch
// CHECK-NOT: llvm.intr.prefetch
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
// WIDE: %[[TOLD:.*]] = arith.cmpi sgt, %arg7, %c0_i64
// WIDE-NEXT: scf.if %[[TOLD]] {
// WIDE: arith.addi %{{.*}}, %arg7
// WIDE-COUNT-16: llvm.intr.prefetch
// WIDE-NOT: llvm.intr.prefetch
// WIDE: } else {
// WIDE-NOT: llvm.intr.prefetch
// WIDE: case 2 {
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
