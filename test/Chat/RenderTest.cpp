// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the evaluation of templates promises: what Jinja gives, limits, errors, constants, time.

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

/// What templates are made of, and what they give.
const std::pair<const char *, const char *> expressions[] = {
    {"{{ -3 | abs }} {{ 'aB c' | capitalize }} {{ 'ab' | count }}", "3 Ab c 2"},
    {"{{ none | d('x') }}{{ x | default('y') }}{{ '' | default('z', true) }}{{ x | d }}", "Noneyz"},
    {"{{ [1, 2] | first }}{{ 'ab' | last }}{{ [] | first is defined }}{{ [] | last is defined }}",
     "1bFalseFalse"},
    {"{{ 'a\nb\n\nc' | indent }}|{{ 'a\nb' | indent('> ', true) }}|{{ 'a\n\nb' | indent(1, "
     "blank=true) }}",
     "a\n    b\n\n    c|> a\n> b|a\n \n b"},
    {"{{ '12' | int }} {{ '-7.9' | int }} {{ 'x' | int(5) }} {{ true | int }} {{ ' 3 ' | int }}",
     "12 -7 5 1 3"},
    {"{% for k, v in {'a': 1, 'b': 2} | items %}{{ k }}{{ v }}{% endfor %}", "a1b2"},
    {"{{ [1, 'b'] | join('-') }} {{ [{'a': 1}, {'a': 2}] | join(',', attribute='a') }}", "1-b 1,2"},
    {"{{ [{'a': {'b': [7, 8]}}] | map(attribute='a.b.1') | first }}", "8"},
    {"{{ ['aé', 'B'] | map('upper') | list }} {{ [1, 2] | map('string') | join }}",
     "['A\xC3\x89', 'B'] 12"},
    {"{{ [3, 1, 2] | max }}{{ [3, 1, 2] | min }}{{ [] | max is defined }}", "31False"},
    {"{{ [1, 2, 3] | select('odd') | list }} {{ [1, 2, 3] | reject('gt', 1) | list }} {{ [0, 1] | "
     "select | list }}",
     "[1, 3] [1] [1]"},
    {"{{ [{'a': 1}, {'a': 2}, {}] | selectattr('a', 'eq', 2) | list }} {{ [{'a': 0}, {'a': 2}] | "
     "rejectattr('a') | list }}",
     "[{'a': 2}] [{'a': 0}]"},
    {"{{ 'aXbXc' | replace('X', '--') }} {{ 'aaa'.replace('a', 'b', 2) }} {{ 'ab'.replace('', "
     "'.') }}",
     "a--b--c bba .a.b."},
    {"{{ [1, 2, 3] | reverse | list }} {{ 'aéb' | reverse }}", "[3, 2, 1] b\xC3\xA9"
                                                               "a"},
    {"{{ [1, 2] | sum(start=4) }} {{ [{'a': 1}, {'a': 5}] | sum('a') }}", "7 6"},
    {"{{ 'ab cd-ef' | title }} {{ 'aB cD'.title() }}", "Ab Cd-Ef Ab Cd"},
    {"{{ {'b': [1, 'é', none], 'a': {}} | tojson(sort_keys=true) }} {{ [1] | tojson(indent=2) }} "
     "{{ 'é\\n' | tojson(ensure_ascii=true) }}",
     "{\"a\": {}, \"b\": [1, \"\xC3\xA9\", null]} [\n  1\n] \"\\u00e9\\n\""},
    {"{{ '  a ' | trim }}|{{ 'xxaxx' | trim('x') }}|{{ ' \t' | trim }}", "a|a|"},
    {"{{ ['a', 'A', 'b', 'a'] | unique | list }} {{ ['a', 'A'] | unique(true) | list }} {{ [{'k': "
     "1}, {'k': 1}] | unique(attribute='k') | list }}",
     "['a', 'b'] ['a', 'A'] [{'k': 1}]"},
    {"{{ 1 is boolean }} {{ true is boolean }} {{ 4 is divisibleby 2 }} {{ 1 is eq 1 }} {{ 1 is ne "
     "1 }} {{ 2 is even }} {{ 3 is odd }}",
     "False True True True False True True"},
    {"{{ false is false }} {{ 2 is ge 2 }} {{ 2 is gt 2 }} {{ 1 is lt 2 }} {{ 1 is le 0 }} {{ 1 is "
     "in [1] }} {{ 'a' is in 'ab' }}",
     "True True False True False True True"},
    {"{{ 1 is integer }} {{ 'a' is iterable }} {{ {} is mapping }} {{ none is none }} {{ 1 is "
     "number }} {{ [] is sequence }} {{ 'a' is string }} {{ x is undefined }}",
     "True True True True True True True True"},
    {"{{ 'abab'.count('ab') }} {{ [1, 2, 1].count(1) }} {{ 'abc'.find('c') }} {{ "
     "'abca'.rfind('a') }} {{ [4, 5].index(5) }} {{ 'ab'.index('b') }}",
     "2 2 2 3 1 1"},
    {"{{ 'abc'.endswith('bc') }} {{ 'abc'.startswith(('x', 'a')) }} {{ 'a'.endswith(()) }}",
     "True True False"},
    {"{{ {'a': 1}.get('a') }} {{ {'a': 1}.get('b') }} {{ {'a': 1}.get('b', 2) }} {{ {'a': "
     "1}.keys() | list }} {{ {'a': 1}.values() | list }}",
     "1 None 2 ['a'] [1]"},
    {"{{ '12'.isdigit() }} {{ ''.isdigit() }} {{ ' '.isspace() }} {{ 'Ab'.lower() }} {{ "
     "'Ab'.upper() }}",
     "True False True ab AB"},
    {"{{ ', '.join(['a', 'b']) }} {{ 'xay'.lstrip('x') }} {{ 'xay'.rstrip('y') }} {{ "
     "'xax'.strip('x') }} {{ 'abc'.removeprefix('ab') }} {{ 'abc'.removesuffix('x') }}",
     "a, b ay xa a c abc"},
    {"{{ ' a  b '.split() }} {{ 'a,b,c'.split(',', 1) }} {{ 'a,b,c'.rsplit(',', 1) }} {{ "
     "'a\r\nb\n'.splitlines() }} {{ 'a\nb'.splitlines(true) | length }}",
     "['a', 'b'] ['a', 'b,c'] ['a,b', 'c'] ['a', 'b'] 2"},
    {"{% for x in range(4) %}{{ loop.cycle('a', 'b') }}{{ loop.index }}{% endfor %}", "a1b2a3b4"},
    {"{% set n = namespace(x=1) %}{% set n.x = n.x + 1 %}{{ n.x }}{{ dict(a=1, b=2) | length }}",
     "22"},
    {"{{ range(5, 0, -2) | list }} {{ range(2, 4) | list }} {{ strftime_now('%Y-%m') }}",
     "[5, 3, 1] [2, 3] 2026-02"},
    {"{% macro f(a, b='x') %}[{{ a }}{{ b }}]{% endmacro %}{{ f(1) }}{{ f(2, b=3) }}", "[1x][23]"},
    {"{{ [1, [2, 'a']] == [1, [2, 'a']] }} {{ (1, 2) < (1, 3) }} {{ 'abcd'[1:-1] }} {{ [1, 2, "
     "3][::-1] }} {{ 'ab' ~ 1 ~ [none] }}",
     "True True bc [3, 2, 1] ab1[None]"},
    {"a{% set x %}b{{ 1 }}{% endset %}{{ x }}{{ x | length }}", "ab12"},
};

