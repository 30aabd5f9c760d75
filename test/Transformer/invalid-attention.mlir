// RUN: tfc-opt %s --split-input-file --verify-diagnostics
// What scores become before they are masked, and what is kept of tokens: each case says what was expected and what was found.

func.func @linear_bias_heads(%s: tensor<3x?x?xf32>) {
  // expected-error @below {{expects scores of [2, queries, keys], a head for each slope, found 'tensor<3x?x?xf32>'}}
  %0 = transformer.linear_bias %s slopes [0.5, 0.25] : tensor<3x?x?xf32>
  return
}

// -----

func.func @linear_bias_rank(%s: tensor<?x?xf32>) {
  // expected-error @below {{expects scores of [1, queries, keys], a head for each slope, found 'tensor<?x?xf32>'}}
  %0 = transformer.linear_bias %s slopes [0.5] : tensor<?x?xf32>
  return
}

// -----

func.func @attention_slopes(%a: tensor<?x8xf32>) {
  // expected-error @below {{expects a slope for each of 2 heads, found 1}}
  %0 = transformer.attention %a, %a, %a heads 2 scale 1.0 slopes [0.5] : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @attention_softcap(%a: tensor<?x8xf32>) {
  // expected-error @below {{expects a softcap above 0, found 0.000000e+00}}
  %0 = transformer.attention %a, %a, %a heads 2 scale 1.0 softcap 0.0 : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @cache_of_f64(%a: tensor<?x8xf32>) {
  %k = transformer.cache "keys" : tensor<32x2x4xf64>
  // expected-error @below {{expects a cache of 'f32', bf16 or i8, found 'tensor<32x2x4xf64>'}}
  %0 = transformer.cached_attention %a, %a, %a past(%k, %k) heads 2 scale 1.0
      : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) past(tensor<32x2x4xf64>, tensor<32x2x4xf64>) -> tensor<?x8xf32>
  return
}

// -----

func.func @cache_of_bf16_for_f64(%a: tensor<?x8xf64>) {
  %k = transformer.cache "keys" : tensor<32x2x4xbf16>
  // expected-error @below {{expects a cache of 'f64', found 'tensor<32x2x4xbf16>'}}
  %0 = transformer.cached_attention %a, %a, %a past(%k, %k) heads 2 scale 1.0
      : (tensor<?x8xf64>, tensor<?x8xf64>, tensor<?x8xf64>) past(tensor<32x2x4xbf16>, tensor<32x2x4xbf16>) -> tensor<?x8xf64>
  return
}

// -----

func.func @cached_attention_of_two_types(%a: tensor<?x8xf32>, %b: tensor<?x8xf64>) {
  %k = transformer.cache "keys" : tensor<32x2x4xf32>
  // expected-error @below {{expects key and value of 'f32', found 'tensor<?x8xf64>'}}
  %0 = transformer.cached_attention %a, %b, %a past(%k, %k) heads 2 scale 1.0
      : (tensor<?x8xf32>, tensor<?x8xf64>, tensor<?x8xf32>) past(tensor<32x2x4xf32>, tensor<32x2x4xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @cache_without_scales(%q: tensor<?x8xf32>, %k: tensor<32x2x4xi8>) {
  // expected-error @below {{expects scales of 'tensor<32x2xf32>' for a cache of i8, and only there, found 'tensor<32x2x4xi8>' without scales}}
  %0 = transformer.cached_attention %q, %q, %q past(%k, %k) heads 2 scale 1.0
      : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) past(tensor<32x2x4xi8>, tensor<32x2x4xi8>) -> tensor<?x8xf32>
  return
}

// -----

func.func @window_on_the_source(%q: tensor<?x8xf32>) {
  %k = transformer.cache source "keys" : tensor<32x2x4xf32>
  // expected-error @below {{of the source has no window, slopes or distances}}
  %0 = transformer.cached_attention %q past(%k, %k) heads 2 scale 1.0 window 7
      : (tensor<?x8xf32>) past(tensor<32x2x4xf32>, tensor<32x2x4xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @maps_of_own_tokens(%q: tensor<?x8xf32>) {
  %k = transformer.cache "keys" : tensor<32x2x4xf32>
  // expected-error @below {{gives probabilities and scores of the source only}}
  %0, %1 = transformer.cached_attention %q, %q, %q past(%k, %k) heads 2 scale 1.0
      : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) past(tensor<32x2x4xf32>, tensor<32x2x4xf32>) -> tensor<?x8xf32> probabilities tensor<2x?x?xf32>
  return
}

// -----

func.func @keep_other_heads(%k: tensor<?x9xf32>) {
  %keys = transformer.cache source "keys" : tensor<32x2x4xf32>
  // expected-error @below {{expects pages of [32, heads, dim] and columns that divide into their heads, found 'tensor<32x2x4xf32>' for 'tensor<?x9xf32>' and 'tensor<?x9xf32>'}}
  transformer.keep %k, %k in(%keys, %keys) : tensor<?x9xf32>, tensor<?x9xf32> in(tensor<32x2x4xf32>, tensor<32x2x4xf32>)
  return
}

// -----

func.func @keep_other_pages(%k: tensor<?x8xf32>) {
  %keys = transformer.cache source "keys" : tensor<32x2x3xf32>
  // expected-error @below {{expects keys of 'tensor<32x2x4xf32>', found 'tensor<32x2x3xf32>'}}
  transformer.keep %k, %k in(%keys, %keys) : tensor<?x8xf32>, tensor<?x8xf32> in(tensor<32x2x3xf32>, tensor<32x2x3xf32>)
  return
}

// -----

func.func @pages_of_any_size(%q: tensor<?x8xf32>, %k: tensor<128x?x4xf32>) {
  // expected-error @below {{expects pages of [32, heads, dim], found 'tensor<128x?x4xf32>' and 'tensor<128x?x4xf32>'}}
  %0 = transformer.cached_attention %q past(%k, %k) heads 2 scale 1.0
      : (tensor<?x8xf32>) past(tensor<128x?x4xf32>, tensor<128x?x4xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @rotary_no_heads(%a: tensor<?x8xf32>, %t: tensor<8x6xf32>) {
  // expected-error @below {{expects columns that divide into 0 heads, found 'tensor<?x8xf32>'}}
  %0 = transformer.rotary %a, %t heads 0 : tensor<?x8xf32>, tensor<8x6xf32>
  return
}

// -----

func.func @distances_of_other_heads(%s: tensor<3x?x?xf32>, %t: tensor<2x101xf32>) {
  // expected-error @below {{expects scores of [heads, queries, keys] and a table of [heads, an odd number], found 'tensor<3x?x?xf32>' and 'tensor<2x101xf32>'}}
  %0 = transformer.distance_bias %s, %t : tensor<3x?x?xf32>, tensor<2x101xf32>
  return
}

// -----

func.func @distances_of_any_weight(%q: tensor<?x8xf32>) {
  %t = transformer.weight "table" : tensor<2x101xf32>
  // expected-error @below {{expects distances of a distance_table for 2 heads, found 'tensor<2x101xf32>'}}
  %0 = transformer.attention %q, %q, %q distances(%t) heads 2 scale 1.0
      : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) distances(tensor<2x101xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @short_reach(%b: tensor<8x2xf32>) {
  // expected-error @below {{expects a largest distance above 4 and a reach of 32 more at least, found 18 and 20}}
  %t = transformer.distance_table %b reach 20 max 18 : tensor<8x2xf32>
  return
}

// -----

func.func @distances_without_heads(%s: tensor<2x?x?xf32>, %t: tensor<2xf32>) {
  // expected-error @below {{expects scores of [heads, queries, keys] and a table of [heads, an odd number], found 'tensor<2x?x?xf32>' and 'tensor<2xf32>'}}
  %b = transformer.distance_bias %s, %t : tensor<2x?x?xf32>, tensor<2xf32>
  return
}

// -----

func.func @buckets_without_heads(%b: tensor<8xf32>) {
  // expected-error @below {{expects buckets of [buckets, heads], found 'tensor<8xf32>'}}
  %t = transformer.distance_table %b reach 50 max 18 : tensor<8xf32>
  return
}

// -----

func.func @one_bucket_on_each_side(%b: tensor<2x2xf32>) {
  // expected-error @below {{expects two buckets on each side at least, found 'tensor<2x2xf32>'}}
  %t = transformer.distance_table %b reach 50 max 18 bidirectional : tensor<2x2xf32>
  return
}
