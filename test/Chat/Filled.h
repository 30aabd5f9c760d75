// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiles a chat template and fills it in.

#ifndef TFC_TEST_CHAT_FILLED_H
#define TFC_TEST_CHAT_FILLED_H

#include "compiler/Chat/Template.h"
#include "runtime/Chat/Render.h"

#include <cstring>
#include <string>
#include <vector>

namespace tfc::test {

/// Tables at a place that the runtime takes.
inline std::vector<uint64_t> aligned(const std::vector<char> &tables) {
  std::vector<uint64_t> result((tables.size() + 7) / 8);
  if (!tables.empty())
    memcpy(result.data(), tables.data(), tables.size());
  return result;
}

struct Filling {
  chat::Limits limits = {};
  int64_t now = 0;
  std::vector<chat::Global> globals = {};
};

/// What tables make of the variables, or why they do not.
inline std::string filled(const std::vector<char> &tables, const Filling &with = {}) {
  const std::vector<uint64_t> words = aligned(tables);
  Message message;
  chat::Program program;
  if (program.open(words.data(), tables.size(), message) != TFC_OK)
    return std::string("broken: ") + message.c_str();
  chat::Arena arena;
  tokenizer::List<char> out;
  const char before[] = "before|";
  out.append(before, sizeof before - 1);
  tfc_status status = chat::render(program, with.globals.data(), with.globals.size(), with.now,
                                   with.limits, arena, out, message);
  std::string text(out.data(), out.count);
  if (text.rfind(before, 0) != 0)
    return "what stood before has changed: " + text;
  text.erase(0, sizeof before - 1);
  if (status == TFC_OK)
    return text;
  return (text.empty() ? "" : "something is left: ") + std::string(tfc_status_text(status)) + ": " +
         message.c_str();
}

/// The same from a template's text.
inline std::string filled(const std::string &text, const Filling &with = {}) {
  return filled(compileChatTemplate(text, "t", {}).tables, with);
}

} // namespace tfc::test

#endif
