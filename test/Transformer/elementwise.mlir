// RUN: tfc-opt %s --verify-roundtrip | FileCheck %s
// Arithmetic on each element is printed as it is read.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @binary
  // CHECK: = transformer.add %{{.*}}, %{{.*}} : tensor<?x4xf32>, tensor<?x4xf32>
  // CHECK: = transformer.add %{{.*}}, %{{.*}} : tensor<?x4xf32>, tensor<4xf32>
  // CHECK: = transformer.mul %{{.*}}, %{{.*}} : tensor<?x4xf32>, tensor<?x4xf32>
  // CHECK: = transformer.mul %{{.*}}, %{{.*}} : tensor<?x4xf32>, tensor<f32>
  func.func @binary(%a: tensor<?x4xf32>, %b: tensor<?x4xf32>, %c: tensor<4xf32>, %d: tensor<f32>) {
    %0 = transformer.add %a, %b : tensor<?x4xf32>, tensor<?x4xf32>
    %1 = transformer.add %a, %c : tensor<?x4xf32>, tensor<4xf32>
    %2 = transformer.mul %a, %b : tensor<?x4xf32>, tensor<?x4xf32>
    %3 = transformer.mul %a, %d : tensor<?x4xf32>, tensor<f32>
    return
  }

  // CHECK-LABEL: func @scale
  // CHECK: = transformer.scale %{{.*}} by 1.250000e-01 : tensor<?x4xf32>
  func.func @scale(%a: tensor<?x4xf32>) {
    %0 = transformer.scale %a by 1.250000e-01 : tensor<?x4xf32>
    return
  }

  // CHECK-LABEL: func @activation
  // CHECK: = transformer.activation relu %{{.*}} : tensor<?x4xf32>
  // CHECK: = transformer.activation gelu %{{.*}} : tensor<?x4xf32>
  // CHECK: = transformer.activation gelu_tanh %{{.*}} : tensor<?x4xf32>
  // CHECK: = transformer.activation silu %{{.*}} : tensor<?x4xf32>
  // CHECK: = transformer.activation tanh %{{.*}} : tensor<?x4xf32>
  func.func @activation(%a: tensor<?x4xf32>) {
    %0 = transformer.activation relu %a : tensor<?x4xf32>
    %1 = transformer.activation gelu %a : tensor<?x4xf32>
    %2 = transformer.activation gelu_tanh %a : tensor<?x4xf32>
    %3 = transformer.activation silu %a : tensor<?x4xf32>
    %4 = transformer.activation tanh %a : tensor<?x4xf32>
    return
  }
}
