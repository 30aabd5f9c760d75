// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Hugging Face folders: configs of every family, sentence-transformers' files and the index of
// shards, beside shards that do not change. Whatever the texts, a valid module or an error.

#include "Fuzz.h"

#include "compiler/Import/HuggingFace.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"

using namespace tfc;
using namespace tfc::fuzz;

static constexpr llvm::StringLiteral names[] = {
    "config.json",           "generation_config.json",       "modules.json",
    "1_Pooling/config.json", "sentence_bert_config.json",    "config_sentence_transformers.json",
    "tokenizer_config.json", "model.safetensors.index.json",
};

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static Folder folder;
  folder.fill(textOf(data, size), names);
  auto model = importFolder(renewed<mlir::MLIRContext>([] {
                              return std::make_unique<mlir::MLIRContext>(
                                  mlir::MLIRContext::Threading::DISABLED);
                            }),
                            folder.path(), {});
  if (accepted(model))
    require(succeeded(mlir::verify(*model->module)), "imported models are valid");
  return 0;
}
