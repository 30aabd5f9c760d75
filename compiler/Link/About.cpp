// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Link/About.h"

#include "compiler/Plan/Steps.h"
#include "compiler/Quantize/Schemes.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace tfc {

/// The terms of an amount, each as its count, the exponents of rows, length and source, and its
/// window, if it has one.
static llvm::json::Array jsonOf(const kernel::Amount &amount) {
  llvm::json::Array terms;
  for (const kernel::Amount::Term &term : amount.terms()) {
    llvm::json::Array numbers{term.count, term.ofRows, term.length, term.source};
    if (term.window)
      numbers.push_back(term.window);
    terms.push_back(std::move(numbers));
  }
  return terms;
}

static llvm::json::Object jsonOf(const kernel::Cost &cost) {
  return llvm::json::Object{{"operations", jsonOf(cost.operations)},
                            {"integer_operations", jsonOf(cost.integerOperations)},
                            {"weight_bytes", jsonOf(cost.weightBytes)},
                            {"activation_bytes", jsonOf(cost.activationBytes)},
                            {"cache_bytes", jsonOf(cost.cacheBytes)}};
}

std::string aboutModel(transformer::ModelOp model, llvm::ArrayRef<llvm::StringRef> targets,
                       int64_t maxBatch) {
  std::string dtype;
  llvm::raw_string_ostream(dtype) << elementOf(model);
  llvm::json::Object kernels, options{{"cpu", llvm::join(targets, ",")},
                                      {"dtype", dtype},
                                      {"gemm", gemmOf(model)},
                                      {"max-seq", std::to_string(model.getMaxSequence())}};
  if (std::string kept = keptAs(model); !kept.empty())
    options["cache"] = kept;
  for (const Scheme *scheme : schemesOf(model))
    options[scheme->group ? "quantize" : "dtype"] = scheme->name.str();
  if (maxBatch)
    options["max-batch"] = std::to_string(maxBatch);
  for (llvm::StringRef target : targets) {
    llvm::json::Object counts;
    for (const auto &[row, count] : kernelsOf(model, targetNumber(model, target)))
      counts[row] = count;
    kernels[target] = std::move(counts);
  }
  llvm::json::Object costs;
  for (auto entry : model.getOps<mlir::func::FuncOp>())
    if (entry.isPublic())
      costs[entry.getSymName()] = jsonOf(costOf(entry));
  llvm::json::Object about{{"tfc", TFC_VERSION},
                           {"llvm", LLVM_VERSION_STRING},
                           {"options", std::move(options)},
                           {"kernels", std::move(kernels)},
                           {"costs", std::move(costs)}};
  if (auto family = model.getFamily())
    about["family"] = llvm::json::fixUTF8(*family);
  std::string text;
  llvm::raw_string_ostream(text) << llvm::json::Value(std::move(about));
  return text;
}

} // namespace tfc
