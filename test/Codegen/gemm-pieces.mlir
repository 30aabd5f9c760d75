// Many rows by two panels: a long k is taken in pieces, and panels of bf16 are unpacked first.

// REQUIRES: tfc
// RUN: rm -rf %t && mkdir %t && cp %s %t/model.mlir
// RUN: python3 -c "import struct; h = b'{\"w\": {\"dtype\": \"BF16\", \"shape\": [64, 1300], \"data_offsets\": [0, 166400]}}'; open('%t/w.safetensors', 'wb').write(struct.pack('<Q', len(h)) + h + bytes(166400))"
// RUN: tfc %t/model.mlir --emit=codegen | FileCheck %s

// 1300 steps are 768 and 532; sums of 42 tiles wait in scratch, [42, 2, 6, 32].
// CHECK: func.func private @[[GEMM:gemm_[0-9]+]](%{{.*}}, %[[SCRATCH:.*]]: !llvm.ptr, %{{.*}}, %{{.*}}, %{{.*}})
// CHECK: %[[UNPACKED:.*]] = llvm.getelementptr %[[SCRATCH]][16128] : (!llvm.ptr) -> !llvm.ptr, f32
// Blocks of 252 rows, and two panels from 48 rows on, but where a thread would have a sixteenth more to do.
// CHECK: arith.addi %{{.*}}, %c251_i64
// CHECK: arith.muli %{{.*}}, %c17_i64
// CHECK: arith.muli %{{.*}}, %c16_i64
// CHECK: arith.cmpi sgt, %{{.*}}, %c47_i64
// Of six blocks of 256 steps a piece has three.
// CHECK: scf.for %[[PIECE:.*]] = %c0_i64 to %c2_i64
// CHECK: arith.muli %[[PIECE]], %c6_i64
// CHECK: arith.divui %{{.*}}, %c2_i64
// CHECK: %[[BEFORE:.*]] = arith.muli %{{.*}}, %c256_i64
// CHECK: %[[LAST:.*]] = arith.cmpi eq, %[[PIECE]], %c1_i64
// CHECK: %[[END:.*]] = arith.minsi %{{.*}}, %c1300_i64
// CHECK: %[[STEPS:.*]] = arith.subi %[[END]], %[[BEFORE]]
// What comes next is the next piece, or the next panels.
// CHECK: arith.muli %[[BEFORE]], %c64_i64
// CHECK-NEXT: %[[PACKED:.*]] = llvm.getelementptr
// CHECK-NEXT: arith.muli %{{.*}}, %c83200_i64
// CHECK-NEXT: %[[NEXT:.*]] = llvm.getelementptr
// CHECK-NEXT: %[[BYTES:.*]] = arith.muli %[[STEPS]], %c64_i64
// CHECK-NEXT: %[[REST:.*]] = llvm.getelementptr %[[PACKED]][%[[BYTES]]]
// CHECK-NEXT: %[[SOON:.*]] = arith.select %[[LAST]], %[[NEXT]], %[[REST]] : !llvm.ptr
// CHECK: scf.for
// CHECK-COUNT-2: arith.shli %{{.*}} : vector<16xi32>
// CHECK: scf.for
// CHECK: arith.addi %{{.*}}, %c24576_i64
// CHECK-COUNT-2: arith.shli %{{.*}} : vector<16xi32>
// CHECK: scf.for %[[NUMBER:.*]] = %c0_i64 to
// A part is a quarter of a piece of a panel.
// CHECK: %[[PANEL:.*]] = arith.divui %[[PART:.*]], %c4_i64
// CHECK-NEXT: arith.muli %[[PANEL]], %c83200_i64
// CHECK-NEXT: %[[OFPANEL:.*]] = arith.remui %[[PART]], %c4_i64
// CHECK-NEXT: %[[LENGTH:.*]] = arith.muli %[[STEPS]], %c16_i64
// CHECK-NEXT: arith.muli %[[OFPANEL]], %[[LENGTH]]
// CHECK-NEXT: arith.addi
// CHECK-NEXT: llvm.getelementptr %[[SOON]]
// CHECK: arith.muli %[[NUMBER]], %c384_i64
// CHECK: %[[SUMS:.*]] = llvm.getelementptr %[[SCRATCH]]
// CHECK: func.call @[[WIDE:tile_[0-9]+]](%{{.*}}, %[[UNPACKED]], %[[SUMS]], %[[STEPS]], %{{.*}}, %[[BEFORE]])
// CHECK-NEXT: scf.if %[[LAST]]
// CHECK: scf.for {{.*}} = %c0_i64 to %c2_i64
// CHECK: } else {
// CHECK: func.call @[[TILE:tile_[0-9]+]](

// One panel is converted as it is multiplied; of two there are numbers, which are 768 steps apart, and the sums of what came before.
// CHECK: func.func private @[[TILE]](
// CHECK: arith.shli
// CHECK: func.func private @[[WIDE]](
// CHECK-NOT: arith.shli
// CHECK: case 6 {
// CHECK: scf.for %[[BEGIN:.*]] = %c0_i64 to %arg3 step %c256_i64
// CHECK: arith.addi %{{.*}}, %c768_i64
// CHECK: %[[ALL:.*]] = arith.addi %{{.*}}%[[BEGIN]]
// CHECK: arith.cmpi eq, %[[ALL]], %c0_i64
module {
  transformer.model @m attributes {kernel.targets = ["x86-64-v4"], max_sequence = 64 : i64, weights = ["w.safetensors"]} {
    kernel.weight @w panels ["w"] at 0 : memref<2x1300x32xbf16, #kernel.area<weight>>
    func.func @main() {
      %x = kernel.arena at 0 : memref<?x1300xf32, #kernel.area<token>>
      %w = kernel.get_weight @w : memref<2x1300x32xbf16, #kernel.area<weight>>
      %y = kernel.arena at 5200 : memref<?x64xf32, #kernel.area<token>>
      kernel.gemm %x, %w, %y {
      ^bb0(%sum: f32):
        kernel.yield %sum : f32
      } rows ["gemm_f32_avx512_12x32"] : memref<?x1300xf32, #kernel.area<token>>, memref<2x1300x32xbf16, #kernel.area<weight>>, memref<?x64xf32, #kernel.area<token>>
      kernel.barrier
      kernel.output %y "out" : memref<?x64xf32, #kernel.area<token>>
      return
    }
  }
}
