// A product of oneDNN's: threads claim the same shares, the runtime's sgemm is called where our own kernels call a tile, and
// the epilogue is ours.

// REQUIRES: tfc
// RUN: rm -rf %t && mkdir %t && cp %s %t/model.mlir && cp %root/examples/block.safetensors %t
// RUN: tfc %t/model.mlir --gemm=onednn --emit=codegen --cpu=x86-64-v3 | FileCheck %s --implicit-check-not=@tile_

// CHECK: func.func private @gemm_
// CHECK: scf.while
// CHECK: scf.condition
// CHECK: scf.for
// CHECK: llvm.call %{{.*}}(%{{.*}}) : !llvm.ptr, (!llvm.ptr, i64, i64, i64, !llvm.ptr, i64, !llvm.ptr, i64, !llvm.ptr, i64) -> ()
// CHECK: scf.for
// CHECK: arith.addf %{{.*}}, %{{.*}} : vector<8xf32>
// CHECK-NEXT: arith.maximumf %{{.*}} : vector<8xf32>
// CHECK-NEXT: llvm.store
transformer.model @m attributes {weights = ["block.safetensors"], max_sequence = 8 : i64} {
  func.func @main(%ids: tensor<?xi32> {transformer.name = "input_ids"})
      -> (tensor<?x16xf32> {transformer.name = "out"}) {
    %table = transformer.weight "embedding.weight" : tensor<32x16xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<32x16xf32>
    %w = transformer.weight "attention.query.weight" : tensor<16x16xf32>
    %b = transformer.weight "attention.query.bias" : tensor<16xf32>
    %y = transformer.linear %x, %w, %b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %a = transformer.activation relu %y : tensor<?x16xf32>
    return %a : tensor<?x16xf32>
  }
}
