// RUN: tfc-opt %s --pass-pipeline='builtin.module(transformer.model(transformer-quantize{scheme=int4}))' | FileCheck %s
// RUN: tfc-opt %s --pass-pipeline='builtin.module(transformer.model(transformer-quantize{scheme=int4},transformer-quantize{scheme=int4}))' | FileCheck %s
// RUN: tfc-opt %s --pass-pipeline='builtin.module(transformer.model(transformer-quantize{scheme=int8}))' | FileCheck %s --check-prefix=INT8
// What is multiplied with codes of weights becomes codes as well, once for all its users.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // A feed-forward part has a vector inside, which is seen when it is spelled out.
  // INT8-LABEL: func @feed_forward
  // INT8: transformer.quantize %arg0 group 64 : tensor<?x40xf32> -> tensor<?x40xi8>, tensor<?x1xf32>
  // CHECK-LABEL: func @feed_forward(%arg0: tensor<?x40xf32>)
  // CHECK: %[[C:.*]], %[[S:.*]] = transformer.quantize %arg0 group 32 : tensor<?x40xf32> -> tensor<?x40xi8>, tensor<?x2xf32>
  // CHECK-NEXT: %[[N:.*]] = transformer.dequantize %[[C]], %[[S]] group 32 : tensor<?x40xi8>, tensor<?x2xf32> -> tensor<?x40xf32>
  // CHECK: %[[UP:.*]] = transformer.linear %[[N]], %{{.*}}, %{{.*}} : tensor<?x40xf32>, tensor<64x40xf32>
  // CHECK: %[[GATE:.*]] = transformer.linear %[[N]], %{{.*}} : tensor<?x40xf32>, tensor<64x40xf32>
  // CHECK: %[[ACTIVE:.*]] = transformer.activation silu %[[GATE]]
  // CHECK: %[[INNER:.*]] = transformer.mul %[[ACTIVE]], %[[UP]]
  // CHECK-NEXT: %[[IC:.*]], %[[IS:.*]] = transformer.quantize %[[INNER]] group 32
  // CHECK-NEXT: %[[IN:.*]] = transformer.dequantize %[[IC]], %[[IS]] group 32
  // CHECK: %[[DOWN:.*]] = transformer.linear %[[IN]], %{{.*}} : tensor<?x64xf32>, tensor<40x64xf32>
  // CHECK: return %[[DOWN]]
  func.func @feed_forward(%x: tensor<?x40xf32>) -> tensor<?x40xf32> {
    %u = transformer.weight "u" : tensor<64x40xf32>
    %b = transformer.weight "b" : tensor<64xf32>
    %g = transformer.weight "g" : tensor<64x40xf32>
    %d = transformer.weight "d" : tensor<40x64xf32>
    %y = transformer.feed_forward silu %x gate(%g) up(%u, %b) down(%d) : tensor<?x40xf32>, gate(tensor<64x40xf32>), up(tensor<64x40xf32>, tensor<64xf32>), down(tensor<40x64xf32>)
    return %y : tensor<?x40xf32>
  }

  // A vector, too; what is looked up or added is not quantised, nor what a matrix that is computed is multiplied with.
  // CHECK-LABEL: func @main
  // CHECK: %[[E:.*]] = transformer.embedding
  // CHECK: %[[P:.*]] = transformer.pool first %[[E]]
  // CHECK-NEXT: %[[C:.*]], %[[S:.*]] = transformer.quantize %[[P]] group 32 : tensor<40xf32> -> tensor<40xi8>, tensor<2xf32>
  // CHECK-NEXT: %[[N:.*]] = transformer.dequantize %[[C]], %[[S]] group 32
  // CHECK: transformer.linear %[[N]]
  // CHECK: transformer.add
  // CHECK-NOT: transformer.quantize
  func.func @main(%ids: tensor<?xi32>) -> tensor<40xf32> {
    %t = transformer.weight "t" : tensor<50x40xf32>
    %w = transformer.weight "w" : tensor<40x40xf32>
    %x = transformer.embedding %ids, %t : tensor<?xi32>, tensor<50x40xf32>
    %p = transformer.pool first %x : tensor<?x40xf32>
    %y = transformer.linear %p, %w : tensor<40xf32>, tensor<40x40xf32>
    %z = transformer.add %y, %p : tensor<40xf32>, tensor<40xf32>
    return %z : tensor<40xf32>
  }

  // Numbers of fewer bits are multiplied with numbers.
  // CHECK-LABEL: func @halves
  // CHECK-NOT: transformer.quantize %arg0
  // CHECK: transformer.linear %arg0
  func.func @halves(%x: tensor<?x40xf32>) -> tensor<?x40xf32> {
    %w = transformer.weight "w" : tensor<40x40xf32>
    %h = transformer.quantize %w : tensor<40x40xf32> -> tensor<40x40xbf16>
    %n = transformer.dequantize %h : tensor<40x40xbf16> -> tensor<40x40xf32>
    %y = transformer.linear %x, %n : tensor<?x40xf32>, tensor<40x40xf32>
    return %y : tensor<?x40xf32>
  }
}
