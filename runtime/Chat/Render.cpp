// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Render.h"

#include "Evaluator.h"

namespace tfc::chat {

tfc_status render(const Program &program, const Global *globals, size_t count, int64_t now,
                  const Limits &limits, Arena &arena, tokenizer::List<char> &out,
                  Message &message) {
  size_t length;
  if (const char *reason = program.reason(&length))
    return message.fail(TFC_UNSUPPORTED, "the chat template is not supported: %.*s",
                        static_cast<int>(length), reason);
  Machine machine(limits, arena, out, message);
  machine.now = now;
  Evaluator evaluator(program, machine);
  // Functions are called by other nodes; what is seen of them is that they are there.
  Value function;
  function.kind = Kind::macro;
  function.number = noPart;
  constexpr const char *functions[] = {
#define ROW(name, function, ...) #name,
      TFC_CHAT_GLOBALS(ROW)
#undef ROW
  };
  for (const char *name : functions)
    evaluator.define(name, function);
  for (size_t i = 0; i < count; ++i)
    evaluator.define(globals[i].name, globals[i].value);
  const size_t before = out.count;
  evaluator.run();
  if (machine.failed())
    out.count = before;
  return machine.status;
}

} // namespace tfc::chat
