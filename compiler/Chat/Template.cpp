// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Template.h"

#include "Parser.h"

#include "compiler/Import/File.h"
#include "compiler/Import/Json.h"
#include "runtime/Tokenizer/Unicode.h"

#include "llvm/Support/FileSystem.h"

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace tfc {

using namespace chat;

namespace {

constexpr uint64_t mostConfigBytes = 64 << 20, mostTemplateBytes = 1 << 20;

ChatTables refuse(StringRef name, const std::string &why) {
  const std::string reason = fmt::format("{}: {}", name.str(), why);
  return {Tables::refusal(reason), reason};
}

} // namespace

ChatTables compileChatTemplate(StringRef text, StringRef name, ChatConstants constants) {
  size_t bad;
  const size_t valid = tokenizer::validPrefix(text.data(), text.size(), &bad);
  if (bad)
    return refuse(name, fmt::format("byte {}: not UTF-8", valid));
  if (text.size() > mostTemplateBytes)
    return refuse(
        name, fmt::format("expected at most {} bytes, found {}", mostTemplateBytes, text.size()));
  Tables tables;
  Complaint complaint;
  const uint32_t body = Parser(text, tables, complaint).parse();
  if (!complaint.text.empty())
    return refuse(name, fmt::format("line {}, column {}: {}", complaint.line, complaint.column,
                                    printable(complaint.text)));
  llvm::SmallVector<uint32_t> statements;
  for (const auto &[variable, value] : constants) {
    if (!tables.hasString(variable))
      continue;
    const uint32_t target = tables.node(NodeKind::nameTarget, 1, {tables.string(variable)}),
                   string = tables.node(NodeKind::string, 1, {tables.string(value)});
    statements.push_back(tables.node(NodeKind::assign, 1, {target, string}));
  }
  statements.push_back(body);
  return {tables.finish(tables.node(NodeKind::block, 1, {tables.list(statements)})), ""};
}

namespace {

Expected<json::Document> readJson(StringRef folder, StringRef name) {
  Expected<std::string> text = readInside(folder, name, mostConfigBytes);
  if (!text)
    return text.takeError();
  return json::Document::parse(*text, pathInside(folder, name));
}

/// The texts of special tokens by their roles; the last file wins.
Expected<std::vector<std::pair<std::string, std::string>>> readConstants(StringRef folder) {
  std::vector<std::pair<std::string, std::string>> constants;
  for (StringRef file : {"special_tokens_map.json", "tokenizer_config.json"}) {
    if (!existsInside(folder, file))
      continue;
    Expected<json::Document> document = readJson(folder, file);
    if (!document)
      return document.takeError();
    for (StringRef role : {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token",
                           "cls_token", "mask_token"}) {
      auto token = document->root().findNonNull(role);
      if (token && token->isObject())
        token = token->findNonNull("content");
      if (!token || !token->isString())
        continue;
      llvm::erase_if(constants, [&](const auto &each) { return each.first == role; });
      constants.emplace_back(role.str(), llvm::cantFail(token->getString()).str());
    }
  }
  return constants;
}

/// The template of a configuration: a string, or the one called default of several.
Expected<ChatTables> compileMember(json::Value value, StringRef name, ChatConstants constants) {
  if (!value.isArray()) {
    Expected<StringRef> text = value.getString();
    if (!text)
      return text.takeError();
    return compileChatTemplate(*text, name, constants);
  }
  for (json::Value each : llvm::cantFail(value.elements())) {
    Expected<json::Value> label = each.get("name");
    Expected<StringRef> text = label ? label->getString() : label.takeError();
    if (!text)
      return text.takeError();
    if (*text != "default")
      continue;
    Expected<json::Value> body = each.get("template");
    if (!body)
      return body.takeError();
    if (body->isArray())
      return body->expected("a string");
    return compileMember(*body, name, constants);
  }
  return refuse(name, "there are several templates, and none is called default");
}

} // namespace

Expected<ChatTables> compileChat(StringRef folder) {
  if (!llvm::sys::fs::is_directory(folder))
    return ChatTables();
  auto constants = readConstants(folder);
  if (!constants)
    return constants.takeError();
  if (StringRef name = "chat_template.jinja"; existsInside(folder, name)) {
    Expected<std::string> text = readInside(folder, name, mostConfigBytes);
    if (!text)
      return text.takeError();
    return compileChatTemplate(*text, pathInside(folder, name), *constants);
  }
  for (StringRef name : {"tokenizer_config.json", "chat_template.json"}) {
    if (!existsInside(folder, name))
      continue;
    Expected<json::Document> document = readJson(folder, name);
    if (!document)
      return document.takeError();
    if (auto value = document->root().findNonNull("chat_template"))
      return compileMember(*value, value->where(), *constants);
  }
  return ChatTables();
}

} // namespace tfc
