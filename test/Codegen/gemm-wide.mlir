// Many rows by two panels: a tile of its own, of six rows by 64 columns, where there are two panels of numbers.

// REQUIRES: tfc
// RUN: rm -rf %t && mkdir %t && cp %s %t/model.mlir && cp %root/examples/block.safetensors %t
// RUN: tfc %t/model.mlir --emit=codegen --cpu=x86-64-v4 | FileCheck %s
// RUN: tfc %t/model.mlir --emit=codegen --cpu=x86-64-v4 --quantize=int8-weights | FileCheck %s --check-prefix=CODES
// RUN: tfc %t/model.mlir --emit=codegen --cpu=x86-64-v3 | FileCheck %s --check-prefix=NARROW

// Of 64 columns a share is one panel or two; the epilogue runs for each. Of 16 there is one panel.
// CHECK: func.func private @gemm_
// CHECK: func.call @[[WIDE:tile_[0-9]+]](
// CHECK: scf.for {{.*}} = %c0_i64 to %c2_i64
// CHECK: arith.maximumf
// CHECK: } else {
// CHECK: func.call @[[TILE:tile_[0-9]+]](
// CHECK: arith.maximumf
// CHECK: func.func private @[[TILE]](
// CHECK: case 12 {
// CHECK: func.func private @[[WIDE]](
// CHECK: case 6 {
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-96: math.fma %{{.*}} : vector<16xf32>
// CHECK-NEXT: scf.yield
// CHECK-NOT: case 7 {
// CHECK: func.func private @gemm_
// CHECK-NOT: func.call @[[WIDE]](
// CODES-COUNT-2: func.call @tile_
// CODES-NOT: func.call @tile_
// NARROW-COUNT-2: func.call @tile_
// NARROW-NOT: func.call @tile_
transformer.model @m attributes {weights = ["block.safetensors"], max_sequence = 64 : i64} {
  func.func @main(%ids: tensor<?xi32> {transformer.name = "input_ids"})
      -> (tensor<?x16xf32> {transformer.name = "out"}) {
    %table = transformer.weight "embedding.weight" : tensor<32x16xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<32x16xf32>
    %up = transformer.weight "feed_forward.up.weight" : tensor<64x16xf32>
    %y = transformer.linear %x, %up : tensor<?x16xf32>, tensor<64x16xf32>
    %a = transformer.activation relu %y : tensor<?x64xf32>
    %down = transformer.weight "feed_forward.down.weight" : tensor<16x64xf32>
    %z = transformer.linear %a, %down : tensor<?x64xf32>, tensor<16x64xf32>
    return %z : tensor<?x16xf32>
  }
}
