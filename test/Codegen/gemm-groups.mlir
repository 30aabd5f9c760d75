// A product whose codes are in groups of two panels: a share is both, and each tile's rows go through one epilogue.

// REQUIRES: tfc
// RUN: rm -rf %t && mkdir %t && cp %s %t/model.mlir
// RUN: python3 -c "import struct; h = b'{\"up\": {\"dtype\": \"F32\", \"shape\": [90, 32], \"data_offsets\": [0, 11520]}, \"down\": {\"dtype\": \"F32\", \"shape\": [32, 90], \"data_offsets\": [11520, 23040]}}'; open('%t/w.safetensors', 'wb').write(struct.pack('<Q', len(h)) + h + bytes(23040))"
// RUN: tfc %t/model.mlir --quantize=int8 --emit=codegen --cpu=x86-64-v4-vnni | FileCheck %s

// Three panels are two groups.
// CHECK: func.func private @gemm_{{[0-9]+}}(%{{[^,]*}}, %[[SCRATCH:[^:]*]]:
// CHECK: arith.remui %{{.*}}, %c2_i64
// CHECK-NEXT: %[[FIRST:.*]] = arith.muli %{{.*}}, %c2_i64
// CHECK: scf.for %[[TILE:.*]] = %c0_i64 to
// CHECK: %[[REST:.*]] = arith.subi %c3_i64, %[[FIRST]]
// CHECK-NEXT: %[[PANELS:.*]] = arith.minsi %[[REST]], %c2_i64
// CHECK-NEXT: scf.for %[[BEHIND:.*]] = %c0_i64 to %[[PANELS]] step %c1_i64
// CHECK-NEXT: arith.addi %[[FIRST]], %[[BEHIND]]
// The sums of six rows by each lie behind one another. What comes next has eight parts, of two panels.
// CHECK: %[[BEGIN:.*]] = arith.muli %[[BEHIND]], %c192_i64
// CHECK-NEXT: %[[SUMS:.*]] = llvm.getelementptr %[[SCRATCH]][%[[BEGIN]]]
// CHECK: arith.cmpi slt, %{{.*}}, %c8_i64
// CHECK: func.call @tile_{{[0-9]+}}(%{{[^,]*}}, %{{[^,]*}}, %[[SUMS]],
// The last group has 26 columns, the others 64.
// CHECK: %[[LAST:.*]] = arith.cmpi eq, %[[FIRST]], %c2_i64
// CHECK-NEXT: scf.if %[[LAST]]
// CHECK-COUNT-2: arith.maximumf
// CHECK-NOT: arith.maximumf
// CHECK: } else {
// CHECK-COUNT-4: arith.maximumf
// CHECK: vector.reduction <maxsi>
// CHECK-NOT: vector.reduction <maxsi>
// CHECK: func.func private @tile_
transformer.model @m attributes {weights = ["w.safetensors"], max_sequence = 8 : i64} {
  func.func @main(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x32xf32> {transformer.name = "out"}) {
    %up = transformer.weight "up" : tensor<90x32xf32>
    %down = transformer.weight "down" : tensor<32x90xf32>
    %x = transformer.embedding %ids, %up : tensor<?xi32>, tensor<90x32xf32>
    %y = transformer.linear %x, %up : tensor<?x32xf32>, tensor<90x32xf32>
    %a = transformer.activation relu %y : tensor<?x90xf32>
    %z = transformer.linear %a, %down : tensor<?x90xf32>, tensor<32x90xf32>
    return %z : tensor<?x32xf32>
  }
}
