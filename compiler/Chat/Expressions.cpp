// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Expressions, from the loosest to the tightest.

#include "Parser.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

using llvm::StringRef;

namespace tfc::chat {

/// Expressions with commas between are a tuple.
uint32_t Parser::parseTuple(bool allowsChoice, bool inBrackets) {
  const uint32_t line = current().line;
  llvm::SmallVector<uint32_t> elements;
  bool isTuple = false;
  auto ends = [&] {
    return is(TokenKind::variableEnd) || is(TokenKind::blockEnd) || is(TokenKind::end) ||
           isSign(")") || isName("recursive");
  };
  while (!ends()) {
    elements.push_back(allowsChoice ? parseExpression() : parseOr());
    if (!skipSign(","))
      break;
    isTuple = true;
  }
  if (isTuple || (elements.empty() && inBrackets))
    return addList(NodeKind::tuple, line, elements);
  return elements.empty() ? unexpected("an expression") : elements.front();
}

uint32_t Parser::parseExpression() {
  Deeper deeper(*this);
  uint32_t value = parseOr();
  while (isName("if")) {
    const uint32_t line = current().line;
    ++at;
    const uint32_t condition = parseOr();
    const uint32_t otherwise = skipName("else") ? parseExpression() : noPart;
    value = add(NodeKind::choose, line, {condition, value, otherwise});
  }
  return value;
}

uint32_t Parser::parseOr() {
  uint32_t left = parseAnd();
  while (isName("or")) {
    const uint32_t line = tokens[at++].line;
    const uint32_t right = parseAnd();
    left = add(NodeKind::either, line, {left, right});
  }
  return left;
}

uint32_t Parser::parseAnd() {
  uint32_t left = parseNot();
  while (isName("and")) {
    const uint32_t line = tokens[at++].line;
    const uint32_t right = parseNot();
    left = add(NodeKind::both, line, {left, right});
  }
  return left;
}

uint32_t Parser::parseNot() {
  if (!isName("not"))
    return parseCompare();
  Deeper deeper(*this);
  const uint32_t line = tokens[at++].line;
  const uint32_t value = parseNot();
  return add(NodeKind::invert, line, {value});
}

uint32_t Parser::parseCompare() {
  static constexpr std::pair<StringRef, Comparison> signs[] = {
      {"==", Comparison::equal},     {"!=", Comparison::unequal}, {"<", Comparison::less},
      {"<=", Comparison::lessEqual}, {">", Comparison::greater},  {">=", Comparison::greaterEqual}};
  const uint32_t line = current().line;
  const uint32_t first = parseSum();
  llvm::SmallVector<uint32_t> operands;
  while (true) {
    Comparison code;
    const auto *sign = llvm::find_if(signs, [&](const auto &each) { return isSign(each.first); });
    if (sign != std::end(signs)) {
      code = sign->second;
      ++at;
    } else if (skipName("in")) {
      code = Comparison::in;
    } else if (isName("not") && ahead().kind == TokenKind::name && ahead().text == "in") {
      code = Comparison::notIn;
      at += 2;
    } else {
      break;
    }
    const uint32_t value = parseSum();
    operands.push_back(add(NodeKind::operand, line, {value}, static_cast<uint32_t>(code)));
  }
  return operands.empty() ? first : add(NodeKind::compare, line, {first, tables.list(operands)});
}

uint32_t Parser::parseSum() {
  uint32_t left = parseConcat();
  while (isSign("+") || isSign("-")) {
    const Token &sign = tokens[at++];
    const auto code = sign.text == "+" ? Operator::add : Operator::subtract;
    const uint32_t right = parseConcat();
    left = add(NodeKind::arithmetic, sign.line, {left, right}, static_cast<uint32_t>(code));
  }
  return left;
}

uint32_t Parser::parseConcat() {
  const uint32_t line = current().line;
  llvm::SmallVector<uint32_t> all = {parseProduct()};
  while (skipSign("~"))
    all.push_back(parseProduct());
  return all.size() == 1 ? all.front() : addList(NodeKind::concat, line, all);
}

uint32_t Parser::parseProduct() {
  static constexpr std::pair<StringRef, Operator> signs[] = {
      {"*", Operator::multiply}, {"//", Operator::floorDivide}, {"%", Operator::modulo}};
  uint32_t left = parsePower();
  while (true) {
    if (isSign("/"))
      return complain("the operator '/' is not supported, as there are no fractions");
    const auto *sign = llvm::find_if(signs, [&](const auto &each) { return isSign(each.first); });
    if (sign == std::end(signs))
      return left;
    const uint32_t line = tokens[at++].line;
    const uint32_t right = parsePower();
    left = add(NodeKind::arithmetic, line, {left, right}, static_cast<uint32_t>(sign->second));
  }
}

uint32_t Parser::parsePower() {
  uint32_t left = parseUnary();
  while (isSign("**")) {
    const uint32_t line = tokens[at++].line;
    const uint32_t right = parseUnary();
    left = add(NodeKind::arithmetic, line, {left, right}, static_cast<uint32_t>(Operator::power));
  }
  return left;
}

uint32_t Parser::parseUnary(bool allowsFilters) {
  Deeper deeper(*this);
  const Token sign = current();
  uint32_t value;
  if (skipSign("-") || skipSign("+")) {
    value = parseUnary(false);
    value = add(NodeKind::sign, sign.line, {value}, sign.text == "-");
  } else {
    value = parsePrimary();
  }
  value = parsePostfix(value);
  return allowsFilters ? parseFilters(value) : value;
}

// ---- Values ----

uint32_t Parser::parsePrimary() {
  const Token token = current();
  if (is(TokenKind::name))
    return parseName();
  if (is(TokenKind::string)) {
    std::string text;
    while (is(TokenKind::string))
      text += tokens[at++].text;
    return add(NodeKind::string, token.line, {tables.string(text)});
  }
  if (is(TokenKind::integer)) {
    ++at;
    const auto value = static_cast<uint64_t>(std::stoll(token.text));
    return add(NodeKind::integer, token.line,
               {static_cast<uint32_t>(value), static_cast<uint32_t>(value >> 32)});
  }
  if (skipSign("(")) {
    const uint32_t value = parseTuple(true, true);
    expectSign(")");
    return value;
  }
  if (isSign("{"))
    return parseDict();
  if (!skipSign("["))
    return unexpected("an expression");
  llvm::SmallVector<uint32_t> elements;
  while (!isSign("]") && !is(TokenKind::end)) {
    elements.push_back(parseExpression());
    if (!skipSign(","))
      break;
  }
  expectSign("]");
  return addList(NodeKind::list, token.line, elements);
}

uint32_t Parser::parseName() {
  const Token name = tokens[at++];
  const StringRef text = name.text;
  if (text == "none" || text == "None")
    return add(NodeKind::nothing, name.line, {});
  for (bool value : {false, true})
    if (text == (value ? "true" : "false") || text == (value ? "True" : "False"))
      return add(NodeKind::truth, name.line, {value});
  static constexpr StringRef special[] = {"self",   "super",  "lipsum",  "cycler",
                                          "joiner", "caller", "varargs", "kwargs"};
  if (llvm::is_contained(special, text))
    return complain(fmt::format("'{}' is not supported", text.str()), name);
  const auto *global =
      llvm::find_if(allGlobals, [&](const Callee &each) { return each.name == text; });
  if (global != allGlobals.end() && isSign("("))
    return parseGlobal(name, static_cast<uint32_t>(global - allGlobals.begin()));
  return add(NodeKind::name, name.line, {tables.string(text)});
}

uint32_t Parser::parseDict() {
  const uint32_t line = tokens[at++].line;
  llvm::SmallVector<uint32_t> pairs;
  while (!isSign("}") && !is(TokenKind::end)) {
    pairs.push_back(parseExpression());
    expectSign(":");
    pairs.push_back(parseExpression());
    if (!skipSign(","))
      break;
  }
  expectSign("}");
  return addList(NodeKind::dict, line, pairs);
}

// ---- What follows a value ----

uint32_t Parser::parsePostfix(uint32_t value) {
  while (true) {
    if (isSign(".") || isSign("["))
      value = parseSubscript(value);
    else if (isSign("("))
      value = parseCall(value);
    else
      return value;
  }
}

uint32_t Parser::parseSubscript(uint32_t value) {
  const uint32_t line = current().line;
  if (skipSign(".")) {
    const Token name = current();
    if (is(TokenKind::integer)) {
      const uint32_t index = parsePrimary();
      return add(NodeKind::item, line, {value, index});
    }
    expect(TokenKind::name, "a name");
    if (StringRef(name.text).starts_with("__"))
      return complain(fmt::format("the attribute '{}' is not supported", name.text), name);
    if (isSign("("))
      return parseMethod(value, name);
    return add(NodeKind::attribute, line, {value, tables.string(name.text)});
  }
  expectSign("[");
  bool isSlice = false;
  uint32_t result = parseSubscripted(value, isSlice);
  if (isSign(","))
    return complain("an index of several parts is not supported");
  expectSign("]");
  return isSlice ? result : add(NodeKind::item, line, {value, result});
}

/// An index, or the whole slice of `value`.
uint32_t Parser::parseSubscripted(uint32_t value, bool &isSlice) {
  const uint32_t line = current().line;
  uint32_t bounds[3] = {noPart, noPart, noPart};
  if (!isSign(":"))
    bounds[0] = parseExpression();
  if (!isSign(":"))
    return bounds[0];
  isSlice = true;
  for (int i = 1; i < 3 && skipSign(":"); ++i)
    if (!isSign(":") && !isSign("]") && !isSign(","))
      bounds[i] = parseExpression();
  return add(NodeKind::slice, line, {value, bounds[0], bounds[1], bounds[2]});
}

uint32_t Parser::parseFilters(uint32_t value) {
  while (true) {
    if (skipSign("|"))
      value = parseFilter(value);
    else if (skipName("is"))
      value = parseTest(value);
    else if (isSign("("))
      value = parseCall(value);
    else
      return value;
  }
}

} // namespace tfc::chat
