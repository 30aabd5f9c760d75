// RUN: tfc-opt %s --verify-roundtrip | FileCheck %s
// Attention, and the plain ops it is written with, are printed as they are read.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @matmul
  // CHECK: = transformer.matmul %{{.*}}, %{{.*}} : tensor<2x?x4xf32>, tensor<2x4x?xf32>
  // CHECK: = transformer.matmul %{{.*}}, %{{.*}} : tensor<3x4xf32>, tensor<4x5xf32>
  func.func @matmul(%a: tensor<2x?x4xf32>, %b: tensor<2x4x?xf32>, %c: tensor<3x4xf32>, %d: tensor<4x5xf32>) {
    %0 = transformer.matmul %a, %b : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %1 = transformer.matmul %c, %d : tensor<3x4xf32>, tensor<4x5xf32>
    return
  }

  // CHECK-LABEL: func @softmax
  // CHECK: = transformer.softmax %{{.*}} : tensor<2x?x?xf32>
  // CHECK: = transformer.softmax %{{.*}} : tensor<4xf32>
  // CHECK: = transformer.log_sum_exp %{{.*}} : tensor<2x?x?xf32>
  // CHECK: = transformer.log_sum_exp %{{.*}} : tensor<4xf32>
  func.func @softmax(%a: tensor<2x?x?xf32>, %b: tensor<4xf32>) {
    %0 = transformer.softmax %a : tensor<2x?x?xf32>
    %1 = transformer.softmax %b : tensor<4xf32>
    %2 = transformer.log_sum_exp %a : tensor<2x?x?xf32>
    %3 = transformer.log_sum_exp %b : tensor<4xf32>
    return
  }

  // CHECK-LABEL: func @attention
  // CHECK: = transformer.attention %{{.*}}, %{{.*}}, %{{.*}} heads 2 scale 5.000000e-01 : (tensor<3x8xf32>, tensor<?x8xf32>, tensor<?x6xf32>) -> tensor<3x6xf32>
  // CHECK: = transformer.attention %{{.*}}, %{{.*}}, %{{.*}} heads 2 scale 5.000000e-01 : (tensor<3x8xf32>, tensor<?x8xf32>, tensor<?x6xf32>) -> tensor<3x6xf32> probabilities tensor<2x3x?xf32>
  // CHECK: = transformer.attention %{{.*}}, %{{.*}}, %{{.*}} heads 2 scale 5.000000e-01 : (tensor<3x8xf32>, tensor<?x8xf32>, tensor<?x6xf32>) -> tensor<3x6xf32> log_sum_exp tensor<2x3xf32>
  // CHECK: = transformer.attention %{{.*}}, %{{.*}}, %{{.*}} heads 2 scale 5.000000e-01 : (tensor<3x8xf32>, tensor<?x8xf32>, tensor<?x6xf32>) -> tensor<3x6xf32> scores tensor<2x3x?xf32>
  // CHECK: = transformer.attention %{{.*}}, %{{.*}}, %{{.*}} heads 2 scale 5.000000e-01 : (tensor<3x8xf32>, tensor<?x8xf32>, tensor<?x6xf32>) -> tensor<3x6xf32> probabilities tensor<2x3x?xf32> log_sum_exp tensor<2x3xf32>
  func.func @attention(%q: tensor<3x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x6xf32>) {
    %0 = transformer.attention %q, %k, %v heads 2 scale 5.000000e-01 : (tensor<3x8xf32>, tensor<?x8xf32>, tensor<?x6xf32>) -> tensor<3x6xf32>
    %1:2 = transformer.attention %q, %k, %v heads 2 scale 5.000000e-01 : (tensor<3x8xf32>, tensor<?x8xf32>, tensor<?x6xf32>) -> tensor<3x6xf32> probabilities tensor<2x3x?xf32>
    %2:2 = transformer.attention %q, %k, %v heads 2 scale 5.000000e-01 : (tensor<3x8xf32>, tensor<?x8xf32>, tensor<?x6xf32>) -> tensor<3x6xf32> log_sum_exp tensor<2x3xf32>
    %4:2 = transformer.attention %q, %k, %v heads 2 scale 5.000000e-01 : (tensor<3x8xf32>, tensor<?x8xf32>, tensor<?x6xf32>) -> tensor<3x6xf32> scores tensor<2x3x?xf32>
    %3:3 = transformer.attention %q, %k, %v heads 2 scale 5.000000e-01 : (tensor<3x8xf32>, tensor<?x8xf32>, tensor<?x6xf32>) -> tensor<3x6xf32> probabilities tensor<2x3x?xf32> log_sum_exp tensor<2x3xf32>
    return
  }

  // CHECK-LABEL: func @causal
  // CHECK: = transformer.causal_mask %{{.*}} : tensor<2x?x?xf32>
  // CHECK: = transformer.causal_mask %{{.*}} window 7 : tensor<2x?x?xf32>
  // CHECK: = transformer.attention %{{.*}}, %{{.*}}, %{{.*}} heads 4 scale 5.000000e-01 causal : (tensor<?x8xf32>, tensor<?x4xf32>, tensor<?x6xf32>) -> tensor<?x12xf32>
  // CHECK: = transformer.attention %{{.*}}, %{{.*}}, %{{.*}} heads 4 scale 5.000000e-01 causal window 7 : (tensor<?x8xf32>, tensor<?x4xf32>, tensor<?x6xf32>) -> tensor<?x12xf32>
  func.func @causal(%q: tensor<?x8xf32>, %k: tensor<?x4xf32>, %v: tensor<?x6xf32>, %s: tensor<2x?x?xf32>) {
    %0 = transformer.causal_mask %s : tensor<2x?x?xf32>
    %1 = transformer.causal_mask %s window 7 : tensor<2x?x?xf32>
    %2 = transformer.attention %q, %k, %v heads 4 scale 5.000000e-01 causal : (tensor<?x8xf32>, tensor<?x4xf32>, tensor<?x6xf32>) -> tensor<?x12xf32>
    %3 = transformer.attention %q, %k, %v heads 4 scale 5.000000e-01 causal window 7 : (tensor<?x8xf32>, tensor<?x4xf32>, tensor<?x6xf32>) -> tensor<?x12xf32>
    return
  }

  // CHECK-LABEL: func @scores
  // CHECK: = transformer.linear_bias %{{.*}} slopes [5.000000e-01, 0.099999999999999992] : tensor<2x?x?xf32>
  // CHECK: = transformer.attention %{{.*}}, %{{.*}}, %{{.*}} heads 2 scale 5.000000e-01 softcap 3.000000e+01 : (
  // CHECK: = transformer.attention %{{.*}}, %{{.*}}, %{{.*}} heads 2 scale 5.000000e-01 softcap 3.000000e+01 slopes [5.000000e-01, 2.500000e-01] causal window 7 : (
  // CHECK: = transformer.cached_attention %{{.*}}, %{{.*}}, %{{.*}} past(%{{.*}}, %{{.*}}) heads 2 scale 5.000000e-01 softcap 3.000000e+01 slopes [5.000000e-01, 2.500000e-01] window 7 : (
  func.func @scores(%q: tensor<?x8xf32>, %s: tensor<2x?x?xf32>) {
    %0 = transformer.linear_bias %s slopes [0.5, 0.099999999999999992] : tensor<2x?x?xf32>
    %1 = transformer.attention %q, %q, %q heads 2 scale 5.000000e-01 softcap 30.0 : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
    %2 = transformer.attention %q, %q, %q heads 2 scale 5.000000e-01 softcap 30.0 slopes [0.5, 0.25] causal window 7 : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
    %k = transformer.cache "keys.0" : tensor<32x2x4xf32>
    %v = transformer.cache "values.0" : tensor<32x2x4xbf16>
    %3 = transformer.cached_attention %q, %q, %q past(%k, %v) heads 2 scale 5.000000e-01 softcap 30.0 slopes [0.5, 0.25] window 7
        : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) past(tensor<32x2x4xf32>, tensor<32x2x4xbf16>) -> tensor<?x8xf32>
    return
  }

  // CHECK-LABEL: func @source
  // CHECK: transformer.cache source "keys.0" : tensor<32x2x4xf32>
  // CHECK: transformer.keep %{{.*}}, %{{.*}} in(%{{.*}}, %{{.*}}) : tensor<?x8xf32>, tensor<?x6xf32> in(tensor<32x2x4xf32>, tensor<32x2x3xf32>)
  // CHECK: %{{.*}}, %{{.*}} = transformer.cached_attention %{{.*}} past(%{{.*}}, %{{.*}}) heads 4 scale 5.000000e-01 : (tensor<?x16xf32>) past(tensor<32x2x4xf32>, tensor<32x2x3xf32>) -> tensor<?x12xf32> probabilities tensor<4x?x?xf32>
  func.func @source(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %v: tensor<?x6xf32>) {
    %keys = transformer.cache source "keys.0" : tensor<32x2x4xf32>
    %values = transformer.cache source "values.0" : tensor<32x2x3xf32>
    transformer.keep %k, %v in(%keys, %values) : tensor<?x8xf32>, tensor<?x6xf32> in(tensor<32x2x4xf32>, tensor<32x2x3xf32>)
    %0, %1 = transformer.cached_attention %q past(%keys, %values) heads 4 scale 0.5
        : (tensor<?x16xf32>) past(tensor<32x2x4xf32>, tensor<32x2x3xf32>) -> tensor<?x12xf32> probabilities tensor<4x?x?xf32>
    return
  }

  // CHECK-LABEL: func @distances
  // CHECK: %[[T:.*]] = transformer.distance_table %{{.*}} reach 50 max 18 bidirectional : tensor<8x2xf32>
  // CHECK: transformer.distance_bias %{{.*}}, %[[T]] : tensor<2x?x?xf32>, tensor<2x101xf32>
  // CHECK: transformer.attention %{{.*}}, %{{.*}}, %{{.*}} distances(%[[T]]) heads 2 scale 1.000000e+00 causal : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) distances(tensor<2x101xf32>) -> tensor<?x8xf32>
  // CHECK: transformer.cached_attention %{{.*}}, %{{.*}}, %{{.*}} past(%{{.*}}, %{{.*}}) distances(%[[T]]) heads 2
  func.func @distances(%q: tensor<?x8xf32>, %s: tensor<2x?x?xf32>) {
    %buckets = transformer.weight "buckets" : tensor<8x2xf32>
    %t = transformer.distance_table %buckets reach 50 max 18 bidirectional : tensor<8x2xf32>
    %0 = transformer.distance_bias %s, %t : tensor<2x?x?xf32>, tensor<2x101xf32>
    %1 = transformer.attention %q, %q, %q distances(%t) heads 2 scale 1.0 causal
        : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) distances(tensor<2x101xf32>) -> tensor<?x8xf32>
    %k = transformer.cache "keys.0" : tensor<32x2x4xf32>
    %2 = transformer.cached_attention %q, %q, %q past(%k, %k) distances(%t) heads 2 scale 1.0
        : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) past(tensor<32x2x4xf32>, tensor<32x2x4xf32>) distances(tensor<2x101xf32>) -> tensor<?x8xf32>
    return
  }
}
