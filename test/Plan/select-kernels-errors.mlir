// RUN: tfc-opt %s --kernel-select-kernels --split-input-file --verify-diagnostics
// What no kernel can do is refused, with the place.

transformer.model @argument_without_a_name attributes {max_sequence = 8 : i64} {
  // expected-error @below {{is an entry point and expects transformer.name on argument 0}}
  func.func @main(%ids: tensor<?xi32>) -> (tensor<?xi32> {transformer.name = "out"}) {
    return %ids : tensor<?xi32>
  }
}

// -----

transformer.model @argument_of_floats attributes {max_sequence = 8 : i64} {
  // expected-error @below {{is an entry point and expects ids, tensor<?xi32>, as argument 0, found 'tensor<?x4xf32>'}}
  func.func @main(%x: tensor<?x4xf32> {transformer.name = "x"}) -> (tensor<?x4xf32> {transformer.name = "out"}) {
    return %x : tensor<?x4xf32>
  }
}

// -----

transformer.model @result_without_a_name attributes {max_sequence = 8 : i64} {
  // expected-error @below {{is an entry point and expects transformer.name on result 0}}
  func.func @main(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> tensor<?xi32> {
    return %ids : tensor<?xi32>
  }
}

// -----

transformer.model @pool_of_a_fixed_tensor attributes {max_sequence = 8 : i64} {
  func.func @main(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<4xf32> {transformer.name = "out"}) {
    %t = transformer.weight "t" : tensor<9x4xf32>
    // expected-error @below {{over a fixed number of tokens has no kernel yet}}
    %p = transformer.pool mean %t : tensor<9x4xf32>
    return %p : tensor<4xf32>
  }
}

// -----

transformer.model @foreign_op attributes {max_sequence = 8 : i64} {
  func.func @main(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?xi32> {transformer.name = "out"}) {
    // expected-error @below {{has no kernel, no decomposition and no definition by elements}}
    %y = arith.addi %ids, %ids : tensor<?xi32>
    return %y : tensor<?xi32>
  }
}

// -----

transformer.model @quantized_with_a_search attributes {max_sequence = 8 : i64} {
  func.func @main(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x70xf32> {transformer.name = "out"}) {
    %table = transformer.weight "table" : tensor<50x70xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<50x70xf32>
    // expected-error @below {{has a kernel for what is computed only in groups, with codes of i8, scales of 'f32' and without a search}}
    %c, %s = transformer.quantize %x group 64 search : tensor<?x70xf32> -> tensor<?x70xi8>, tensor<?x2xf32>
    %n = transformer.dequantize %c, %s group 64 : tensor<?x70xi8>, tensor<?x2xf32> -> tensor<?x70xf32>
    return %n : tensor<?x70xf32>
  }
}
