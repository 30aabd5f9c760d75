// RUN: tfc-opt %s --split-input-file --verify-diagnostics
// Each rule of the dialect, broken once: each in a piece of its own, since the parser stops at the first error.

// expected-error @below {{attribute 'family' failed to satisfy constraint: string attribute of at most 64 bytes}}
transformer.model @long_family attributes {family = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef!", max_sequence = 8 : i64} {
}

// -----

func.func @matmul_inner_sizes(%a: tensor<3x4xf32>, %b: tensor<5x3xf32>) {
  // expected-error @below {{expects [..., m, k] times [..., k, n] with the same leading dimensions, found 'tensor<3x4xf32>' and 'tensor<5x3xf32>'}}
  %0 = transformer.matmul %a, %b : tensor<3x4xf32>, tensor<5x3xf32>
  return
}

// -----

func.func @matmul_leading_sizes(%a: tensor<2x3x4xf32>, %b: tensor<5x4x3xf32>) {
  // expected-error @below {{with the same leading dimensions}}
  %0 = transformer.matmul %a, %b : tensor<2x3x4xf32>, tensor<5x4x3xf32>
  return
}

// -----

func.func @matmul_ranks(%a: tensor<2x3x4xf32>, %b: tensor<4x3xf32>) {
  // expected-error @below {{with the same leading dimensions}}
  %0 = transformer.matmul %a, %b : tensor<2x3x4xf32>, tensor<4x3xf32>
  return
}

// -----

func.func @matmul_vector(%a: tensor<4xf32>) {
  // expected-error @below {{expects lhs of at least 2 dimension(s), found 'tensor<4xf32>'}}
  %0 = transformer.matmul %a, %a : tensor<4xf32>, tensor<4xf32>
  return
}

// -----

func.func @softmax_number(%a: tensor<f32>) {
  // expected-error @below {{expects input of at least 1 dimension(s), found 'tensor<f32>'}}
  %0 = transformer.softmax %a : tensor<f32>
  return
}

// -----

func.func @log_sum_exp_number(%a: tensor<f32>) {
  // expected-error @below {{expects input of at least 1 dimension(s), found 'tensor<f32>'}}
  %0 = transformer.log_sum_exp %a : tensor<f32>
  return
}

// -----

