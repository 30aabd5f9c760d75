// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Chat templates: whatever they say, they are refused, or filling them in ends within its limits,
// with UTF-8 or with an error.

#include "Fuzz.h"

#include "compiler/Chat/Template.h"
#include "runtime/Chat/Render.h"
#include "runtime/Tokenizer/Unicode.h"

#include <cstring>

using namespace tfc;
using namespace tfc::fuzz;
using chat::Value;

static Value text(const char *value) { return Value::string(value, std::strlen(value)); }

/// Fills the tables in with a few messages and tools.
static void fillIn(const chat::Program &program) {
  const Value first[] = {text("role"), text("user"), text("content"), text(" H\u00e9llo\n<|x|> ")},
              second[] = {text("role"), text("assistant"), text("content"),
                          text("<think>1</think>")},
              messages[] = {Value::dict(first, 2), Value::dict(second, 2), Value::dict(first, 2)},
              tool[] = {text("name"), text("t"), text("list"),
                        Value::sequence(chat::Kind::list, first, 4)},
              tools[] = {Value::dict(tool, 2), Value::none(), Value::integer(-7)};
  const chat::Global globals[] = {
      {"messages", Value::sequence(chat::Kind::list, messages, 3)},
      {"tools", Value::sequence(chat::Kind::list, tools, 3)},
      {"add_generation_prompt", Value::boolean(true)},
  };
  chat::Limits limits;
  limits.steps = 20000;
  limits.outputBytes = limits.memoryBytes = 1 << 20;
  chat::Arena arena;
  tokenizer::List<char> out;
  Message message;
  const tfc_status status =
      chat::render(program, globals, std::size(globals), 1770307749, limits, arena, out, message);
  require(status == TFC_OK || status == TFC_INVALID_ARGUMENT || status == TFC_UNSUPPORTED,
          "filling in ends with a text or an error about the template", message.c_str());
  require((status == TFC_OK) == (message.c_str()[0] == 0), "an error has a text");
  require(status == TFC_OK || !out.count, "an error leaves no text");
  size_t bad;
  tokenizer::validPrefix(out.data(), out.count, &bad);
  require(!bad, "what is written is UTF-8");
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const ChatTables compiled =
      compileChatTemplate(textOf(data, size), "template", {{"bos_token", "<s>"}});
  std::vector<uint64_t> aligned(compiled.tables.size() / 8);
  std::memcpy(aligned.data(), compiled.tables.data(), compiled.tables.size());
  chat::Program program;
  Message message;
  require(program.open(aligned.data(), compiled.tables.size(), message) == TFC_OK,
          "tables of the compiler can be opened", message.c_str());
  size_t length;
  require((program.reason(&length) == nullptr) == compiled.refusal.empty(),
          "the tables say what the compiler says", compiled.refusal);
  fillIn(program);
  return 0;
}
