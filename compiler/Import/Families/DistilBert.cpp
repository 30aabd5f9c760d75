// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// DistilBERT: Sanh, Debut, Chaumond and Wolf 2019. BERT without segments and without the pooler.

#include "compiler/Import/Encoder.h"

using namespace tfc;
using tfc::transformer::ActivationKind;

static constexpr EncoderHead heads[] = {
    {.architecture = "ForMaskedLM",
     .task = "fill-mask",
     .dense = "vocab_transform",
     .norm = "vocab_layer_norm",
     .vocabulary = "vocab_projector",
     .bias = "vocab_projector.bias"},
    {.architecture = "ForSequenceClassification",
     .task = "classify",
     .firstToken = true,
     .dense = "pre_classifier",
     .activation = ActivationKind::relu,
     .labels = "classifier"},
    {.architecture = "ForTokenClassification", .task = "classify-tokens", .labels = "classifier"},
    {.architecture = "ForQuestionAnswering",
     .task = "answer",
     .columns = answerColumns,
     .labels = "qa_outputs"},
};

static constexpr llvm::StringRef unusedTensors[] = {"@embeddings.position_ids"};

static constexpr llvm::StringRef harmlessKeys[] = {
    "dropout",
    "attention_dropout",
    "qa_dropout",
    "seq_classif_dropout",
    "bos_token_id",
    "eos_token_id",
    "sinusoidal_pos_embds", // how the table of positions was filled; it is in the checkpoint
    "tie_weights_",         // transformers never reads it
    "output_past",
};

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importDistilBert(const Folder &folder) {
  static const EncoderFamily distilBert{
      .classPrefix = "DistilBert",
      .basePrefix = "distilbert.",
      .hidden = {"dim", "hidden_size"},
      .layers = {"n_layers", "num_hidden_layers"},
      .heads = {"n_heads", "num_attention_heads"},
      .intermediate = "hidden_dim",
      .activation = "activation",
      .eps = {},
      .words = "embeddings.word_embeddings",
      .positions = "embeddings.position_embeddings",
      .types = "",
      .embeddingNorm = "embeddings.LayerNorm",
      .layer = "transformer.layer.#.",
      .query = "attention.q_lin",
      .key = "attention.k_lin",
      .value = "attention.v_lin",
      .attentionOutput = "attention.out_lin",
      .attentionNorm = "sa_layer_norm",
      .up = "ffn.lin1",
      .down = "ffn.lin2",
      .outputNorm = "output_layer_norm",
      .pooler = "",
      .headTable = heads,
      .unusedTensors = unusedTensors,
      .languageModel = "vocab_*",
      .harmlessKeys = harmlessKeys,
  };
  return importEncoder(distilBert, folder);
}
