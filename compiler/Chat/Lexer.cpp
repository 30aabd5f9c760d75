// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Lexer.h"

#include "runtime/Chat/Python.h"

#include "llvm/ADT/StringExtras.h"

#include <fmt/format.h>

using llvm::StringRef;

namespace tfc::chat {
namespace {

/// Line ends become "\n", and the last one goes.
std::string normalized(StringRef source) {
  std::string text;
  for (size_t i = 0; i < source.size(); ++i) {
    const bool returns = source[i] == '\r';
    text += returns ? '\n' : source[i];
    i += returns && source.substr(i + 1).starts_with("\n");
  }
  if (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text;
}

/// Where the white space at the front, or at the back, of a text ends.
size_t whiteFront(StringRef text) {
  const char *at = text.begin();
  while (at < text.end()) {
    const char *next = at;
    if (!isWhite(tokenizer::readScalar(next)))
      break;
    at = next;
  }
  return static_cast<size_t>(at - text.begin());
}
size_t whiteBack(StringRef text) {
  size_t end = text.size();
  while (end && isWhite(tokenizer::lastScalar(text.data() + end)))
    do
      --end;
    while ((text[end] & 0xC0) == 0x80);
  return end;
}

class Lexer {
public:
  Lexer(StringRef source, Complaint &complaint)
      : kept(normalized(source)), text(kept), complaint(complaint) {}

  std::vector<Token> run() {
    while (at < text.size() && complaint.text.empty()) {
      const size_t tag = findTag();
      if (tag == StringRef::npos) {
        addData(text.substr(at), at);
        at = text.size();
      } else {
        cutTag(tag);
      }
    }
    add(TokenKind::end, "", std::min(at, text.size()));
    return std::move(tokens);
  }

private:
  size_t findTag() const {
    for (size_t tag = text.find('{', at); tag != StringRef::npos; tag = text.find('{', tag + 1))
      if (tag + 1 < text.size() && StringRef("%{#").contains(text[tag + 1]))
        return tag;
    return StringRef::npos;
  }

  void add(TokenKind kind, std::string token, size_t place) {
    for (; counted < place; ++counted)
      if (text[counted] == '\n') {
        ++line;
        lineBegin = counted + 1;
      }
    tokens.push_back({kind, std::move(token), line, static_cast<uint32_t>(place - lineBegin + 1)});
  }
  void addData(StringRef data, size_t place) {
    if (!data.empty())
      add(TokenKind::data, data.str(), place);
  }
  void complain(const std::string &what, size_t place) {
    const StringRef before = text.take_front(place);
    complaint = {what, static_cast<uint32_t>(before.count('\n') + 1),
                 static_cast<uint32_t>(place - (before.rfind('\n') + 1) + 1)};
    at = text.size();
  }

  /// The text before a tag: a minus takes all white space, and blocks and comments that of their
  /// own line unless a plus keeps it.
  StringRef beforeTag(StringRef data, char sign, bool isVariable) const {
    if (sign == '-')
      return data.take_front(whiteBack(data));
    const size_t begin = data.rfind('\n') + 1; // 0 where there is none
    const StringRef last = data.substr(begin);
    const bool strips = sign != '+' && !isVariable && (begin || lineStarts);
    return strips && whiteFront(last) == last.size() ? data.take_front(begin) : data;
  }

  char signAt(size_t place) const {
    return place < text.size() && (text[place] == '-' || text[place] == '+') ? text[place] : ' ';
  }

  /// Steps behind the end of a tag, which begins with its sign if it has one. Blocks and comments
  /// take the line end that follows.
  void passEnd(size_t place, char sign, bool isVariable) {
    at = place + (sign == ' ' ? 2 : 3);
    if (sign == '-')
      at += whiteFront(text.substr(at));
    else if (sign == ' ' && !isVariable && text.substr(at).starts_with("\n"))
      ++at;
    lineStarts = text[at - 1] == '\n';
  }

  /// `raw` or `endraw`: a block of that word alone, from `tag` on. Gives the place of its end, or
  /// npos.
  size_t wordBlockEnd(size_t tag, StringRef word) const {
    size_t place = tag + 2 + (signAt(tag + 2) != ' ');
    place += whiteFront(text.substr(place));
    if (!text.substr(place).starts_with(word))
      return StringRef::npos;
    place += word.size();
    place += whiteFront(text.substr(place));
    const size_t sign = signAt(place) != ' ';
    return text.substr(place + sign).starts_with("%}") ? place : StringRef::npos;
  }

  void cutTag(size_t tag) {
    const char kind = text[tag + 1], sign = signAt(tag + 2);
    addData(beforeTag(text.slice(at, tag), sign, kind == '{'), at);
    at = tag + 2 + (sign != ' ');
    if (kind == '#')
      return passComment(tag);
    if (kind == '%')
      if (const size_t end = wordBlockEnd(tag, "raw"); end != StringRef::npos && signAt(end) != '+')
        return cutRaw(tag, end);
    add(kind == '%' ? TokenKind::blockBegin : TokenKind::variableBegin, "", tag);
    cutExpression(tag, kind == '{');
  }

  void passComment(size_t tag) {
    const size_t end = text.find("#}", at);
    if (end == StringRef::npos)
      return complain("the comment does not end", tag);
    const char sign = end > at ? signAt(end - 1) : ' ';
    passEnd(sign == ' ' ? end : end - 1, sign, false);
  }

  void cutRaw(size_t tag, size_t end) {
    passEnd(end, signAt(end), true); // keeps a line end
    for (size_t next = text.find("{%", at); next != StringRef::npos;
         next = text.find("{%", next + 1)) {
      const size_t behind = wordBlockEnd(next, "endraw");
      if (behind == StringRef::npos)
        continue;
      addData(beforeTag(text.slice(at, next), signAt(next + 2), false), at);
      return passEnd(behind, signAt(behind), false);
    }
    complain("the block raw does not end", tag);
  }

  /// The tokens of a tag.
  void cutExpression(size_t tag, bool isVariable) {
    const StringRef end = isVariable ? "}}" : "%}";
    std::string brackets;
    while (complaint.text.empty()) {
      at += whiteFront(text.substr(at));
      const StringRef rest = text.substr(at);
      if (rest.empty())
        return complain(isVariable ? "the expression does not end" : "the statement does not end",
                        tag);
      char sign = signAt(at);
      if (isVariable && sign == '+')
        sign = ' '; // only blocks end with one
      if (brackets.empty() && text.substr(at + (sign != ' ')).starts_with(end)) {
        add(isVariable ? TokenKind::variableEnd : TokenKind::blockEnd, "", at);
        return passEnd(at, sign, isVariable);
      }
      if (llvm::isDigit(rest[0]))
        cutInteger();
      else if (llvm::isAlpha(rest[0]) || rest[0] == '_')
        cutName();
      else if (rest[0] == '\'' || rest[0] == '"')
        cutString();
      else
        cutSign(brackets);
    }
  }

  void cutName() {
    const StringRef name =
        text.substr(at).take_while([](char c) { return llvm::isAlnum(c) || c == '_'; });
    add(TokenKind::name, name.str(), at);
    at += name.size();
  }

  void cutInteger() {
    const bool isPart = !tokens.empty() && tokens.back().text == "."; // as in x.0.1
    const StringRef word =
        text.substr(at).take_while([](char c) { return llvm::isAlnum(c) || c == '_'; });
    std::string digits;
    for (char c : word)
      if (c != '_')
        digits += c;
    int64_t value;
    const StringRef behind = text.substr(at + word.size());
    const bool isFraction =
        !isPart && behind.size() > 1 && behind[0] == '.' && llvm::isDigit(behind[1]);
    if (isFraction || !llvm::all_of(digits, llvm::isDigit) || word.ends_with("_") ||
        (digits.size() > 1 && digits[0] == '0') || StringRef(digits).getAsInteger(10, value))
      return complain(fmt::format("the number '{}' is not supported, only decimal integers of 64 "
                                  "bits",
                                  (word + (isFraction ? behind.take_front(2) : "")).str()),
                      at);
    add(TokenKind::integer, std::to_string(value), at);
    at += word.size();
  }

  /// Escapes are Python's.
  void cutString() {
    const size_t begin = at;
    const char quote = text[at++];
    std::string value;
    for (; at < text.size() && text[at] != quote; ++at) {
      if (text[at] != '\\') {
        value += text[at];
        continue;
      }
      if (++at == text.size())
        break;
      if (!cutEscape(value, begin))
        return;
    }
    if (at >= text.size())
      return complain("the string does not end", begin);
    ++at;
    add(TokenKind::string, std::move(value), begin);
  }

  bool cutEscape(std::string &value, size_t begin) {
    static constexpr StringRef names = "\\'\"abfnrtv\n", values = "\\'\"\a\b\f\n\r\t\v";
    const char c = text[at];
    if (const size_t known = names.find(c); known != StringRef::npos) {
      if (known < values.size())
        value += values[known];
      return true;
    }
    const size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (digits) {
      uint32_t scalar;
      const StringRef code = text.substr(at + 1, digits);
      if (code.size() < digits || !llvm::all_of(code, llvm::isHexDigit) ||
          code.getAsInteger(16, scalar) || scalar >= 0x110000 ||
          (scalar >= 0xD800 && scalar < 0xE000)) {
        complain(fmt::format("the escape '\\{}{}' is no character", c, code.str()), begin);
        return false;
      }
      char bytes[4];
      value.append(bytes, tokenizer::writeScalar(scalar, bytes));
      at += digits;
      return true;
    }
    if (llvm::isDigit(c) || c == 'N' || static_cast<unsigned char>(c) >= 0x80) {
      complain("this escape is not supported in strings", begin);
      return false;
    }
    value += '\\'; // no escape at all
    value += c;
    return true;
  }

  void cutSign(std::string &brackets) {
    static constexpr StringRef signs[] = {"==", "!=", ">=", "<=", "**", "//", "+", "-", "/",
                                          "*",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                          ">",  "<",  "=",  ".",  ":",  "|",  ",", ";"};
    const StringRef rest = text.substr(at);
    const StringRef *sign =
        llvm::find_if(signs, [&](StringRef each) { return rest.starts_with(each); });
    if (sign == std::end(signs))
      return complain(
          fmt::format("the character '{}' is not expected here",
                      rest.take_front(static_cast<unsigned char>(rest[0]) < 0x80 ? 1 : 0).str()),
          at);
    static constexpr StringRef opening = "[({", closing = "])}";
    if (opening.contains(*sign)) {
      brackets += closing[opening.find(*sign)];
    } else if (closing.contains(*sign)) {
      if (brackets.empty() || brackets.back() != (*sign)[0])
        return complain(fmt::format("the bracket '{}' closes none", sign->str()), at);
      brackets.pop_back();
    }
    add(TokenKind::sign, sign->str(), at);
    at += sign->size();
  }

  std::string kept;
  StringRef text;
  Complaint &complaint;
  std::vector<Token> tokens;
  size_t at = 0;
  bool lineStarts = true; ///< what was read last ends a line
  size_t counted = 0, lineBegin = 0;
  uint32_t line = 1;
};

} // namespace

std::vector<Token> cutTemplate(StringRef source, Complaint &complaint) {
  return Lexer(source, complaint).run();
}

} // namespace tfc::chat
