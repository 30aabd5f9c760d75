// RUN: tfc-opt %s --split-input-file --verify-diagnostics
// Each rule of weights in fewer bits, broken once.

func.func @quantize_shape(%w: tensor<3x40xf32>) {
  // expected-error @below {{expects a fixed number of columns, and codes of the matrix's shape, found 'tensor<3x40xf32>' and 'tensor<40x3xbf16>'}}
  %0 = transformer.quantize %w : tensor<3x40xf32> -> tensor<40x3xbf16>
  return
}

// -----

func.func @quantize_without_scales(%w: tensor<3x40xf32>) {
  // expected-error @below {{expects groups and scales for whole numbers, and only for them, found codes of 'i8' without scales and without a group}}
  %0 = transformer.quantize %w : tensor<3x40xf32> -> tensor<3x40xi8>
  return
}

// -----

func.func @dequantize_with_scales(%c: tensor<3x40xbf16>, %s: tensor<3x2xf32>) {
  // expected-error @below {{found codes of 'bf16' with scales and with a group}}
  %0 = transformer.dequantize %c, %s group 32 : tensor<3x40xbf16>, tensor<3x2xf32> -> tensor<3x40xf32>
  return
}

// -----

func.func @quantize_group(%w: tensor<3x40xf32>) {
  // expected-error @below {{expects groups of a multiple of 32 up to 256, found 48}}
  %0, %1 = transformer.quantize %w group 48 : tensor<3x40xf32> -> tensor<3x40xi8>, tensor<3x1xf32>
  return
}

// -----

func.func @dequantize_scales(%c: tensor<3x40xi4>, %s: tensor<3x3xf32>) {
  // expected-error @below {{expects scales of 'tensor<3x2xf32>' for groups of 32 in 'tensor<3x40xf32>', found 'tensor<3x3xf32>'}}
  %0 = transformer.dequantize %c, %s group 32 : tensor<3x40xi4>, tensor<3x3xf32> -> tensor<3x40xf32>
  return
}

// -----

func.func @quantize_columns(%x: tensor<3x?xf32>) {
  // expected-error @below {{expects a fixed number of columns, and codes of the matrix's shape, found 'tensor<3x?xf32>' and 'tensor<3x?xi8>'}}
  %0, %1 = transformer.quantize %x group 32 : tensor<3x?xf32> -> tensor<3x?xi8>, tensor<3x1xf32>
  return
}

// -----

func.func @quantize_rows(%x: tensor<?x40xf32>) {
  // expected-error @below {{expects scales of 'tensor<?x2xf32>' for groups of 32 in 'tensor<?x40xf32>', found 'tensor<?x1xf32>'}}
  %0, %1 = transformer.quantize %x group 32 : tensor<?x40xf32> -> tensor<?x40xi8>, tensor<?x1xf32>
  return
}
