// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Conversations: messages that a model's chat template turns into prompts.

#ifndef TFC_TOOLS_RUN_CHAT_H
#define TFC_TOOLS_RUN_CHAT_H

#include "Tasks.h"

namespace tfc::run {

struct ChatMessage {
  std::string role, content;
};
using Conversation = std::vector<ChatMessage>;

/// A conversation of each text: what the user says, behind the system message of the options if
/// there is one.
std::vector<Conversation> conversationsOf(const std::vector<std::string> &texts,
                                          const Options &options);

/// Reads the conversation of a file: a JSON list of {"role": …, "content": …}.
Failure readConversation(const std::string &path, Conversation &conversation);

/// Makes a row of each conversation, up to where the model is to answer. With --tokenize-only
/// appends its tokens to `out` instead.
Failure chatRows(const TaskContext &context, const std::vector<Conversation> &conversations,
                 Rows &rows, std::string &out);

} // namespace tfc::run

#endif
