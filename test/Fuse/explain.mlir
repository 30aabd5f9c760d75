// RUN: tfc-opt %s --transformer-explain --split-input-file --verify-diagnostics | FileCheck %s
// RUN: tfc-opt %s --transformer-explain --transformer-explain --split-input-file --verify-diagnostics | FileCheck %s
// Each entry point gets a twin that shows what its ops compute: self-attention step by step, of attention to the source what
// the softmax is taken of, the softmax and what comes out.

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
  // CHECK-SAME: tensor<?x8xf32> {transformer.formula = "key = encoder_last_hidden_state {{.*}} key.weight{{[^"]*}}", transformer.name = "steps.9"}
  // CHECK-SAME: tensor<2x?x?xf32> {transformer.formula = "scaled = 0.5 {{.*}} ((8) {{.*}} (9){{[^"]*}}", transformer.name = "steps.10"}
  // CHECK-SAME: tensor<2x?x?xf32> {transformer.formula = "softmax = {{[^"]*}}, x = (10)", transformer.name = "steps.11"}
  // CHECK-SAME: tensor<?x8xf32> {transformer.formula = "heads joined = the heads of ((11) {{.*}} encoder_last_hidden_state) side by side", transformer.name = "steps.12"}
  // CHECK-SAME: tensor<?x8xf32> {transformer.formula = "gelu = {{.*}}, x = (12)", transformer.name = "steps.13"}
  // CHECK-SAME: tensor<8xf32> {transformer.formula = "embedding = mean of the tokens of (13)", transformer.name = "steps.14"}
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

// -----

// Weights that are computed with stand in formulas, but not without end; positions may begin behind unused rows.

transformer.model @constants attributes {weights = ["m.safetensors"], max_sequence = 8 : i64} {
  // CHECK: func.func @weights_steps(
  // CHECK-SAME: {transformer.formula = "position = p[2, 2 + 1, 2 + 2, {{[^"]*}}]", transformer.name = "steps.1"}
  // CHECK-SAME: {transformer.formula = "m = (1) + (w + w)", transformer.name = "steps.2"}
  // CHECK-SAME: {transformer.formula = "n = (2) + ({{[^ ]*}} + {{[^ ]*}})", transformer.name = "steps.3"}
  func.func @weights(%ids: tensor<?xi32> {transformer.name = "input_ids"})
      -> (tensor<?x4xf32> {transformer.name = "m"}, tensor<?x4xf32> {transformer.name = "n"}) {
    %p = transformer.weight "p" : tensor<9x4xf32>
    %x = transformer.positions %ids, %p {first = 2 : i64} : tensor<?xi32>, tensor<9x4xf32>
    %w = transformer.weight "w" : tensor<4xf32>
    %1 = transformer.add %w, %w : tensor<4xf32>, tensor<4xf32>
    %m = transformer.add %x, %1 : tensor<?x4xf32>, tensor<4xf32>
    %2 = transformer.add %1, %1 : tensor<4xf32>, tensor<4xf32>
    %3 = transformer.add %2, %2 : tensor<4xf32>, tensor<4xf32>
    %4 = transformer.add %3, %3 : tensor<4xf32>, tensor<4xf32>
    %5 = transformer.add %4, %4 : tensor<4xf32>, tensor<4xf32>
    %6 = transformer.add %5, %5 : tensor<4xf32>, tensor<4xf32>
    %7 = transformer.add %6, %6 : tensor<4xf32>, tensor<4xf32>
    %8 = transformer.add %7, %7 : tensor<4xf32>, tensor<4xf32>
    %n = transformer.add %m, %8 : tensor<?x4xf32>, tensor<4xf32>
    return %m, %n : tensor<?x4xf32>, tensor<?x4xf32>
  }
}

// -----

transformer.model @named attributes {max_sequence = 8 : i64} {
  // expected-error @below {{gives "steps.1", a name that steps have}}
  func.func @taken(%x: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x4xf32> {transformer.name = "steps.1"}) {
    %table = transformer.sinusoids : tensor<8x4xf32>
    %y = transformer.embedding %x, %table : tensor<?xi32>, tensor<8x4xf32>
    return %y : tensor<?x4xf32>
  }
}

// -----

// Of the source alone, what is no matrix of its tokens is no step.

transformer.model @moved attributes {weights = ["m.safetensors"], max_sequence = 8 : i64} {
  // CHECK: func.func @decode_moved_steps(
  // CHECK-SAME: "key = memory {{[^"]*}}", transformer.name = "steps.1"
  // CHECK-SAME: "embedding = words[decoder_input_ids]", transformer.name = "steps.2"
  // CHECK-SAME: "scaled = 0.5 {{[^"]*}}", transformer.name = "steps.3"
  // CHECK-SAME: "maps = {{[^"]*}}", transformer.name = "steps.4"
  // CHECK-NOT: formula
  // CHECK: return
  func.func @decode_moved(%source: tensor<?x8xf32> {transformer.name = "memory"}, %x: tensor<?xi32> {transformer.name = "decoder_input_ids"})
      -> (tensor<2x?x?xf32> {transformer.name = "maps"}) {
    %w = transformer.weight "key.weight" : tensor<8x8xf32>
    %k = transformer.linear %source, %w : tensor<?x8xf32>, tensor<8x8xf32>
    %kr = transformer.reshape %k : tensor<?x8xf32> to tensor<?x2x4xf32>
    %ks = transformer.transpose %kr [1, 0, 2] : tensor<?x2x4xf32>
    %kh = transformer.scale %ks by 2.0 : tensor<2x?x4xf32>
    %kt = transformer.transpose %kh [0, 2, 1] : tensor<2x?x4xf32>
    %table = transformer.weight "words" : tensor<20x8xf32>
    %q = transformer.embedding %x, %table : tensor<?xi32>, tensor<20x8xf32>
    %qr = transformer.reshape %q : tensor<?x8xf32> to tensor<?x2x4xf32>
    %qt = transformer.transpose %qr [1, 0, 2] : tensor<?x2x4xf32>
    %s = transformer.matmul %qt, %kt : tensor<2x?x4xf32>, tensor<2x4x?xf32>
    %c = transformer.scale %s by 0.5 : tensor<2x?x?xf32>
    %p = transformer.softmax %c : tensor<2x?x?xf32>
    return %p : tensor<2x?x?xf32>
  }
}
