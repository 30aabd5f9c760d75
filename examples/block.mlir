// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One encoder block as "Attention is all you need" draws it (figure 1, left): post-norm, positions of sines, ReLU.
//
//     tfc block.mlir -o block.so
//     tfc-run block.so --input input_ids=5,3,8,1 --output last_hidden_state=@out.npy
//
// The numbers are in block.safetensors, made by block.py. Sizes: 32 words, hidden 16, 4 heads of 4, 64 inside the
// feed-forward part. A `?` is the number of tokens of a row: a model describes one row, and tfc makes the batch.

// A model names its files, relative to this one, and the longest row it takes. Nothing here is longer than the table of
// positions below.
transformer.model @block attributes {weights = ["block.safetensors"], max_sequence = 64 : i64} {

  // A public function is an entry point. Its arguments and results are known to users by their `transformer.name`.
  func.func @encode(%ids: tensor<?xi32> {transformer.name = "input_ids"})
      -> (tensor<?x16xf32> {transformer.name = "last_hidden_state"}) {

    // ---- Embeddings (section 3.4): a row of the table for each token, times the square root of the hidden size.
    %words = transformer.weight "embedding.weight" : tensor<32x16xf32>
    %embedded = transformer.embedding %ids, %words : tensor<?xi32>, tensor<32x16xf32>
    %scaled = transformer.scale %embedded by 4.0 : tensor<?x16xf32>

    // ---- Positions (section 3.5): sines and cosines, added. They need no weights.
    %sines = transformer.sinusoids : tensor<64x16xf32>
    %places = transformer.positions %ids, %sines : tensor<?xi32>, tensor<64x16xf32>
    %x = transformer.add %scaled, %places : tensor<?x16xf32>, tensor<?x16xf32>

    // ---- Attention (section 3.2): three views of each token. `linear` is x · wᵀ + b, as torch stores its weights.
    %wq = transformer.weight "attention.query.weight" : tensor<16x16xf32>
    %bq = transformer.weight "attention.query.bias" : tensor<16xf32>
    %q = transformer.linear %x, %wq, %bq : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %wk = transformer.weight "attention.key.weight" : tensor<16x16xf32>
    %bk = transformer.weight "attention.key.bias" : tensor<16xf32>
    %k = transformer.linear %x, %wk, %bk : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %wv = transformer.weight "attention.value.weight" : tensor<16x16xf32>
    %bv = transformer.weight "attention.value.bias" : tensor<16xf32>
    %v = transformer.linear %x, %wv, %bv : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>

    // Each head gets 4 of the 16 columns: [tokens, 16] → [tokens, heads, 4] → [heads, tokens, 4]. The keys are turned
    // once more, to [heads, 4, tokens], so that a product of matrices compares every query with every key.
    %q3 = transformer.reshape %q : tensor<?x16xf32> to tensor<?x4x4xf32>
    %qh = transformer.transpose %q3 [1, 0, 2] : tensor<?x4x4xf32>
    %k3 = transformer.reshape %k : tensor<?x16xf32> to tensor<?x4x4xf32>
    %kh = transformer.transpose %k3 [1, 2, 0] : tensor<?x4x4xf32>
    %v3 = transformer.reshape %v : tensor<?x16xf32> to tensor<?x4x4xf32>
    %vh = transformer.transpose %v3 [1, 0, 2] : tensor<?x4x4xf32>

    // How well query i fits key j, divided by √4, the size of a head; then weights that sum to one over the keys; then
    // the values, mixed by these weights. (tfc finds this pattern and never stores the [tokens, tokens] matrices.)
    %fit = transformer.matmul %qh, %kh : tensor<4x?x4xf32>, tensor<4x4x?xf32>
    %calm = transformer.scale %fit by 0.5 : tensor<4x?x?xf32>
    %share = transformer.softmax %calm : tensor<4x?x?xf32>
    %mixed = transformer.matmul %share, %vh : tensor<4x?x?xf32>, tensor<4x?x4xf32>

    // The heads side by side again, and one more linear layer.
    %m3 = transformer.transpose %mixed [1, 0, 2] : tensor<4x?x4xf32>
    %joined = transformer.reshape %m3 : tensor<?x4x4xf32> to tensor<?x16xf32>
    %wo = transformer.weight "attention.output.weight" : tensor<16x16xf32>
    %bo = transformer.weight "attention.output.bias" : tensor<16xf32>
    %attended = transformer.linear %joined, %wo, %bo : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>

    // ---- Add and norm: what came in is added to what came out, and each token is brought to mean 0 and variance 1.
    %sum1 = transformer.add %x, %attended : tensor<?x16xf32>, tensor<?x16xf32>
    %g1 = transformer.weight "norm1.weight" : tensor<16xf32>
    %b1 = transformer.weight "norm1.bias" : tensor<16xf32>
    %h = transformer.layer_norm %sum1, %g1, %b1 eps 1.0e-5 : tensor<?x16xf32>, tensor<16xf32>, tensor<16xf32>

    // ---- Feed-forward (section 3.3): each token by itself, up to 64, max(x, 0), and down again.
    %wu = transformer.weight "feed_forward.up.weight" : tensor<64x16xf32>
    %bu = transformer.weight "feed_forward.up.bias" : tensor<64xf32>
    %up = transformer.linear %h, %wu, %bu : tensor<?x16xf32>, tensor<64x16xf32>, tensor<64xf32>
    %active = transformer.activation relu %up : tensor<?x64xf32>
    %wd = transformer.weight "feed_forward.down.weight" : tensor<16x64xf32>
    %bd = transformer.weight "feed_forward.down.bias" : tensor<16xf32>
    %down = transformer.linear %active, %wd, %bd : tensor<?x64xf32>, tensor<16x64xf32>, tensor<16xf32>

    // ---- Add and norm once more.
    %sum2 = transformer.add %h, %down : tensor<?x16xf32>, tensor<?x16xf32>
    %g2 = transformer.weight "norm2.weight" : tensor<16xf32>
    %b2 = transformer.weight "norm2.bias" : tensor<16xf32>
    %y = transformer.layer_norm %sum2, %g2, %b2 eps 1.0e-5 : tensor<?x16xf32>, tensor<16xf32>, tensor<16xf32>
    return %y : tensor<?x16xf32>
  }
}
