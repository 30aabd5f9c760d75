// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tokens and statements.

#include "Parser.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

using llvm::StringRef;

namespace tfc::chat {

// ---- Tokens ----

uint32_t Parser::complain(const std::string &what, const Token &where) {
  if (complaint.text.empty())
    complaint = {what, where.line, where.column};
  at = tokens.size() - 1;
  return add(NodeKind::nothing, where.line, {}); // any node will do
}

static std::string shown(const Token &token) {
  switch (token.kind) {
  case TokenKind::blockEnd:
    return "the end of the statement";
  case TokenKind::variableEnd:
    return "the end of the expression";
  case TokenKind::end:
    return "the end of the template";
  case TokenKind::string:
    return "a string";
  case TokenKind::data:
    return "text";
  default:
    return fmt::format("'{}'", token.text);
  }
}

uint32_t Parser::unexpected(StringRef wanted) {
  return complain(fmt::format("expected {}, found {}", wanted.str(), shown(current())));
}

void Parser::expect(TokenKind kind, StringRef what) {
  if (is(kind))
    ++at;
  else
    unexpected(what);
}

void Parser::expectSign(StringRef text) {
  if (!skipSign(text))
    unexpected(fmt::format("'{}'", text.str()));
}

std::string Parser::expectName() {
  if (is(TokenKind::name))
    return tokens[at++].text;
  unexpected("a name");
  return "";
}

uint32_t Parser::add(NodeKind kind, uint32_t line, llvm::ArrayRef<uint32_t> parts, uint32_t code) {
  constexpr uint32_t deepest = 100; // half of what the runtime allows
  const uint32_t made = tables.node(kind, line, parts, code);
  if (tables.depth(made) > deepest && complaint.text.empty())
    complain(fmt::format("it nests deeper than {}", deepest));
  return made;
}

// ---- Blocks ----

uint32_t Parser::parse() {
  const uint32_t root = parseBlock({});
  if (!is(TokenKind::end))
    unexpected("the end of the template");
  return root;
}

/// Up to a statement that begins with one of the names, whose name is then the current token.
uint32_t Parser::parseBlock(llvm::ArrayRef<StringRef> ends) {
  Deeper deeper(*this);
  const uint32_t line = current().line;
  llvm::SmallVector<uint32_t> statements;
  while (!is(TokenKind::end)) {
    const Token &token = current();
    if (is(TokenKind::data)) {
      ++at;
      statements.push_back(add(NodeKind::text, token.line, {tables.string(token.text)}));
    } else if (is(TokenKind::variableBegin)) {
      ++at;
      const uint32_t value = parseTuple(true);
      statements.push_back(add(NodeKind::print, token.line, {value}));
      expect(TokenKind::variableEnd, "the end of the expression");
    } else {
      ++at;
      if (llvm::any_of(ends, [&](StringRef end) { return isName(end); }))
        return addList(NodeKind::block, line, statements);
      statements.push_back(parseStatement());
      expect(TokenKind::blockEnd, "the end of the statement");
    }
  }
  if (!ends.empty())
    unexpected(fmt::format("'{}'", ends.back().str()));
  return addList(NodeKind::block, line, statements);
}

/// The block behind a statement's head.
uint32_t Parser::parseBody(llvm::ArrayRef<StringRef> ends) {
  skipSign(":");
  expect(TokenKind::blockEnd, "the end of the statement");
  return parseBlock(ends);
}

void Parser::finishStatement(StringRef end) {
  if (!skipName(end))
    unexpected(fmt::format("'{}'", end.str()));
}

uint32_t Parser::parseStatement() {
  struct Row {
    StringRef name;
    uint32_t (Parser::*parse)();
  };
  static constexpr Row rows[] = {
      {"for", &Parser::parseFor},          {"if", &Parser::parseIf},
      {"set", &Parser::parseSet},          {"macro", &Parser::parseMacro},
      {"break", &Parser::parseJump},       {"continue", &Parser::parseJump},
      {"generation", &Parser::parseScope},
  };
  for (const Row &row : rows)
    if (isName(row.name))
      return (this->*row.parse)();
  if (!is(TokenKind::name))
    return unexpected("a statement");
  return complain(fmt::format("the statement '{}' is not supported", current().text));
}

// ---- Statements ----

uint32_t Parser::parseIf() {
  Deeper deeper(*this);
  const uint32_t line = current().line;
  ++at; // `if`, or the `elif` of another
  const uint32_t condition = parseTuple(false);
  const uint32_t then = parseBody({"elif", "else", "endif"});
  uint32_t otherwise = noPart;
  if (isName("elif")) {
    otherwise = parseIf(); // up to the end of this one, too
    return add(NodeKind::branch, line, {condition, then, otherwise});
  }
  if (skipName("else"))
    otherwise = parseBody({"endif"});
  finishStatement("endif");
  return add(NodeKind::branch, line, {condition, then, otherwise});
}

uint32_t Parser::parseFor() {
  const uint32_t line = current().line;
  ++at;
  const uint32_t target = parseTarget(false);
  if (!skipName("in"))
    return unexpected("'in'");
  const uint32_t all = parseTuple(false);
  const uint32_t filter = skipName("if") ? parseExpression() : noPart;
  if (isName("recursive"))
    return complain("recursive loops are not supported");
  const uint32_t source = add(NodeKind::source, line, {all, filter});
  ++loops;
  ++scopes;
  const uint32_t body = parseBody({"endfor", "else"});
  --loops;
  const uint32_t otherwise = skipName("else") ? parseBody({"endfor"}) : noPart;
  --scopes;
  finishStatement("endfor");
  return add(NodeKind::loop, line, {target, source, body, otherwise});
}

uint32_t Parser::parseSet() {
  const uint32_t line = current().line;
  ++at;
  const uint32_t target = parseTarget(true);
  if (skipSign("=")) {
    const uint32_t value = parseTuple(true);
    return add(NodeKind::assign, line, {target, value});
  }
  if (isSign("|"))
    return complain("filters of a set block are not supported");
  const int outside = std::exchange(loops, 0);
  ++scopes;
  const uint32_t body = parseBody({"endset"});
  --scopes;
  loops = outside;
  finishStatement("endset");
  return add(NodeKind::capture, line, {target, body});
}

uint32_t Parser::parseMacro() {
  const uint32_t line = current().line;
  if (scopes || inMacro)
    return complain("macros are only supported outside of loops, macros and other scopes");
  ++at;
  const Token name = current();
  expect(TokenKind::name, "the name of the macro");
  expectSign("(");
  llvm::SmallVector<uint32_t> parameters;
  while (!isSign(")") && !is(TokenKind::end)) {
    if (!parameters.empty())
      expectSign(",");
    const Token parameter = current();
    expect(TokenKind::name, "a parameter");
    const uint32_t otherwise = skipSign("=") ? parseExpression() : noPart;
    if (otherwise == noPart && !parameters.empty() && complaint.text.empty() &&
        tables.at(parameters.back()).parts[1] != noPart)
      return complain("a parameter without a default stands behind one with", parameter);
    parameters.push_back(
        add(NodeKind::parameter, parameter.line, {tables.string(parameter.text), otherwise}));
  }
  expectSign(")");
  inMacro = true;
  const int outside = std::exchange(loops, 0);
  const uint32_t body = parseBody({"endmacro"});
  loops = outside;
  inMacro = false;
  finishStatement("endmacro");
  return add(NodeKind::macro, line, {tables.string(name.text), tables.list(parameters), body});
}

/// What transformers marks as the assistant's.
uint32_t Parser::parseScope() {
  const uint32_t line = current().line;
  ++at;
  const int outside = std::exchange(loops, 0);
  ++scopes;
  const uint32_t body = parseBody({"endgeneration"});
  --scopes;
  loops = outside;
  finishStatement("endgeneration");
  return add(NodeKind::scope, line, {body});
}

uint32_t Parser::parseJump() {
  const Token word = current();
  if (!loops)
    return complain(fmt::format("'{}' stands in no loop", word.text));
  ++at;
  return add(word.text == "break" ? NodeKind::breakLoop : NodeKind::continueLoop, word.line, {});
}

// ---- Targets ----

uint32_t Parser::nameTarget(const Token &name) {
  static constexpr StringRef fixed[] = {"true", "false", "none", "True", "False", "None", "loop"};
  if (llvm::is_contained(fixed, name.text) ||
      llvm::any_of(allGlobals, [&](const Callee &each) { return each.name == name.text; }))
    return complain(fmt::format("a variable '{}' is not supported", name.text), name);
  return add(NodeKind::nameTarget, name.line, {tables.string(name.text)});
}

/// Names with commas between, perhaps in brackets, or an attribute of a namespace.
uint32_t Parser::parseTarget(bool allowsMember) {
  Deeper deeper(*this);
  const Token first = current();
  if (allowsMember && is(TokenKind::name) && ahead().kind == TokenKind::sign &&
      ahead().text == ".") {
    at += 2;
    const std::string member = expectName();
    return add(NodeKind::memberTarget, first.line,
               {tables.string(first.text), tables.string(member)});
  }
  llvm::SmallVector<uint32_t> targets;
  bool isTuple = false;
  while (!is(TokenKind::end)) {
    if (skipSign("(")) {
      targets.push_back(parseTarget(false));
      expectSign(")");
    } else {
      const Token name = current();
      expect(TokenKind::name, "a name");
      targets.push_back(nameTarget(name));
    }
    if (!skipSign(","))
      break;
    isTuple = true;
    if (isName("in") || isSign("=") || isSign(")"))
      break;
  }
  if (targets.empty())
    return unexpected("a name");
  return isTuple ? addList(NodeKind::tupleTarget, first.line, targets) : targets.front();
}

} // namespace tfc::chat
