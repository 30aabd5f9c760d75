// RUN: tfc-opt %s --transformer-explain | FileCheck %s
// RUN: tfc-opt %s --transformer-explain --transformer-explain | FileCheck %s
// Each entry point gets a twin that shows what its ops compute: self-attention step by step, of attention to the source the
// softmax and what comes out.

transformer.model @m attributes {weights = ["m.safetensors"], max_sequence = 8 : i64} {
  func.func private @part(%x: tensor<?x8xf32>, %w: tensor<8x8xf32>, %b: tensor<8xf32>) -> tensor<?x8xf32> {
    %y = transformer.linear %x, %w, %b : tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32>
    return %y : tensor<?x8xf32>
  }

  // CHECK-LABEL: func.func @encode(
  // CHECK-SAME: transformer.optional
  // CHECK: func.func @encode_steps(
  // CHECK-SAME: transformer.name = "encoder_last_hidden_state"}, tensor<2x?x?xf32> {transformer.name = "encoder_attentions.0"},
  // CHECK-SAME: tensor<?x8xf32> {transformer.formula = "embedding = words.weight[input_ids]", transformer.name = "steps.1"}
  // CHECK-SAME: tensor<?x8xf32> {transformer.formula = "query = (1) {{.*}} query.weight{{.*}} + query.bias", transformer.name = "steps.2"}
  // CHECK-SAME: tensor<2x?x?xf32> {transformer.formula = "scores = (2) {{.*}} (1){{[^"]*}}", transformer.name = "steps.3"}
  // CHECK-SAME: tensor<2x?x?xf32> {transformer.formula = "scaled = 0.5 {{.*}} (3)", transformer.name = "steps.4"}
  // CHECK-SAME: tensor<2x?x?xf32> {transformer.formula = "softmax = {{[^"]*}}, x = (4)", transformer.name = "steps.5"}
  // CHECK-SAME: tensor<?x8xf32> {transformer.formula = "weighted sum = (5) {{.*}} (1)", transformer.name = "steps.6"}
  // CHECK-SAME: tensor<?x8xf32> {transformer.formula = "encoder_last_hidden_state = the heads of (6) side by side", transformer.name = "steps.7"}
  // CHECK-NOT: call
  // CHECK-NOT: transformer.attention
  // CHECK: return
  func.func @encode(%ids: tensor<?xi32> {transformer.name = "input_ids"})
      -> (tensor<?x8xf32> {transformer.name = "encoder_last_hidden_state"},
          tensor<2x?x?xf32> {transformer.name = "encoder_attentions.0", transformer.optional}) {
    %table = transformer.weight "words.weight" : tensor<20x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<20x8xf32>
    %w = transformer.weight "query.weight" : tensor<8x8xf32>
    %b = transformer.weight "query.bias" : tensor<8xf32>
    %q = call @part(%x, %w, %b) : (tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
    %y, %p = transformer.attention %q, %x, %x heads 2 scale 0.5
        : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32> probabilities tensor<2x?x?xf32>
    return %y, %p : tensor<?x8xf32>, tensor<2x?x?xf32>
  }

  // CHECK: func.func @decode_steps(
  // CHECK-SAME: tensor<?x8xf32> {transformer.formula = "embedding = words.weight[decoder_input_ids]", transformer.name = "steps.8"}
  // CHECK-SAME: tensor<2x?x?xf32> {transformer.formula = "softmax = {{[^"]*}}, x = (0.5 {{.*}} ((8) {{.*}} (encoder_last_hidden_state {{.*}} key.weight{{[^"]*}}", transformer.name = "steps.9"}
  // CHECK-SAME: tensor<?x8xf32> {transformer.formula = "heads joined = the heads of ((9) {{.*}} encoder_last_hidden_state) side by side", transformer.name = "steps.10"}
  // CHECK-SAME: tensor<?x8xf32> {transformer.formula = "gelu = {{.*}}, x = (10)", transformer.name = "steps.11"}
  // CHECK-SAME: tensor<8xf32> {transformer.formula = "embedding = mean of the tokens of (11)", transformer.name = "steps.12"}
  // CHECK-NOT: formula
  func.func @decode(%source: tensor<?x8xf32> {transformer.name = "encoder_last_hidden_state"},
                    %ids: tensor<?xi32> {transformer.name = "decoder_input_ids"})
      -> (tensor<8xf32> {transformer.name = "embedding"}) {
    %table = transformer.weight "words.weight" : tensor<20x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<20x8xf32>
    %w = transformer.weight "key.weight" : tensor<8x8xf32>
    %k = transformer.linear %source, %w : tensor<?x8xf32>, tensor<8x8xf32>
    %y = transformer.attention %x, %k, %source heads 2 scale 0.5
        : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
    %z = transformer.activation gelu %y : tensor<?x8xf32>
    %e = transformer.pool mean %z : tensor<?x8xf32>
    return %e : tensor<8xf32>
  }
}
