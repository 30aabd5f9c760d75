// RUN: tfc-opt %s --verify-roundtrip | FileCheck %s
// Ops of weights in fewer bits are printed as they are read.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @quantize
  // CHECK: %{{.*}} = transformer.quantize %{{.*}} : tensor<3x40xf32> -> tensor<3x40xf16>
  // CHECK: %{{.*}}, %{{.*}} = transformer.quantize %{{.*}} group 32 : tensor<3x40xf32> -> tensor<3x40xi4>, tensor<3x2xbf16>
  // CHECK: %{{.*}}, %{{.*}} = transformer.quantize %{{.*}} group 64 search : tensor<3x40xf32> -> tensor<3x40xi8>, tensor<3x1xf32>
  func.func @quantize(%w: tensor<3x40xf32>) {
    %0 = transformer.quantize %w : tensor<3x40xf32> -> tensor<3x40xf16>
    %1, %2 = transformer.quantize %w group 32 : tensor<3x40xf32> -> tensor<3x40xi4>, tensor<3x2xbf16>
    %3, %4 = transformer.quantize %w group 64 search : tensor<3x40xf32> -> tensor<3x40xi8>, tensor<3x1xf32>
    return
  }

  // CHECK-LABEL: func @dequantize
  // CHECK: = transformer.dequantize %{{.*}} : tensor<3x40xf16> -> tensor<3x40xf64>
  // CHECK: = transformer.dequantize %{{.*}}, %{{.*}} group 32 : tensor<3x40xi4>, tensor<3x2xbf16> -> tensor<3x40xf32>
  func.func @dequantize(%a: tensor<3x40xf16>, %c: tensor<3x40xi4>, %s: tensor<3x2xbf16>) {
    %0 = transformer.dequantize %a : tensor<3x40xf16> -> tensor<3x40xf64>
    %1 = transformer.dequantize %c, %s group 32 : tensor<3x40xi4>, tensor<3x2xbf16> -> tensor<3x40xf32>
    return
  }
}
