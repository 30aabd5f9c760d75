// RUN: tfc-opt %s --transformer-keep-source --split-input-file --verify-diagnostics | FileCheck %s
// RUN: tfc-opt %s --transformer-keep-source=cache=int8 --split-input-file --verify-diagnostics | FileCheck %s --check-prefix=INT8
// What a decoder makes of the source is computed by the encoder, once, and kept in pages.

// CHECK-LABEL: transformer.model @translator
// CHECK: func.func @encode(%{{.*}}) -> (tensor<?x8xf32> {transformer.name = "encoder_last_hidden_state"}) attributes {transformer.source} {
// CHECK: %[[X:.*]] = transformer.embedding
// CHECK: %[[K:.*]] = transformer.linear %[[X]]
// CHECK: %[[V:.*]] = transformer.scale %[[K]] by 2.0
// CHECK: %[[KEYS:.*]] = transformer.cache source "keys.0" : tensor<32x2x4xf32>
// CHECK: %[[VALUES:.*]] = transformer.cache source "values.0" : tensor<32x2x4xf32>
// CHECK: transformer.keep %[[K]], %[[V]] in(%[[KEYS]], %[[VALUES]])
// The second layer's are others, and both decoders' the same.
// CHECK: transformer.keep %[[K]], %[[K]] in(
// CHECK-NOT: transformer.keep
// CHECK: func.func @decode(%[[IDS:.*]]: tensor<?xi32> {transformer.name = "decoder_input_ids"}) -> (tensor<?x8xf32> {transformer.name = "logits"}) {
// CHECK: %[[Q:.*]] = transformer.embedding %[[IDS]]
// CHECK-NOT: transformer.linear
// CHECK: %[[SK:.*]] = transformer.cache source "keys.0"
// CHECK: %[[SV:.*]] = transformer.cache source "values.0"
// CHECK: %[[A:.*]] = transformer.cached_attention %[[Q]] past(%[[SK]], %[[SV]]) heads 2 scale 5.000000e-01
// CHECK: transformer.cache source "keys.1"
// CHECK: transformer.cached_attention %[[A]] past
// CHECK: func.func @decode_all(
// CHECK-SAME: {transformer.name = "cross_attentions.0", transformer.source_keys}
// CHECK: transformer.cached_attention {{.*}} -> tensor<?x8xf32> probabilities tensor<2x?x?xf32>
// CHECK-NOT: func.func private

// INT8-LABEL: transformer.model @translator
// INT8: transformer.cache source "keys.0" : tensor<32x2x4xi8>
// INT8: transformer.cache source "keys.0.scales" : tensor<32x2xf32>
// INT8: transformer.keep {{.*}} scales(
transformer.model @translator attributes {max_sequence = 64 : i64, task = "generate"} {
  func.func @encode(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x8xf32> {transformer.name = "encoder_last_hidden_state"}) {
    %table = transformer.weight "embedding" : tensor<9x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    return %x : tensor<?x8xf32>
  }
  func.func private @keys(%source: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %w = transformer.weight "key" : tensor<8x8xf32>
    %k = transformer.linear %source, %w : tensor<?x8xf32>, tensor<8x8xf32>
    return %k : tensor<?x8xf32>
  }
  func.func @decode(%ids: tensor<?xi32> {transformer.name = "decoder_input_ids"}, %source: tensor<?x8xf32> {transformer.name = "encoder_last_hidden_state"})
      -> (tensor<?x8xf32> {transformer.name = "logits"}) {
    %table = transformer.weight "embedding" : tensor<9x8xf32>
    %q = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    %k = func.call @keys(%source) : (tensor<?x8xf32>) -> tensor<?x8xf32>
    %v = transformer.scale %k by 2.0 : tensor<?x8xf32>
    %a = transformer.attention %q, %k, %v heads 2 scale 0.5 : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
    %b = transformer.attention %a, %k, %k heads 2 scale 0.5 : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
    return %b : tensor<?x8xf32>
  }
  func.func @decode_all(%ids: tensor<?xi32> {transformer.name = "decoder_input_ids"}, %source: tensor<?x8xf32> {transformer.name = "encoder_last_hidden_state"})
      -> (tensor<?x8xf32> {transformer.name = "logits"}, tensor<2x?x?xf32> {transformer.name = "cross_attentions.0"}) {
    %table = transformer.weight "embedding" : tensor<9x8xf32>
    %q = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    %k = func.call @keys(%source) : (tensor<?x8xf32>) -> tensor<?x8xf32>
    %v = transformer.scale %k by 2.0 : tensor<?x8xf32>
    %a, %p = transformer.attention %q, %k, %v heads 2 scale 0.5 : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32> probabilities tensor<2x?x?xf32>
    return %a, %p : tensor<?x8xf32>, tensor<2x?x?xf32>
  }
}