func.func @attention_heads(%a: tensor<?x8xf32>) {
  // expected-error @below {{expects columns that divide into 3 heads, found 'tensor<?x8xf32>'}}
  %0 = transformer.attention %a, %a, %a heads 3 scale 1.0 : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @attention_no_heads(%a: tensor<?x8xf32>) {
  // expected-error @below {{attribute 'heads' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %0 = transformer.attention %a, %a, %a heads 0 scale 1.0 : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @attention_unknown_width(%a: tensor<?x?xf32>) {
  // expected-error @below {{expects a fixed number of columns, found 'tensor<?x?xf32>'}}
  %0 = transformer.attention %a, %a, %a heads 1 scale 1.0 : (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return
}

// -----

func.func @attention_key_width(%a: tensor<?x8xf32>, %b: tensor<?x6xf32>) {
  // expected-error @below {{expects keys of heads of 4 columns, whose number divides 2, found 'tensor<?x6xf32>'}}
  %0 = transformer.attention %a, %b, %a heads 2 scale 1.0 : (tensor<?x8xf32>, tensor<?x6xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @attention_key_heads(%a: tensor<?x8xf32>, %b: tensor<?x6xf32>) {
  // expected-error @below {{expects keys of heads of 2 columns, whose number divides 4, found 'tensor<?x6xf32>'}}
  %0 = transformer.attention %a, %b, %b heads 4 scale 1.0 : (tensor<?x8xf32>, tensor<?x6xf32>, tensor<?x6xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @attention_value_width(%a: tensor<?x8xf32>, %b: tensor<?x5xf32>) {
  // expected-error @below {{expects values that divide into 2 heads as the keys do, found 'tensor<?x5xf32>'}}
  %0 = transformer.attention %a, %a, %b heads 2 scale 1.0 : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x5xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @attention_window(%a: tensor<?x8xf32>) {
  // expected-error @below {{expects a window only with causal}}
  %0 = "transformer.attention"(%a, %a, %a) {heads = 2 : i64, scale = 1.0 : f64, window = 3 : i64, resultSegmentSizes = array<i32: 1, 0, 0, 0>}
      : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @causal_mask_vector(%a: tensor<8xf32>) {
  // expected-error @below {{expects input of at least 2 dimension(s), found 'tensor<8xf32>'}}
  %0 = transformer.causal_mask %a : tensor<8xf32>
  return
}

// -----

func.func @repeat_rows(%a: tensor<?x8xf32>) {
  // expected-error @below {{expects dim to be a fixed dimension of 'tensor<?x8xf32>', found 0}}
  %0 = transformer.repeat %a dim 0 times 2 : tensor<?x8xf32>
  return
}

// -----

func.func @repeat_too_often(%a: tensor<?x8xf32>) {
  // expected-error @below {{repeats more elements than can be addressed}}
  %0 = transformer.repeat %a dim 1 times 2305843009213693952 : tensor<?x8xf32>
  return
}

// -----

func.func @rms_norm_gamma(%a: tensor<?x8xf32>, %g: tensor<7xf32>) {
  // expected-error @below {{expects gamma of size 8, found 'tensor<7xf32>'}}
  %0 = transformer.rms_norm %a, %g eps 0.5 : tensor<?x8xf32>, tensor<7xf32>
  return
}

// -----

func.func @rotary_table_columns() {
  // expected-error @below {{expects two columns for each of the 2 frequencies, found 'tensor<8x6xf32>'}}
  %0 = transformer.rotary_table [1.0, 0.5] : tensor<8x6xf32>
  return
}

// -----

func.func @rotary_table_infinity() {
  // expected-error @below {{expects finite frequencies, found INF}}
  %0 = "transformer.rotary_table"() {frequencies = array<f64: 0x7FF0000000000000>} : () -> tensor<8x2xf32>
  return
}

// -----

func.func @rotary_heads(%a: tensor<?x8xf32>, %t: tensor<8x2xf32>) {
  // expected-error @below {{expects columns that divide into 3 heads, found 'tensor<?x8xf32>'}}
  %0 = transformer.rotary %a, %t heads 3 : tensor<?x8xf32>, tensor<8x2xf32>
  return
}

// -----

func.func @rotary_columns(%a: tensor<?x8xf32>, %t: tensor<8x6xf32>) {
  // expected-error @below {{expects a table of [positions, an even number up to 4], found 'tensor<8x6xf32>'}}
  %0 = transformer.rotary %a, %t heads 2 : tensor<?x8xf32>, tensor<8x6xf32>
  return
}

// -----

func.func @feed_forward_gate_width(%a: tensor<?x8xf32>, %g: tensor<5x8xf32>, %u: tensor<6x8xf32>, %d: tensor<8x6xf32>) {
  // expected-error @below {{expects gate and up of one width, found 'tensor<5x8xf32>' and 'tensor<6x8xf32>'}}
  %0 = transformer.feed_forward silu %a gate(%g) up(%u) down(%d)
      : tensor<?x8xf32>, gate(tensor<5x8xf32>), up(tensor<6x8xf32>), down(tensor<8x6xf32>)
  return
}

// -----

func.func @feed_forward_gate_bias(%a: tensor<?x8xf32>, %b: tensor<6xf32>, %u: tensor<6x8xf32>, %d: tensor<8x6xf32>) {
  // expected-error @below {{expects a gate bias only with a gate weight}}
  // expected-error @below {{failed to infer returned types}}
  %0 = "transformer.feed_forward"(%a, %b, %u, %d) {activation = #transformer<activation_kind silu>, operandSegmentSizes = array<i32: 1, 0, 1, 1, 0, 1, 0>}
      : (tensor<?x8xf32>, tensor<6xf32>, tensor<6x8xf32>, tensor<8x6xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @attention_values(%a: tensor<?x8xf32>, %b: tensor<3x8xf32>) {
  // expected-error @below {{expects as many values as keys, found 'tensor<?x8xf32>' and 'tensor<3x8xf32>'}}
  %0 = transformer.attention %a, %a, %b heads 2 scale 1.0 : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<3x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @attention_result(%a: tensor<?x8xf32>) {
  // expected-error @below {{expects the result of 'tensor<?x8xf32>', found 'tensor<?x4xf32>'}}
  %0 = transformer.attention %a, %a, %a heads 2 scale 1.0 : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @attention_probabilities(%a: tensor<?x8xf32>) {
  // expected-error @below {{expects probabilities of 'tensor<2x?x?xf32>', found 'tensor<3x?x?xf32>'}}
  %0:2 = transformer.attention %a, %a, %a heads 2 scale 1.0 : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32> probabilities tensor<3x?x?xf32>
  return
}

// -----

func.func @attention_log_sum_exp(%a: tensor<?x8xf32>) {
  // expected-error @below {{expects log_sum_exp of 'tensor<2x?xf32>', found 'tensor<2xf32>'}}
  %0:2 = transformer.attention %a, %a, %a heads 2 scale 1.0 : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32> log_sum_exp tensor<2xf32>
  return
}

// -----

func.func @add_sizes(%a: tensor<?x4xf32>, %b: tensor<5xf32>) {
  // expected-error @below {{expects the right side to have the trailing dimensions of 'tensor<?x4xf32>', found 'tensor<5xf32>'}}
  %0 = transformer.add %a, %b : tensor<?x4xf32>, tensor<5xf32>
  return
}

// -----

func.func @add_rank(%a: tensor<?x4xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{expects the right side to have the trailing dimensions of 'tensor<4xf32>', found 'tensor<?x4xf32>'}}
  %0 = transformer.add %b, %a : tensor<4xf32>, tensor<?x4xf32>
  return
}

// -----

func.func @mul_sizes(%a: tensor<?x4xf32>, %b: tensor<5xf32>) {
  // expected-error @below {{expects the right side to have the trailing dimensions of 'tensor<?x4xf32>', found 'tensor<5xf32>'}}
  %0 = transformer.mul %a, %b : tensor<?x4xf32>, tensor<5xf32>
  return
}

// -----

func.func @activation_kind(%a: tensor<?x4xf32>) {
  // expected-error @below {{expected ::tfc::transformer::ActivationKind to be one of: relu, gelu, gelu_tanh, silu, tanh}}
  // expected-error @below {{failed to parse ActivationAttr}}
  %0 = transformer.activation swish %a : tensor<?x4xf32>
  return
}

// -----

func.func @embedding_ids(%i: tensor<?x1xi32>, %t: tensor<9x4xf32>) {
  // expected-error @below {{operand #0 must be 1D tensor of 32-bit signless integer values, but got 'tensor<?x1xi32>'}}
  %0 = transformer.embedding %i, %t : tensor<?x1xi32>, tensor<9x4xf32>
  return
}

// -----

func.func @embedding_id(%i: tensor<i32>, %t: tensor<9x4xf32>) {
  // expected-error @below {{expects ids of at least 1 dimension(s), found 'tensor<i32>'}}
  %0 = transformer.embedding %i, %t : tensor<i32>, tensor<9x4xf32>
  return
}

// -----

func.func @embedding_table(%i: tensor<?xi32>, %t: tensor<9xf32>) {
  // expected-error @below {{expects table of 2 dimensions, found 'tensor<9xf32>'}}
  %0 = transformer.embedding %i, %t : tensor<?xi32>, tensor<9xf32>
  return
}

// -----

func.func @positions_like(%i: tensor<i32>, %t: tensor<9x4xf32>) {
  // expected-error @below {{expects like of at least 1 dimension(s), found 'tensor<i32>'}}
  %0 = transformer.positions %i, %t : tensor<i32>, tensor<9x4xf32>
  return
}

// -----

func.func @positions_table(%i: tensor<?xi32>, %t: tensor<9xf32>) {
  // expected-error @below {{expects table of 2 dimensions, found 'tensor<9xf32>'}}
  %0 = transformer.positions %i, %t : tensor<?xi32>, tensor<9xf32>
  return
}

// -----

func.func @positions_rows(%i: tensor<?xi32>, %t: tensor<?x4xf32>) {
  // expected-error @below {{expects a table with a fixed number of rows, found 'tensor<?x4xf32>'}}
  %0 = transformer.positions %i, %t : tensor<?xi32>, tensor<?x4xf32>
  return
}

// -----

func.func @positions_first(%i: tensor<?xi32>, %t: tensor<9x4xf32>) {
  // expected-error @below {{expects first below the table's 9 rows, found 9}}
  // expected-error @below {{failed to infer returned types}}
  %0 = transformer.positions %i, %t {first = 9 : i64} : tensor<?xi32>, tensor<9x4xf32>
  return
}

// -----

func.func @positions_before_0(%i: tensor<?xi32>, %t: tensor<9x4xf32>) {
  // expected-error @below {{attribute 'first' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
  %0 = transformer.positions %i, %t {first = -1 : i64} : tensor<?xi32>, tensor<9x4xf32>
  return
}

// -----

func.func @linear_weight(%x: tensor<?x4xf32>, %w: tensor<4x5xf32>) {
  // expected-error @below {{expects weight of [out, in] with the input's last dimension as in, found 'tensor<?x4xf32>' and 'tensor<4x5xf32>'}}
  %0 = transformer.linear %x, %w : tensor<?x4xf32>, tensor<4x5xf32>
  return
}

// -----

func.func @linear_weight_rank(%x: tensor<?x4xf32>, %w: tensor<4xf32>) {
  // expected-error @below {{expects weight of 2 dimensions, found 'tensor<4xf32>'}}
  %0 = transformer.linear %x, %w : tensor<?x4xf32>, tensor<4xf32>
  return
}

// -----

func.func @linear_bias(%x: tensor<?x4xf32>, %w: tensor<5x4xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{expects bias of size 5, found 'tensor<4xf32>'}}
  %0 = transformer.linear %x, %w, %b : tensor<?x4xf32>, tensor<5x4xf32>, tensor<4xf32>
  return
}

// -----

// Operands that may be missing are parsed with any type.
func.func @linear_bias_type(%x: tensor<?x4xf32>, %w: tensor<5x4xf32>, %b: f32) {
  // expected-error @below {{expects operand #2 to be a ranked tensor, found 'f32'}}
  %0 = transformer.linear %x, %w, %b : tensor<?x4xf32>, tensor<5x4xf32>, f32
  return
}

// -----

func.func @linear_bias_rank(%x: tensor<?x4xf32>, %w: tensor<5x4xf32>, %b: tensor<f32>) {
  // expected-error @below {{expects bias of size 5, found 'tensor<f32>'}}
  %0 = transformer.linear %x, %w, %b : tensor<?x4xf32>, tensor<5x4xf32>, tensor<f32>
  return
}

// -----

func.func @feed_forward_up(%x: tensor<?x4xf32>, %w: tensor<4x8xf32>) {
  // expected-error @below {{expects up weight of [out, in] with the input's last dimension as in, found 'tensor<?x4xf32>' and 'tensor<4x8xf32>'}}
  %0 = transformer.feed_forward relu %x up(%w) down(%w) : tensor<?x4xf32>, up(tensor<4x8xf32>), down(tensor<4x8xf32>)
  return
}

// -----

func.func @feed_forward_down(%x: tensor<?x4xf32>, %w: tensor<8x4xf32>) {
  // expected-error @below {{expects down weight of [out, in] with the input's last dimension as in, found 'tensor<?x8xf32>' and 'tensor<8x4xf32>'}}
  %0 = transformer.feed_forward relu %x up(%w) down(%w) : tensor<?x4xf32>, up(tensor<8x4xf32>), down(tensor<8x4xf32>)
  return
}

// -----

func.func @feed_forward_up_bias(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>, %b: tensor<5xf32>) {
  // expected-error @below {{expects up bias of size 4, found 'tensor<5xf32>'}}
  %0 = transformer.feed_forward relu %x up(%w, %b) down(%w) : tensor<?x4xf32>, up(tensor<4x4xf32>, tensor<5xf32>), down(tensor<4x4xf32>)
  return
}

// -----

func.func @feed_forward_down_bias(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>, %b: tensor<5xf32>) {
  // expected-error @below {{expects down bias of size 4, found 'tensor<5xf32>'}}
  %0 = transformer.feed_forward relu %x up(%w) down(%w, %b) : tensor<?x4xf32>, up(tensor<4x4xf32>), down(tensor<4x4xf32>, tensor<5xf32>)
  return
}

// -----

func.func @weight_name() {
  // expected-error @below {{expects the name of a tensor, found an empty string}}
  %0 = transformer.weight "" : tensor<4xf32>
  return
}

// -----

func.func @weight_shape() {
  // expected-error @below {{expects fixed positive sizes, found 'tensor<?x4xf32>'}}
  %0 = transformer.weight "w" : tensor<?x4xf32>
  return
}

// -----

func.func @weight_without_elements() {
  // expected-error @below {{expects fixed positive sizes, found 'tensor<4x0xf32>'}}
  %0 = transformer.weight "w" : tensor<4x0xf32>
  return
}

// -----

func.func @weight_size() {
  // expected-error @below {{has more elements than can be addressed: 'tensor<4294967296x4294967296xf32>'}}
  %0 = transformer.weight "w" : tensor<4294967296x4294967296xf32>
  return
}

// -----

func.func @weight_type() {
  // expected-error @below {{result #0 must be ranked tensor of 32-bit float or 64-bit float values, but got 'tensor<4xi32>'}}
  %0 = transformer.weight "w" : tensor<4xi32>
  return
}

// -----

func.func @sinusoids_columns() {
  // expected-error @below {{expects an even number of columns, found 3}}
  %0 = transformer.sinusoids : tensor<8x3xf32>
  return
}

// -----

func.func @sinusoids_closed() {
  // expected-error @below {{expects closed only with halves, and 4 columns at least, found 'tensor<8x2xf32>'}}
  %0 = transformer.sinusoids halves closed : tensor<8x2xf32>
  return
}

// -----

func.func @sinusoids_rows() {
  // expected-error @below {{expects fixed positive sizes, found 'tensor<?x4xf32>'}}
  %0 = transformer.sinusoids : tensor<?x4xf32>
  return
}

// -----

func.func @layer_norm_gamma(%x: tensor<?x4xf32>, %a: tensor<4xf32>, %b: tensor<5xf32>) {
  // expected-error @below {{expects gamma of size 4, found 'tensor<5xf32>'}}
  %0 = transformer.layer_norm %x, %b, %a eps 0.5 : tensor<?x4xf32>, tensor<5xf32>, tensor<4xf32>
  return
}

// -----

func.func @layer_norm_beta(%x: tensor<?x4xf32>, %a: tensor<4xf32>, %b: tensor<5xf32>) {
  // expected-error @below {{expects beta of size 4, found 'tensor<5xf32>'}}
  %0 = transformer.layer_norm %x, %a, %b eps 0.5 : tensor<?x4xf32>, tensor<4xf32>, tensor<5xf32>
  return
}

// -----

func.func @layer_norm_eps(%x: tensor<?x4xf32>, %a: tensor<4xf32>) {
  // expected-error @below {{expects eps not to be negative, found -1.000000e+00 : f64}}
  %0 = transformer.layer_norm %x, %a, %a eps -1.0 : tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>
  return
}

// -----

func.func @layer_norm_width(%x: tensor<4x?xf32>, %a: tensor<4xf32>) {
  // expected-error @below {{expects the last dimension of input to be fixed, found 'tensor<4x?xf32>'}}
  %0 = transformer.layer_norm %x, %a, %a eps 0.5 : tensor<4x?xf32>, tensor<4xf32>, tensor<4xf32>
  return
}

// -----

func.func @layer_norm_number(%x: tensor<f32>, %a: tensor<4xf32>) {
  // expected-error @below {{expects input of at least 1 dimension(s), found 'tensor<f32>'}}
  %0 = transformer.layer_norm %x, %a, %a eps 0.5 : tensor<f32>, tensor<4xf32>, tensor<4xf32>
  return
}

// -----

func.func @add_norm_residual(%x: tensor<?x4xf32>, %a: tensor<4xf32>) {
  // expected-error @below {{expects input and residual of one type, found 'tensor<?x4xf32>' and 'tensor<4xf32>'}}
  %0 = transformer.add_norm %x, %a, %a, %a eps 0.5 : tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  return
}

// -----

func.func @normalize_eps(%a: tensor<4xf32>) {
  // expected-error @below {{expects eps not to be negative, found 0x7FF8000000000000 : f64}}
  %0 = transformer.normalize %a eps 0x7FF8000000000000 : tensor<4xf32>
  return
}

// -----

func.func @pool_width(%x: tensor<4x?xf32>) {
  // expected-error @below {{expects the last dimension of input to be fixed, found 'tensor<4x?xf32>'}}
  %0 = transformer.pool mean %x : tensor<4x?xf32>
  return
}

// -----

func.func @pool_vector(%x: tensor<4x4x4xf32>) {
  // expected-error @below {{operand #0 must be 2D tensor of 32-bit float or 64-bit float values, but got 'tensor<4x4x4xf32>'}}
  %0 = transformer.pool mean %x : tensor<4x4x4xf32>
  return
}

// -----

func.func @reshape_elements(%x: tensor<?x4xf32>) {
  // expected-error @below {{expects as many elements in 'tensor<?x5xf32>' as in 'tensor<?x4xf32>'}}
  %0 = transformer.reshape %x : tensor<?x4xf32> to tensor<?x5xf32>
  return
}

// -----

func.func @reshape_lengths(%x: tensor<?x4xf32>) {
  // expected-error @below {{expects as many elements in 'tensor<?x?x4xf32>' as in 'tensor<?x4xf32>'}}
  %0 = transformer.reshape %x : tensor<?x4xf32> to tensor<?x?x4xf32>
  return
}

// -----

func.func @reshape_overflow(%x: tensor<4294967296x4294967296xf32>) {
  // expected-error @below {{expects as many elements in 'tensor<0xf32>' as in}}
  %0 = transformer.reshape %x : tensor<4294967296x4294967296xf32> to tensor<0xf32>
  return
}

// -----

func.func @transpose_length(%x: tensor<?x4xf32>) {
  // expected-error @below {{expects a permutation of 2 dimensions, found [0]}}
  %0 = transformer.transpose %x [0] : tensor<?x4xf32>
  return
}

// -----

func.func @transpose_twice(%x: tensor<?x4xf32>) {
  // expected-error @below {{expects a permutation of 2 dimensions, found [1, 1]}}
  %0 = transformer.transpose %x [1, 1] : tensor<?x4xf32>
  return
}

// -----

func.func @slice_dim(%x: tensor<?x4xf32>) {
  // expected-error @below {{expects dim to be a fixed dimension of 'tensor<?x4xf32>', found 2}}
  %0 = transformer.slice %x dim 2 offset 0 size 1 : tensor<?x4xf32>
  return
}

// -----

func.func @slice_length(%x: tensor<?x4xf32>) {
  // expected-error @below {{expects dim to be a fixed dimension of 'tensor<?x4xf32>', found 0}}
  %0 = transformer.slice %x dim 0 offset 0 size 1 : tensor<?x4xf32>
  return
}

// -----

func.func @slice_end(%x: tensor<?x4xf32>) {
  // expected-error @below {{expects a range within the 4 elements of dimension 1, found offset 3 size 2}}
  %0 = transformer.slice %x dim 1 offset 3 size 2 : tensor<?x4xf32>
  return
}

// -----

func.func @slice_begin(%x: tensor<?x4xf32>) {
  // expected-error @below {{expects a range within the 4 elements of dimension 1, found offset -1 size 2}}
  %0 = transformer.slice %x dim 1 offset -1 size 2 : tensor<?x4xf32>
  return
}

// -----

func.func @slice_nothing(%x: tensor<?x4xf32>) {
  // expected-error @below {{expects a range within the 4 elements of dimension 1, found offset 0 size 0}}
  %0 = transformer.slice %x dim 1 offset 0 size 0 : tensor<?x4xf32>
  return
}

// -----

func.func @concat_nothing() {
  // expected-error @below {{expected 1 or more operands, but found 0}}
  %0 = "transformer.concat"() <{dim = 0 : i64}> : () -> tensor<4xf32>
  return
}

// -----

func.func @concat_no_tensor(%x: f32) {
  // expected-error @below {{expects operand #0 to be a ranked tensor, found 'f32'}}
  %0 = transformer.concat %x dim 0 : f32
  return
}

// -----

func.func @concat_dim(%x: tensor<?x4xf32>) {
  // expected-error @below {{expects dim to be a dimension of 'tensor<?x4xf32>', found 2}}
  %0 = transformer.concat %x dim 2 : tensor<?x4xf32>
  return
}

// -----

func.func @concat_length(%x: tensor<?x4xf32>) {
  // expected-error @below {{expects 2 dimensions and a fixed dimension 0, found 'tensor<?x4xf32>'}}
  %0 = transformer.concat %x, %x dim 0 : tensor<?x4xf32>, tensor<?x4xf32>
  return
}

// -----

func.func @concat_rank(%x: tensor<?x4xf32>, %a: tensor<4xf32>) {
  // expected-error @below {{expects 2 dimensions and a fixed dimension 1, found 'tensor<4xf32>'}}
  %0 = transformer.concat %x, %a dim 1 : tensor<?x4xf32>, tensor<4xf32>
  return
}

// -----

func.func @concat_sizes(%x: tensor<2x4xf32>, %y: tensor<3x4xf32>) {
  // expected-error @below {{expects inputs that differ in dimension 1 only, found 'tensor<2x4xf32>' and 'tensor<3x4xf32>'}}
  %0 = transformer.concat %x, %y dim 1 : tensor<2x4xf32>, tensor<3x4xf32>
  return
}

// -----

func.func @concat_overflow(%x: tensor<9000000000000000000xf32>) {
  // expected-error @below {{joins more elements than can be addressed}}
  %0 = transformer.concat %x, %x dim 0 : tensor<9000000000000000000xf32>, tensor<9000000000000000000xf32>
  return
}

// -----

// expected-error @below {{transformer.name expects a non-empty string, found ""}}
func.func @empty_name(%x: tensor<4xf32> {transformer.name = ""}) {
  return
}

// -----

// expected-error @below {{transformer.name expects a non-empty string, found 1 : i64}}
func.func @name_of_a_result(%x: tensor<4xf32>) -> (tensor<4xf32> {transformer.name = 1 : i64}) {
  return %x : tensor<4xf32>
}

// -----

// expected-error @below {{transformer.optional expects no value, found true}}
func.func @optional_value(%x: tensor<4xf32> {transformer.optional = true}) {
  return
}

// -----

// expected-error @below {{has the unknown attribute "transformer.nmae"; arguments and results know transformer.name, transformer.optional, transformer.source_keys and transformer.formula}}
func.func @unknown_attribute(%x: tensor<4xf32> {transformer.nmae = "x"}) {
  return
}

// -----

// expected-error @below {{attribute 'max_sequence' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
transformer.model @no_tokens attributes {max_sequence = 0 : i64} {
}

// -----

func.func @f32_and_f64(%a: tensor<?x4xf32>, %b: tensor<?x4xf64>) {
  // expected-error @below {{requires the same element type for all operands and results}}
  %0 = transformer.add %a, %b : tensor<?x4xf32>, tensor<?x4xf64>
  return
}

// -----

func.func @attention_of_f32_and_f64(%a: tensor<?x4xf32>, %b: tensor<?x4xf64>) {
  // expected-error @below {{requires the same element type for all operands and results}}
  %0 = transformer.attention %a, %a, %b heads 2 scale 1.0 : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf64>) -> tensor<?x4xf32>
  return
}

// -----

func.func @reshape_to_f64(%a: tensor<?x4xf32>) {
  // expected-error @below {{requires the same element type for all operands and results}}
  %0 = transformer.reshape %a : tensor<?x4xf32> to tensor<?x2x2xf64>
  return
}

// -----

// expected-error @below {{expects a key of generation, found "frobnicate"}}
transformer.model @generation_key attributes {max_sequence = 8 : i64, generation = {frobnicate = 1 : i64}} {
}

// -----

// expected-error @below {{expects generation's "eos_token_id" to be an array of i64 of at least 0, found 2 : i64}}
transformer.model @generation_ids attributes {max_sequence = 8 : i64, generation = {eos_token_id = 2 : i64}} {
}

// -----

// expected-error @below {{expects generation's "bad_words_ids" to be an array of i64 of at least 0, found array<i64: 1, -1>}}
transformer.model @generation_negative_ids attributes {max_sequence = 8 : i64, generation = {bad_words_ids = array<i64: 1, -1>}} {
}

// -----

// expected-error @below {{expects generation's "bos_token_id" to be an i64 of at least 0, found -1 : i64}}
transformer.model @generation_id attributes {max_sequence = 8 : i64, generation = {bos_token_id = -1 : i64}} {
}

// -----

// expected-error @below {{expects generation's "top_k" to be an i64 of at least 0, found 2 : i32}}
transformer.model @generation_count attributes {max_sequence = 8 : i64, generation = {top_k = 2 : i32}} {
}

// -----

// expected-error @below {{expects generation's "temperature" to be an f64 above 0, found 0.000000e+00 : f64}}
transformer.model @generation_number attributes {max_sequence = 8 : i64, generation = {temperature = 0.0}} {
}

// -----

// expected-error @below {{expects generation's "top_p" to be an f64 from 0 to 1, found 1.500000e+00 : f64}}
transformer.model @generation_share attributes {max_sequence = 8 : i64, generation = {top_p = 1.5}} {
}

// -----

// expected-error @below {{expects generation's "do_sample" to be no value, found true}}
transformer.model @generation_flag attributes {max_sequence = 8 : i64, generation = {do_sample = true}} {
}

// -----

func.func @cache_page() {
  // expected-error @below {{expects a page of [32, heads, dim], or [32, heads] of scales, found 'tensor<64x2x4xf32>'}}
  %0 = transformer.cache "keys" : tensor<64x2x4xf32>
  return
}

// -----

func.func @cached_attention_keys(%q: tensor<?x8xf32>, %p: tensor<32x2x4xf32>, %o: tensor<32x1x4xf32>) {
  // expected-error @below {{expects keys of 'tensor<32x2x4xf32>', found 'tensor<32x1x4xf32>'}}
  %0 = transformer.cached_attention %q, %q, %q past(%o, %p) heads 2 scale 1.0
      : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) past(tensor<32x1x4xf32>, tensor<32x2x4xf32>) -> tensor<?x8xf32>
  return
}
