// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From messages to the text that a model's chat template makes of them, and to its ids.

#include "tfc/chat.h"
#include "runtime/Chat/Render.h"
#include "runtime/Text.h"
#include "runtime/Tokenizer/Unicode.h"

#include <string.h>

namespace tfc {
namespace {

using chat::Value;

/// The text as a value. What is not valid UTF-8 becomes U+FFFD, as it does in all texts; false
/// where there is no memory.
bool valueOf(const char *text, size_t length, chat::Arena &arena, Value &value) {
  constexpr char replacement[] = "\xEF\xBF\xBD";
  constexpr size_t replacementBytes = sizeof replacement - 1;
  if (length > UINT32_MAX / replacementBytes)
    return false;
  size_t bad = 0, valid = tokenizer::validPrefix(text, length, &bad);
  if (!bad) {
    value = Value::string(text, length);
    return true;
  }
  auto *made = static_cast<char *>(arena.take(length * replacementBytes));
  size_t size = 0;
  while (made) {
    memcpy(made + size, text, valid);
    size += valid;
    if (!bad)
      break;
    memcpy(made + size, replacement, replacementBytes);
    size += replacementBytes;
    text += valid + bad;
    length -= valid + bad;
    valid = tokenizer::validPrefix(text, length, &bad);
  }
  value = Value::string(made, size);
  return made != nullptr;
}

/// A list of mappings with role and content.
tfc_status listOf(tfc_session *session, const tfc_chat_message *messages, size_t count,
                  chat::Arena &arena, Value &list) {
  constexpr size_t each = 1 + 4; // the mapping, its keys and values
  auto outOfMemory = [&] {
    return session->error.fail(TFC_OUT_OF_MEMORY, "out of memory: %zu messages", count);
  };
  if (count > UINT32_MAX / each)
    return outOfMemory();
  auto *values = static_cast<Value *>(arena.take(count * each * sizeof(Value)));
  if (!values)
    return outOfMemory();
  for (size_t i = 0; i < count; ++i) {
    const tfc_chat_message &message = messages[i];
    if (!message.role || !message.content)
      return session->error.fail(TFC_INVALID_ARGUMENT, "the %s of message %zu is null",
                                 message.role ? "content" : "role", i);
    Value *pairs = values + count + i * (each - 1);
    pairs[0] = Value::string("role", 4);
    pairs[2] = Value::string("content", 7);
    if (!valueOf(message.role, strlen(message.role), arena, pairs[1]) ||
        !valueOf(message.content, message.length ? message.length : strlen(message.content), arena,
                 pairs[3]))
      return outOfMemory();
    values[i] = Value::dict(pairs, 2);
  }
  list = Value::sequence(chat::Kind::list, values, count);
  return TFC_OK;
}

/// Fills the session's buffer with the text.
tfc_status render(tfc_session *session, const tfc_chat_message *messages, size_t count,
                  const tfc_chat_options &options) {
  const tfc_model &model = *session->model;
  if (!model.chat.isOpen())
    return session->error.fail(TFC_UNSUPPORTED,
                               "%s has no chat template: it was compiled from a folder without one",
                               model.library->name);
  if (!messages || !count)
    return session->error.fail(TFC_INVALID_ARGUMENT,
                               messages ? "there are no messages" : "messages is null");
  chat::Arena arena;
  Value list;
  if (tfc_status status = listOf(session, messages, count, arena, list))
    return status;
  const chat::Global globals[] = {
      {"messages", list},
      {"add_generation_prompt", Value::boolean(options.add_generation_prompt != 0)},
      {"tools", Value::none()}, // given, as transformers has it, but nothing
      {"documents", Value::none()}};
  session->text.chat.clear();
  return chat::render(model.chat, globals, sizeof globals / sizeof *globals, options.now,
                      chat::Limits(), arena, session->text.chat, session->error);
}

} // namespace
} // namespace tfc

using namespace tfc;

extern "C" int tfc_has_chat(const tfc_model *model) { return model->library->chat != nullptr; }

extern "C" tfc_status tfc_chat(tfc_session *session, const tfc_chat_message *messages, size_t count,
                               const tfc_chat_options *options, const char **text, size_t *length,
                               tfc_tokens *tokens) {
  if (!session)
    return TFC_INVALID_ARGUMENT;
  SessionUse use(session);
  if (use.status)
    return use.status;
  if (!text != !length)
    return session->error.fail(TFC_INVALID_ARGUMENT, "%s is null", text ? "length" : "text");
  if (tokens)
    if (tfc_status status = refuseWithoutTokenizer(session))
      return status;
  if (tfc_status status =
          tfc::render(session, messages, count, options ? *options : tfc_chat_options{}))
    return status;
  const tokenizer::List<char> &made = session->text.chat;
  const char *start = made.count ? made.data() : "";
  if (tokens) {
    tokenizer::EncodeOptions how;
    how.addSpecialTokens = false;
    how.neverTruncate = true;
    how.keepText = true;
    if (tfc_status status = tokenize(session, {&start, &made.count, nullptr, nullptr, 1}, how))
      return status;
    *tokens = tokensOf(session);
  }
  if (text) {
    *text = start;
    *length = made.count;
  }
  return TFC_OK;
}
