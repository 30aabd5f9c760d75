// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RoBERTa: Liu et al. 2019. BERT with other heads, and positions that count on from the padding id.

#include "compiler/Import/Families/Roberta.h"

using namespace tfc;
using tfc::transformer::ActivationKind;

static constexpr EncoderHead heads[] = {
    {.architecture = "ForMaskedLM",
     .task = "fill-mask",
     .dense = "lm_head.dense",
     .activation = ActivationKind::gelu, // whatever hidden_act says
     .norm = "lm_head.layer_norm",
     .vocabulary = "lm_head.decoder",
     .bias = "lm_head.bias"},
    {.architecture = "ForSequenceClassification",
     .task = "classify",
     .firstToken = true,
     .dense = "classifier.dense",
     .activation = ActivationKind::tanh,
     .labels = "classifier.out_proj"},
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
};

static constexpr llvm::StringRef harmlessKeys[] = {
    "hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout", "bos_token_id",
    "eos_token_id",
    "output_past", // transformers never reads it
};

EncoderFamily tfc::robertaFamily(llvm::StringRef classPrefix) {
  return {
      .classPrefix = classPrefix,
      .basePrefix = "roberta.",
      .hidden = "hidden_size",
      .layers = "num_hidden_layers",
      .heads = "num_attention_heads",
      .intermediate = "intermediate_size",
      .activation = "hidden_act",
      .startsAfterPadding = true,
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
      .languageModel = "lm_head.*",
      .harmlessKeys = harmlessKeys,
  };
}

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> tfc::importRoberta(const Folder &folder) {
  static const EncoderFamily roberta = robertaFamily("Roberta");
  return importEncoder(roberta, folder);
}
