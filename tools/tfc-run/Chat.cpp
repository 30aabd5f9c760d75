// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Chat.h"

#include "tfc/chat.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace tfc::run {
namespace {

/// What clocks show here, as seconds.
int64_t localTime() {
  const time_t now = time(nullptr);
  tm local{};
  return localtime_r(&now, &local) ? int64_t{now} + local.tm_gmtoff : int64_t{now};
}

/// The texts of a message; anything else about it has no place yet, and is not passed over.
Failure readMessage(const nlohmann::json &from, const std::string &where, ChatMessage &message) {
  if (!from.is_object())
    return {exitInput, where + ": expected an object with role and content"};
  for (const auto &[key, value] : from.items()) {
    std::string *text = key == "role"      ? &message.role
                        : key == "content" ? &message.content
                                           : nullptr;
    if (!text)
      return {exitUnsupported,
              fmt::format("{}: '{}' is not supported, only role and content", where, key)};
    if (!value.is_string())
      return {exitInput, fmt::format("{}: expected a string for {}", where, key)};
    *text = value.get<std::string>();
    if (text->find('\0') != std::string::npos && key == "role")
      return {exitInput, fmt::format("{}: the role has a zero", where)};
  }
  for (const char *key : {"role", "content"})
    if (!from.contains(key))
      return {exitInput, fmt::format("{}: the {} is missing", where, key)};
  return {};
}

void append(Rows &rows, const Rows &more) {
  const int64_t before = rows.tokens();
  for (size_t row = 1; row < more.offsets.size(); ++row)
    rows.offsets.push_back(before + more.offsets[row]);
  for (const auto &[name, ids] : more.ids)
    rows.ids[name].insert(rows.ids[name].end(), ids.begin(), ids.end());
  rows.columns.insert(rows.columns.end(), more.columns.begin(), more.columns.end());
  rows.width = std::max(rows.width, more.width);
}

} // namespace

std::vector<Conversation> conversationsOf(const std::vector<std::string> &texts,
                                          const Options &options) {
  std::vector<Conversation> conversations;
  for (const std::string &text : texts) {
    Conversation &conversation = conversations.emplace_back();
    if (options.system)
      conversation.push_back({"system", *options.system});
    conversation.push_back({"user", text});
  }
  return conversations;
}

Failure readConversation(const std::string &path, Conversation &conversation) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  if (!file || !(text << file.rdbuf()))
    return {exitInput, fmt::format("{}: {}", path, errno ? std::strerror(errno) : "is empty")};
  nlohmann::json root;
  try {
    root = nlohmann::json::parse(text.str());
  } catch (const nlohmann::json::parse_error &error) {
    return {exitInput, fmt::format("{}: byte {}: expected JSON", path, error.byte)};
  }
  if (!root.is_array() || root.empty())
    return {exitInput, fmt::format("{}: expected a list of messages", path)};
  for (size_t i = 0; i < root.size(); ++i)
    if (Failure failure =
            readMessage(root[i], fmt::format("{}: $[{}]", path, i), conversation.emplace_back()))
      return failure;
  return {};
}

Failure chatRows(const TaskContext &context, const std::vector<Conversation> &conversations,
                 Rows &rows, std::string &out) {
  Trace::Span span(context.trace, "tokenize");
  tfc_chat_options how{};
  how.add_generation_prompt = 1;
  how.now = localTime();
  for (const Conversation &conversation : conversations) {
    std::vector<tfc_chat_message> messages;
    for (const ChatMessage &message : conversation)
      messages.push_back({message.role.c_str(), message.content.data(), message.content.size()});
    tfc_tokens tokens;
    if (tfc_status status = tfc_chat(context.session, messages.data(), messages.size(), &how,
                                     nullptr, nullptr, &tokens))
      return {exitCodeOf(status), tfc_session_error(context.session)};
    if (context.options.tokenizeOnly)
      printTokens(tokens, out);
    else
      append(rows, rowsOf(context.model, tokens));
  }
  return {};
}

} // namespace tfc::run
