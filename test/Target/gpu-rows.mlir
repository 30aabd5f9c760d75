// Kernels written in an emitter's words need nothing more for a GPU: a vector is a warp, a sum over lanes is shuffles.

// REQUIRES: tfc
// RUN: tfc %s --emit=codegen --target=cuda | FileCheck %s
// RUN: tfc %s --emit=asm --target=cuda | FileCheck %s --check-prefix=PTX

// CHECK: llvm.func @[[NORM:layer_norm_[0-9]+]](
// CHECK: %[[THREAD:.*]] = arith.extui
// CHECK: %[[LANE:.*]] = arith.remui %[[THREAD]], %c32_i64
// CHECK: %[[WARP:.*]] = arith.divui %[[THREAD]], %c32_i64
// A vector for each warp of the grid.
// CHECK: %[[FIRST:.*]] = arith.addi %{{.*}}, %[[WARP]]
// CHECK: scf.for %{{.*}} = %[[FIRST]] to
// CHECK: %[[MINE:.*]] = llvm.getelementptr %{{.*}}[%[[LANE]]] : (!llvm.ptr, i64) -> !llvm.ptr, f32
// CHECK: llvm.load %[[MINE]] {{.*}} -> f32
// CHECK-COUNT-5: nvvm.shfl.sync bfly
// Threads behind the end store nothing: 40 is 32 and 8.
// CHECK: arith.cmpi slt, %[[LANE]], %{{.*}} : i64
// CHECK: scf.if
// CHECK-NEXT: llvm.getelementptr
// CHECK-NEXT: llvm.store
// CHECK: llvm.func @[[SOFTMAX:reduce_[0-9]+]](
// CHECK-COUNT-10: nvvm.shfl.sync bfly
// CHECK: func.func @m_main(
// CHECK: gpu.launch_func @kernels::@[[NORM]]
// CHECK: gpu.launch_func @kernels::@[[SOFTMAX]]

// PTX: .visible .entry layer_norm_
// PTX: shfl.sync.bfly.b32 %{{.*}}, %{{.*}}, 16, 31, -1;
// PTX: sqrt.rn.f32
// PTX: rcp.rn.f32
// PTX: .visible .entry reduce_
// PTX-NOT: ex2.approx
// PTX: cvt.rni.f32.f32
transformer.model @m attributes {kernel.targets = ["sm_80"], max_sequence = 8 : i64} {
  func.func @main() {
    %x = kernel.arena at 0 : memref<?x40xf32, #kernel.area<token>>
    %g = kernel.arena at 160 : memref<40xf32, #kernel.area<row>>
    kernel.layer_norm %x, %g, %g, %x eps 1.0e-5 rows ["rows_f32_sm_80_32"]
        : memref<?x40xf32, #kernel.area<token>>, memref<40xf32, #kernel.area<row>>, memref<40xf32, #kernel.area<row>>, memref<?x40xf32, #kernel.area<token>>
    kernel.barrier
    kernel.reduce softmax %x, %x rows ["rows_f32_sm_80_32"]
        : memref<?x40xf32, #kernel.area<token>>, memref<?x40xf32, #kernel.area<token>>
    kernel.output %x "out" : memref<?x40xf32, #kernel.area<token>>
    return
  }
}
