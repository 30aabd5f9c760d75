// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Filters, tests, methods, macros: whatever takes arguments. Those of known functions are brought
// into the order of their parameters here, so that nothing is looked for by name later.

#include "Parser.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <fmt/format.h>

using llvm::StringRef;

namespace tfc::chat {

#define ROW(name, function, parameters, ...) {#name, parameters},
static constexpr Callee filterRows[] = {TFC_CHAT_FILTERS(ROW)}, testRows[] = {TFC_CHAT_TESTS(ROW)},
                        methodRows[] = {TFC_CHAT_METHODS(ROW)},
                        globalRows[] = {TFC_CHAT_GLOBALS(ROW)};
#undef ROW
const llvm::ArrayRef<Callee> allFilters = filterRows, allTests = testRows, allMethods = methodRows,
                             allGlobals = globalRows;

CallArguments Parser::parseArguments() {
  CallArguments arguments;
  expectSign("(");
  while (!isSign(")") && !is(TokenKind::end)) {
    if (isSign("*") || isSign("**")) {
      complain("arguments from a list or a mapping are not supported");
      break;
    }
    if (is(TokenKind::name) && ahead().kind == TokenKind::sign && ahead().text == "=") {
      const std::string name = expectName();
      ++at;
      arguments.keywords.emplace_back(name, parseExpression());
    } else if (!arguments.keywords.empty()) {
      complain("an argument without a name stands behind one with");
    } else {
      arguments.positional.push_back(parseExpression());
    }
    if (!skipSign(","))
      break;
  }
  expectSign(")");
  return arguments;
}

/// A list with a place for each parameter.
uint32_t Parser::arrange(const Callee &callee, const CallArguments &arguments, const Token &where) {
  llvm::SmallVector<StringRef> parameters;
  if (!callee.parameters.empty())
    callee.parameters.split(parameters, ' ');
  llvm::SmallVector<uint32_t> places(parameters.size(), noPart);
  auto wrong = [&](const std::string &what) {
    complain(fmt::format("'{}' {}", callee.name.str(), what), where);
    return tables.list({});
  };
  if (callee.parameters == "*") {
    if (!arguments.keywords.empty())
      return wrong("takes no arguments by name here");
    return tables.list(arguments.positional);
  }
  if (arguments.positional.size() > parameters.size())
    return wrong(fmt::format("takes {} arguments here, found {}", parameters.size(),
                             arguments.positional.size()));
  llvm::copy(arguments.positional, places.begin());
  for (const auto &[name, value] : arguments.keywords) {
    const auto *place =
        llvm::find_if(parameters, [&](StringRef each) { return each.rtrim('!') == name; });
    const auto index = static_cast<size_t>(place - parameters.begin());
    if (place == parameters.end() || places[index] != noPart)
      return wrong(fmt::format("has no place for the argument '{}' here", name));
    places[index] = value;
  }
  for (const auto &[parameter, place] : llvm::zip(parameters, places))
    if (parameter.ends_with("!") && place == noPart)
      return wrong(fmt::format("lacks the argument '{}'", parameter.drop_back().str()));
  return tables.list(places);
}

uint32_t Parser::find(llvm::ArrayRef<Callee> table, const Token &name, StringRef what) {
  const auto *row =
      llvm::find_if(table, [&](const Callee &each) { return each.name == name.text; });
  if (row != table.end())
    return static_cast<uint32_t>(row - table.begin());
  complain(fmt::format("the {} '{}' is not supported", what.str(), name.text), name);
  return 0;
}

/// The text of a node that must be a string of the template.
StringRef Parser::literal(uint32_t node, const Token &where, StringRef what) {
  if (tables.at(node).kind == NodeKind::string)
    return tables.text(tables.at(node).parts[0]);
  complain(fmt::format("the name of a {} that is no string literal is not supported", what.str()),
           where);
  return "";
}

// ---- Filters and tests ----

uint32_t Parser::parseFilter(uint32_t value) {
  const Token name = current();
  expect(TokenKind::name, "the name of a filter");
  const uint32_t row = find(allFilters, name, "filter");
  CallArguments arguments;
  if (isSign("("))
    arguments = parseArguments();
  if (!complaint.text.empty())
    return value;
  if (filterRows[row].parameters != "*")
    return add(NodeKind::filter, name.line, {value, arrange(filterRows[row], arguments, name), 0},
               row);
  return name.text == "map" ? parseMapping(value, row, std::move(arguments), name)
                            : parseSelection(value, row, std::move(arguments), name);
}

/// select, reject, and both by an attribute: what follows is a test and its arguments.
uint32_t Parser::parseSelection(uint32_t value, uint32_t row, CallArguments arguments,
                                const Token &where) {
  if (!arguments.keywords.empty())
    return complain(fmt::format("'{}' takes no arguments by name here", where.text), where);
  llvm::SmallVector<uint32_t> list;
  auto &given = arguments.positional;
  if (StringRef(where.text).ends_with("attr")) {
    if (given.empty())
      return complain(fmt::format("'{}' lacks the name of an attribute", where.text), where);
    list.push_back(given.front());
    given.erase(given.begin());
  }
  uint32_t test = 0;
  if (!given.empty()) {
    Token name = where;
    name.text = literal(given.front(), where, "test").str();
    given.erase(given.begin());
    // Jinja calls these by their signs as well.
    static constexpr std::pair<StringRef, StringRef> signs[] = {
        {"==", "eq"}, {"!=", "ne"}, {"<", "lt"}, {"<=", "le"}, {">", "gt"}, {">=", "ge"}};
    for (auto [sign, word] : signs)
      if (name.text == sign)
        name.text = word.str();
    const uint32_t code = find(allTests, name, "test");
    if (!complaint.text.empty())
      return value;
    arrange(testRows[code], arguments, where); // are there as many as the test takes?
    list.append(given.begin(), given.end());
    test = code + 1;
  }
  return add(NodeKind::filter, where.line, {value, tables.list(list), test}, row);
}

/// map: an attribute, or a filter with its arguments.
uint32_t Parser::parseMapping(uint32_t value, uint32_t row, CallArguments arguments,
                              const Token &where) {
  static constexpr Callee byAttribute = {"map", "attribute! default"};
  if (arguments.positional.empty()) {
    const uint32_t list = arrange(byAttribute, arguments, where);
    return add(NodeKind::filter, where.line, {value, list, 0}, row);
  }
  Token name = where;
  name.text = literal(arguments.positional.front(), where, "filter").str();
  arguments.positional.erase(arguments.positional.begin());
  const uint32_t code = find(allFilters, name, "filter");
  if (complaint.text.empty() && filterRows[code].parameters == "*")
    return complain(fmt::format("'{}' inside of 'map' is not supported", name.text), where);
  const uint32_t list = arrange(filterRows[code], arguments, where);
  return add(NodeKind::filter, where.line, {value, list, code + 1}, row);
}

uint32_t Parser::parseTest(uint32_t value) {
  const bool inverted = skipName("not");
  const Token name = current();
  expect(TokenKind::name, "the name of a test");
  const uint32_t row = find(allTests, name, "test");
  CallArguments arguments;
  const bool begins = is(TokenKind::name) || is(TokenKind::string) || is(TokenKind::integer) ||
                      isSign("[") || isSign("{");
  if (isSign("(")) {
    arguments = parseArguments();
  } else if (begins && !isName("else") && !isName("or") && !isName("and")) {
    if (isName("is"))
      return complain("a test of a test is not supported");
    const uint32_t argument = parsePrimary();
    arguments.positional.push_back(parsePostfix(argument));
  }
  if (!complaint.text.empty())
    return value;
  const uint32_t list = arrange(testRows[row], arguments, name);
  value = add(NodeKind::test, name.line, {value, list}, row);
  return inverted ? add(NodeKind::invert, name.line, {value}) : value;
}

// ---- Calls ----

uint32_t Parser::parseMethod(uint32_t value, const Token &name) {
  const uint32_t row = find(allMethods, name, "method");
  const CallArguments arguments = parseArguments();
  if (!complaint.text.empty())
    return value;
  const uint32_t list = arrange(methodRows[row], arguments, name);
  return add(NodeKind::method, name.line, {value, list, tables.string(name.text)}, row);
}

uint32_t Parser::parseGlobal(const Token &name, uint32_t row) {
  CallArguments arguments = parseArguments();
  uint32_t list;
  if (globalRows[row].parameters == "*") {
    // A mapping, and one of what is given by name.
    llvm::SmallVector<uint32_t> pairs;
    for (const auto &[key, value] : arguments.keywords) {
      pairs.push_back(add(NodeKind::string, name.line, {tables.string(key)}));
      pairs.push_back(value);
    }
    if (arguments.positional.size() > 1)
      return complain(fmt::format("'{}' takes one mapping", name.text), name);
    list = tables.list({arguments.positional.empty() ? noPart : arguments.positional.front(),
                        addList(NodeKind::dict, name.line, pairs)});
  } else {
    list = arrange(globalRows[row], arguments, name);
  }
  return add(NodeKind::global, name.line, {list}, row);
}

/// Of a macro.
uint32_t Parser::parseCall(uint32_t callee) {
  const uint32_t line = current().line;
  const CallArguments arguments = parseArguments();
  llvm::SmallVector<uint32_t> list(arguments.positional);
  for (const auto &[name, value] : arguments.keywords)
    list.push_back(add(NodeKind::keyword, line, {tables.string(name), value}));
  return add(NodeKind::call, line, {callee, tables.list(list)});
}

} // namespace tfc::chat
