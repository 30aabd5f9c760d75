// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Texts through the public functions, with a small tokenizer on the fake model.

#include "TextModel.h"

#include <cmath>

namespace tfc::test {
namespace {

std::string tokensText(const tfc_tokens &tokens) {
  std::string text;
  for (int64_t i = 0; i < tokens.offsets[tokens.rows]; ++i) {
    int64_t begin = i ? tokens.text_ends[i - 1] : 0;
    text +=
        std::string(tokens.text + begin, static_cast<size_t>(tokens.text_ends[i] - begin)) + "|";
  }
  return text;
}

TEST(Text, IsTokenized) {
  TextModel text;
  const char *texts[] = {"Hello worlds", "", "hello"}, *pairs[] = {"É", "world world", "x"};
  tfc_tokens tokens;
  ASSERT_EQ(tfc_tokenize(text.session.get(), texts, nullptr, nullptr, nullptr, 3, 0, &tokens),
            TFC_OK)
      << text.error();
  EXPECT_EQ(tokens.rows, 3u);
  EXPECT_EQ(std::vector<int64_t>(tokens.offsets, tokens.offsets + 4),
            (std::vector<int64_t>{0, 5, 7, 10}));
  EXPECT_EQ(std::vector<int32_t>(tokens.ids, tokens.ids + 10),
            (std::vector<int32_t>{2, 4, 5, 6, 3, 2, 3, 2, 4, 3}));
  EXPECT_EQ(std::vector<int32_t>(tokens.types, tokens.types + 10), std::vector<int32_t>(10));
  EXPECT_EQ(tokensText(tokens), "[CLS]|hello|world|##s|[SEP]|[CLS]|[SEP]|[CLS]|hello|[SEP]|");
  ASSERT_EQ(tfc_tokenize(text.session.get(), texts, nullptr, pairs, nullptr, 3, 0, &tokens), TFC_OK)
      << text.error();
  EXPECT_EQ(tokensText(tokens), "[CLS]|hello|world|##s|[SEP]|é|[SEP]|[CLS]|[SEP]|world|world|[SEP]|"
                                "[CLS]|hello|[SEP]|[UNK]|[SEP]|");
  EXPECT_EQ(std::vector<int32_t>(tokens.types, tokens.types + 7),
            (std::vector<int32_t>{0, 0, 0, 0, 0, 1, 1}));
  EXPECT_EQ(std::vector<int32_t>(tokens.sequences, tokens.sequences + 7),
            (std::vector<int32_t>{-1, 0, 0, 0, -1, 1, -1}));
  EXPECT_EQ(std::vector<int32_t>(tokens.words, tokens.words + 7),
            (std::vector<int32_t>{-1, 0, 1, 1, -1, 0, -1}));
  EXPECT_EQ(std::vector<int64_t>(tokens.begins, tokens.begins + 7),
            (std::vector<int64_t>{0, 0, 6, 11, 0, 0, 0}));
  EXPECT_EQ(std::vector<int64_t>(tokens.ends, tokens.ends + 7),
            (std::vector<int64_t>{0, 5, 11, 12, 0, 2, 0}));
  ASSERT_EQ(tfc_tokenize(text.session.get(), texts, nullptr, nullptr, nullptr, 1, 3, &tokens),
            TFC_OK)
      << text.error();
  EXPECT_EQ(tokensText(tokens), "[CLS]|hello|[SEP]|");
  ASSERT_EQ(tfc_tokenize(text.session.get(), nullptr, nullptr, nullptr, nullptr, 0, 0, &tokens),
            TFC_OK);
  EXPECT_EQ(tokens.rows, 0u);
  EXPECT_EQ(tokens.offsets[0], 0);
}

TEST(Text, IsMadeOfIds) {
  TextModel text;
  const int32_t ids[] = {2, 4, 5, 6, 3};
  const char *made;
  size_t length;
  auto decode = [&](size_t count, size_t prompt, int special) {
    EXPECT_EQ(tfc_detokenize(text.session.get(), ids, count, prompt, special, &made, &length),
              TFC_OK)
        << text.error();
    return std::string(made, length);
  };
  EXPECT_EQ(decode(5, 0, 0), "hello world ##s");
  EXPECT_EQ(decode(5, 0, 1), "[CLS] hello world ##s [SEP]");
  EXPECT_EQ(decode(3, 2, 0), " world");
  EXPECT_EQ(decode(0, 0, 0), "");
}

TEST(Text, OfWrongIdsIsRefused) {
  TextModel text;
  const int32_t ids[] = {2, -4};
  const char *made;
  size_t length;
  auto refused = [&](const int32_t *from, size_t prompt, const char **to) {
    EXPECT_EQ(tfc_detokenize(text.session.get(), from, 2, prompt, 0, to, &length),
              TFC_INVALID_ARGUMENT);
    return text.error();
  };
  EXPECT_EQ(refused(ids, 0, &made), "id 1 is -4, expected at least 0");
  EXPECT_EQ(refused(ids, 3, &made), "prompt is 3, but there are only 2 ids");
  EXPECT_EQ(refused(nullptr, 0, &made), "ids is null");
  EXPECT_EQ(refused(ids, 0, nullptr), "text is null");
  EXPECT_EQ(tfc_detokenize(text.session.get(), ids, 1, 0, 0, &made, nullptr), TFC_INVALID_ARGUMENT);
  EXPECT_EQ(text.error(), "length is null");
  EXPECT_EQ(tfc_detokenize(nullptr, ids, 1, 0, 0, &made, &length), TFC_INVALID_ARGUMENT);
}

TEST(Text, NeedsADecoderToBeMadeOfIds) {
  TextModel text(Json().postProcessor, "embed", TFC_TYPE_F32, R"({"type": "CTC"})");
  const int32_t ids[] = {4};
  const char *made;
  size_t length;
  EXPECT_EQ(tfc_detokenize(text.session.get(), ids, 1, 0, 0, &made, &length), TFC_UNSUPPORTED);
  EXPECT_NE(text.error().find("has no decoder that tfc supports"), std::string::npos);
}

TEST(Text, TokensHaveNames) {
  TextModel text;
  size_t length = 0;
  EXPECT_STREQ(std::string(tfc_token(text.model.get(), 6, &length), 3).c_str(), "##s");
  EXPECT_EQ(length, 3u);
  EXPECT_EQ(tfc_token(text.model.get(), 8, &length), nullptr);
  EXPECT_EQ(tfc_token(text.model.get(), -1, nullptr), nullptr);
  EXPECT_EQ(tfc_has_tokenizer(text.model.get()), 1);
}

TEST(Text, IsEmbedded) {
  TextModel text;
  const char *texts[] = {"hello", "hello\0world", "Hello Worlds"};
  const size_t lengths[] = {5, 11, 12};
  float out[9];
  ASSERT_EQ(tfc_embed(text.session.get(), texts, lengths, 3, out), TFC_OK) << text.error();
  EXPECT_EQ(out[0], 9); // 2 + 4 + 3
  EXPECT_EQ(out[3], 6) << "the normalizer removes the zero, which leaves one unknown word";
  EXPECT_EQ(out[6], 20);
  ASSERT_EQ(tfc_embed(text.session.get(), texts, nullptr, 2, out), TFC_OK) << text.error();
  EXPECT_EQ(out[3], 9) << "without lengths the text ends at its zero";
}

TEST(Text, OfAModelInDoublesGivesFloats) {
  TextModel text(Json().postProcessor, "embed", TFC_TYPE_F64);
  const char *texts[] = {"hello"};
  const float halves[] = {9, 81};
  double exact, found;
  memcpy(&exact, halves, sizeof exact);
  float out;
  ASSERT_EQ(tfc_embed(text.session.get(), texts, nullptr, 1, &out), TFC_OK) << text.error();
  EXPECT_EQ(out, static_cast<float>(exact));

  tfc_value_info info;
  ASSERT_EQ(tfc_output(text.model.get(), 1, &info), TFC_OK);
  EXPECT_EQ(info.element, TFC_F64);
  const int32_t ids[] = {2, 4, 3};
  const int64_t offsets[] = {0, 3};
  tfc_input_array in = {"input_ids", ids, 3, TFC_I32};
  tfc_output_array to = {"embedding", &found, 1};
  ASSERT_EQ(tfc_run(text.session.get(), 1, offsets, &in, 1, &to, 1), TFC_OK) << text.error();
  EXPECT_EQ(found, exact);
}

TEST(Text, IsTruncatedToTheLongestRow) {
  TextModel text;
  std::string many;
  for (int i = 0; i < 100; ++i)
    many += "world ";
  const char *texts[] = {many.c_str()};
  float out[3];
  ASSERT_EQ(tfc_embed(text.session.get(), texts, nullptr, 1, out), TFC_OK) << text.error();
  EXPECT_EQ(out[0], 2 + 14 * 5 + 3);
}

TEST(Text, WithoutTokensIsZero) {
  TextModel text("null");
  const char *texts[] = {"", "world", " ", ""};
  float out[12];
  ASSERT_EQ(tfc_embed(text.session.get(), texts, nullptr, 4, out), TFC_OK) << text.error();
  EXPECT_EQ(out[3], 5);
  for (int row : {0, 2, 3})
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(out[row * 3 + i], 0);
}

TEST(Text, IsClassified) {
  TextModel text(Json().postProcessor, "classify");
  const char *texts[] = {"hello", "[UNK]"}, *pairs[] = {"world", "hello"};
  float out[4];
  ASSERT_EQ(tfc_classify(text.session.get(), texts, nullptr, nullptr, nullptr, 1, out), TFC_OK)
      << text.error();
  EXPECT_FLOAT_EQ(out[0] + out[1], 1);
  EXPECT_FLOAT_EQ(out[0], static_cast<float>(1 / (1 + std::exp(81.0 - 9))));
  ASSERT_EQ(tfc_classify(text.session.get(), texts, nullptr, pairs, nullptr, 2, out), TFC_OK)
      << text.error();
  EXPECT_FLOAT_EQ(out[2] + out[3], 1);
  EXPECT_EQ(tfc_embed(text.session.get(), texts, nullptr, 1, out), TFC_UNSUPPORTED);
  EXPECT_EQ(text.error(), "fake gives no embedding for a text; its task is classify");
}

TEST(Text, HasSeveralLabelsOrNumbers) {
  const char *texts[] = {"hello"}; // whose logits are 9 and 81
  float out[2];
  TextModel labels(Json().postProcessor, "classify-multilabel");
  ASSERT_EQ(tfc_classify(labels.session.get(), texts, nullptr, nullptr, nullptr, 1, out), TFC_OK)
      << labels.error();
  EXPECT_FLOAT_EQ(out[0], static_cast<float>(1 / (1 + std::exp(-9.0))));
  EXPECT_FLOAT_EQ(out[1], 1);
  TextModel numbers(Json().postProcessor, "regress");
  ASSERT_EQ(tfc_classify(numbers.session.get(), texts, nullptr, nullptr, nullptr, 1, out), TFC_OK)
      << numbers.error();
  EXPECT_EQ(out[0], 9);
  EXPECT_EQ(out[1], 81);
}

TEST(Text, MayBeAsLikelyInOneClassAsInTheOther) {
  TextModel text("null", "classify");
  const char *texts[] = {"[UNK]"}; // its logits are 1 and 1
  float out[2];
  ASSERT_EQ(tfc_classify(text.session.get(), texts, nullptr, nullptr, nullptr, 1, out), TFC_OK)
      << text.error();
  EXPECT_EQ(out[0], 0.5f);
  EXPECT_EQ(out[1], 0.5f);
}

TEST(Text, PairsMayHaveLengths) {
  TextModel text;
  const char *texts[] = {"hello"}, *pairs[] = {"worlds and more"};
  const size_t lengths[] = {5}, pairLengths[] = {6};
  tfc_tokens tokens;
  ASSERT_EQ(tfc_tokenize(text.session.get(), texts, lengths, pairs, pairLengths, 1, 0, &tokens),
            TFC_OK)
      << text.error();
  EXPECT_EQ(tokensText(tokens), "[CLS]|hello|[SEP]|world|##s|[SEP]|");
}

TEST(Text, NeedsNoTypes) {
  TextModel text;
  tfc_entry entry = text.entry;
  entry.input_count = 1; // input_ids
  text.library.entries = &entry;
  Model model = openFake(&text.library);
  Session session = makeSession(model);
  const char *texts[] = {"hello"};
  float out[3];
  ASSERT_EQ(tfc_embed(session.get(), texts, nullptr, 1, out), TFC_OK)
      << tfc_session_error(session.get());
  EXPECT_EQ(out[0], 9);
}

TEST(Text, NullIsRefused) {
  TextModel text;
  const char *texts[] = {"hello", nullptr}, *pairs[] = {nullptr, nullptr};
  float out[6];
  tfc_tokens tokens;
  EXPECT_EQ(tfc_embed(text.session.get(), texts, nullptr, 2, out), TFC_INVALID_ARGUMENT);
  EXPECT_EQ(text.error(), "text 1 is null");
  EXPECT_EQ(tfc_embed(text.session.get(), nullptr, nullptr, 2, out), TFC_INVALID_ARGUMENT);
  EXPECT_EQ(text.error(), "texts is null");
  EXPECT_EQ(tfc_embed(text.session.get(), texts, nullptr, 1, nullptr), TFC_INVALID_ARGUMENT);
  EXPECT_EQ(tfc_tokenize(text.session.get(), texts, nullptr, pairs, nullptr, 1, 0, &tokens),
            TFC_INVALID_ARGUMENT);
  EXPECT_EQ(text.error(), "pair 0 is null");
  EXPECT_EQ(tfc_tokenize(text.session.get(), texts, nullptr, nullptr, nullptr, 1, 0, nullptr),
            TFC_INVALID_ARGUMENT);
  EXPECT_EQ(tfc_embed(text.session.get(), nullptr, nullptr, 0, nullptr), TFC_OK) << text.error();
  EXPECT_EQ(tfc_embed(nullptr, texts, nullptr, 1, out), TFC_INVALID_ARGUMENT);
  EXPECT_EQ(tfc_classify(nullptr, texts, nullptr, nullptr, nullptr, 1, out), TFC_INVALID_ARGUMENT);
  EXPECT_EQ(tfc_tokenize(nullptr, texts, nullptr, nullptr, nullptr, 1, 0, &tokens),
            TFC_INVALID_ARGUMENT);
}

TEST(Text, NeedsATokenizer) {
  Model model = openFake();
  Session session = makeSession(model);
  const char *text = "hello";
  float out[fakeEmbedding];
  tfc_tokens tokens;
  EXPECT_EQ(tfc_embed(session.get(), &text, nullptr, 1, out), TFC_UNSUPPORTED);
  EXPECT_STREQ(
      tfc_session_error(session.get()),
      "fake has no tokenizer: it was compiled from a folder without one that tfc supports");
  EXPECT_EQ(tfc_tokenize(session.get(), &text, nullptr, nullptr, nullptr, 1, 0, &tokens),
            TFC_UNSUPPORTED);
  EXPECT_EQ(tfc_classify(session.get(), &text, nullptr, nullptr, nullptr, 1, out), TFC_UNSUPPORTED);
  EXPECT_STREQ(tfc_session_error(session.get()),
               "fake gives no logits for a text; its task is embed");
}

TEST(Text, DamagedTablesAreRefused) {
  TextModel text;
  text.tables[0] ^= 1;
  tfc_model *model;
  EXPECT_EQ(tfc_open_library(&text.library, &model, nullptr, 0), TFC_INVALID_ARGUMENT);
}

} // namespace
} // namespace tfc::test