// -----

// Steps of an explanation that the source alone decides become results of the encoder that is explained.
// CHECK-LABEL: transformer.model @explained
// CHECK: func.func @encode(%{{.*}}) -> (tensor<?x8xf32> {transformer.name = "memory"}) attributes
// CHECK: func.func @encode_steps({{.*}} -> (tensor<?x8xf32> {transformer.name = "memory"}, tensor<?x8xf32> {transformer.formula = "embedding = e[ids]", transformer.name = "steps.1"}, tensor<?x8xf32> {transformer.formula = "twice = 2 memory", transformer.name = "steps.2"})
// CHECK: %[[TWICE:.*]] = transformer.scale %{{.*}} by 2.0
// CHECK: transformer.keep %[[TWICE]], %[[TWICE]] in
// CHECK: return %{{.*}}, %{{.*}}, %[[TWICE]]
// CHECK: func.func @decode_steps(
// CHECK-SAME: -> (tensor<?x8xf32> {transformer.name = "logits"}, tensor<2x?x?xf32> {transformer.formula = "scores", transformer.name = "steps.3", transformer.source_keys})
// CHECK: %[[A:.*]], %[[S:.*]] = transformer.cached_attention {{.*}} -> tensor<?x8xf32> scores tensor<2x?x?xf32>
// CHECK: return %[[A]], %[[S]]
// INT8-LABEL: transformer.model @explained
transformer.model @explained attributes {max_sequence = 64 : i64, task = "generate"} {
  func.func @encode(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x8xf32> {transformer.name = "memory"}) {
    %table = transformer.weight "e" : tensor<9x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    return %x : tensor<?x8xf32>
  }
  func.func @encode_steps(%ids: tensor<?xi32> {transformer.name = "input_ids"})
      -> (tensor<?x8xf32> {transformer.name = "memory"}, tensor<?x8xf32> {transformer.name = "steps.1", transformer.formula = "embedding = e[ids]"}) {
    %table = transformer.weight "e" : tensor<9x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    return %x, %x : tensor<?x8xf32>, tensor<?x8xf32>
  }
  func.func @decode_steps(%ids: tensor<?xi32> {transformer.name = "decoder_input_ids"}, %source: tensor<?x8xf32> {transformer.name = "memory"})
      -> (tensor<?x8xf32> {transformer.name = "logits"}, tensor<?x8xf32> {transformer.name = "steps.2", transformer.formula = "twice = 2 memory"},
          tensor<2x?x?xf32> {transformer.name = "steps.3", transformer.formula = "scores"}) {
    %table = transformer.weight "e" : tensor<9x8xf32>
    %q = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    %k = transformer.scale %source by 2.0 : tensor<?x8xf32>
    %a, %s = transformer.attention %q, %k, %k heads 2 scale 0.5 : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32> scores tensor<2x?x?xf32>
    return %a, %k, %s : tensor<?x8xf32>, tensor<?x8xf32>, tensor<2x?x?xf32>
  }
}

// -----

// Without an encoder nothing changes.
// CHECK-LABEL: transformer.model @decoder
// CHECK-NOT: transformer.source
// INT8-LABEL: transformer.model @decoder
transformer.model @decoder attributes {max_sequence = 64 : i64} {
  func.func @decode(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x8xf32> {transformer.name = "logits"}) {
    %table = transformer.weight "embedding" : tensor<9x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    return %x : tensor<?x8xf32>
  }
}

