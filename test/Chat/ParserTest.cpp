// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What templates are refused for, with line and column. What they mean is compared with Jinja by
// compare.py.

#include "Filled.h"

#include <gtest/gtest.h>

namespace tfc::test {
namespace {

std::string refusal(const std::string &text) { return compileChatTemplate(text, "t", {}).refusal; }

TEST(ChatParser, SaysWhereItStops) {
  EXPECT_EQ(refusal("a\n  {{ x | wordwrap }}"),
            "t: line 2, column 10: the filter 'wordwrap' is not supported");
  EXPECT_EQ(refusal("{% if x %}\n{% include 'y' %}{% endif %}"),
            "t: line 2, column 4: the statement 'include' is not supported");
  EXPECT_EQ(refusal("\r\n\r\n{{ x is sameas y }}"),
            "t: line 3, column 9: the test 'sameas' is not supported");
  EXPECT_EQ(refusal("{{ x.append(1) }}"),
            "t: line 1, column 6: the method 'append' is not supported");
}

TEST(ChatParser, RefusesWhatIsNotSupported) {
  const std::pair<const char *, const char *> cases[] = {
      {"{{ 1.5 }}",
       "column 4: the number '1.5' is not supported, only decimal integers of 64 bits"},
      {"{{ 1e5 }}", "column 4: the number '1e5' is not supported"},
      {"{{ 9223372036854775808 }}", "column 4: the number '9223372036854775808' is not supported"},
      {"{{ 6 / 2 }}", "column 6: the operator '/' is not supported, as there are no fractions"},
      {"{{ '\\N{DASH}' }}", "column 4: this escape is not supported in strings"},
      {"{{ '\\ud800' }}", "column 4: the escape '\\ud800' is no character"},
      {"{{ caller() }}", "column 4: 'caller' is not supported"},
      {"{{ x.__class__ }}", "column 6: the attribute '__class__' is not supported"},
      {"{{ x[1, 2] }}", "column 7: an index of several parts is not supported"},
      {"{{ f(*x) }}", "column 6: arguments from a list or a mapping are not supported"},
      {"{{ x | select(y) }}", "column 8: the name of a test that is no string literal is not"},
      {"{{ x | map('map') }}", "column 8: 'map' inside of 'map' is not supported"},
      {"{% for x in y recursive %}{% endfor %}", "column 15: recursive loops are not supported"},
      {"{% set x | trim %}{% endset %}", "column 10: filters of a set block are not supported"},
      {"{% set range = 1 %}", "column 8: a variable 'range' is not supported"},
      {"{% for x in y %}{% macro f() %}{% endmacro %}{% endfor %}",
       "column 20: macros are only supported outside of loops"},
      {"{% set x %}{% break %}{% endset %}", "column 15: 'break' stands in no loop"},
  };
  for (auto [text, why] : cases)
    EXPECT_NE(refusal(text).find(why), std::string::npos) << text << ": " << refusal(text);
}

TEST(ChatParser, RefusesWhatIsWrong) {
  const std::pair<const char *, const char *> cases[] = {
      {"{{ }}", "column 4: expected an expression, found the end of the expression"},
      {"{{ x", "column 1: the expression does not end"},
      {"{% if x", "column 1: the statement does not end"},
      {"{# x", "column 1: the comment does not end"},
      {"{% raw %}x", "column 1: the block raw does not end"},
      {"{{ 'x }}", "column 4: the string does not end"},
      {"{{ (x }}", "column 7: the bracket '}' closes none"},
      {"{{ x) }}", "column 5: the bracket ')' closes none"},
      {"{{ x ? y }}", "column 6: the character '?' is not expected here"},
      {"{{ x y }}", "column 6: expected the end of the expression, found 'y'"},
      {"{% if x %}y", "column 12: expected 'endif', found the end of the template"},
      {"{% if x %}{% endfor %}", "column 14: the statement 'endfor' is not supported"},
      {"{% for 1 in x %}{% endfor %}", "column 8: expected a name, found '1'"},
      {"{% for x of y %}{% endfor %}", "column 10: expected 'in', found 'of'"},
      {"{% 1 %}", "column 4: expected a statement, found '1'"},
      {"{% set x = %}", "column 12: expected an expression, found the end of the statement"},
      {"{% macro f(a=1, b) %}{% endmacro %}",
       "column 17: a parameter without a default stands behind one with"},
      {"{{ f(a=1, 2) }}", "column 11: an argument without a name stands behind one with"},
      {"{{ x | replace('a') }}", "column 8: 'replace' lacks the argument 'new'"},
      {"{{ x | trim(1, 2) }}", "column 8: 'trim' takes 1 arguments here, found 2"},
      {"{{ x | tojson(sorted=1) }}",
       "column 8: 'tojson' has no place for the argument 'sorted' here"},
      {"{{ x | selectattr }}", "column 8: 'selectattr' lacks the name of an attribute"},
      {"{{ x is defined is none }}", "column 17: a test of a test is not supported"},
      {"{{ namespace(x, y) }}", "column 4: 'namespace' takes one mapping"},
      {"\xff", "byte 0: not UTF-8"},
  };
  for (auto [text, why] : cases)
    EXPECT_NE(refusal(text).find(why), std::string::npos) << text << ": " << refusal(text);
}

TEST(ChatParser, LimitsItsDepth) {
  auto nested = [](const char *open, int count, const char *close) {
    std::string text;
    for (int i = 0; i < count; ++i)
      text.insert(0, open);
    text += "1";
    for (int i = 0; i < count; ++i)
      text += close;
    return "{{ " + text + " }}";
  };
  EXPECT_EQ(filled(nested("(", 20, ")")), "1");
  EXPECT_NE(refusal(nested("(", 100000, ")")).find("it nests too deep"), std::string::npos);
  EXPECT_NE(refusal(nested("[", 100000, "]")).find("it nests too deep"), std::string::npos);
  EXPECT_NE(refusal(nested("-", 100000, "")).find("it nests too deep"), std::string::npos);
  EXPECT_NE(refusal(nested("not ", 100000, "")).find("it nests too deep"), std::string::npos);
  EXPECT_NE(refusal(nested("1+", 100000, "")).find("it nests deeper than 100"), std::string::npos);
  EXPECT_NE(refusal(nested("", 100000, "|trim")).find("it nests deeper than 100"),
            std::string::npos);
  std::string ifs;
  for (int i = 0; i < 100000; ++i)
    ifs += "{% if x %}";
  EXPECT_NE(refusal(ifs).find("it nests too deep"), std::string::npos);
  EXPECT_NE(
      refusal(std::string(1100000, 'x')).find("expected at most 1048576 bytes, found 1100000"),
      std::string::npos);
}

TEST(ChatParser, ARefusedTemplateSaysSoLater) {
  EXPECT_EQ(filled("{{ 1 / 2 }}"),
            "not supported: the chat template is not supported: t: line 1, column 6: the operator "
            "'/' is not supported, as there are no fractions");
}

} // namespace
} // namespace tfc::test
