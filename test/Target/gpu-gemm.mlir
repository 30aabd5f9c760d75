// A product on a GPU: the same op, rows and epilogue as on a CPU; a kernel in a gpu.module, and launches in their order.

// REQUIRES: tfc
// RUN: rm -rf %t && mkdir %t && cp %s %t/model.mlir && cp %root/examples/block.safetensors %t
// RUN: tfc %t/model.mlir --emit=plan --target=cuda | FileCheck %s --check-prefix=PLAN
// RUN: tfc %t/model.mlir --emit=codegen --target=cuda | FileCheck %s
// RUN: tfc %t/model.mlir --emit=codegen --target=cuda:sm_90a | FileCheck %s --check-prefix=WIDE
// RUN: tfc %t/model.mlir --target=cuda -o %t/model.ptx && FileCheck %s --check-prefix=PTX < %t/model.ptx

// PLAN: kernel.targets = ["sm_80"]
// PLAN: kernel.gemm {{.*}} extras(
// PLAN: rows ["gemm_f32_sm_80_64x64"]

// CHECK: gpu.module @kernels [#nvvm.target<O = 3, chip = "sm_80">] {
// CHECK-DAG: llvm.mlir.global internal @[[A:.*_a]]() {addr_space = 3 : i32, {{.*}}} : !llvm.array<1088 x f32>
// CHECK-DAG: llvm.mlir.global internal @[[B:.*_b]]() {addr_space = 3 : i32, {{.*}}} : !llvm.array<1024 x f32>
// CHECK: llvm.func @[[MAP:map_[0-9]+]](
// The call comes by value, then the addresses of the buffers.
// CHECK: llvm.func @[[GEMM:gemm_[0-9]+]](%{{.*}}: !llvm.ptr {llvm.align = 8 : i64, llvm.byval = [[CALLTYPE:!llvm.array<[0-9]+ x i64>]]}, %{{.*}}: !llvm.ptr,
// CHECK-SAME: attributes {gpu.kernel, nvvm.kernel, nvvm.minctasm = 2 : i32, nvvm.reqntid = array<i32: 256>}
// CHECK: %[[BLOCK:.*]] = nvvm.read.ptx.sreg.ctaid.x : i32
// CHECK: %[[FIRST:.*]] = arith.extui %[[BLOCK]]
// Tiles of the output are dealt out to the blocks of the grid.
// CHECK: scf.for %{{.*}} = %[[FIRST]] to %{{.*}} step
// k in blocks of 256, and in these stages of 16 that pass through shared memory, between two barriers.
// CHECK: scf.for {{.*}} step %c256_i64 iter_args
// CHECK: scf.for {{.*}} step %c16_i64 iter_args
// CHECK: nvvm.barrier0
// CHECK-NOT: math.fma
// CHECK: llvm.store %{{.*}} : vector<4xf32>, !llvm.ptr<3>
// CHECK-NEXT: nvvm.barrier0
// CHECK-COUNT-256: math.fma %{{.*}} : f32
// CHECK-NEXT: scf.yield
// WIDE-COUNT-512: math.fma %{{.*}} : f32
// WIDE-NEXT: scf.yield
// k is a multiple of 16: no stage of fewer steps.
// CHECK-NOT: math.fma
// Sums pass through shared memory to the epilogue: bias and relu, and columns that exist are stored.
// CHECK-COUNT-16: llvm.store %{{.*}} : f32, !llvm.ptr<3>
// CHECK: arith.addf %{{.*}}, %{{.*}} : f32
// CHECK-NEXT: arith.maximumf %{{.*}} : f32
// CHECK-NEXT: arith.cmpi slt, %{{.*}}, %c16_i64 : i64
// CHECK-NEXT: scf.if

// As many blocks as the call says; barriers are the borders of kernels.
// CHECK: func.func @m_main(%[[CALL:.*]]: !llvm.ptr, %{{.*}}: !llvm.ptr)
// CHECK: gpu.launch_func @kernels::@[[MAP]] blocks in (%{{.*}}, %c1_i64, %c1_i64) threads in (%c256_i64, %c1_i64, %c1_i64)
// CHECK-NOT: llvm.call
// CHECK: %[[COPY:.*]] = llvm.load %[[CALL]] : !llvm.ptr -> [[CALLTYPE]]
// CHECK: gpu.launch_func @kernels::@[[GEMM]] {{.*}} args(%[[COPY]] : [[CALLTYPE]],
// Equal products share their kernel.
// CHECK: gpu.launch_func @kernels::@[[GEMM]]

// PTX: .target sm_80
// PTX: .visible .entry gemm_
// PTX-NEXT: .param .align 8 .b8 gemm_{{[0-9]+}}_param_0[{{[1-9][0-9][0-9]}}],
// PTX-NEXT: .param .u64
// PTX: .reqntid 256
// PTX: bar.sync 0;
// PTX: st.shared.v4.b32
// PTX: bar.sync 0;
// PTX: ld.shared.v4.b32
// Every rounding is said: nothing for ptxas to fuse.
// PTX: fma.rn.f32
// PTX: add.rn.f32
// PTX-NOT: {{(add|mul).f32}}
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
