// RUN: tfc-opt %s --verify-roundtrip | FileCheck %s
// The norms are printed as they are read.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @norms
  // CHECK: = transformer.layer_norm %{{.*}}, %{{.*}}, %{{.*}} eps 5.000000e-01 : tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>
  // CHECK: = transformer.add_norm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} eps 0.000000e+00 : tensor<?x4xf32>, tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>
  // CHECK: = transformer.rms_norm %{{.*}}, %{{.*}} eps 5.000000e-01 : tensor<?x4xf32>, tensor<4xf32>
  // CHECK: = transformer.rms_norm %{{.*}}, %{{.*}} eps 5.000000e-01 offset 1.000000e+00 : tensor<?x4xf32>, tensor<4xf32>
  // CHECK: = transformer.normalize %{{.*}} eps 5.000000e-01 : tensor<4xf32>
  func.func @norms(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>, %v: tensor<4xf32>, %g: tensor<4xf32>, %b: tensor<4xf32>) {
    %0 = transformer.layer_norm %x, %g, %b eps 5.000000e-01 : tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>
    %1 = transformer.add_norm %x, %y, %g, %b eps 0.000000e+00 : tensor<?x4xf32>, tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>
    %3 = transformer.rms_norm %x, %g eps 5.000000e-01 : tensor<?x4xf32>, tensor<4xf32>
    %4 = transformer.rms_norm %x, %g eps 5.000000e-01 offset 1.0 : tensor<?x4xf32>, tensor<4xf32>
    %2 = transformer.normalize %v eps 5.000000e-01 : tensor<4xf32>
    return
  }
}
