// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/Json.h"

#include "test/Import/Helpers.h"

#include <chrono>

namespace {

using namespace tfc;
using namespace tfc::test;
using json::Document;

Document parse(const std::string &text) { return take(Document::parse(text, "f.json")); }
std::string refusal(const std::string &text) { return errorOf(Document::parse(text, "f.json")); }

TEST(Json, ReadsEveryKind) {
  Document document =
      parse(R"({"n": null, "t": true, "i": -7, "u": 18446744073709551615, "r": 2.5, "s": "a\u0000é",
                               "a": [1, [], {}]})");
  json::Value root = document.root();
  EXPECT_TRUE(take(root.get("n")).isNull());
  EXPECT_TRUE(take(take(root.get("t")).getBool()));
  EXPECT_EQ(take(take(root.get("i")).getInteger()), -7);
  EXPECT_EQ(take(root.get("u")).kind(), json::Kind::unsignedInteger);
  EXPECT_EQ(take(take(root.get("u")).getNumber()), 18446744073709551615.0);
  EXPECT_EQ(take(take(root.get("r")).getNumber()), 2.5);
  EXPECT_EQ(take(take(root.get("s")).getString()), llvm::StringRef("a\0é", 4));
  EXPECT_EQ(take(root.get("a")).size(), 3u);
  EXPECT_EQ(root.size(), 7u);
}

TEST(Json, KeepsTheOrderOfMembers) {
  Document document = parse(R"({"z": 1, "a": 2, "m": 3, "": 4})");
  std::string order;
  for (auto [key, value] : take(document.root().members()))
    order += fmt::format("{}={} ", key.str(), take(value.getInteger()));
  EXPECT_EQ(order, "z=1 a=2 m=3 =4 ");
}

TEST(Json, FindsEveryMemberOfALargeObject) {
  std::string text = "{";
  for (int i = 0; i < 20000; ++i)
    text += fmt::format("{}\"key{}\": {}", i ? "," : "", i, i);
  Document document = parse(text + "}");
  for (int i = 0; i < 20000; ++i)
    ASSERT_EQ(take(take(document.root().get(fmt::format("key{}", i))).getInteger()), i);
  EXPECT_FALSE(document.root().find("key20000"));
  EXPECT_FALSE(document.root().find(""));
}

TEST(Json, NullCountsAsAbsentWhereAsked) {
  Document document = parse(R"({"a": null})");
  EXPECT_TRUE(document.root().find("a"));
  EXPECT_FALSE(document.root().findNonNull("a"));
  EXPECT_FALSE(document.root().findNonNull("b"));
}

TEST(Json, ValuesOutliveAMoveOfTheirDocument) {
  Document document = parse(R"({"a": "b"})");
  json::Value value = take(document.root().get("a"));
  Document moved = std::move(document);
  EXPECT_EQ(value.where(), "f.json: $.a");
}

TEST(Json, ErrorsTellPathExpectedAndFound) {
  Document document =
      parse(R"({"hidden_size": "24", "list": [0, {"odd key": -1}], "big": 9223372036854775808,
                               "real": 24.0})");
  json::Value root = document.root();
  EXPECT_EQ(errorOf(take(root.get("hidden_size")).getInteger(1, 9)),
            "1: f.json: $.hidden_size: expected an integer from 1 to 9, found \"24\"");
  json::Value odd = take(take(root.get("list"))[1].get("odd key"));
  EXPECT_EQ(errorOf(odd.getInteger(0)),
            "1: f.json: $.list[1][\"odd key\"]: expected an integer of at least 0, found -1");
  EXPECT_EQ(errorOf(odd.getInteger(std::numeric_limits<int64_t>::min(), -2)),
            "1: f.json: $.list[1][\"odd key\"]: expected an integer of at most -2, found -1");
  EXPECT_EQ(errorOf(odd.getString()),
            "1: f.json: $.list[1][\"odd key\"]: expected a string, found -1");
  EXPECT_EQ(errorOf(odd.getBool()),
            "1: f.json: $.list[1][\"odd key\"]: expected true or false, found -1");
  EXPECT_EQ(errorOf(take(root.get("list")).getNumber()),
            "1: f.json: $.list: expected a number, found an array of 2 elements");
  EXPECT_EQ(errorOf(take(root.get("list")).members()),
            "1: f.json: $.list: expected an object, found an array of 2 elements");
  EXPECT_EQ(errorOf(root.elements()),
            "1: f.json: $: expected an array, found an object of 4 members");
  EXPECT_EQ(errorOf(root.get("none")), "1: f.json: $: the key \"none\" is missing");
  EXPECT_EQ(
      errorOf(odd.get("none")),
      "1: f.json: $.list[1][\"odd key\"]: expected an object with the key \"none\", found -1");
  EXPECT_EQ(
      errorOf(take(root.get("big")).getInteger()),
      "1: f.json: $.big: expected an integer of 64 bits with sign, found 9223372036854775808");
  EXPECT_EQ(errorOf(take(root.get("real")).getInteger()),
            "1: f.json: $.real: expected an integer, found 24.0");
  EXPECT_EQ(shown(odd.unsupported("spiral")), "3: f.json: $.list[1][\"odd key\"]: spiral");
}

