// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tokens as words, and the words that belong together.

#include "tools/tfc-run/Alignment.h"
#include "tools/tfc-run/Words.h"

#include <gtest/gtest.h>

using namespace tfc::run;

/// The texts, with `+` before those that go on with a word.
static std::string shown(const std::vector<std::string> &tokens) {
  std::string out;
  for (const WordPart &part : wordParts(tokens))
    out += (out.empty() ? "" : " ") + std::string(part.goesOn ? "+" : "") + part.text;
  return out;
}

TEST(Words, areFoundByTheMarksOfVocabularies) {
  EXPECT_EQ(shown({"[CLS]", "un", "##believ", "##able", "cat", "[SEP]"}),
            "[CLS] un +believ +able cat [SEP]");
  EXPECT_EQ(shown({"▁O", "ù", "▁", "est", "</s>"}), "O +ù ▁ +est </s>") << "▁ alone is shown";
  EXPECT_EQ(shown({"The", "Ġcat", "s", "."}), "The cat +s +.");
  EXPECT_EQ(shown({"5", "3"}), "5 3") << "numbers of tokens without names";
  EXPECT_EQ(shown({"<", ">", "##", "[]"}), "< > ## []");
  EXPECT_EQ(shown({}), "");
}

TEST(Words, comeFromThoseThatTheyLookAt) {
  // Two layers of one head; the first decides. Queries write a b+ c, and read x y+ and an end.
  AttentionMaps maps{"cross_attentions", 2, 1, {"<s>", "▁a", "b"}, {"▁x", "▁y", "z", "</s>"}, {}};
  maps.shares = {.6, .3, .1, 0, .3, .2, .2, .3, .1, .1, .1, .7};
  maps.shares.resize(24, .25);
  Alignable row{maps, {"▁a", "b", "▁c"}, {false, false, false}, {false, false, false, true}};
  EXPECT_EQ(alignment(row), "0-0 1-1") << ".9 of a and b look at x, .2 of c at y and z";
  row.isSpecial = {true, false, false};
  EXPECT_EQ(alignment(row), "1-0 1-1") << "b alone looks at .4 of y and z";
  row.sourceIsSpecial.assign(4, true);
  EXPECT_EQ(alignment(row), "") << "there is nothing to come from";
}
