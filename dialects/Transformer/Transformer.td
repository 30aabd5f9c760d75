// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The whole dialect, for the generators.

include "dialects/Transformer/Attention.td"
include "dialects/Transformer/Elementwise.td"
include "dialects/Transformer/Embedding.td"
include "dialects/Transformer/FeedForward.td"
include "dialects/Transformer/Model.td"
include "dialects/Transformer/Norm.td"
include "dialects/Transformer/Output.td"
include "dialects/Transformer/Quantization.td"
include "dialects/Transformer/Shape.td"