// -----

transformer.model @nobody_gives attributes {max_sequence = 64 : i64} {
  // expected-error @below {{expects 'tensor<?x8xf32>' as argument 0, "memory", which no entry point gives}}
  func.func @decode(%source: tensor<?x8xf32> {transformer.name = "memory"}) -> (tensor<?x8xf32> {transformer.name = "logits"}) {
    return %source : tensor<?x8xf32>
  }
}

// -----

transformer.model @mixes_rows attributes {max_sequence = 64 : i64} {
  func.func @encode(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x8xf32> {transformer.name = "memory"}) {
    %table = transformer.weight "embedding" : tensor<9x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    return %x : tensor<?x8xf32>
  }
  func.func @decode(%ids: tensor<?xi32> {transformer.name = "decoder_input_ids"}, %source: tensor<?x8xf32> {transformer.name = "memory"})
      -> (tensor<?x8xf32> {transformer.name = "logits"}) {
    %table = transformer.weight "embedding" : tensor<9x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    // expected-error @below {{reads what the encoder gives, of another row than the decoder's; supported: keys and values of attention that was recognised}}
    %y = transformer.add %x, %source : tensor<?x8xf32>, tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }
}

// -----

transformer.model @nobody_explains attributes {max_sequence = 64 : i64} {
  func.func @encode(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x8xf32> {transformer.name = "memory"}) {
    %table = transformer.weight "embedding" : tensor<9x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    return %x : tensor<?x8xf32>
  }
  // expected-error @below {{explains what depends on the encoder's result alone, and no encoder is explained}}
  func.func @decode_steps(%ids: tensor<?xi32> {transformer.name = "decoder_input_ids"}, %source: tensor<?x8xf32> {transformer.name = "memory"})
      -> (tensor<?x8xf32> {transformer.name = "logits"}, tensor<?x8xf32> {transformer.name = "steps.1", transformer.formula = "memory"}) {
    %table = transformer.weight "embedding" : tensor<9x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    return %x, %source : tensor<?x8xf32>, tensor<?x8xf32>
  }
}

// -----

transformer.model @gives_the_source_back attributes {max_sequence = 64 : i64} {
  func.func @encode(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x8xf32> {transformer.name = "memory"}) {
    %table = transformer.weight "embedding" : tensor<9x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    return %x : tensor<?x8xf32>
  }
  func.func @decode(%ids: tensor<?xi32> {transformer.name = "decoder_input_ids"}, %source: tensor<?x8xf32> {transformer.name = "memory"})
      -> (tensor<?x8xf32> {transformer.name = "logits"}, tensor<?x8xf32> {transformer.name = "twice"}) {
    %table = transformer.weight "embedding" : tensor<9x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    %y = transformer.scale %source by 2.0 : tensor<?x8xf32>
    // expected-error @below {{reads what the encoder gives, of another row than the decoder's; supported: keys and values of attention that was recognised}}
    return %x, %y : tensor<?x8xf32>, tensor<?x8xf32>
  }
}

// -----

transformer.model @cut_maps attributes {max_sequence = 64 : i64} {
  func.func @encode(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x8xf32> {transformer.name = "memory"}) {
    %table = transformer.weight "embedding" : tensor<9x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    return %x : tensor<?x8xf32>
  }
  func.func @decode(%ids: tensor<?xi32> {transformer.name = "decoder_input_ids"}, %source: tensor<?x8xf32> {transformer.name = "memory"})
      -> (tensor<?x8xf32> {transformer.name = "logits"}, tensor<2x?x?xf32> {transformer.name = "maps"}) {
    %table = transformer.weight "embedding" : tensor<9x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<9x8xf32>
    %a, %p = transformer.attention %x, %source, %source heads 2 scale 0.5 : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32> probabilities tensor<2x?x?xf32>
    // expected-error @below {{reads probabilities or scores of attention to the source, of two rows; supported: returning them}}
    %s = transformer.scale %p by 2.0 : tensor<2x?x?xf32>
    return %a, %s : tensor<?x8xf32>, tensor<2x?x?xf32>
  }
}
