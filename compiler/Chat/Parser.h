// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Parses the tokens of a chat template into its tables, by Jinja's grammar. The first complaint
// stays; behind it there are no tokens, so that everything ends.

#ifndef TFC_COMPILER_CHAT_PARSER_H
#define TFC_COMPILER_CHAT_PARSER_H

#include "Lexer.h"
#include "Tables.h"

#include "llvm/ADT/SmallVector.h"

namespace tfc::chat {

/// What a name in the tables of Format.h has.
struct Callee {
  llvm::StringLiteral name, parameters;
};
extern const llvm::ArrayRef<Callee> allFilters, allTests, allMethods, allGlobals;

/// What stands in the brackets of a call.
struct CallArguments {
  llvm::SmallVector<uint32_t> positional;
  llvm::SmallVector<std::pair<std::string, uint32_t>> keywords;
};

class Parser {
public:
  Parser(llvm::StringRef source, Tables &tables, Complaint &complaint)
      : tables(tables), complaint(complaint), tokens(cutTemplate(source, complaint)) {}

  /// The block of the whole template.
  uint32_t parse();

private:
  // Tokens
  const Token &current() const { return tokens[at]; }
  const Token &ahead() const { return tokens[std::min(at + 1, tokens.size() - 1)]; }
  bool is(TokenKind kind) const { return current().kind == kind; }
  bool isSign(llvm::StringRef text) const { return is(TokenKind::sign) && current().text == text; }
  bool isName(llvm::StringRef text) const { return is(TokenKind::name) && current().text == text; }
  bool skipSign(llvm::StringRef text) { return isSign(text) && (++at, true); }
  bool skipName(llvm::StringRef text) { return isName(text) && (++at, true); }
  void expectSign(llvm::StringRef text);
  std::string expectName();
  void expect(TokenKind kind, llvm::StringRef what);
  uint32_t complain(const std::string &what) { return complain(what, current()); }
  uint32_t complain(const std::string &what, const Token &where);
  uint32_t unexpected(llvm::StringRef wanted);
  uint32_t add(NodeKind kind, uint32_t line, llvm::ArrayRef<uint32_t> parts, uint32_t code = 0);
  uint32_t addList(NodeKind kind, uint32_t line, llvm::ArrayRef<uint32_t> elements) {
    return add(kind, line, {tables.list(elements)});
  }

  // Statements.cpp
  uint32_t parseBlock(llvm::ArrayRef<llvm::StringRef> ends);
  uint32_t parseBody(llvm::ArrayRef<llvm::StringRef> ends);
  void finishStatement(llvm::StringRef end);
  uint32_t parseStatement();
  uint32_t parseIf();
  uint32_t parseFor();
  uint32_t parseSet();
  uint32_t parseMacro();
  uint32_t parseScope();
  uint32_t parseJump();
  uint32_t parseTarget(bool allowsMember);
  uint32_t nameTarget(const Token &name);

  // Expressions.cpp
  uint32_t parseTuple(bool allowsChoice, bool inBrackets = false);
  uint32_t parseExpression();
  uint32_t parseOr();
  uint32_t parseAnd();
  uint32_t parseNot();
  uint32_t parseCompare();
  uint32_t parseSum();
  uint32_t parseConcat();
  uint32_t parseProduct();
  uint32_t parsePower();
  uint32_t parseUnary(bool allowsFilters = true);
  uint32_t parsePrimary();
  uint32_t parseName();
  uint32_t parseDict();
  uint32_t parsePostfix(uint32_t value);
  uint32_t parseSubscript(uint32_t value);
  uint32_t parseSubscripted(uint32_t value, bool &isSlice);
  uint32_t parseFilters(uint32_t value);

  // Calls.cpp
  CallArguments parseArguments();
  uint32_t arrange(const Callee &callee, const CallArguments &arguments, const Token &where);
  uint32_t parseFilter(uint32_t value);
  uint32_t parseSelection(uint32_t value, uint32_t row, CallArguments arguments,
                          const Token &where);
  uint32_t parseMapping(uint32_t value, uint32_t row, CallArguments arguments, const Token &where);
  uint32_t parseTest(uint32_t value);
  uint32_t parseMethod(uint32_t value, const Token &name);
  uint32_t parseGlobal(const Token &name, uint32_t row);
  uint32_t parseCall(uint32_t callee);
  uint32_t find(llvm::ArrayRef<Callee> table, const Token &name, llvm::StringRef what);
  llvm::StringRef literal(uint32_t node, const Token &where, llvm::StringRef what);

  /// One thing inside another, which the parser descends for.
  struct Deeper {
    explicit Deeper(Parser &parser) : parser(parser) {
      if (++parser.depth > deepest)
        parser.complain("it nests too deep");
    }
    ~Deeper() { --parser.depth; }
    static constexpr int deepest = 60;
    Parser &parser;
  };

  Tables &tables;
  Complaint &complaint;
  std::vector<Token> tokens;
  size_t at = 0;
  int depth = 0;
  int loops = 0;  ///< that `break` may leave
  int scopes = 0; ///< blocks with variables of their own
  bool inMacro = false;
};

} // namespace tfc::chat

#endif
