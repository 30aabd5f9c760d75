// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lets a model continue rows of ids.

#ifndef TFC_TOOLS_RUN_GENERATE_H
#define TFC_TOOLS_RUN_GENERATE_H

#include "Tasks.h"

namespace tfc::run {

/// Whether the model continues what it is given.
bool generates(const tfc_model *model);

/// The output that continues prompts: [rows, tokens], prompt and new ids, padded at the end.
inline constexpr char sequencesName[] = "sequences";

/// What a row is continued by.
struct Continuation {
  std::vector<int32_t> ids;
  std::vector<double> logProbabilities; // of each id
  std::string text;
  double score = 0; // of beams
};

/// A failure where ids cannot become text.
Failure needText(const TaskContext &context);

/// Continues all rows: one for each, or with --n-best so many.
Failure continueRows(const TaskContext &context, const Rows &rows,
                     std::vector<Continuation> &continuations);

/// The rows with what was generated for them, but for the last token, which nothing has read.
Rows extended(const tfc_model *model, const Rows &rows,
              const std::vector<Continuation> &continuations);

/// Appends what rows are continued by, a line each; in JSON {"text": …, "ids": […]}.
void printContinuations(const TaskContext &context, const std::vector<Continuation> &continuations,
                        std::string &out);

/// Continues each row and appends the new text, a line each; in JSON {"text": …, "ids": […]}. What
/// is to be streamed is printed at once.
Failure generateTexts(const TaskContext &context, const Rows &rows, std::string &out);

/// Appends what each text becomes, a line each, in JSON as generateTexts: of models that have
/// sources.
Failure translateTexts(const TaskContext &context, const std::vector<std::string> &texts,
                       std::string &out);

/// Delivers outputs as `deliver` does, and `sequences` among them.
Failure deliverOutputs(const TaskContext &context, const Rows &rows,
                       const std::vector<Assignment> &asked, std::string &out);

} // namespace tfc::run

#endif
