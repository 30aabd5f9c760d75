// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The natural job of each kind of encoder.

#ifndef TFC_TOOLS_RUN_TASKS_H
#define TFC_TOOLS_RUN_TASKS_H

#include "Failure.h"
#include "Options.h"
#include "Rows.h"
#include "Trace.h"
#include "tfc/tfc.h"

#include <string>
#include <vector>

namespace tfc::run {

/// What every task works with.
struct TaskContext {
  tfc_session *session;
  const tfc_model *model;
  const Options &options;
  Trace &trace;
  size_t firstRow = 0; // how many rows of the command came before
};

/// Probabilities of classes that exclude each other.
std::vector<float> softmax(const double *logits, size_t count);

/// The indices of the `count` largest, best first; the smaller index of equals first.
std::vector<size_t> best(const std::vector<float> &values, size_t count);

/// Runs the rows of `texts` and appends the answer: embeddings or their similarities, probabilities
/// of labels, of labels for each token, of words for each mask, or hidden states.
Failure runTask(const TaskContext &context, const Rows &rows, const std::vector<std::string> &texts,
                std::string &out);

/// The output that a model's task is about: the embedding, the logits or the hidden states.
std::string naturalOutput(const tfc_model *model);

/// Appends {"ids": [...], "tokens": [...]} for each row, a line each.
void printTokens(const tfc_tokens &tokens, std::string &out);

} // namespace tfc::run

#endif
