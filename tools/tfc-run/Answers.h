// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Extractive answers: a question is a text, and its answer a span of the text's pair, the context.
// Windows, scores and the choice are those of the question-answering pipeline of Hugging Face's
// transformers.

#ifndef TFC_TOOLS_RUN_ANSWERS_H
#define TFC_TOOLS_RUN_ANSWERS_H

#include "Tasks.h"

namespace tfc::run {

/// Answers the questions of `tokens`, pairs that have not been cut, and appends the best answers to
/// each with their scores and their bytes in the context. A context that does not fit into `limit`
/// tokens is read in windows that overlap.
Failure answerQuestions(const TaskContext &context, const tfc_tokens &tokens, int64_t limit,
                        const std::vector<std::string> &contexts, std::string &out);

} // namespace tfc::run

#endif
