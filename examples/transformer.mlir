// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The Transformer of "Attention is all you need", whole: figure 1, both halves, with two layers in each stack (the paper
// has six). block.mlir writes a layer out in full; here attention is one op.
//
//     tfc transformer.mlir -o transformer.so
//     tfc-run transformer.so --input input_ids=5,3,8,1 --output sequences --max-new-tokens 8
//
// The numbers are in transformer.safetensors, made by transformer.py: random ones, so that what is written means nothing.
// Sizes: 32 words, hidden 16, 4 heads of 4, 64 inside the feed-forward parts. Every row begins with word 0, and ends where
// word 1 comes.

transformer.model @transformer attributes {
    weights = ["transformer.safetensors"], max_sequence = 64 : i64, task = "generate",
    generation = {decoder_start_token_id = 0 : i64, eos_token_id = array<i64: 1>, pad_token_id = 0 : i64}} {

  // The left half reads a source. It runs once for each.
  func.func @encode(%ids: tensor<?xi32> {transformer.name = "input_ids"})
      -> (tensor<?x16xf32> {transformer.name = "encoder_last_hidden_state"}) {

    // ---- Embeddings and positions (sections 3.4 and 3.5).
    %words = transformer.weight "embedding.weight" : tensor<32x16xf32>
    %embedded = transformer.embedding %ids, %words : tensor<?xi32>, tensor<32x16xf32>
    %scaled = transformer.scale %embedded by 4.0 : tensor<?x16xf32>
    %sines = transformer.sinusoids : tensor<64x16xf32>
    %places = transformer.positions %ids, %sines : tensor<?xi32>, tensor<64x16xf32>
    %x0 = transformer.add %scaled, %places : tensor<?x16xf32>, tensor<?x16xf32>

    // ---- Layer 1: each token sees all tokens of the source; then the feed-forward part. Behind either, what came in is
    // added, and the sum brought to mean 0 and variance 1.
    %s0.query.w = transformer.weight "encoder.0.self.query.weight" : tensor<16x16xf32>
    %s0.query.b = transformer.weight "encoder.0.self.query.bias" : tensor<16xf32>
    %s0.query = transformer.linear %x0, %s0.query.w, %s0.query.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %s0.key.w = transformer.weight "encoder.0.self.key.weight" : tensor<16x16xf32>
    %s0.key.b = transformer.weight "encoder.0.self.key.bias" : tensor<16xf32>
    %s0.key = transformer.linear %x0, %s0.key.w, %s0.key.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %s0.value.w = transformer.weight "encoder.0.self.value.weight" : tensor<16x16xf32>
    %s0.value.b = transformer.weight "encoder.0.self.value.bias" : tensor<16xf32>
    %s0.value = transformer.linear %x0, %s0.value.w, %s0.value.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %s0.heads = transformer.attention %s0.query, %s0.key, %s0.value heads 4 scale 0.5 : (tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
    %s0.out.w = transformer.weight "encoder.0.self.output.weight" : tensor<16x16xf32>
    %s0.out.b = transformer.weight "encoder.0.self.output.bias" : tensor<16xf32>
    %s0.out = transformer.linear %s0.heads, %s0.out.w, %s0.out.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %a0.sum = transformer.add %x0, %s0.out : tensor<?x16xf32>, tensor<?x16xf32>
    %a0.gamma = transformer.weight "encoder.0.norm1.weight" : tensor<16xf32>
    %a0.beta = transformer.weight "encoder.0.norm1.bias" : tensor<16xf32>
    %a0 = transformer.layer_norm %a0.sum, %a0.gamma, %a0.beta eps 1.0e-5 : tensor<?x16xf32>, tensor<16xf32>, tensor<16xf32>
    %f0.up.w = transformer.weight "encoder.0.feed_forward.up.weight" : tensor<64x16xf32>
    %f0.up.b = transformer.weight "encoder.0.feed_forward.up.bias" : tensor<64xf32>
    %f0.up = transformer.linear %a0, %f0.up.w, %f0.up.b : tensor<?x16xf32>, tensor<64x16xf32>, tensor<64xf32>
    %f0.active = transformer.activation relu %f0.up : tensor<?x64xf32>
    %f0.down.w = transformer.weight "encoder.0.feed_forward.down.weight" : tensor<16x64xf32>
    %f0.down.b = transformer.weight "encoder.0.feed_forward.down.bias" : tensor<16xf32>
    %f0.down = transformer.linear %f0.active, %f0.down.w, %f0.down.b : tensor<?x64xf32>, tensor<16x64xf32>, tensor<16xf32>
    %x1.sum = transformer.add %a0, %f0.down : tensor<?x16xf32>, tensor<?x16xf32>
    %x1.gamma = transformer.weight "encoder.0.norm2.weight" : tensor<16xf32>
    %x1.beta = transformer.weight "encoder.0.norm2.bias" : tensor<16xf32>
    %x1 = transformer.layer_norm %x1.sum, %x1.gamma, %x1.beta eps 1.0e-5 : tensor<?x16xf32>, tensor<16xf32>, tensor<16xf32>

    // ---- Layer 2.
    %s1.query.w = transformer.weight "encoder.1.self.query.weight" : tensor<16x16xf32>
    %s1.query.b = transformer.weight "encoder.1.self.query.bias" : tensor<16xf32>
    %s1.query = transformer.linear %x1, %s1.query.w, %s1.query.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %s1.key.w = transformer.weight "encoder.1.self.key.weight" : tensor<16x16xf32>
    %s1.key.b = transformer.weight "encoder.1.self.key.bias" : tensor<16xf32>
    %s1.key = transformer.linear %x1, %s1.key.w, %s1.key.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %s1.value.w = transformer.weight "encoder.1.self.value.weight" : tensor<16x16xf32>
    %s1.value.b = transformer.weight "encoder.1.self.value.bias" : tensor<16xf32>
    %s1.value = transformer.linear %x1, %s1.value.w, %s1.value.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %s1.heads = transformer.attention %s1.query, %s1.key, %s1.value heads 4 scale 0.5 : (tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
    %s1.out.w = transformer.weight "encoder.1.self.output.weight" : tensor<16x16xf32>
    %s1.out.b = transformer.weight "encoder.1.self.output.bias" : tensor<16xf32>
    %s1.out = transformer.linear %s1.heads, %s1.out.w, %s1.out.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %a1.sum = transformer.add %x1, %s1.out : tensor<?x16xf32>, tensor<?x16xf32>
    %a1.gamma = transformer.weight "encoder.1.norm1.weight" : tensor<16xf32>
    %a1.beta = transformer.weight "encoder.1.norm1.bias" : tensor<16xf32>
    %a1 = transformer.layer_norm %a1.sum, %a1.gamma, %a1.beta eps 1.0e-5 : tensor<?x16xf32>, tensor<16xf32>, tensor<16xf32>
    %f1.up.w = transformer.weight "encoder.1.feed_forward.up.weight" : tensor<64x16xf32>
    %f1.up.b = transformer.weight "encoder.1.feed_forward.up.bias" : tensor<64xf32>
    %f1.up = transformer.linear %a1, %f1.up.w, %f1.up.b : tensor<?x16xf32>, tensor<64x16xf32>, tensor<64xf32>
    %f1.active = transformer.activation relu %f1.up : tensor<?x64xf32>
    %f1.down.w = transformer.weight "encoder.1.feed_forward.down.weight" : tensor<16x64xf32>
    %f1.down.b = transformer.weight "encoder.1.feed_forward.down.bias" : tensor<16xf32>
    %f1.down = transformer.linear %f1.active, %f1.down.w, %f1.down.b : tensor<?x64xf32>, tensor<16x64xf32>, tensor<16xf32>
    %x2.sum = transformer.add %a1, %f1.down : tensor<?x16xf32>, tensor<?x16xf32>
    %x2.gamma = transformer.weight "encoder.1.norm2.weight" : tensor<16xf32>
    %x2.beta = transformer.weight "encoder.1.norm2.bias" : tensor<16xf32>
    %x2 = transformer.layer_norm %x2.sum, %x2.gamma, %x2.beta eps 1.0e-5 : tensor<?x16xf32>, tensor<16xf32>, tensor<16xf32>
    return %x2 : tensor<?x16xf32>
  }

  // The right half writes. Its first argument has the name of what the left half gives: that of the row's own source.
  // tfc makes of it a function that is called for one token after another.
  func.func @decode(%source: tensor<?x16xf32> {transformer.name = "encoder_last_hidden_state"},
                    %ids: tensor<?xi32> {transformer.name = "decoder_input_ids"})
      -> (tensor<?x32xf32> {transformer.name = "logits"}) {

    // ---- Embeddings and positions: the same table (section 3.4).
    %words = transformer.weight "embedding.weight" : tensor<32x16xf32>
    %embedded = transformer.embedding %ids, %words : tensor<?xi32>, tensor<32x16xf32>
    %scaled = transformer.scale %embedded by 4.0 : tensor<?x16xf32>
    %sines = transformer.sinusoids : tensor<64x16xf32>
    %places = transformer.positions %ids, %sines : tensor<?xi32>, tensor<64x16xf32>
    %x0 = transformer.add %scaled, %places : tensor<?x16xf32>, tensor<?x16xf32>

    // ---- Layer 1: masked attention, in which a token sees those before it and itself (section 3.2.3);
    %s0.query.w = transformer.weight "decoder.0.self.query.weight" : tensor<16x16xf32>
    %s0.query.b = transformer.weight "decoder.0.self.query.bias" : tensor<16xf32>
    %s0.query = transformer.linear %x0, %s0.query.w, %s0.query.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %s0.key.w = transformer.weight "decoder.0.self.key.weight" : tensor<16x16xf32>
    %s0.key.b = transformer.weight "decoder.0.self.key.bias" : tensor<16xf32>
    %s0.key = transformer.linear %x0, %s0.key.w, %s0.key.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %s0.value.w = transformer.weight "decoder.0.self.value.weight" : tensor<16x16xf32>
    %s0.value.b = transformer.weight "decoder.0.self.value.bias" : tensor<16xf32>
    %s0.value = transformer.linear %x0, %s0.value.w, %s0.value.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %s0.heads = transformer.attention %s0.query, %s0.key, %s0.value heads 4 scale 0.5 causal : (tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
    %s0.out.w = transformer.weight "decoder.0.self.output.weight" : tensor<16x16xf32>
    %s0.out.b = transformer.weight "decoder.0.self.output.bias" : tensor<16xf32>
    %s0.out = transformer.linear %s0.heads, %s0.out.w, %s0.out.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %a0.sum = transformer.add %x0, %s0.out : tensor<?x16xf32>, tensor<?x16xf32>
    %a0.gamma = transformer.weight "decoder.0.norm1.weight" : tensor<16xf32>
    %a0.beta = transformer.weight "decoder.0.norm1.bias" : tensor<16xf32>
    %a0 = transformer.layer_norm %a0.sum, %a0.gamma, %a0.beta eps 1.0e-5 : tensor<?x16xf32>, tensor<16xf32>, tensor<16xf32>
    // then cross-attention: its keys and values are of the source, and kept for all tokens that come;
    %c0.query.w = transformer.weight "decoder.0.cross.query.weight" : tensor<16x16xf32>
    %c0.query.b = transformer.weight "decoder.0.cross.query.bias" : tensor<16xf32>
    %c0.query = transformer.linear %a0, %c0.query.w, %c0.query.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %c0.key.w = transformer.weight "decoder.0.cross.key.weight" : tensor<16x16xf32>
    %c0.key.b = transformer.weight "decoder.0.cross.key.bias" : tensor<16xf32>
    %c0.key = transformer.linear %source, %c0.key.w, %c0.key.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %c0.value.w = transformer.weight "decoder.0.cross.value.weight" : tensor<16x16xf32>
    %c0.value.b = transformer.weight "decoder.0.cross.value.bias" : tensor<16xf32>
    %c0.value = transformer.linear %source, %c0.value.w, %c0.value.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %c0.heads = transformer.attention %c0.query, %c0.key, %c0.value heads 4 scale 0.5 : (tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
    %c0.out.w = transformer.weight "decoder.0.cross.output.weight" : tensor<16x16xf32>
    %c0.out.b = transformer.weight "decoder.0.cross.output.bias" : tensor<16xf32>
    %c0.out = transformer.linear %c0.heads, %c0.out.w, %c0.out.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %b0.sum = transformer.add %a0, %c0.out : tensor<?x16xf32>, tensor<?x16xf32>
    %b0.gamma = transformer.weight "decoder.0.norm2.weight" : tensor<16xf32>
    %b0.beta = transformer.weight "decoder.0.norm2.bias" : tensor<16xf32>
    %b0 = transformer.layer_norm %b0.sum, %b0.gamma, %b0.beta eps 1.0e-5 : tensor<?x16xf32>, tensor<16xf32>, tensor<16xf32>
    // then the feed-forward part.
    %f0.up.w = transformer.weight "decoder.0.feed_forward.up.weight" : tensor<64x16xf32>
    %f0.up.b = transformer.weight "decoder.0.feed_forward.up.bias" : tensor<64xf32>
    %f0.up = transformer.linear %b0, %f0.up.w, %f0.up.b : tensor<?x16xf32>, tensor<64x16xf32>, tensor<64xf32>
    %f0.active = transformer.activation relu %f0.up : tensor<?x64xf32>
    %f0.down.w = transformer.weight "decoder.0.feed_forward.down.weight" : tensor<16x64xf32>
    %f0.down.b = transformer.weight "decoder.0.feed_forward.down.bias" : tensor<16xf32>
    %f0.down = transformer.linear %f0.active, %f0.down.w, %f0.down.b : tensor<?x64xf32>, tensor<16x64xf32>, tensor<16xf32>
    %x1.sum = transformer.add %b0, %f0.down : tensor<?x16xf32>, tensor<?x16xf32>
    %x1.gamma = transformer.weight "decoder.0.norm3.weight" : tensor<16xf32>
    %x1.beta = transformer.weight "decoder.0.norm3.bias" : tensor<16xf32>
    %x1 = transformer.layer_norm %x1.sum, %x1.gamma, %x1.beta eps 1.0e-5 : tensor<?x16xf32>, tensor<16xf32>, tensor<16xf32>

    // ---- Layer 2.
    %s1.query.w = transformer.weight "decoder.1.self.query.weight" : tensor<16x16xf32>
    %s1.query.b = transformer.weight "decoder.1.self.query.bias" : tensor<16xf32>
    %s1.query = transformer.linear %x1, %s1.query.w, %s1.query.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %s1.key.w = transformer.weight "decoder.1.self.key.weight" : tensor<16x16xf32>
    %s1.key.b = transformer.weight "decoder.1.self.key.bias" : tensor<16xf32>
    %s1.key = transformer.linear %x1, %s1.key.w, %s1.key.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %s1.value.w = transformer.weight "decoder.1.self.value.weight" : tensor<16x16xf32>
    %s1.value.b = transformer.weight "decoder.1.self.value.bias" : tensor<16xf32>
    %s1.value = transformer.linear %x1, %s1.value.w, %s1.value.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %s1.heads = transformer.attention %s1.query, %s1.key, %s1.value heads 4 scale 0.5 causal : (tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
    %s1.out.w = transformer.weight "decoder.1.self.output.weight" : tensor<16x16xf32>
    %s1.out.b = transformer.weight "decoder.1.self.output.bias" : tensor<16xf32>
    %s1.out = transformer.linear %s1.heads, %s1.out.w, %s1.out.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %a1.sum = transformer.add %x1, %s1.out : tensor<?x16xf32>, tensor<?x16xf32>
    %a1.gamma = transformer.weight "decoder.1.norm1.weight" : tensor<16xf32>
    %a1.beta = transformer.weight "decoder.1.norm1.bias" : tensor<16xf32>
    %a1 = transformer.layer_norm %a1.sum, %a1.gamma, %a1.beta eps 1.0e-5 : tensor<?x16xf32>, tensor<16xf32>, tensor<16xf32>
    %c1.query.w = transformer.weight "decoder.1.cross.query.weight" : tensor<16x16xf32>
    %c1.query.b = transformer.weight "decoder.1.cross.query.bias" : tensor<16xf32>
    %c1.query = transformer.linear %a1, %c1.query.w, %c1.query.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %c1.key.w = transformer.weight "decoder.1.cross.key.weight" : tensor<16x16xf32>
    %c1.key.b = transformer.weight "decoder.1.cross.key.bias" : tensor<16xf32>
    %c1.key = transformer.linear %source, %c1.key.w, %c1.key.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %c1.value.w = transformer.weight "decoder.1.cross.value.weight" : tensor<16x16xf32>
    %c1.value.b = transformer.weight "decoder.1.cross.value.bias" : tensor<16xf32>
    %c1.value = transformer.linear %source, %c1.value.w, %c1.value.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %c1.heads = transformer.attention %c1.query, %c1.key, %c1.value heads 4 scale 0.5 : (tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
    %c1.out.w = transformer.weight "decoder.1.cross.output.weight" : tensor<16x16xf32>
    %c1.out.b = transformer.weight "decoder.1.cross.output.bias" : tensor<16xf32>
    %c1.out = transformer.linear %c1.heads, %c1.out.w, %c1.out.b : tensor<?x16xf32>, tensor<16x16xf32>, tensor<16xf32>
    %b1.sum = transformer.add %a1, %c1.out : tensor<?x16xf32>, tensor<?x16xf32>
    %b1.gamma = transformer.weight "decoder.1.norm2.weight" : tensor<16xf32>
    %b1.beta = transformer.weight "decoder.1.norm2.bias" : tensor<16xf32>
    %b1 = transformer.layer_norm %b1.sum, %b1.gamma, %b1.beta eps 1.0e-5 : tensor<?x16xf32>, tensor<16xf32>, tensor<16xf32>
    %f1.up.w = transformer.weight "decoder.1.feed_forward.up.weight" : tensor<64x16xf32>
    %f1.up.b = transformer.weight "decoder.1.feed_forward.up.bias" : tensor<64xf32>
    %f1.up = transformer.linear %b1, %f1.up.w, %f1.up.b : tensor<?x16xf32>, tensor<64x16xf32>, tensor<64xf32>
    %f1.active = transformer.activation relu %f1.up : tensor<?x64xf32>
    %f1.down.w = transformer.weight "decoder.1.feed_forward.down.weight" : tensor<16x64xf32>
    %f1.down.b = transformer.weight "decoder.1.feed_forward.down.bias" : tensor<16xf32>
    %f1.down = transformer.linear %f1.active, %f1.down.w, %f1.down.b : tensor<?x64xf32>, tensor<16x64xf32>, tensor<16xf32>
    %x2.sum = transformer.add %b1, %f1.down : tensor<?x16xf32>, tensor<?x16xf32>
    %x2.gamma = transformer.weight "decoder.1.norm3.weight" : tensor<16xf32>
    %x2.beta = transformer.weight "decoder.1.norm3.bias" : tensor<16xf32>
    %x2 = transformer.layer_norm %x2.sum, %x2.gamma, %x2.beta eps 1.0e-5 : tensor<?x16xf32>, tensor<16xf32>, tensor<16xf32>

    // ---- How well each word of the vocabulary would go on: the table of words once more, without a bias. The softmax of
    // figure 1 is left to whoever chooses the next word.
    %logits = transformer.linear %x2, %words : tensor<?x16xf32>, tensor<32x16xf32>
    return %logits : tensor<?x32xf32>
  }
}
