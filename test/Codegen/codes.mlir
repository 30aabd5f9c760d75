// Products of codes: bytes to whole sums where the processor has that, pairs to pairs where it has that, numbers elsewhere.

// REQUIRES: tfc
// RUN: rm -rf %t && mkdir %t && cp %s %t/model.mlir && cp %root/examples/block.safetensors %t
// RUN: tfc %t/model.mlir --quantize=int8 --emit=asm --cpu=x86-64-v4-vnni | FileCheck %s --check-prefix=BYTES
// RUN: tfc %t/model.mlir --quantize=int4 --emit=asm --cpu=x86-64-v4-vnni | FileCheck %s --check-prefix=BYTES
// RUN: tfc %t/model.mlir --quantize=int8 --emit=asm --cpu=x86-64-v4 | FileCheck %s --check-prefix=WIDE
// RUN: tfc %t/model.mlir --quantize=int4 --emit=asm --cpu=x86-64-v4 | FileCheck %s --check-prefix=WIDE4
// RUN: tfc %t/model.mlir --quantize=int4 --emit=asm --cpu=x86-64-v3 | FileCheck %s --check-prefix=PAIRS
// RUN: tfc %t/model.mlir --quantize=int4 --emit=asm --cpu=x86-64 | FileCheck %s --check-prefix=NUMBERS
// RUN: tfc %t/model.mlir --quantize=int4-weights --emit=asm --cpu=x86-64-v4 | FileCheck %s --check-prefix=WEIGHTS
// RUN: tfc %t/model.mlir --quantize=int4 --dtype=f64 --emit=asm --cpu=x86-64-v4-vnni | FileCheck %s --check-prefix=WEIGHTS

// A row fetches as far ahead as it is told, in two stages, or else bytes 2 KiB; halves of bytes only where it is told.
// RUN: tfc %t/model.mlir --quantize=int8 --emit=codegen --cpu=x86-64-v4-vnni | FileCheck %s --check-prefix=AHEAD
// RUN: tfc %t/model.mlir --quantize=int4 --emit=codegen --cpu=x86-64-v4-vnni | FileCheck %s --check-prefix=HERE
// AHEAD: func.func private @tile_
// AHEAD: case 1 {
// AHEAD: %[[TOLD:.*]] = arith.cmpi sgt, %[[DISTANCE:arg[0-9]+]], %c0_i64
// AHEAD-NEXT: scf.if %[[TOLD]] {
// AHEAD: arith.addi %{{.*}}, %[[DISTANCE]]
// AHEAD: llvm.intr.prefetch{{.*}} hint = 2
// AHEAD: %[[NEAR:.*]] = arith.divui %[[DISTANCE]], %c8_i64
// AHEAD: arith.addi %{{.*}}, %[[NEAR]]
// AHEAD: llvm.intr.prefetch{{.*}} hint = 3
// AHEAD: } else {
// AHEAD-NOT: hint = 3
// AHEAD: arith.addi %{{.*}}, %c2048_i64
// AHEAD: llvm.intr.prefetch{{.*}} hint = 2
// AHEAD-NOT: hint = 3
// AHEAD: case 2 {
// HERE-NOT: %c{{2048|8192}}_i64
// HERE: case 1 {
// HERE: %[[TOLD:.*]] = arith.cmpi sgt, %{{.*}}, %c0_i64
// HERE: scf.if %[[TOLD]]
// HERE: llvm.intr.prefetch
// HERE: } else {
// HERE: scf.for
// HERE-NOT: hint = 3
// HERE: case 2 {

// BYTES: vpdpbusd {{.*}}%zmm
// BYTES: vcvtdq2ps %zmm
// WIDE: vpmaddwd {{.*}}%zmm
// WIDE4: vpmaddubsw {{.*}}%zmm
// WIDE4: vpmaddwd {{.*}}%zmm
// PAIRS: vpmaddubsw {{.*}}%ymm
// PAIRS: vpmaddwd {{.*}}%ymm
// NUMBERS-NOT: pmadd
// WEIGHTS-NOT: {{vpmadd|vpdpbusd}}
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
