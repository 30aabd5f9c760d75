// RUN: tfc-opt %s --pass-pipeline='builtin.module(transformer.model(transformer-add-step{cache=bf16}))' --split-input-file --verify-diagnostics | FileCheck %s
// RUN: not tfc-opt %s --pass-pipeline='builtin.module(transformer.model(transformer-add-step{cache=int8}))' --split-input-file 2>/dev/null | FileCheck %s --check-prefix=CODES
// Keys and values may be kept in half as many bits as they are computed in.

// CHECK: func.func @decode_step(
// CHECK: %[[KEYS:.*]] = transformer.cache "keys.0" : tensor<32x1x4xbf16>
// CHECK: %[[VALUES:.*]] = transformer.cache "values.0" : tensor<32x1x4xbf16>
// CHECK: transformer.cached_attention {{.*}} past(%[[KEYS]], %[[VALUES]]) {{.*}} past(tensor<32x1x4xbf16>, tensor<32x1x4xbf16>) -> tensor<?x8xf32>
// CODES: func.func @decode_step(
// CODES-DAG: %[[KEYS:.*]] = transformer.cache "keys.0" : tensor<32x1x4xi8>
// CODES-DAG: %[[VALUES:.*]] = transformer.cache "values.0" : tensor<32x1x4xi8>
// CODES-DAG: %[[KEY_SCALES:.*]] = transformer.cache "keys.0.scales" : tensor<32x1xf32>
// CODES-DAG: %[[VALUE_SCALES:.*]] = transformer.cache "values.0.scales" : tensor<32x1xf32>
// CODES: transformer.cached_attention {{.*}} past(%[[KEYS]], %[[VALUES]]) scales(%[[KEY_SCALES]], %[[VALUE_SCALES]])
transformer.model @decoder attributes {max_sequence = 64 : i64, task = "generate"} {
  func.func @decode(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x9xf32> {transformer.name = "logits"}) {
    %table = transformer.weight "embedding" : tensor<9x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    %k = transformer.slice %x dim 1 offset 0 size 4 : tensor<?x8xf32>
    %a = transformer.attention %x, %k, %k heads 2 scale 0.5 causal
        : (tensor<?x8xf32>, tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x8xf32>
    %logits = transformer.linear %a, %table : tensor<?x8xf32>, tensor<9x8xf32>
    return %logits : tensor<?x9xf32>
  }
}

// -----

transformer.model @double attributes {max_sequence = 64 : i64, task = "generate"} {
  func.func @decode(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x9xf64> {transformer.name = "logits"}) {
    %table = transformer.weight "embedding" : tensor<9x8xf64>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf64>
    // expected-error @below {{computes in 'f64', which is kept as it is, found a cache of bf16; supported: f32}}
    %a = transformer.attention %x, %x, %x heads 2 scale 0.5 causal : (tensor<?x8xf64>, tensor<?x8xf64>, tensor<?x8xf64>) -> tensor<?x8xf64>
    %logits = transformer.linear %a, %table : tensor<?x8xf64>, tensor<9x8xf64>
    return %logits : tensor<?x9xf64>
  }
}