TEST(Json, RefusesDuplicateKeys) {
  EXPECT_EQ(refusal(R"({"a": 1, "b": 2, "a": 3})"), "1: f.json: $: duplicate key \"a\"");
  EXPECT_EQ(refusal(R"({"x": [1, {"y": {"k": 1, "k": 2}}]})"),
            "1: f.json: $.x[1].y: duplicate key \"k\"");
  EXPECT_EQ(refusal(R"([{"a": 1}, {"\u0061": 1, "a": 1}])"),
            "1: f.json: $[1]: duplicate key \"a\"");
}

TEST(Json, LimitsNesting) {
  EXPECT_EQ(refusal(std::string(128, '[') + std::string(128, ']')), "no error");
  EXPECT_EQ(refusal(std::string(129, '[') + std::string(129, ']')),
            "1: f.json: $[0][0][0][0][0][0][0][0] … [0][0][0][0][0][0][0][0]: nested deeper than "
            "128 arrays and objects");
  std::string objects;
  for (int i = 0; i < 200000; ++i)
    objects += "{\"a\":";
  EXPECT_EQ(
      refusal(objects),
      "1: f.json: $.a.a.a.a.a.a.a.a … .a.a.a.a.a.a.a.a: nested deeper than 128 arrays and objects");
  EXPECT_EQ(errorOf(Document::parse("[1, [2, [3]]]", "f.json", 2)),
            "1: f.json: $[1][1]: nested deeper than 2 arrays and objects");
}

TEST(Json, RefusesWhatIsNotJson) {
  EXPECT_EQ(refusal(""), "1: f.json: expected JSON, found an empty file");
  EXPECT_EQ(refusal(" \n"), "1: f.json: expected JSON, found only white space");
  EXPECT_EQ(refusal("{\"a\": 1,}"), "1: f.json:1:9: syntax error while parsing object key - "
                                    "unexpected '}'; expected string literal");
  EXPECT_THAT(refusal("{\n  \"a\": tru\n}"), testing::StartsWith("1: f.json:2:"));
  EXPECT_THAT(refusal("{\"a\": "), testing::HasSubstr("unexpected end of input"));
  EXPECT_THAT(refusal("[1] 2"), testing::HasSubstr("expected end of input"));
  EXPECT_EQ(refusal(std::string("[1]\0garbage", 11)),
            "1: f.json:1:4: expected JSON, found a NUL byte");
  for (const char *text : {"nan", "[Infinity]", "[01]", "['a']", "[1,]", "// c\n1", "[\"\t\"]",
                           "[.5]", "[+1]", "[1.]"})
    EXPECT_NE(refusal(text), "no error") << text;
}

TEST(Json, RefusesInvalidUtf8) {
  for (const char *text :
       {"[\"\xff\"]", "[\"\xc0\x80\"]", "[\"\xed\xa0\x80\"]", "[\"\xf4\x90\x80\x80\"]", "[\"\xc3"})
    EXPECT_THAT(refusal(text), testing::HasSubstr("ill-formed UTF-8")) << text;
  EXPECT_THAT(refusal(R"(["\ud800"])"), testing::HasSubstr("surrogate"));
  EXPECT_EQ(take(parse(R"(["\ud83d\ude00"])").root()[0].getString()), "😀");
}

TEST(Json, SkipsAByteOrderMark) { EXPECT_EQ(refusal("\xef\xbb\xbf{}"), "no error"); }

TEST(Json, RefusesNumbersBeyondDouble) {
  EXPECT_EQ(refusal("[0, 1e999]"), "1: f.json:1:9: the number 1e999 is beyond the range of double");
  EXPECT_THAT(refusal("[" + std::string(400, '9') + "]"),
              testing::HasSubstr("beyond the range of double"));
  EXPECT_EQ(take(parse("[18446744073709551616]").root()[0].getNumber()), 18446744073709551616.0);
  EXPECT_EQ(take(parse("[1e-999]").root()[0].getNumber()), 0.0);
}

TEST(Json, ShowsStringsCutAndEscaped) {
  EXPECT_EQ(json::quoted("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000a\"");
  EXPECT_EQ(json::quoted("éé", 3), "\"é…\"");
  EXPECT_EQ(json::quoted("abc", 3), "\"abc\"");
}

TEST(Json, ReadsALargeFileInReasonableTime) {
  std::string text = "{\"vocab\": {";
  for (int i = 0; i < 150000; ++i)
    text += fmt::format("{}\"token{}\": {}", i ? "," : "", i * 7, i);
  text += "}, \"merges\": [";
  for (int i = 0; i < 300000; ++i)
    text += fmt::format("{}[\"ab{}\", \"cd\"]", i ? "," : "", i);
  text += "]}";
  auto begin = std::chrono::steady_clock::now();
  Document document = parse(text);
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  // About 0.1 s in an optimised build; quadratic behaviour anywhere would take minutes.
  EXPECT_LT(seconds.count(), 5) << text.size();
}

} // namespace
