// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// JSON strings in and out, numbers, and lines from a pipe.

#include "tools/tfc-run/Json.h"
#include "tools/tfc-run/LineReader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <unistd.h>

namespace tfc::test {
namespace {

using namespace run;
using namespace std::string_literals;

std::string parsed(std::string_view text) {
  std::string value, wrong = parseJsonString(text, value);
  EXPECT_EQ(wrong, "") << text;
  return value;
}

std::string mistake(std::string_view text) {
  std::string value;
  return parseJsonString(text, value);
}

TEST(Json, ReadsStrings) {
  EXPECT_EQ(parsed(R"("")"), "");
  EXPECT_EQ(parsed(" \t\"a b\" \r"), "a b");
  EXPECT_EQ(parsed(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(parsed(R"("\u0041\u00e4\u20AC\ud83e\udd16\u0000")"), "Aä€🤖\0"s);
  EXPECT_EQ(parsed("\"na\xc3\xafve \xff\""), "na\xc3\xafve \xff")
      << "other bytes are for the tokenizer";
  EXPECT_EQ(parsed(R"("\ud83ex\udd16")"), "\xef\xbf\xbdx\xef\xbf\xbd") << "lone surrogates";
  EXPECT_EQ(parsed(R"("\ud83e\ud83e\udd16")"), "\xef\xbf\xbd🤖");
}

TEST(Json, RefusesOtherThings) {
  EXPECT_EQ(mistake(""), "expected a JSON string, found nothing");
  EXPECT_EQ(mistake("12"), "expected a JSON string, found '12'");
  EXPECT_EQ(mistake("\""), "expected a JSON string, found '\"'");
  EXPECT_EQ(mistake("\"abc"), "a JSON string without its closing quote");
  EXPECT_EQ(mistake("\"abc\\\""), "a JSON string without its closing quote");
  EXPECT_EQ(mistake("\"a\" b"), "expected the end of the line after a JSON string");
  EXPECT_EQ(mistake("\"\\x41\""), "unknown escape \\x in a JSON string");
  EXPECT_EQ(mistake("\"\\u12\""), "unknown escape \\u in a JSON string");
  EXPECT_EQ(mistake("\"\\u-123\""), "unknown escape \\u in a JSON string");
  EXPECT_EQ(mistake("\"a\tb\""), "expected no control character inside a JSON string");
}

TEST(Json, WritesStringsThatReadBack) {
  std::string out;
  appendJsonString(out, "a\"b\\c\n\x1f\x7f\0ä"s);
  EXPECT_EQ(out, R"("a\"b\\c\u000a\u001f\u007f\u0000ä")");
  EXPECT_EQ(parsed(out), "a\"b\\c\n\x1f\x7f\0ä"s);
}

TEST(Json, WritesTheShortestNumbers) {
  auto number = [](float value, bool json) {
    std::string out;
    appendNumber(out, value, json);
    return out;
  };
  EXPECT_EQ(number(0.1f, false), "0.1");
  EXPECT_EQ(number(16777216, false), "16777216");
  EXPECT_EQ(number(-1.17549435e-38f, true), "-1.1754944e-38");
  EXPECT_EQ(number(NAN, true), "null");
  EXPECT_EQ(number(INFINITY, false), "inf");
  const double values[] = {1, 0.1f};
  std::string out;
  appendNumbers(out, values, 2, TFC_F32, false);
  appendNumbers(out, values, 2, TFC_F64, true);
  EXPECT_EQ(out, "1 0.1[1, 0.10000000149011612]");
}

/// What a reader makes of `input`, written to it in two pieces.
Failure readLines(const std::string &input, size_t cut, bool json,
                  std::vector<std::string> &lines) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  LineReader reader(ends[0]);
  Failure failure;
  bool more = true;
  for (std::string piece : {input.substr(0, cut), input.substr(cut)}) {
    if (piece.empty())
      continue;
    EXPECT_EQ(write(ends[1], piece.data(), piece.size()), static_cast<ssize_t>(piece.size()));
    if (!failure)
      failure = reader.read(lines, json, more);
    EXPECT_TRUE(more);
  }
  close(ends[1]);
  if (!failure) {
    failure = reader.read(lines, json, more);
    EXPECT_FALSE(more);
  }
  close(ends[0]);
  return failure;
}

TEST(LineReader, EndsLinesAtLineFeedsOnly) {
  std::string input = "one\n\ntwo\r\nthr\0ee\x0b\xe2\x80\xa8\nlast"s;
  for (size_t cut = 0; cut <= input.size(); ++cut) {
    std::vector<std::string> lines;
    EXPECT_FALSE(readLines(input, cut, false, lines));
    EXPECT_EQ(lines,
              (std::vector<std::string>{"one", "", "two\r", "thr\0ee\x0b\xe2\x80\xa8"s, "last"}));
  }
  std::vector<std::string> none;
  EXPECT_FALSE(readLines("", 0, false, none));
  EXPECT_TRUE(none.empty());
}

TEST(LineReader, NumbersBadLines) {
  std::vector<std::string> lines;
  EXPECT_FALSE(readLines("\"a\\nb\"\n\"c\"\n", 3, true, lines));
  EXPECT_EQ(lines, (std::vector<std::string>{"a\nb", "c"}));
  Failure failure = readLines("\"a\"\n\"b\"\nc\n", 6, true, lines);
  EXPECT_EQ(failure.code, exitInput);
  EXPECT_EQ(failure.text, "standard input, line 3: expected a JSON string, found 'c'");
}

} // namespace
} // namespace tfc::test
