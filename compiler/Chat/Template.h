// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a folder's chat template to the tables that the runtime fills in.

#ifndef TFC_COMPILER_CHAT_TEMPLATE_H
#define TFC_COMPILER_CHAT_TEMPLATE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <utility>
#include <vector>

namespace tfc {

struct ChatTables {
  std::vector<char> tables; ///< see runtime/Chat/Format.h; empty: there is no template
  std::string refusal;      ///< why the template cannot be used, as the tables say too, or empty
};

/// Variables that a template may use, with their text: bos_token and so on.
using ChatConstants = llvm::ArrayRef<std::pair<std::string, std::string>>;

/// Compiles the text of a template. `name` is what a refusal calls it.
ChatTables compileChatTemplate(llvm::StringRef text, llvm::StringRef name, ChatConstants constants);

/// Compiles the template of a Hugging Face folder: chat_template.jinja, or chat_template in
/// tokenizer_config.json, or chat_template.json. Errors (exit code 1) are those of files that
/// cannot be read; a template that is not supported is none.
llvm::Expected<ChatTables> compileChat(llvm::StringRef folder);

} // namespace tfc

#endif
