// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the evaluation of templates promises beside Jinja's rules: limits, errors, constants, time.

#include "Filled.h"

#include <gtest/gtest.h>

namespace tfc::test {
namespace {

TEST(ChatRender, KeepsWhiteSpaceAsJinjaDoes) {
  EXPECT_EQ(filled("a\n  {% if true %}\n  b\n  {% endif %}\nc\n"), "a\n  b\nc");
  EXPECT_EQ(filled("a  {% if true -%}  \n b {%- endif %} \nc\n\n"), "a  b \nc\n");
  EXPECT_EQ(filled("  {%+ if true +%}\nb{% endif %}"), "  \nb");
  EXPECT_EQ(filled("{{ 1 }}\n{{- 2 -}} \n{{ 3 }}"), "123");
  EXPECT_EQ(filled("  {# a #}\n{#- b -#} c"), "c");
  EXPECT_EQ(filled("{% raw -%} {{ x }} {% endraw %}\ny"), "{{ x }} y");
}

TEST(ChatRender, LimitsSteps) {
  EXPECT_EQ(
      filled("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}"),
      "invalid argument: chat template, line 1: it takes more than 20000000 steps");
  EXPECT_EQ(filled("{% for a in range(10) %}\n{{ a }}{% endfor %}", {.limits = {.steps = 40}}),
            "invalid argument: chat template, line 2: it takes more than 40 steps");
  // Comparing texts counts by their length.
  EXPECT_NE(
      filled("{% set x = 'a' * 10000000 %}{% for a in range(10000) %}{{ x == x }}{% endfor %}")
          .find("it takes more than 20000000 steps"),
      std::string::npos);
}

TEST(ChatRender, LimitsMemory) {
  EXPECT_EQ(filled("{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(60) %}{% set ns.x = "
                   "ns.x ~ ns.x %}"
                   "{% endfor %}"),
            "invalid argument: chat template, line 1: it writes more than 67108864 bytes");
  EXPECT_EQ(
      filled("{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}"
             "{% endfor %}",
             {.limits = {.memoryBytes = 1 << 20}}),
      "invalid argument: chat template, line 1: it takes more than 1048576 bytes of memory");
  EXPECT_EQ(filled("{{ 'abc' * 1000000000000 }}"),
            "invalid argument: chat template, line 1: it takes more than 20000000 steps");
  EXPECT_NE(filled("{{ [1] * 1000000000000 }}").find("invalid argument"), std::string::npos);
}

TEST(ChatRender, LimitsDepth) {
  EXPECT_EQ(filled("{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}"),
            "invalid argument: chat template, line 1: it nests deeper than 200");
  const std::string nest =
      "{% set ns = namespace(x=[], y=[]) %}{% for i in range(1000) %}{% set ns.x = [ns.x] %}{% set "
      "ns.y = [ns.y] %}{% endfor %}";
  for (const char *use : {"{{ ns.x }}", "{{ ns.x | tojson }}", "{{ ns.x == ns.y }}",
                          "{{ ns.x < ns.y }}", "{{ ns.x in [ns.y] }}"})
    EXPECT_EQ(filled(nest + use),
              "invalid argument: chat template, line 1: it nests deeper than 200")
        << use;
}

TEST(ChatRender, SaysWhatIsWrong) {
  const std::pair<const char *, const char *> cases[] = {
      {"\n{{ raise_exception('no ' ~ 'way') }}", "line 2: the template refuses: no way"},
      {"{{ x.y }}", "line 1: an attribute: 'x' is undefined"},
      {"{{ x[0] }}", "an element: 'x' is undefined"},
      {"{{ 'a' + 1 }}", "+: not for a string and an integer"},
      {"{{ x + 1 }}", "+: 'x' is undefined"},
      {"{{ 1 // 0 }}", "//: division by zero"},
      {"{{ 2 ** -1 }}", "**: fractions are not supported"},
      {"{{ 9223372036854775807 + 1 }}", "+: integers beyond 64 bits are not supported"},
      {"{{ -'a' }}", "-: expected another value than a string"},
      {"{{ 1 < 'a' }}", "an integer and a string have no order"},
      {"{{ 1 in 'a' }}", "what is looked for in a string: expected another value than an integer"},
      {"{{ 1 in 1 }}", "elements: expected another value than an integer"},
      {"{{ {[1]: 2} }}", "a key: expected another value than a list"},
      {"{{ 'abc'[::0] }}", "the step of a slice is zero"},
      {"{{ 'abc'['x':] }}", "the bounds of a slice: expected another value than a string"},
      {"{{ none[1:] }}", "a slice: expected another value than none"},
      {"{% for x in 1 %}{% endfor %}", "elements: expected another value than an integer"},
      {"{% set a, b = [1] %}", "expected 2 values, found 1"},
      {"{% set x = 1 %}{% set x.y = 2 %}",
       "an attribute is assigned, which only namespaces allow: expected another value than an"},
      {"{% set ns = namespace() %}{% set ns._x = 1 %}",
       "the attribute '_x' of a namespace begins with an underscore"},
      {"{{ namespace(_x=1) }}", "the attribute '_x' of a namespace begins with an underscore"},
      {"{{ dict(1) }}", "what a mapping is made of: expected another value than an integer"},
      {"{{ range('a') }}", "range: expected another value than a string"},
      {"{{ range(1, 2, 0) }}", "range: the step is zero"},
      {"{{ range(100001) }}", "range: more than 100000 elements"},
      {"{{ range(3) }}", "a range has no text here"},
      {"{{ x() }}", "what is called: 'x' is undefined"},
      {"{% macro f(a) %}{% endmacro %}{{ f(1, 2) }}", "the macro has no place for argument 2"},
      {"{% macro f(a) %}{% endmacro %}{{ f(1, a=2) }}", "the macro has no place for argument 2"},
      {"{% macro f(a) %}{% endmacro %}{{ f(b=2) }}", "the macro has no place for argument 1"},
      {"{{ 'a'.keys() }}", "a string has no method 'keys'"},
      {"{{ [].strip() }}", "a list has no method 'strip'"},
      {"{{ {}.items }}", "the method 'items' is not called, which is not supported"},
      {"{{ {}['items'] }}", "the method 'items' is not called, which is not supported"},
      {"{{ 'a'.split('') }}", "split: the separator is empty"},
      {"{{ 'a b'.rsplit(none, 1) }}", "rsplit: a limit without a separator is not supported"},
      {"{{ 'a'.split(1) }}", "split: expected another value than an integer"},
      {"{{ 'a'.split('b', 'c') }}", "split: expected another value than a string"},
      {"{{ 'a'.strip(1) }}", "strip: expected another value than an integer"},
      {"{{ 'a'.index('b') }}", "index: it is not there"},
      {"{{ 'ä'.isdigit() }}", "isdigit: only supported of ASCII"},
      {"{{ 'Σ' | lower }}", "the lower case of U+03A3 is not supported"},
      {"{{ ', '.join([1]) }}", "join: expected another value than an integer"},
      {"{{ none | length }}", "length: expected another value than none"},
      {"{{ 1 | items }}", "items: expected another value than an integer"},
      {"{{ 'a' | abs }}", "abs: expected another value than a string"},
      {"{{ 1 | indent }}", "indent: expected another value than an integer"},
      {"{{ [1] | map(attribute=none) | list }}", "attribute: expected another value than none"},
      {"{{ [1] | map('items') | list }}", "items: expected another value than an integer"},
      {"{{ x | tojson }}", "tojson: 'x' is undefined"},
      {"{{ {(1, 2): 3} | tojson }}", "a key of JSON: expected another value than a tuple"},
      {"{{ 1 | tojson(separators=1) }}", "tojson's separators: expected another value than an"},
      {"{{ {}.items() == {}.items() }}", "the views of mappings are not compared"},
      {"{{ strftime_now('%d') }}",
       "strftime_now: the template writes the time, and none was given"},
  };
  for (auto [text, why] : cases)
    EXPECT_NE(filled(text).find(why), std::string::npos) << text << ": " << filled(text);
}

TEST(ChatRender, WritesTheTimeThatIsGiven) {
  auto at = [](int64_t now, const char *format) {
    return filled("{{ strftime_now('" + std::string(format) + "') }}", {.now = now});
  };
  EXPECT_EQ(at(1770307749, "%d %b %Y, %A %B %a, %H:%M:%S %I %p %j %y %m %%"),
            "05 Feb 2026, Thursday February Thu, 16:09:09 04 PM 036 26 02 %");
  EXPECT_EQ(at(951782400, "%Y-%m-%d %H"), "2000-02-29 00");
  EXPECT_EQ(at(-1, "%Y-%m-%d %H:%M:%S"), "1969-12-31 23:59:59");
  EXPECT_EQ(at(1, "%"), "%");
  EXPECT_NE(at(1, "%c").find("strftime_now: '%c' is not supported"), std::string::npos);
  EXPECT_NE(at(INT64_MAX, "%Y").find("the time is out of range"), std::string::npos);
  EXPECT_NE(at(INT64_MIN, "%Y").find("the time is out of range"), std::string::npos);
  EXPECT_EQ(filled("{{ strftime_now is defined }}"), "True");
}

TEST(ChatRender, RefusesBrokenTables) {
  const std::vector<char> good =
      compileChatTemplate("{% for x in [1, 2] if x is odd %}{{ x | string ~ 'é' }}{% endfor %}",
                          "t", {})
          .tables;
  ASSERT_EQ(filled(good), "1é");
  EXPECT_EQ(filled(std::vector<char>()), "broken: the chat template is broken: no tables");
  EXPECT_EQ(filled(std::vector<char>(good.begin(), good.end() - 8)),
            "broken: the chat template is broken: its size");
  // Whatever a byte becomes, the tables are refused or do something harmless.
  size_t refused = 0;
  for (size_t i = 0; i < good.size(); ++i)
    for (char other : {0, 1, -1, 64}) {
      std::vector<char> bad = good;
      bad[i] = static_cast<char>(bad[i] + other);
      refused += filled(bad, {.limits = {.steps = 10000}}).rfind("broken: ", 0) == 0;
    }
  EXPECT_GT(refused, good.size());
}

} // namespace
} // namespace tfc::test
