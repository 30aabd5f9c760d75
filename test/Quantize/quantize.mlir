// RUN: tfc-opt %s --pass-pipeline='builtin.module(transformer.model(transformer-quantize{scheme=int8-weights}))' | FileCheck %s
// RUN: tfc-opt %s --pass-pipeline='builtin.module(transformer.model(transformer-quantize{scheme=bf16}))' | FileCheck %s --check-prefix=HALF
// RUN: tfc-opt %s --pass-pipeline='builtin.module(transformer.model(transformer-quantize{scheme=int8-weights},transformer-quantize{scheme=int8-weights}))' | FileCheck %s
// RUN: not tfc-opt %s --pass-pipeline='builtin.module(transformer.model(transformer-quantize{scheme=int9}))' 2>&1 | FileCheck %s --check-prefix=NAME
// Matrices of weights are stored as codes, from which their users make numbers; a second time changes nothing.

// NAME: error: no such scheme: int9; there are bf16 f16 int8
transformer.model @m attributes {max_sequence = 8 : i64} {
  // One matrix, two users: the codes are made once.
  // CHECK-LABEL: func @tied
  // CHECK: %[[W:.*]] = transformer.weight "w"
  // CHECK-NEXT: %[[CODES:.*]], %[[SCALES:.*]] = transformer.quantize %[[W]] group 128 search : tensor<40x160xf32> -> tensor<40x160xi8>, tensor<40x2xf32>
  // CHECK-NEXT: %[[N:.*]] = transformer.dequantize %[[CODES]], %[[SCALES]] group 128 : tensor<40x160xi8>, tensor<40x2xf32> -> tensor<40x160xf32>
  // CHECK-NOT: transformer.quantize
  // CHECK: transformer.embedding %{{.*}}, %[[N]]
  // CHECK: transformer.linear %{{.*}}, %[[N]], %[[B:.*]] :
  // HALF-LABEL: func @tied
  // HALF: %[[CODES:.*]] = transformer.quantize %{{.*}} : tensor<40x160xf32> -> tensor<40x160xbf16>
  // HALF: transformer.dequantize %[[CODES]] : tensor<40x160xbf16> -> tensor<40x160xf32>
  func.func @tied(%ids: tensor<?xi32>) -> tensor<?x40xf32> {
    %w = transformer.weight "w" : tensor<40x160xf32>
    %b = transformer.weight "b" : tensor<40xf32>
    %x = transformer.embedding %ids, %w : tensor<?xi32>, tensor<40x160xf32>
    %y = transformer.linear %x, %w, %b : tensor<?x160xf32>, tensor<40x160xf32>, tensor<40xf32>
    return %y : tensor<?x40xf32>
  }

  // Joined and transposed weights are one matrix.
  // CHECK-LABEL: func @joined
  // CHECK: %[[ALL:.*]] = transformer.concat
  // CHECK-NEXT: transformer.quantize %[[ALL]]
  // CHECK-NOT: transformer.quantize
  // CHECK: return
  func.func @joined(%x: tensor<?x32xf32>) -> tensor<?x48xf32> {
    %0 = transformer.weight "a" : tensor<32x16xf32>
    %a = transformer.transpose %0 [1, 0] : tensor<32x16xf32>
    %1 = transformer.weight "b2" : tensor<32x32xf32>
    %b = transformer.transpose %1 [1, 0] : tensor<32x32xf32>
    %w = transformer.concat %a, %b dim 0 : tensor<16x32xf32>, tensor<32x32xf32>
    %y = transformer.linear %x, %w : tensor<?x32xf32>, tensor<48x32xf32>
    return %y : tensor<?x48xf32>
  }

  // A private function gets codes and scales; what is no matrix stays.
  // CHECK-LABEL: func private @layer
  // CHECK-SAME: (%[[X:.*]]: tensor<?x32xf32>, %[[CODES:.*]]: tensor<32x32xi8>, %[[SCALES:.*]]: tensor<32x1xf32>, %[[G:.*]]: tensor<32xf32>)
  // CHECK: %[[N:.*]] = transformer.dequantize %[[CODES]], %[[SCALES]] group 128
  // CHECK: %[[Y:.*]] = transformer.linear %[[X]], %[[N]]
  // CHECK: transformer.mul %[[Y]], %[[G]]
  func.func private @layer(%x: tensor<?x32xf32>, %w: tensor<32x32xf32>, %g: tensor<32xf32>) -> tensor<?x32xf32> {
    %y = transformer.linear %x, %w : tensor<?x32xf32>, tensor<32x32xf32>
    %z = transformer.mul %y, %g : tensor<?x32xf32>, tensor<32xf32>
    return %z : tensor<?x32xf32>
  }
  // CHECK-LABEL: func @calls
  // CHECK: %[[C0:.*]], %[[S0:.*]] = transformer.quantize
  // CHECK: %[[C1:.*]], %[[S1:.*]] = transformer.quantize
  // CHECK: call @layer(%{{.*}}, %[[C0]], %[[S0]], %{{.*}})
  // CHECK: call @layer(%{{.*}}, %[[C1]], %[[S1]], %{{.*}})
  func.func @calls(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
    %g = transformer.weight "g" : tensor<32xf32>
    %0 = transformer.weight "w0" : tensor<32x32xf32>
    %1 = transformer.weight "w1" : tensor<32x32xf32>
    %y = call @layer(%x, %0, %g) : (tensor<?x32xf32>, tensor<32x32xf32>, tensor<32xf32>) -> tensor<?x32xf32>
    %z = call @layer(%y, %1, %g) : (tensor<?x32xf32>, tensor<32x32xf32>, tensor<32xf32>) -> tensor<?x32xf32>
    return %z : tensor<?x32xf32>
  }

  // CHECK-LABEL: func private @matrix_is_computed
  // CHECK-SAME: tensor<32x32xf32>) -> tensor<?x32xf32>
  func.func private @matrix_is_computed(%x: tensor<?x32xf32>, %w: tensor<32x32xf32>) -> tensor<?x32xf32> {
    %y = transformer.linear %x, %w : tensor<?x32xf32>, tensor<32x32xf32>
    return %y : tensor<?x32xf32>
  }
  // CHECK-LABEL: func @no_product
  // CHECK-NOT: transformer.quantize
  // CHECK: return
  func.func @no_product(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
    %0 = transformer.weight "w0" : tensor<32x32xf32>
    %1 = transformer.scale %0 by 2.0 : tensor<32x32xf32>
    %y = call @matrix_is_computed(%x, %1) : (tensor<?x32xf32>, tensor<32x32xf32>) -> tensor<?x32xf32>
    return %y : tensor<?x32xf32>
  }

  // Of tables of positions a few rows are read: they have no groups.
  // CHECK-LABEL: func @positions
  // CHECK-NOT: transformer.quantize
  // HALF-LABEL: func @positions
  // HALF: transformer.quantize
  func.func @positions(%ids: tensor<?xi32>) -> tensor<?x32xf32> {
    %0 = transformer.weight "p" : tensor<8x32xf32>
    %y = transformer.positions %ids, %0 : tensor<?xi32>, tensor<8x32xf32>
    return %y : tensor<?x32xf32>
  }
}
