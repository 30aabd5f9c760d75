// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where texts are cut that are too long.

#include "runtime/Sentences.h"

#include "llvm/ADT/StringRef.h"

#include <gtest/gtest.h>

#include <cstring>
#include <tuple>

using namespace tfc;

/// Both halves with `|` between, or nothing.
static std::string cut(llvm::StringRef text) {
  Span first, second;
  if (!cutSentence(text.data(), {0, text.size()}, first, second))
    return "";
  return text.slice(first.begin, first.end).str() + "|" +
         text.slice(second.begin, second.end).str();
}

TEST(Sentences, endNearTheMiddle) {
  EXPECT_EQ(cut("Aaaa aaa. Bb bbb? Cc ccc cccc cc."), "Aaaa aaa. Bb bbb?|Cc ccc cccc cc.");
  EXPECT_EQ(cut("Aa «bb.»\u00a0 Cc dd"), "Aa «bb.»|Cc dd") << "what closes belongs to the sentence";
  EXPECT_EQ(cut("aaa aa\nb bb bbb"), "aaa aa|b bb bbb") << "so does a line";
  EXPECT_EQ(cut("天地玄黄。宇宙洪荒！日月"), "天地玄黄。|宇宙洪荒！日月") << "without white space";
  EXPECT_EQ(cut("pi is 3.14159 and e 2.71828"), "pi is 3.14159|and e 2.71828");
}

TEST(Sentences, otherwiseWords) {
  EXPECT_EQ(cut("A. bbb bbb bbb bbb bbb"), "A. bbb bbb|bbb bbb bbb") << "that end is too far off";
  EXPECT_EQ(cut("aaaaaaaa bbbb"), "aaaaaaaa|bbbb");
  EXPECT_EQ(cut("ääääää"), "äää|äää") << "nothing but characters";
  EXPECT_EQ(cut("\xFF\xFE\xC3\xA4\xFF"), "\xFF\xFE|\xC3\xA4\xFF");
  EXPECT_EQ(cut("\x80\x80\x80\x80"), "\x80\x80|\x80\x80") << "no UTF-8";
}

TEST(Sentences, withoutWhiteSpace) {
  for (auto [text, begin, end] :
       {std::tuple("\u3000 a b\t\n", 4, 7), {"", 0, 0}, {"  ", 0, 0}, {"ä", 0, 2}}) {
    const Span inner = withoutWhite(text, {0, strlen(text)});
    EXPECT_EQ(inner.begin, size_t(begin)) << text;
    EXPECT_EQ(inner.end, size_t(end)) << text;
  }
}

TEST(Sentences, nothingToCut) {
  for (const char *text : {"", "a", "ä", "𝔘"})
    EXPECT_EQ(cut(text), "") << text;
}
