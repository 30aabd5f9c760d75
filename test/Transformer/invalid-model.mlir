// RUN: tfc-opt %s --split-input-file --verify-diagnostics
// What functions of a model may not do to each other.

transformer.model @circle attributes {max_sequence = 8 : i64} {
  func.func private @a(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %y = func.call @b(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }
  // expected-error @below {{calls itself}}
  func.func private @b(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %y = func.call @a(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }
}

// -----

transformer.model @entry_called attributes {max_sequence = 8 : i64} {
  func.func @a(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
    return %x : tensor<?x8xf32>
  }
  func.func @b(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
    // expected-error @below {{expects a private function, found the entry point a}}
    %y = func.call @a(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }
}

// -----

transformer.model @elsewhere attributes {max_sequence = 8 : i64} {
  // expected-error @below {{expects a body of one block}}
  func.func private @a(%x: tensor<?x8xf32>) -> tensor<?x8xf32>
}
