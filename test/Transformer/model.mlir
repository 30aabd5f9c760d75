// RUN: tfc-opt %s --verify-roundtrip | FileCheck %s
// The model, its entry points and its constants are printed as they are read.

// CHECK: transformer.model @everything attributes {
// CHECK-SAME: generation = {do_sample, eos_token_id = array<i64: 1, 2>, pad_token_id = 0 : i64, top_p = 5.000000e-01 : f64}
// CHECK-SAME: labels = ["no", "yes"]
// CHECK-SAME: max_sequence = 8 : i64
// CHECK-SAME: task = "classify"
// CHECK-SAME: tokenizer = "tokenizer.json"
// CHECK-SAME: weights = ["a.safetensors", "b.safetensors"]
transformer.model @everything attributes {
  weights = ["a.safetensors", "b.safetensors"], tokenizer = "tokenizer.json", task = "classify", labels = ["no", "yes"],
  generation = {eos_token_id = array<i64: 1, 2>, pad_token_id = 0 : i64, do_sample, top_p = 0.5}, max_sequence = 8 : i64
} {
  // CHECK: func.func @entry(%{{.*}}: tensor<?xi32> {transformer.name = "input_ids"}, %{{.*}}: tensor<?xi32> {transformer.name = "token_type_ids", transformer.optional}) -> (tensor<2x4xf32> {transformer.name = "logits"})
  func.func @entry(%ids: tensor<?xi32> {transformer.name = "input_ids"},
                   %types: tensor<?xi32> {transformer.name = "token_type_ids", transformer.optional})
      -> (tensor<2x4xf32> {transformer.name = "logits"}) {
    // CHECK: transformer.weight "a b.c" : tensor<2x4xf32>
    %0 = transformer.weight "a b.c" : tensor<2x4xf32>
    // CHECK: transformer.weight "number" : tensor<f32>
    %1 = transformer.weight "number" : tensor<f32>
    // CHECK: transformer.sinusoids : tensor<8x4xf32>
    %2 = transformer.sinusoids : tensor<8x4xf32>
    // CHECK: transformer.sinusoids halves : tensor<8x4xf32>
    %3 = transformer.sinusoids halves : tensor<8x4xf32>
    // CHECK: transformer.sinusoids halves closed : tensor<8x4xf32>
    %4 = transformer.sinusoids halves closed : tensor<8x4xf32>
    return %0 : tensor<2x4xf32>
  }
}

// CHECK: transformer.model @defaults attributes {max_sequence = 1 : i64} {
transformer.model @defaults attributes {max_sequence = 1 : i64} {
}
