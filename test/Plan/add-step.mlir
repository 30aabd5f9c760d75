// RUN: tfc-opt %s --transformer-add-step --split-input-file --verify-diagnostics | FileCheck %s
// A model that generates gets a step: attention keeps keys and values, and only the last token goes on to the logits.

// CHECK-LABEL: transformer.model @decoder
// CHECK: func.func @decode(
// CHECK-NOT: transformer.cache
// CHECK: func.func @decode_step(%[[IDS:.*]]: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<9xf32> {transformer.name = "logits"}) attributes {transformer.step} {
// CHECK: %[[X:.*]] = transformer.embedding %[[IDS]]
// CHECK: %[[KEYS:.*]] = transformer.cache "keys.0" : tensor<32x1x4xf32>
// CHECK: %[[VALUES:.*]] = transformer.cache "values.0" : tensor<32x1x4xf32>
// CHECK: %[[A:.*]] = transformer.cached_attention %[[X]], %{{.*}}, %{{.*}} past(%[[KEYS]], %[[VALUES]]) heads 2 scale 5.000000e-01 window 7
// CHECK: %[[LAST:.*]] = transformer.pool last %[[A]] : tensor<?x8xf32>
// CHECK: %[[N:.*]] = transformer.rms_norm %[[LAST]]
// CHECK: %[[L:.*]] = transformer.linear %[[N]], %{{.*}} : tensor<8xf32>, tensor<9x8xf32>
// CHECK: return %[[L]] : tensor<9xf32>
transformer.model @decoder attributes {max_sequence = 64 : i64, task = "generate"} {
  func.func @decode(%ids: tensor<?xi32> {transformer.name = "input_ids"})
      -> (tensor<?x9xf32> {transformer.name = "logits"}, tensor<?x8xf32> {transformer.name = "last_hidden_state"}) {
    %table = transformer.weight "embedding" : tensor<9x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    %k = transformer.slice %x dim 1 offset 0 size 4 : tensor<?x8xf32>
    %a = transformer.attention %x, %k, %k heads 2 scale 0.5 causal window 7
        : (tensor<?x8xf32>, tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x8xf32>
    %g = transformer.weight "norm" : tensor<8xf32>
    %n = transformer.rms_norm %a, %g eps 1.0e-6 : tensor<?x8xf32>, tensor<8xf32>
    %logits = transformer.linear %n, %table : tensor<?x8xf32>, tensor<9x8xf32>
    return %logits, %a : tensor<?x9xf32>, tensor<?x8xf32>
  }
}

// -----

// An encoder has none.
// CHECK-LABEL: transformer.model @encoder
// CHECK-NOT: transformer.step
transformer.model @encoder attributes {max_sequence = 64 : i64, task = "embed"} {
  func.func @encode(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x8xf32> {transformer.name = "last_hidden_state"}) {
    %table = transformer.weight "embedding" : tensor<9x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    return %x : tensor<?x8xf32>
  }
}

// -----

transformer.model @reads_scores attributes {max_sequence = 64 : i64, task = "generate"} {
  func.func @decode(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x9xf32> {transformer.name = "logits"}) {
    %table = transformer.weight "embedding" : tensor<9x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    %a, %s = transformer.attention %x, %x, %x heads 1 scale 0.5 causal : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32> scores tensor<1x?x?xf32>
    // expected-error @below {{reads probabilities or scores of a model that generates; supported: returning them}}
    %l = transformer.log_sum_exp %s : tensor<1x?x?xf32>
    %t = transformer.transpose %l [1, 0] : tensor<1x?xf32>
    %b = transformer.add %a, %a : tensor<?x8xf32>, tensor<?x8xf32>
    %logits = transformer.linear %b, %table : tensor<?x8xf32>, tensor<9x8xf32>
    %w = transformer.weight "w" : tensor<9x1xf32>
    %more = transformer.linear %t, %w : tensor<?x1xf32>, tensor<9x1xf32>
    %all = transformer.add %logits, %more : tensor<?x9xf32>, tensor<?x9xf32>
    return %all : tensor<?x9xf32>
  }
}

// -----

transformer.model @looks_ahead attributes {max_sequence = 64 : i64, task = "generate"} {
  func.func @decode(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x9xf32> {transformer.name = "logits"}) {
    %table = transformer.weight "embedding" : tensor<9x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    // expected-error @below {{lets a token see others of its row, so that the model cannot generate token by token; supported: causal attention that was recognised}}
    %a = transformer.attention %x, %x, %x heads 2 scale 0.5 : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
    %logits = transformer.linear %a, %table : tensor<?x8xf32>, tensor<9x8xf32>
    return %logits : tensor<?x9xf32>
  }
}

// -----

transformer.model @no_logits attributes {max_sequence = 64 : i64, task = "generate"} {
  // expected-error @below {{of a model that generates expects a result called logits}}
  func.func @decode(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x8xf32> {transformer.name = "last_hidden_state"}) {
    %table = transformer.weight "embedding" : tensor<9x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    return %x : tensor<?x8xf32>
  }
}