TEST(ChatRender, GivesWhatJinjaGives) {
  for (auto [text, result] : expressions)
    EXPECT_EQ(filled(text, {.now = 1770307749}), result) << text;
}

/// However little is allowed, a template stops with a message or gives all of its text.
TEST(ChatRender, StopsAtEveryLimit) {
  for (auto [text, result] : expressions) {
    const std::vector<char> tables = compileChatTemplate(text, "t", {}).tables;
    auto raise = [&](const char *message, auto limitsAt) {
      for (int allowed = 0;; ++allowed) {
        const chat::Limits limits = limitsAt(allowed);
        const std::string found = filled(tables, {.limits = limits, .now = 1770307749});
        if (found == result)
          return;
        ASSERT_NE(found.find(message), std::string::npos)
            << text << ", " << allowed << ": " << found;
        ASSERT_LT(allowed, 100000) << text;
      }
    };
    raise("it takes more than",
          [](int allowed) { return chat::Limits{.steps = uint64_t(allowed)}; });
    raise("it takes more than",
          [](int allowed) { return chat::Limits{.memoryBytes = 16 * size_t(allowed)}; });
    raise("it writes more than",
          [](int allowed) { return chat::Limits{.outputBytes = size_t(allowed)}; });
    raise("it nests deeper than",
          [](int allowed) { return chat::Limits{.depth = uint32_t(allowed)}; });
  }
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
