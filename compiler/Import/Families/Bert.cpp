// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// BERT: Devlin, Chang, Lee and Toutanova 2018.

#include "compiler/Import/Encoder.h"

using namespace tfc;
using tfc::transformer::ActivationKind;

static constexpr EncoderHead heads[] = {
    {.architecture = "ForMaskedLM",
     .task = "fill-mask",
     .dense = "cls.predictions.transform.dense",
     .norm = "cls.predictions.transform.LayerNorm",
     .vocabulary = "cls.predictions.decoder",
     .bias = "cls.predictions.bias"},
    {.architecture = "ForPreTraining",
     .task = "fill-mask",
     .output = "prediction_logits",
     .dense = "cls.predictions.transform.dense",
     .norm = "cls.predictions.transform.LayerNorm",
     .vocabulary = "cls.predictions.decoder",
     .bias = "cls.predictions.bias"},
    {.architecture = "ForPreTraining",
     .output = "seq_relationship_logits",
     .firstToken = true,
     .dense = "@pooler.dense",
     .activation = ActivationKind::tanh,
     .labels = "cls.seq_relationship",
     .labelCount = 2},
    {.architecture = "ForNextSentencePrediction",
     .task = "classify",
     .firstToken = true,
     .dense = "@pooler.dense",
     .activation = ActivationKind::tanh,
     .labels = "cls.seq_relationship",
     .labelCount = 2},
    {.architecture = "ForSequenceClassification",
     .task = "classify",
     .firstToken = true,
     .dense = "@pooler.dense",
     .activation = ActivationKind::tanh,
     .labels = "classifier"},
    {.architecture = "ForTokenClassification", .task = "classify-tokens", .labels = "classifier"},
    {.architecture = "ForQuestionAnswering",
     .task = "answer",
     .columns = answerColumns,
     .labels = "qa_outputs"},
};

static constexpr llvm::StringRef unusedTensors[] = {
    "@embeddings.position_ids",
    "@embeddings.token_type_ids",
    "@pooler.dense.*",
    "cls.seq_relationship.*",
};

static constexpr llvm::StringRef harmlessKeys[] = {
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "classifier_dropout",
    "bos_token_id",
    "eos_token_id",
    "sep_token_id",
    "cls_token_id",
    "mask_token_id",
    // of the first release in TensorFlow; transformers never reads them
    "directionality",
    "pooler_fc_size",
    "pooler_num_attention_heads",
    "pooler_num_fc_layers",
    "pooler_size_per_head",
    "pooler_type",
};

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importBert(const Folder &folder) {
  static const EncoderFamily bert{
      .classPrefix = "Bert",
      .basePrefix = "bert.",
      .hidden = "hidden_size",
      .layers = "num_hidden_layers",
      .heads = "num_attention_heads",
      .intermediate = "intermediate_size",
      .activation = "hidden_act",
      .words = "embeddings.word_embeddings",
      .positions = "embeddings.position_embeddings",
      .types = "embeddings.token_type_embeddings",
      .embeddingNorm = "embeddings.LayerNorm",
      .layer = "encoder.layer.#.",
      .query = "attention.self.query",
      .key = "attention.self.key",
      .value = "attention.self.value",
      .attentionOutput = "attention.output.dense",
      .attentionNorm = "attention.output.LayerNorm",
      .up = "intermediate.dense",
      .down = "output.dense",
      .outputNorm = "output.LayerNorm",
      .pooler = "pooler.dense",
      .headTable = heads,
      .unusedTensors = unusedTensors,
      .languageModel = "cls.*",
      .harmlessKeys = harmlessKeys,
  };
  return importEncoder(bert, folder);
}
